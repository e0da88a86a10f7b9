// Command brokerlab-lab is everything that brokerlab runs in a sandbox: it is
// embedded in brokerlab, built without cgo, and started by it in one of its roles.
// Nobody types its name.
package main

import (
	"fmt"
	"os"

	"github.com/brokerlab/brokerlab/brokers"
	kafka "github.com/brokerlab/brokerlab/brokers/kafka/cli"
	rabbitmq "github.com/brokerlab/brokerlab/brokers/rabbitmq/cli"
	"github.com/brokerlab/brokerlab/grader/inhost"
	"github.com/brokerlab/brokerlab/sandbox/build"
	"github.com/brokerlab/brokerlab/sandbox/console"
	"github.com/brokerlab/brokerlab/sandbox/host"
	"github.com/brokerlab/brokerlab/sandbox/interp"
	"github.com/brokerlab/brokerlab/sandbox/launcher"
)

const roles = "launcher, host, build, check, interp, interpret, console or probe"

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "brokerlab-lab is started by brokerlab, as", roles)
		os.Exit(2)
	}
	switch role := os.Args[1]; role {
	case "launcher":
		os.Exit(launcher.Main(os.Args[2:]))
	case "host":
		host.Main(inhost.New)
	case "build":
		os.Exit(build.BuildMain())
	case "check":
		os.Exit(build.CheckMain())
	case "interp":
		os.Exit(interp.Main())
	case interp.Role:
		os.Exit(interp.Program())
	case console.Role:
		os.Exit(console.Main(os.Args[2:], tools()))
	case "probe":
		os.Exit(host.Probe())
	default:
		fmt.Fprintf(os.Stderr, "brokerlab-lab: role %q, want %s\n", role, roles)
		os.Exit(2)
	}
}

// tools are the commands of a console.
func tools() []brokers.Tool { return append(kafka.Tools(), rabbitmq.Tools()...) }
