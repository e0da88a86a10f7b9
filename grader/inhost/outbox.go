package inhost

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/brokerlab/brokerlab/brokers"
)

// outboxPort is where programs find the outbox.
const outboxPort = 8091

// outboxPage is how many orders one answer holds at most.
const outboxPage = 5

// An outbox holds what a shop still has to publish: orders that were stored
// together with their payment. Whoever has published one marks it.
//
//	GET  /orders            200 [{"order":"1","cents":1250},…]   not marked yet, oldest first, 5 at most
//	POST /orders/1/done     204
//	                        503 and no mark, when refuse says so
//
// To mark an order again changes nothing. Its methods run inside the sequencer,
// so it has no lock.
type outbox struct {
	journal *brokers.Journal
	number  func(label string) uint64 // the message that a label belongs to
	orders  []outboxOrder             // oldest first
	quota   func(what string)
	marks   int // requests to mark
	refused int // which of these is refused; 0 for none
}

type outboxOrder struct {
	Order string `json:"order"`
	Cents int64  `json:"cents"`
	done  bool
}

// newOutbox fills an outbox, which the journal tells order by order.
func newOutbox(w *world) service {
	o := &outbox{journal: w.journal, number: w.numberOf, quota: w.overQuota}
	w.seq.Do(func() {
		for i, cents := range []int64{1250, 4200, 799, 2650, 10500, 300, 1875, 6400} {
			o.add(strconv.Itoa(i+1), cents)
		}
	})
	return o
}

func (o *outbox) add(order string, cents int64) {
	o.orders = append(o.orders, outboxOrder{Order: order, Cents: cents})
	o.journal.Append(brokers.Event{Kind: brokers.Declared, Source: o.name(), Label: order, N: cents})
}

func (o *outbox) name() string { return "outbox" }

func (o *outbox) port() int { return outboxPort }

// refuse has the nth request for a mark answered with 503. It is called before the
// first.
func (o *outbox) refuse(nth int) { o.refused = nth }

// ServeHTTP answers one request.
func (o *outbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	order, mark := strings.CutPrefix(r.URL.Path, "/orders/")
	order, done := strings.CutSuffix(order, "/done")
	switch {
	case r.URL.Path == "/orders" && r.Method == http.MethodGet:
		answer(w, http.StatusOK, o.waiting())
	case mark && done && r.Method == http.MethodPost:
		o.mark(w, order)
	case r.URL.Path == "/orders" || mark && done:
		w.Header().Set("Allow", map[bool]string{true: http.MethodPost, false: http.MethodGet}[mark])
		problem(w, http.StatusMethodNotAllowed, "want GET /orders or POST /orders/<order>/done")
	default:
		problem(w, http.StatusNotFound, "there is no "+strconv.Quote(r.URL.Path)+", only /orders and /orders/<order>/done")
	}
}

// waiting returns the oldest orders that nobody has marked.
func (o *outbox) waiting() []outboxOrder {
	page := []outboxOrder{}
	for _, order := range o.orders {
		if !order.done && len(page) < outboxPage {
			page = append(page, order)
		}
	}
	return page
}

func (o *outbox) mark(w http.ResponseWriter, order string) {
	i := slices.IndexFunc(o.orders, func(have outboxOrder) bool { return have.Order == order })
	switch {
	case i < 0:
		problem(w, http.StatusNotFound, "there is no order "+strconv.Quote(order))
		return
	case !o.journal.Room():
		o.quota("events in the journal")
		problem(w, http.StatusInsufficientStorage, "quota: this lab records no more events")
		return
	}
	if o.marks++; o.marks == o.refused {
		o.journal.Append(brokers.Event{
			Kind: brokers.Refused, Source: o.name(), Place: o.name(), Message: o.number(order), Label: order,
			Reason: serviceRefusal,
		})
		problem(w, http.StatusServiceUnavailable, "nothing was marked; try again later")
		return
	}
	again := o.orders[i].done
	o.orders[i].done = true
	o.journal.Append(brokers.Event{
		Kind: brokers.Effect, Source: o.name(), Place: o.name(), Message: o.number(order), Label: order, Redelivered: again,
	})
	w.WriteHeader(http.StatusNoContent)
}

// place draws the outbox for the page.
func (o *outbox) place() brokers.Place {
	p := brokers.Place{ID: "service:" + o.name(), Kind: "service", Name: o.name()}
	for _, order := range o.orders {
		state := "ready"
		if order.done {
			state = "done"
			p.Done++
		} else {
			p.Ready++
		}
		if len(p.Tokens) < brokers.MaxTokens {
			p.Tokens = append(p.Tokens, brokers.Token{Message: o.number(order.Order), Label: order.Order, State: state})
		}
	}
	return p
}
