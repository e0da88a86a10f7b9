package grader

import (
	"fmt"
	"strings"
	"testing"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/labs"
)

// TestTryBindings: bindings are played as they are written: where the keys of the table go
// and by which line, and a recording that opens where the newest key is published.
func TestTryBindings(t *testing.T) {
	g, lab := topicPatterns(t)
	lab = lab.Drawn(1)
	words := lab.Variant(1)
	try := func(text string, keys ...string) *Tried {
		t.Helper()
		tried, err := g.Try(t.Context(), lab, []labs.File{{Name: "bindings.yaml", Text: text}}, keys, "en")
		if err != nil {
			t.Fatal(err)
		}
		return tried
	}
	two := try("exchange: user_events\nbindings:\n  - {queue: audit, pattern: user.#}\n  - {queue: audit, pattern: \"#\"}\n", "no.body", "user.x")
	if two.Bindings != 2 || len(two.Keys) != 14 || two.Exchange != "user_events" || len(two.Queues) != 5 {
		t.Fatalf("tried %d bindings, %d keys of %s to %v", two.Bindings, len(two.Keys), two.Exchange, two.Queues)
	}
	first, own := two.Keys[0], two.Keys[13]
	if first.Key != "user."+words["sign"] || !first.Shown || fmt.Sprint(first.Wanted) != "[audit security]" {
		t.Errorf("the first key is %+v", first)
	}
	if got := fmt.Sprint(own.Reached); own.Key != "user.x" || own.Shown || got != "[{audit [{user.# bindings.yaml 3} {# bindings.yaml 4}]}]" {
		t.Errorf("a key of the student's own is %+v", own)
	}
	rec := two.Recording
	var published, bound []brokers.Event
	for _, e := range rec.Events {
		switch e.Kind {
		case brokers.Published:
			published = append(published, e)
		case brokers.Bound:
			bound = append(bound, e)
		}
	}
	if len(bound) != 2 || bound[1].File != "bindings.yaml" || bound[1].Line != 4 {
		t.Errorf("bound %+v", bound)
	}
	if len(published) != 2 || rec.At >= published[1].Seq || rec.At < published[0].Seq {
		t.Errorf("published %+v, opens at %d", published, rec.At)
	}
	if bad := try("exchange: user_events\nbindings:\n  - {queue: audits, pattern: a}\n"); len(bad.Diagnostics) != 1 || bad.Recording != nil || len(bad.Keys) > 0 {
		t.Errorf("a queue that is not there gives %+v", bad)
	}
	warned := try("exchange: user_events\nbindings:\n  - {queue: audit, pattern: us*.a}\n", "us*.a")
	if len(warned.Diagnostics) != 1 || warned.Diagnostics[0].Severity != "warning" || fmt.Sprint(warned.Keys[12].Reached) == "[]" {
		t.Errorf("a wildcard inside a word gives %+v and %+v", warned.Diagnostics, warned.Keys)
	}
	most := "exchange: user_events\nbindings:\n"
	for i := range 100 {
		most += fmt.Sprintf("  - {queue: audit, pattern: a.%d}\n", i)
	}
	if tried := try(most, strings.Split(strings.Repeat("a.1 ", labs.MaxTried-1)+"a.2", " ")...); tried.Bindings != 100 {
		t.Errorf("the most that can be tried: %d bindings, %+v", tried.Bindings, tried.Diagnostics)
	}
}
