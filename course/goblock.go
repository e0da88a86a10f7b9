package course

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A GoBlock is a block of Go in a lesson: a file, or declarations, or statements with
// ctx, conn, ch, d and deliveries in reach.
type GoBlock struct {
	Text  string
	Fence int // line of the page that opens it
}

// GoImports are the packages that a block of Go may use without saying so, by name.
var GoImports = map[string]string{
	"amqp": "github.com/rabbitmq/amqp091-go", "kgo": "github.com/twmb/franz-go/pkg/kgo", "kadm": "github.com/twmb/franz-go/pkg/kadm",
	"context": "context", "errors": "errors", "fmt": "fmt", "http": "net/http", "json": "encoding/json", "log": "log", "os": "os",
	"slices": "slices", "sql": "database/sql", "strings": "strings", "sync": "sync", "time": "time",
}

// given are the names that a page speaks of without defining them.
var given = map[string]string{
	"Order":     "type Order struct { ID string; Cents int }\n",
	"errPoison": "var errPoison = errors.New(\"poison\")\n",
	"process":   "func process(ctx context.Context, body []byte) error { return nil }\n",
}

var (
	packageClause = regexp.MustCompile(`(?m)^package `)
	declaration   = regexp.MustCompile(`(?m)^(?:func|type|var|const) `)
	used          = regexp.MustCompile(`(?:^|[^\w.])(\w+)\.[A-Z]`)
	declared      = regexp.MustCompile(`(?m)^(?:func|type|var|const) (\w+)`)
)

// File makes a whole file of the block, for a type checker. Above is how many lines of it
// come before those of the block.
func (b GoBlock) File() (text string, above int) {
	if packageClause.MatchString(b.Text) {
		return b.Text, 0
	}
	body, before, after := b.Text, "", ""
	if !declaration.MatchString(body) {
		before = "func _(ctx context.Context, conn *amqp.Connection, ch *amqp.Channel, d amqp.Delivery, deliveries <-chan amqp.Delivery) error {\n"
		after = "\nreturn nil\n}\n"
	}
	own := make(map[string]bool)
	for _, m := range declared.FindAllStringSubmatch(body, -1) {
		own[m[1]] = true
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if !own[name] {
			after += "\n" + given[name]
		}
	}
	says := make(map[string]bool)
	for _, m := range used.FindAllStringSubmatch(before+body+after, -1) {
		says[m[1]] = true
	}
	head := "package main\n"
	for _, name := range slices.Sorted(maps.Keys(GoImports)) {
		if says[name] {
			head += "import " + name + " " + strconv.Quote(GoImports[name]) + "\n"
		}
	}
	head += before
	return head + body + after, strings.Count(head, "\n")
}
