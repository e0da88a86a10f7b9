package main

import (
	"log"
	"os"
	"strconv"
)

type level int

func (l level) String() string { return "L" + strconv.Itoa(int(l)) }

func main() {
	log.SetFlags(0)
	log.SetOutput(os.Stdout)
	log.Println("at", level(3))
	l := log.New(os.Stdout, "", 0)
	l.Println(level(4))
}
