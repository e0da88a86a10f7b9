package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

type msg struct {
	ID   int    `json:"id"`
	Body string `json:"body"`
}

func main() {
	dec := json.NewDecoder(strings.NewReader(`{"id":1,"body":"a"} {"id":2,"body":"b"}`))
	for {
		var m msg
		if err := dec.Decode(&m); err == io.EOF {
			break
		} else if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(m.ID, m.Body)
	}
	enc := json.NewEncoder(os.Stdout)
	enc.SetIndent("", " ")
	enc.Encode(msg{3, "c"})
	b, _ := json.MarshalIndent(map[string]any{"x": []int{1}, "m": msg{4, "d"}}, "", "  ")
	fmt.Println(string(b))
}
