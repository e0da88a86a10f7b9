package model

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
)

// BenchmarkTopicRouting routes messages through a topic exchange with many bindings,
// and matches the same keys against each pattern in turn in the same run. What counts
// is the ratio of the two, and that the exchange takes little longer for a hundred
// times the bindings.
//
//	go test -run '^$' -bench TopicRouting ./brokers/rabbitmq/model
func BenchmarkTopicRouting(b *testing.B) {
	for _, n := range []int{1_000, 100_000} {
		v, x, patterns := crossing(b, n)
		keys := make([]string, 512)
		for i := range keys {
			keys[i] = fmt.Sprintf("order.region%d.shop%d.paid", i%97, (i*7919)%n)
		}
		want, tried := 0, 20
		began := time.Now()
		for _, key := range keys[:tried] {
			want += linear(patterns, key)
		}
		perKey := float64(time.Since(began).Nanoseconds()) / float64(tried)
		found := 0
		for _, key := range keys[:tried] {
			found += len(v.routing.find(x, []string{key}, nil))
		}
		if found != want {
			b.Fatalf("%d bindings: %d queues are reached, one by one %d match", n, found, want)
		}
		b.Run(fmt.Sprintf("bindings=%d", n), func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				v.routing.find(x, keys[i%len(keys):i%len(keys)+1], nil)
			}
			ours := float64(b.Elapsed().Nanoseconds()) / float64(b.N)
			b.ReportMetric(perKey/ours, "times-linear")
			fmt.Printf("topic routing, %d bindings: %.0f ns a message, one by one %.0f ns, ratio %.0f\n", n, ours, perKey, perKey/ours)
		})
	}
}

// crossing is a virtual host with a topic exchange and n bindings, each to a queue of
// its own, of which a key satisfies some.
func crossing(b *testing.B, n int) (*VHost, *Exchange, []string) {
	b.Helper()
	clock := brokers.NewVirtualClock(time.Unix(0, 0))
	quota := brokers.DefaultQuota()
	quota.Bindings, quota.Queues = 2*n, 2*n
	v := NewVHost("/", clock, brokers.NewJournal(1000, brokers.Forget, clock), quota, func([]byte) string { return "" })
	ch := v.Setup()
	patterns := make([]string, n)
	for i := range patterns {
		switch i % 4 {
		case 0:
			patterns[i] = fmt.Sprintf("order.*.shop%d.paid", i)
		case 1:
			patterns[i] = fmt.Sprintf("order.region%d.shop%d.#", i%97, i)
		case 2:
			patterns[i] = fmt.Sprintf("#.shop%d.late", i)
		default:
			patterns[i] = fmt.Sprintf("order.region%d.shop%d.paid", i%97, i)
		}
		queue := fmt.Sprintf("q%d", i)
		declare(b, ch, queue)
		must(b, ch.Bind(queue, "amq.topic", patterns[i], nil))
	}
	return v, v.exchanges["amq.topic"], patterns
}

// linear counts the patterns that a key matches, one after the other.
func linear(patterns []string, key string) (n int) {
	words := strings.Split(key, ".")
	for _, p := range patterns {
		if matchWords(strings.Split(p, "."), words) {
			n++
		}
	}
	return n
}

func matchWords(pattern, key []string) bool {
	switch {
	case len(pattern) == 0:
		return len(key) == 0
	case pattern[0] == "#":
		return matchWords(pattern[1:], key) || len(key) > 0 && matchWords(pattern, key[1:])
	case len(key) == 0:
		return false
	}
	return (pattern[0] == "*" || pattern[0] == key[0]) && matchWords(pattern[1:], key[1:])
}
