package main

import (
	"encoding/json"
	"fmt"
)

type state int

func (s state) MarshalText() ([]byte, error) { return []byte([]string{"off", "on"}[s]), nil }

type lamp struct {
	S state `json:"s"`
}

func main() {
	b, err := json.Marshal(lamp{1})
	fmt.Println(string(b), err)
}
