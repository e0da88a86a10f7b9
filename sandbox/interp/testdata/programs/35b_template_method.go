package main

import (
	"bytes"
	"fmt"
	"strings"
	"text/template"
)

type D struct{ Name string }

func (d D) Up() string { return strings.ToUpper(d.Name) }
func main() {
	var b bytes.Buffer
	err := template.Must(template.New("x").Parse("{{.Up}}")).Execute(&b, D{"bob"})
	fmt.Println(b.String(), err)
}
