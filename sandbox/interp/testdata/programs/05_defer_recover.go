package main

import "fmt"

func safe(f func()) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("recovered: %v", r)
		}
	}()
	f()
	return nil
}
func main() {
	fmt.Println(safe(func() { panic("boom") }))
	fmt.Println(safe(func() { var m map[string]int; m["x"] = 1 }))
	fmt.Println(safe(func() { var s []int; _ = s[3] }))
	fmt.Println(safe(func() {}))
	for i := 0; i < 3; i++ {
		defer fmt.Println("deferred", i)
	}
}
