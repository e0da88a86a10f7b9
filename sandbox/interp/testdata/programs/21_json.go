package main

import (
	"encoding/json"
	"fmt"
	"time"
)

type Meta struct {
	Trace string `json:"trace,omitempty"`
}
type Order struct {
	ID    int      `json:"id"`
	Items []string `json:"items"`
	Total float64  `json:"total"`
	note  string
	Meta  `json:"meta"`
	At    time.Time `json:"at"`
	Opt   *int      `json:"opt,omitempty"`
}

func main() {
	b, err := json.Marshal(Order{ID: 1, Items: []string{"a"}, Total: 2.5, note: "x", Meta: Meta{"t"}})
	fmt.Println(string(b), err)
	var o Order
	err = json.Unmarshal([]byte(`{"id":7,"items":["p","q"],"total":1.25,"meta":{"trace":"zz"}}`), &o)
	fmt.Println(o.ID, o.Items, o.Total, o.Trace, err)
	var list []Order
	fmt.Println(json.Unmarshal([]byte(`[{"id":1},{"id":2}]`), &list), len(list), list[1].ID)
	var anyv map[string]any
	json.Unmarshal([]byte(`{"a":[1,2,{"b":null}]}`), &anyv)
	fmt.Println(anyv)
}
