package main

import (
	"fmt"
	"os"
	"text/template"
)

type row struct {
	Name string
	Qty  int
}

func main() {
	t := template.Must(template.New("t").Parse("{{range .}}{{.Name}}: {{.Qty}}{{if gt .Qty 1}}s{{end}}\n{{end}}"))
	if err := t.Execute(os.Stdout, []row{{"a", 1}, {"b", 2}}); err != nil {
		fmt.Println(err)
	}
}
