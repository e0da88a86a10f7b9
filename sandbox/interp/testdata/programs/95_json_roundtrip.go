package main

import (
	"encoding/json"
	"fmt"
)

type item struct {
	SKU string  `json:"sku"`
	Qty int     `json:"qty"`
	Fee float64 `json:"fee,omitempty"`
}
type order struct {
	ID    string            `json:"id"`
	Items []item            `json:"items"`
	Meta  map[string]string `json:"meta,omitempty"`
	Next  *order            `json:"next,omitempty"`
}

func main() {
	o := order{ID: "1", Items: []item{{"a", 2, 0}, {"b", 1, 0.5}}, Meta: map[string]string{"k": "v"}}
	b, err := json.Marshal(o)
	fmt.Println(string(b), err)
	var back order
	if err := json.Unmarshal(b, &back); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(back.ID, len(back.Items), back.Items[1].Fee, back.Meta["k"])
	err = json.Unmarshal([]byte(`{"id": 5}`), &back)
	fmt.Println(err != nil)
}
