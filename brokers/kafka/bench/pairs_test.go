package bench

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// pairs are rounds of one measurement on both peers.
type pairs struct {
	what     string
	took     [2][]time.Duration // by peer and round
	used     [2]usage           // by peer, all rounds together
	messages [2]int             // likewise
}

// turns is the order of the peers in a round: each is first as often as the other.
func turns(round int) []int {
	if round%2 == 1 {
		return []int{1, 0}
	}
	return []int{0, 1}
}

// measure adds a round of a peer that carries so many messages.
func (s *pairs) measure(b *testing.B, i int, p *peer, messages int, do func() time.Duration) {
	before := p.usage(b, false)
	took := do()
	s.used[i] = s.used[i].plus(p.usage(b, false).minus(before))
	s.took[i] = append(s.took[i], took)
	s.messages[i] += messages
}

// often measures, and prints, what takes too short a time to be a round: a round is the
// median of many.
func (s *pairs) often(b *testing.B, peers []*peer, do func(i int) time.Duration) {
	for b.Loop() {
		for round := range turnsEach {
			for _, i := range turns(round) {
				s.measure(b, i, peers[i], calls, func() time.Duration {
					took := make([]time.Duration, calls)
					for k := range took {
						took[k] = do(i)
					}
					slices.Sort(took)
					return took[calls/2]
				})
			}
		}
	}
	s.print(b, duration)
}

// A unit says what one round was like.
type unit func(took time.Duration, messages int) string

func perSecond(took time.Duration, messages int) string {
	return fmt.Sprintf("%.0f/s", float64(messages)/took.Seconds())
}

func duration(took time.Duration, _ int) string { return took.Round(10 * time.Nanosecond).String() }

// print prints the median of the ratios: above 1 the miniature is faster.
func (s *pairs) print(b *testing.B, in unit) {
	ratios := make([]float64, len(s.took[0]))
	for i := range ratios {
		ratios[i] = float64(s.took[1][i]) / float64(s.took[0][i])
	}
	slices.Sort(ratios)
	at := func(part float64) float64 { return ratios[int(part*float64(len(ratios)-1)+0.5)] }
	fmt.Printf("\n%s: ratio %.2f (quartiles %.2f to %.2f of %d pairs, load %s)\n", s.what, at(0.5), at(0.25), at(0.75), len(ratios), load())
	for i, starter := range starters {
		slices.Sort(s.took[i])
		n := float64(s.messages[i])
		u := s.used[i]
		fmt.Printf("  %-9s median %s; processor time %.2f µs a message, %.2f of it in the kernel; %.2f allocations, %.0f B, %.2f switches\n", starter.name,
			in(s.took[i][len(s.took[i])/2], s.messages[i]/len(s.took[i])),
			float64(u.CPU.Nanoseconds())/1e3/n, float64(u.System.Nanoseconds())/1e3/n, float64(u.Allocs)/n, float64(u.Bytes)/n, float64(u.Switches)/n)
	}
	b.ReportMetric(at(0.5), "ratio")
	b.ReportMetric(0, "ns/op")
}

// load is how many processes wanted to run in the last minute.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Fields(string(text))[0]
}
