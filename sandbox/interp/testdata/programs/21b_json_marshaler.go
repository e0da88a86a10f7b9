package main

import (
	"encoding/json"
	"fmt"
)

type Cents int

func (c Cents) MarshalJSON() ([]byte, error) {
	return []byte(fmt.Sprintf("\"%d.%02d\"", int(c)/100, int(c)%100)), nil
}

type P struct {
	Price Cents `json:"price"`
}

func main() {
	b, err := json.Marshal(P{1234})
	fmt.Println(string(b), err)
	b, err = json.Marshal(Cents(99))
	fmt.Println(string(b), err)
}
