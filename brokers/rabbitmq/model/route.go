package model

import "github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"

// A routing finds the queues that one message goes to. It starts at an exchange and
// follows bindings from exchange to exchange; each exchange and each queue is
// reached once, so bindings may go in circles.
type routing struct {
	vhost     *VHost
	number    uint64      // of this routing: what carries it has been reached
	exchanges []*Exchange // reached; those that were not asked yet at the end
	queues    []*Queue    // reached
	found     int         // bindings and names that led somewhere
}

// add notes a destination.
func (r *routing) add(to destination) {
	r.found++
	switch {
	case to.queue != nil && to.queue.reached != r.number:
		to.queue.reached = r.number
		r.queues = append(r.queues, to.queue)
	case to.exchange != nil && to.exchange.reached != r.number:
		to.exchange.reached = r.number
		r.exchanges = append(r.exchanges, to.exchange)
	}
}

func (r *routing) addAll(bindings []*binding) {
	for _, b := range bindings {
		r.add(b.to)
	}
}

// find returns the queues that a message with these keys and headers reaches from
// x, each once. The list is good until the next call.
func (r *routing) find(x *Exchange, keys []string, headers wire.Table) []*Queue {
	r.number++
	r.exchanges, r.queues = r.exchanges[:0], r.queues[:0]
	r.add(destination{exchange: x})
	for i := 0; i < len(r.exchanges); i++ {
		x, before := r.exchanges[i], r.found
		for _, key := range keys {
			if i == 0 && x.Name == "" {
				r.byName(key)
			} else {
				x.router.route(r, key, headers)
			}
		}
		if r.found == before && x.alternate != nil {
			if other, ok := r.vhost.exchanges[*x.alternate]; ok {
				r.add(destination{exchange: other})
			}
		}
	}
	return r.queues
}

// byName is what the default exchange does for its publishers: every queue is bound
// to it by its name. As somebody's alternate it has no bindings at all.
func (r *routing) byName(key string) {
	if q, ok := r.vhost.queues[key]; ok {
		r.add(destination{queue: q})
	}
}
