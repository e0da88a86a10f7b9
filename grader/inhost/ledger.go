package inhost

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/grader/property"
	"github.com/brokerlab/brokerlab/grader/trial"
)

// maxCharges bounds what one ledger holds.
const maxCharges = 10_000

// ledgerPort is where programs find the ledger.
const ledgerPort = 8090

// serviceRefusal is the Reason of a request that a schedule has a service refuse.
const serviceRefusal = "503 Service Unavailable"

// A ledger charges orders.
//
//	POST /charges {"order":"4","cents":2650}   201 {"charge":"ch-4-1"}
//	                                           503 and no charge, when the schedule says so,
//	                                           and for an order that the lab's declines name
//	GET  /charges                              200 [{"charge":…,"order":…,"cents":…}]
//
// A request with an Idempotency-Key that was used before gets the first answer
// again and charges nothing. Its methods run inside the sequencer, so it has no
// lock.
type ledger struct {
	journal *brokers.Journal
	number  func(label string) uint64 // the message that a label belongs to
	charges []charge
	byKey   map[string]int // index of the charge
	twice   map[string]bool
	quota   func(what string)
	price   func(label string) (cents int64, known bool) // what the message asks for
	posts   int                                          // requests to charge
	refused int                                          // which of these is refused; 0 for none

	declines []string // orders that are never charged
}

type charge struct {
	ID    string `json:"charge"`
	Order string `json:"order"`
	Cents int64  `json:"cents"`
}

func newLedger(w *world) service {
	return &ledger{
		journal: w.journal, number: w.numberOf, quota: w.overQuota, price: w.priceOf,
		byKey: make(map[string]int), twice: make(map[string]bool), declines: w.spec.Declines["ledger"],
	}
}

func (l *ledger) name() string { return "ledger" }

func (l *ledger) port() int { return ledgerPort }

func (l *ledger) refuse(nth int) { l.refused = nth }

// ServeHTTP answers one request.
func (l *ledger) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path != "/charges":
		problem(w, http.StatusNotFound, "there is no "+strconv.Quote(r.URL.Path)+", only /charges")
	case r.Method == http.MethodGet:
		answer(w, http.StatusOK, append([]charge{}, l.charges...))
	case r.Method == http.MethodPost:
		l.post(w, r)
	default:
		w.Header().Set("Allow", "GET, POST")
		problem(w, http.StatusMethodNotAllowed, "want GET or POST")
	}
}

func (l *ledger) post(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Order *string `json:"order"`
		Cents int64   `json:"cents"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		problem(w, http.StatusBadRequest, "the body is not JSON: "+err.Error())
		return
	}
	if in.Order == nil || *in.Order == "" || len(*in.Order) > 64 {
		problem(w, http.StatusBadRequest, `want {"order":"<1 to 64 bytes>","cents":<number>}`)
		return
	}
	if !l.journal.Room() || len(l.charges) >= maxCharges {
		l.quota("charges")
		problem(w, http.StatusInsufficientStorage, "quota: this lab holds no more charges")
		return
	}
	reason := ""
	if l.posts++; l.posts == l.refused {
		reason = serviceRefusal
	} else if slices.Contains(l.declines, *in.Order) {
		reason = trial.DeclinedReason
	}
	if reason != "" {
		l.journal.Append(brokers.Event{
			Kind: brokers.Refused, Source: l.name(), Place: l.name(), Message: l.number(*in.Order),
			Label: *in.Order, N: in.Cents, Reason: reason,
		})
		problem(w, http.StatusServiceUnavailable, "nothing was charged; try again later")
		return
	}
	key := r.Header.Get("Idempotency-Key")
	at, known := l.byKey[key]
	if key == "" || !known {
		at = len(l.charges)
		l.charges = append(l.charges, charge{"ch-" + strconv.Itoa(at+1), *in.Order, in.Cents})
		if key != "" {
			l.byKey[key] = at
		}
	}
	done := l.charges[at]
	l.twice[done.Order] = l.twice[done.Order] || key == "" && l.count(done.Order) > 1
	l.journal.Append(brokers.Event{
		Kind: brokers.Effect, Source: l.name(), Place: l.name(), Message: l.number(done.Order),
		Label: done.Order, N: done.Cents, Redelivered: known && key != "", Reason: l.objection(done),
	})
	answer(w, http.StatusCreated, done)
}

// objection says what a charge should have been, when it was not that.
func (l *ledger) objection(c charge) string {
	if want, known := l.price(c.Order); known && want != c.Cents {
		return property.Want + strconv.FormatInt(want, 10)
	}
	return ""
}

func (l *ledger) count(order string) int {
	n := 0
	for _, c := range l.charges {
		if c.Order == order {
			n++
		}
	}
	return n
}

// place draws the ledger for the page.
func (l *ledger) place() brokers.Place {
	p := brokers.Place{ID: "service:" + l.name(), Kind: "service", Name: l.name(), Done: len(l.charges)}
	for _, c := range l.charges[max(0, len(l.charges)-brokers.MaxTokens):] {
		state := "done"
		if l.twice[c.Order] {
			state = "twice"
		}
		p.Tokens = append(p.Tokens, brokers.Token{Message: l.number(c.Order), Label: c.Order, State: state})
	}
	return p
}

func answer(w http.ResponseWriter, code int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(body) // into memory
}

func problem(w http.ResponseWriter, code int, say string) {
	answer(w, code, map[string]string{"error": say})
}
