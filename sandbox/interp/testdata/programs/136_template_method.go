package main

import (
	"fmt"
	"os"
	"strings"
	"text/template"
)

type row struct{ Name string }

func (r row) Title() string { return strings.ToUpper(r.Name) }

func main() {
	t := template.Must(template.New("t").Parse("{{.Title}}\n"))
	fmt.Println(t.Execute(os.Stdout, row{"a"}) == nil)
}
