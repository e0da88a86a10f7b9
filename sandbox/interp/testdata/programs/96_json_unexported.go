package main

import (
	"encoding/json"
	"fmt"
)

type rec struct {
	Name string
	pass string
}

func main() {
	b, _ := json.Marshal(rec{"a", "secret"})
	fmt.Println(string(b))
}
