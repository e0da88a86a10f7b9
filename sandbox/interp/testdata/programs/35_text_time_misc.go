package main

import (
	"bufio"
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"text/template"
	"time"
)

type D struct {
	Name string
	N    []int
}

func (d D) Up() string { return strings.ToUpper(d.Name) }
func main() {
	t := template.Must(template.New("x").Parse("hi {{.Name}} {{range .N}}{{.}},{{end}}\n"))
	var b bytes.Buffer
	fmt.Println(t.Execute(&b, D{"bob", []int{1, 2}}))
	fmt.Print(b.String())
	_, err := strconv.Atoi("zz")
	fmt.Println(err)
	d, _ := time.ParseDuration("1h30m")
	fmt.Println(d, d.Minutes(), time.Unix(0, 0).UTC().Format(time.RFC3339))
	sc := bufio.NewScanner(strings.NewReader("a\nb"))
	for sc.Scan() {
		fmt.Print(sc.Text(), ";")
	}
	fmt.Println()
	l := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(g []string, a slog.Attr) slog.Attr {
		if a.Key == "time" {
			return slog.Attr{}
		}
		return a
	}}))
	l.Info("m", "k", 1)
}
