package property

import "github.com/brokerlab/brokerlab/brokers"

// order is what a service asked to have published, and how far that has come.
// Each event is the first of its kind; Seq 0 if there was none.
type order struct {
	label     string
	asked     brokers.Event // the service has it to publish
	published brokers.Event // the broker took it in
	routed    brokers.Event // it is in the queue
	confirmed brokers.Event // the publisher was told
	done      brokers.Event // the service heard that it is done
}

// outgoing is what became of the orders of a service on their way to a queue.
type outgoing struct {
	orders   []*order // in the order in which the service has them
	byLabel  map[string]*order
	confirms int           // of any message
	first    brokers.Event // the first publish of any message
	fault    brokers.Event // the crash or disconnection; Seq 0 if none
}

// outgo reads the journal for the orders that a service has to publish, and the
// queue that they should come to.
func outgo(events []brokers.Event, queue, service string) *outgoing {
	out := &outgoing{byLabel: make(map[string]*order)}
	routed, exists := seesRouting(events), false
	for _, e := range events {
		o := out.byLabel[e.Label]
		switch e.Kind {
		case brokers.Declared:
			exists = exists || e.Place == queue
			if e.Source == service && e.Label != "" && o == nil {
				o = &order{label: e.Label, asked: e}
				out.orders, out.byLabel[e.Label] = append(out.orders, o), o
			}
			continue
		case brokers.Crash, brokers.Disconnected:
			out.fault = e
		case brokers.Confirmed:
			out.confirms++
		case brokers.Published:
			if out.first.Seq == 0 {
				out.first = e
			}
		}
		if o != nil {
			o.move(e, queue, service)
			if !routed && exists && e.Kind == brokers.Published && e.Exchange == "" && e.Key == queue {
				e.Kind, e.Place = brokers.Routed, queue // what a real broker shows of it
				o.move(e, queue, service)
			}
		}
	}
	return out
}

// move notes what happened to an order, the first time that it does.
func (o *order) move(e brokers.Event, queue, service string) {
	var to *brokers.Event
	switch {
	case e.Kind == brokers.Published:
		to = &o.published
	case e.Kind == brokers.Routed && e.Place == queue:
		to = &o.routed
	case e.Kind == brokers.Confirmed:
		to = &o.confirmed
	case e.Kind == brokers.Effect && e.Source == service:
		to = &o.done
	default:
		return
	}
	if to.Seq == 0 {
		*to = e
	}
}

// doneBefore reports whether the order was marked before an event that should
// have come first, or that never came.
func (o *order) doneBefore(e brokers.Event) bool {
	return o.done.Seq > 0 && (e.Seq == 0 || e.Seq > o.done.Seq)
}

// noDoneBeforeConfirm holds when the broker had confirmed every order by the time
// at which it was marked done, and at least one was. Parameters: queue, service.
func noDoneBeforeConfirm(events []brokers.Event, p Params) Result {
	out := outgo(events, p.text("queue"), p.text("service"))
	f := Facts{Queue: p.text("queue"), Service: p.text("service"), Count: len(out.orders)}
	marked := 0
	for _, o := range out.orders {
		if o.done.Seq > 0 {
			marked++
		}
		if !o.doneBefore(o.confirmed) {
			continue
		}
		f.Label, f.Line, f.Message = o.label, o.done.Line, o.published.Message
		if out.confirms == 0 && out.fault.Seq == 0 {
			f.Line = out.first.Line
			return fails("no-confirms", f, o.published.Seq, o.done.Seq)
		}
		f.Crashed = out.fault.Seq > 0 && out.fault.Seq < o.done.Seq
		if f.Crashed {
			return fails("done-unconfirmed", f, o.published.Seq, out.fault.Seq, o.done.Seq)
		}
		return fails("done-unconfirmed", f, o.published.Seq, o.done.Seq)
	}
	if marked == 0 && out.fault.Seq == 0 { // cut off before its first, a program is judged by what it does next
		return unreached(out.first.Seq == 0, fails("never-done", f))
	}
	return holds
}

// publishedAll holds when every order of the service is in the queue, or was, and
// is marked done. Twice in the queue is allowed. Parameters: queue, service.
func publishedAll(events []brokers.Event, p Params) Result {
	out := outgo(events, p.text("queue"), p.text("service"))
	f := Facts{Queue: p.text("queue"), Service: p.text("service"), Crashed: out.fault.Seq > 0}
	var lost, missing, unmarked []*order
	for _, o := range out.orders {
		switch {
		case o.routed.Seq == 0 && o.done.Seq > 0:
			lost = append(lost, o)
		case o.routed.Seq == 0:
			missing = append(missing, o)
		case o.done.Seq == 0:
			unmarked = append(unmarked, o)
		}
	}
	switch {
	case len(lost) > 0:
		o := lost[0]
		f.Label, f.Count, f.Line, f.Message = o.label, len(lost), o.done.Line, o.published.Message
		f.Crashed = out.fault.Seq > 0 && out.fault.Seq < o.done.Seq
		if f.Crashed {
			return fails("lost-publish", f, o.published.Seq, out.fault.Seq, o.done.Seq)
		}
		return fails("lost-publish", f, o.published.Seq, o.done.Seq)
	case len(missing) > 0 && len(missing) == len(out.orders):
		f.Count = len(missing)
		return fails("nothing-published", f, out.first.Seq, out.fault.Seq)
	case len(missing) > 0:
		f.Label, f.Count = missing[0].label, len(missing)
		return fails("not-published", f, missing[0].asked.Seq, out.fault.Seq)
	case len(unmarked) > 0:
		o := unmarked[0]
		f.Label, f.Count, f.Line, f.Message = o.label, len(unmarked), o.published.Line, o.published.Message
		return fails("not-marked", f, o.routed.Seq, out.fault.Seq)
	}
	return holds
}
