package main

import (
	"log"
	"os"
)

func main() {
	log.SetFlags(0)
	log.SetOutput(os.Stdout)
	log.SetPrefix("app: ")
	log.Println("started", 3)
	log.Printf("%d%%", 50)
	l := log.New(os.Stdout, "[x] ", 0)
	l.Print("hello")
}
