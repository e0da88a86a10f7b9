package main

import (
	"errors"
	"fmt"
	"log"
	"os"
)

type State int

const (
	Idle State = iota
	Running
	Done
)

func (s State) String() string { return [...]string{"Idle", "Running", "Done"}[s] }

type Point struct{ X, Y int }

func (p Point) String() string { return fmt.Sprintf("(%d,%d)", p.X, p.Y) }

type MyErr struct{ Code int }

func (e MyErr) Error() string { return fmt.Sprint("code ", e.Code) }
func f() error                { return MyErr{5} }
func main() {
	fmt.Println(Running, Point{1, 2})
	fmt.Printf("%v %s %d\n", Done, Done, Done)
	fmt.Println(f(), MyErr{4})
	fmt.Println([]State{Idle, Done}, map[string]State{"a": Done})
	log.SetFlags(0)
	log.SetOutput(os.Stdout)
	log.Println(Running, errors.New("x"))
	var e error = MyErr{3}
	fmt.Printf("%v|%s|%w\n", e, e, e)
}
