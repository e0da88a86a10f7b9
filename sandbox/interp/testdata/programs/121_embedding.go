package main

import (
	"fmt"
)

type animal struct{ name string }

func (a *animal) rename(n string) { a.name = n }
func (a animal) hello() string    { return "I am " + a.name }

type dog struct {
	animal
	breed string
}

func (d dog) hello() string { return "woof, " + d.animal.hello() }

func main() {
	d := dog{animal{"rex"}, "lab"}
	d.rename("max")
	fmt.Println(d.hello(), d.name)
	e := d
	e.rename("tom")
	fmt.Println(d.name, e.name)
}
