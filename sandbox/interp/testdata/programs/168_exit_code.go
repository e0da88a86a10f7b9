package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Println("before")
	defer fmt.Println("not printed")
	os.Exit(0)
}
