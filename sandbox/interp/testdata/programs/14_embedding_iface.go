package main

import "fmt"

type Base struct{ ID int }

func (b Base) Describe() string { return fmt.Sprintf("base %d", b.ID) }
func (b *Base) SetID(i int)     { b.ID = i }

type Order struct {
	Base
	Items []string
}
type Describer interface{ Describe() string }

func main() {
	o := Order{Base{1}, []string{"x"}}
	o.SetID(9)
	var d Describer = o
	fmt.Println(d.Describe(), o.ID)
	var e Describer = &o
	fmt.Println(e.Describe())
}
