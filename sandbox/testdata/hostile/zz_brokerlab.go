package main

import _ "github.com/brokerlab/brokerlab/sandbox/lockdown"
