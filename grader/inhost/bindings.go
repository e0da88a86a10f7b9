package inhost

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/model"
	"github.com/brokerlab/brokerlab/grader/configfile"
	"github.com/brokerlab/brokerlab/grader/property"
	"github.com/brokerlab/brokerlab/grader/trial"
)

// A bindingApplier binds the queues of RabbitMQ as files say. A real broker is asked over
// its protocol.
type bindingApplier struct {
	world  *world
	broker brokers.Broker
}

func (*bindingApplier) lasting() bool { return false }

func (*bindingApplier) kill() {}

func (*bindingApplier) start() {}

// tell is a binding and, if it was not made, what the broker answered.
func (*bindingApplier) tell(a trial.Applied) string {
	at := fmt.Sprintf("%s:%d", a.File, a.Line)
	if a.Code >= http.StatusMultipleChoices {
		return fmt.Sprintf("%s  %d %s\n", at, a.Code, a.Message)
	}
	return fmt.Sprintf("%s  %s\n", at, a.Message)
}

// apply makes all bindings at once. If the broker refuses that, it is asked for each, so
// that every refusal has its line.
func (b *bindingApplier) apply(files []trial.ConfigFile) []trial.Applied {
	bindings := bindingsOf(files)
	all := make([]brokers.Action, 0, len(bindings))
	for _, one := range bindings {
		all = append(all, brokers.Action{Do: "bind", With: map[string]any{"queue": one.Queue, "exchange": one.Exchange, "key": one.Pattern}})
	}
	together := b.broker.Apply(all)
	out := make([]trial.Applied, 0, len(bindings))
	for i, one := range bindings {
		a := trial.Applied{File: one.File, Line: one.Line, Code: http.StatusOK, Message: fmt.Sprintf("%s → %s  %s", one.Exchange, one.Queue, one.Pattern)}
		if together != nil {
			if err := b.broker.Apply(all[i : i+1]); err != nil {
				a.Code, a.Message = replyOf(err)
				b.world.record(brokers.Event{
					Kind: brokers.Refused, Exchange: one.Exchange, Place: one.Queue, Key: one.Pattern, Reason: a.Message, File: one.File, Line: one.Line,
				})
			}
		}
		out = append(out, a)
	}
	return out
}

// replyOf is what a broker said to a request that it did not take: the code of AMQP.
func replyOf(err error) (code int, text string) {
	var ours *model.Error
	var theirs *amqp.Error
	switch {
	case errors.As(err, &ours):
		return int(ours.Code), ours.Error()
	case errors.As(err, &theirs):
		return theirs.Code, theirs.Reason
	}
	return http.StatusInternalServerError, err.Error()
}

// bindingsOf reads bindings from files; those of another kind have none.
func bindingsOf(files []trial.ConfigFile) []configfile.Binding {
	var all []configfile.Binding
	for _, f := range files {
		found, _ := configfile.Bindings(f.Name, f.Text, nil) // the front has checked them
		all = append(all, found...)
	}
	return all
}

// arrivals says where keys went, one a line.
func arrivals(events []brokers.Event, asked []probeKey) string {
	var out strings.Builder
	went := make(map[string]map[string]property.Arrival) // by exchange, by key
	for _, a := range asked {
		if went[a.exchange] == nil {
			went[a.exchange] = property.Arrivals(events, a.exchange)
		}
		went := went[a.exchange][a.key]
		where := strings.Join(slices.Sorted(slices.Values(went.Queues)), ", ")
		if went.Refused != "" {
			where = went.Refused
		} else if where == "" {
			where = "–"
		}
		fmt.Fprintf(&out, "%s → %s\n", a.key, where)
	}
	return out.String()
}
