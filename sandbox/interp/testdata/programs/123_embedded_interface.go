package main

import (
	"fmt"
)

type speaker interface{ speak() string }
type cat struct{}

func (cat) speak() string { return "meow" }

type loud struct{ speaker }

func (l loud) speak() string { return l.speaker.speak() + "!" }

func main() {
	var s speaker = loud{cat{}}
	s = loud{s}
	fmt.Println(s.speak())
}
