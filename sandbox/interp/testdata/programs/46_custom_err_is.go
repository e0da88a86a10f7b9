package main

import (
	"errors"
	"fmt"
)

type NotFound struct{ Key string }

func (n NotFound) Error() string   { return "nf " + n.Key }
func (n NotFound) Is(t error) bool { _, ok := t.(NotFound); return ok }
func get(k string) error           { return fmt.Errorf("get: %w", NotFound{k}) }
func main() {
	e := get("a")
	fmt.Println(errors.Is(e, NotFound{"zz"}))
	var nf NotFound
	fmt.Println(errors.As(e, &nf), nf.Key)
	var err error = NotFound{"b"}
	switch v := err.(type) {
	case NotFound:
		fmt.Println("NotFound", v.Key)
	default:
		fmt.Println("?")
	}
	if x, ok := errors.Unwrap(e).(NotFound); ok {
		fmt.Println("unwrap", x.Key)
	} else {
		fmt.Printf("unwrap %T\n", errors.Unwrap(e))
	}
}
