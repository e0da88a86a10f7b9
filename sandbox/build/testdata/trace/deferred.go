package main

import "fmt"

type res struct{ name string }

func (r res) Close() error { fmt.Println("close", r.name); return nil }

func named() (err error) {
	defer func() {
		if r := recover(); r != nil { err = fmt.Errorf("recovered %v", r) }
	}()
	r := res{"a"}
	defer r.Close()
	r.name = "b" // the receiver was taken already
	defer r.Close() // comment
	for i := range 3 { defer fmt.Println("deferred", i); defer res{fmt.Sprint(i)}.Close() }
	func() { defer r.Close() }()
	defer fmt.Println("a", "b",
		"c"); defer fmt.Println("d")
	panic("stop")
}

func main() {
	fmt.Println(named())
	var f func()
	func() {
		defer func() { fmt.Println(recover() != nil) }()
		defer fmt.Println("before the nil call")
		defer f()
	}()
}
