package build

import (
	"slices"
	"strings"
	"testing"
)

// program is what the completion tests put a body into. ‸ is the cursor.
func program(body string) string {
	return `package main

import (
	"context"
	"fmt"

	amqp "github.com/rabbitmq/amqp091-go"
)

type order struct{ ID, amount int }

func (o order) Total() int { return o.amount }
func (o *order) pay()      {}

func work(ctx context.Context, ch *amqp.Channel) error {
	deliveries, err := ch.Consume("orders", "", false, false, false, false, nil)
	fmt.Println(err)
` + body + `
}

func main() {}
`
}

func TestCompletion(t *testing.T) {
	tests := []struct {
		name, body string
		want       []string // first of all, in this order
		wantNot    []string
	}{
		{"methods of a client's type", "\tch.Pub‸", []string{"Publish", "PublishWithContext", "PublishWithDeferredConfirm"}, []string{"Consume"}},
		{"a broken statement", "\tif err := ch.Qo‸\n\tch.Close()", []string{"Qos"}, []string{"Close"}},
		{"a dot at the end of a line leaves the next line alone", "\tch.‸\n\tdeliveries = nil", []string{"Ack", "Cancel", "Close"}, []string{"deliveries"}},
		{"an unclosed call", "\tfmt.Println(ch.IsC‸", []string{"IsClosed"}, nil},
		{"fields and methods of what a range gives", "\tfor d := range deliveries {\n\t\td.A‸\n\t}", []string{"Ack", "Acknowledger", "AppId"}, nil},
		{"members of a package", "\tfmt.Prin‸", []string{"Print", "Printf", "Println"}, []string{"print", "Sprint"}},
		{"types of a package", "\tvar q amqp.Que‸", []string{"Queue"}, nil},
		{"unexported fields of the program's own types, and pointer methods", "\tvar o order\n\to.‸", []string{"ID", "Total", "amount", "pay"}, nil},
		{"unexported fields of others are hidden", "\tch.‸", nil, []string{"m", "connection"}},
		{"what is declared nearest comes first", "\tif err != nil {\n\t\tdelivery := 1\n\t\t_ = del‸\n\t}", []string{"delivery", "deliveries", "delete"}, nil},
		{"what is declared later is not there yet", "\t_ = lat‸\n\tlater := 1", nil, []string{"later"}},
		{"functions and types of the program", "\tor‸", []string{"order"}, nil},
		{"keywords", "\tfall‸", []string{"fallthrough"}, nil},
		{"keys of a struct literal", "\t_ = amqp.Publishing{Bo‸}", []string{"Body"}, nil},
		{"keys that are there already are left out", "\t_ = order{ID: 1, ‸}", []string{"amount"}, nil},
		{"letters match in any case", "\tch.pub‸", []string{"Publish"}, nil},
		{"a package that is not imported yet", "\tstrings.Has‸", []string{"HasPrefix", "HasSuffix"}, nil},
		{"the name of a package that is not imported yet", "\ttim‸", []string{"time"}, nil},
		{"nothing in a comment", "\t// ch.‸", nil, []string{"Publish", "work"}},
		{"nothing in a string", "\tfmt.Println(\"ch.‸\")", nil, []string{"Publish", "work"}},
		{"columns count as JavaScript does", "\tfmt.Println(\"заказ 🐇\"); ch.Qo‸", []string{"Qos"}, nil},
		{"the result of a call", "\tctx.Done‸", []string{"Done"}, nil},
		{"a constant's type", "\tfmt.Println(amqp.Trans‸)", []string{"Transient"}, nil},
	}
	checker := newChecker(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before, after, _ := strings.Cut(program(tt.body), "‸")
			items, err := checker.Complete(t.Context(), mainFile(before+after), mainName, utf16Len(before))
			if err != nil {
				t.Fatal(err)
			}
			var labels []string
			for _, c := range items {
				labels = append(labels, c.Label)
			}
			if got := labels[:min(len(labels), len(tt.want))]; !slices.Equal(got, tt.want) {
				t.Errorf("first %q, want %q", labels[:min(len(labels), len(tt.want)+3)], tt.want)
			}
			for _, not := range tt.wantNot {
				if slices.Contains(labels, not) {
					t.Errorf("%q is offered", not)
				}
			}
		})
	}
}

func TestCompletionDetail(t *testing.T) {
	before, after, _ := strings.Cut(program("\tstrings.HasPre‸"), "‸")
	checker := newChecker(t)
	items, err := checker.Complete(t.Context(), mainFile(before+after), mainName, utf16Len(before))
	if err != nil {
		t.Fatal(err)
	}
	want := Completion{Label: "HasPrefix", Kind: "function", Detail: "(s string, prefix string) bool", Import: "strings"}
	if len(items) != 1 || items[0] != want {
		t.Errorf("got %+v, want %+v", items, want)
	}
	before, after, _ = strings.Cut(program("\tch.Qo‸"), "‸")
	items, err = checker.Complete(t.Context(), mainFile(before+after), mainName, utf16Len(before))
	if err != nil {
		t.Fatal(err)
	}
	want = Completion{Label: "Qos", Kind: "method", Detail: "(prefetchCount int, prefetchSize int, global bool) error"}
	if len(items) != 1 || items[0] != want {
		t.Errorf("got %+v, want %+v", items, want)
	}
}
