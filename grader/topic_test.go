package grader

import (
	"math/bits"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/labs"
)

func topicPatterns(t *testing.T) (*Grader, *labs.Lab) {
	t.Helper()
	g, _ := real(t)
	lab, ok := g.labs.Lab("rabbitmq/topic-patterns")
	if !ok {
		t.Fatal("there is no lab rabbitmq/topic-patterns")
	}
	return g, lab
}

// TestTopicPatternsSeeds: the solution passes whatever is drawn, and does not
// pass with another student's words.
func TestTopicPatternsSeeds(t *testing.T) {
	g, lab := topicPatterns(t)
	mine := lab.Drawn(1)
	for seed := range uint64(20) {
		ev := submit(t, g, lab, lab.Drawn(seed).Solution(), seed)
		if v := Render(lab, ev, "en"); v.Status != Passed {
			t.Errorf("seed %d: %s: %s", seed, v.Status, v.Sentence)
		}
		if solution := lab.Drawn(seed).Solution()[0].Text; solution == mine.Solution()[0].Text {
			continue
		}
		if submit(t, g, lab, mine.Solution(), seed).passed() {
			t.Errorf("the solution of seed 1 passes with seed %d too", seed)
		}
	}
}

// TestTopicPatternsWrong: a wrong attempt gets the same verdict each time, in
// both languages, with nothing left to fill in.
func TestTopicPatternsWrong(t *testing.T) {
	g, lab := topicPatterns(t)
	for _, w := range lab.Drawn(1).Wrong() {
		said := make(map[string]bool)
		for range 5 {
			ev := submit(t, g, lab, w.Files, 1)
			en, ru := Render(lab, ev, "en"), Render(lab, ev, "ru")
			text := en.Sentence + " | " + flat(en.Why) + " | " + ru.Sentence + " | " + flat(ru.Why)
			if strings.Contains(text, "${") || strings.Contains(text, "!") || len(en.Why) == 0 {
				t.Errorf("%s: said %q", w.Name, text)
			}
			for _, c := range ev.Checks {
				text += " " + c.Status
			}
			said[text] = true
		}
		if len(said) != 1 {
			t.Errorf("%s got %d verdicts: %v", w.Name, len(said), said)
		}
	}
}

// TestTopicPatternsEvidence: the key that went wrong is shown by the binding that
// let it in and by the probe, which follows the mark that the run is over.
func TestTopicPatternsEvidence(t *testing.T) {
	g, lab := topicPatterns(t)
	ev := submit(t, g, lab, wrongOf(t, lab.Drawn(1), "too-wide"), 1)
	c := ev.check("one-pattern")
	if c.MessageID != "key-extra" || c.Facts.Queue != "audit" || c.Facts.Pattern != "#" || c.Facts.File != "bindings.yaml" || c.Facts.Line == 0 {
		t.Errorf("check %+v", c)
	}
	journal := ev.Journals[BaselineID]
	var kinds []brokers.Kind
	for _, seq := range c.Counter.Events {
		e := journal[seq-1]
		kinds = append(kinds, e.Kind)
		if e.Kind == brokers.Published && (e.Label != c.Facts.Key || e.Client != "") {
			t.Errorf("the probe is %+v", e)
		}
	}
	if !slices.Equal(kinds, []brokers.Kind{brokers.Bound, brokers.Published, brokers.Routed}) {
		t.Errorf("the counter-example is %v", kinds)
	}
	over := slices.IndexFunc(journal, func(e brokers.Event) bool { return e.Kind == brokers.Stopped })
	probe := slices.IndexFunc(journal, func(e brokers.Event) bool { return e.Kind == brokers.Published })
	if over < 0 || probe < over {
		t.Errorf("the run is over at event %d, the first probe is %d", over, probe)
	}
}

// TestTopicPatternsVerdict: a verdict names the key that went astray, the queue and the
// binding with its line, which leads there.
func TestTopicPatternsVerdict(t *testing.T) {
	g, lab := topicPatterns(t)
	words := lab.Variant(1)
	key := "admin." + words["sign"]
	for lang, want := range map[string]string{
		"en": key + " reached audit, which did not ask for it, by the binding `#` (bindings.yaml:6).",
		"ru": key + " попал в очередь audit, которая его не просила: его пропустила привязка `#` (bindings.yaml:6).",
	} {
		v := Render(lab, submit(t, g, lab, wrongOf(t, lab.Drawn(1), "too-wide"), 1), lang)
		if got := flat(v.Why); got != want {
			t.Errorf("said %q, want %q", got, want)
		}
		link := slices.IndexFunc(v.Why, func(s Span) bool { return s.Line == 6 && s.File == "bindings.yaml" })
		if link < 0 || v.Line != 6 || v.File != "bindings.yaml" {
			t.Errorf("no way to the line: %+v, %s:%d", v.Why, v.File, v.Line)
		}
	}
}

// TestTopicPatternsBonus: a lab is passed without its bonus, and the verdict says what
// is still to be had.
func TestTopicPatternsBonus(t *testing.T) {
	g, lab := topicPatterns(t)
	ev := submit(t, g, lab, wrongOf(t, lab.Drawn(1), "one-to-spare"), 1)
	if !ev.passed() || ev.Score != (Score{8, 10}) {
		t.Fatalf("passed is %t with %v", ev.passed(), ev.Score)
	}
	v := Render(lab, ev, "en")
	if v.Status != Passed || !strings.Contains(flat(v.Why), "7 bindings, where 6 would do: 2 more points to earn.") || len(v.Hint[4]) == 0 {
		t.Errorf("%s: %s, hints %v", v.Status, flat(v.Why), v.Hint)
	}
	if got := v.Tasks[3].Status; got != unearned || v.Tasks[0].Status != Passed {
		t.Errorf("the task of the bonus is %q, want %q: nothing is wrong", got, unearned)
	}
	if i := slices.IndexFunc(v.Checks, func(c CheckLine) bool { return c.Task == 4 }); v.Checks[i].Status != unearned {
		t.Errorf("the check of the bonus is %q, want %q", v.Checks[i].Status, unearned)
	}
}

// TestTopicPatternsMistakes: files that cannot be applied are refused at their lines, and
// a warning keeps nothing from being graded.
func TestTopicPatternsMistakes(t *testing.T) {
	g, lab := topicPatterns(t)
	graded := func(pattern string) *Evidence {
		text := "exchange: user_events\nbindings:\n  - {queue: audit, pattern: " + pattern + "}\n"
		return submit(t, g, lab, []labs.File{{Name: "bindings.yaml", Text: text}}, 1)
	}
	if ev := graded(`""`); len(ev.Diagnostics) != 1 || ev.Diagnostics[0].Line != 3 || ev.check("one-pattern").Status != Blocked {
		t.Errorf("an empty pattern gives %+v", ev.Diagnostics)
	}
	if ev := graded(`"user.lo*"`); len(ev.Diagnostics) > 0 || ev.check("one-pattern").MessageID != "key-missing" {
		t.Errorf("a wildcard inside a word gives %+v and %+v", ev.Diagnostics, ev.check("one-pattern"))
	}
}

// TestTopicPatternsMischief: what a program does to the exchange, and messages of
// its own, are judged and are no fault of ours.
func TestTopicPatternsMischief(t *testing.T) {
	g, config := topicPatterns(t)
	lab := *config
	lab.Steps = []string{"code"} // the checks can judge programs, too
	for name, tt := range map[string]struct{ body, want string }{
		"deletes the exchange":   {`ch.ExchangeDelete("user_events", false, false)`, "key-refused"},
		"makes it internal":      {`ch.ExchangeDelete("user_events", false, false); ch.ExchangeDeclare("user_events", "topic", true, false, true, false, nil)`, "key-refused"},
		"publishes by itself":    {`ch.Publish("user_events", "user.login", false, false, amqp.Publishing{Body: []byte("x")})`, "none-bound"},
		"binds and waits":        {`ch.QueueBind("audit", "#", "user_events", false, nil); select {}`, "key-extra"},
		"goes through another":   {`ch.ExchangeBind("amq.fanout", "#", "user_events", false, nil); ch.QueueBind("audit", "", "amq.fanout", false, nil)`, "key-extra"},
		"deletes a queue":        {`ch.QueueBind("security", "#", "user_events", false, nil); ch.QueueDelete("audit", false, false, false)`, "key-missing"},
		"binds a broken pattern": {`ch.QueueBind("audit", "..#..", "user_events", false, nil)`, "key-missing"},
	} {
		ev := submit(t, g, &lab, program(amqpImport, connect+tt.body), 1)
		if c := ev.check("one-pattern"); c.Status != Failed || c.MessageID != tt.want {
			t.Errorf("%s: %s with %q, want %q", name, c.Status, c.MessageID, tt.want)
		}
	}
}

// TestTopicPatternsMinimal proves the number in lab.yaml. For each queue it tries
// every pattern there is, looks which of its keys each brings without bringing
// another key, shown or not, and finds the fewest that bring all.
func TestTopicPatternsMinimal(t *testing.T) {
	_, lab := topicPatterns(t)
	lab = lab.Drawn(1)
	shown, _ := lab.Check("one-pattern")
	hidden, _ := lab.Check("other-keys")
	queues := make(map[string][]string) // keys by queue
	var keys []string
	for _, item := range slices.Concat(shown.With["table"].([]any), hidden.With["table"].([]any)) {
		row := item.(map[string]any)
		key := row["key"].(string)
		keys = append(keys, key)
		for _, q := range row["queues"].([]any) {
			queues[q.(string)] = append(queues[q.(string)], key)
		}
	}
	total := 0
	least := make(map[string]int)
	for queue, want := range queues {
		least[queue] = cover(want, keys)
		total += least[queue]
	}
	fewest, _ := lab.Check("fewest")
	if total != fewest.With["max"] || len(least) != 5 {
		t.Errorf("the least is %d %v, lab.yaml says %v", total, least, fewest.With["max"])
	}
}

// cover is the least number of patterns that match every wanted key and no other.
func cover(want, all []string) int {
	useful := make(map[uint]bool) // sets of wanted keys, one bit for each
	for _, key := range want {
		for pattern := range patternsFor(key) {
			if set, ok := reach(pattern, want, all); ok {
				useful[set] = true
			}
		}
	}
	sets := make([]uint, 0, len(useful))
	for set := range useful {
		sets = append(sets, set)
	}
	least := len(want) + 1
	var try func(have uint, from, used int)
	try = func(have uint, from, used int) {
		if bits.OnesCount(have) == len(want) {
			least = min(least, used)
		}
		for i := from; i < len(sets) && used+1 < least; i++ {
			try(have|sets[i], i+1, used+1)
		}
	}
	try(0, 0, 0)
	return least
}

// reach returns which of the wanted keys a pattern matches; false if it matches a
// key that is not wanted.
func reach(pattern string, want, all []string) (uint, bool) {
	match := matcher(pattern)
	var set uint
	for _, key := range all {
		if i := slices.Index(want, key); match.MatchString("." + key) {
			if i < 0 {
				return 0, false
			}
			set |= 1 << i
		}
	}
	return set, true
}

// matcher is a pattern as a regular expression on the key with a dot before each
// of its words.
func matcher(pattern string) *regexp.Regexp {
	var re strings.Builder
	for word := range strings.SplitSeq(pattern, ".") {
		switch word {
		case "#":
			re.WriteString(`(\.[^.]*)*`)
		case "*":
			re.WriteString(`\.[^.]*`)
		default:
			re.WriteString(regexp.QuoteMeta("." + word))
		}
	}
	return regexp.MustCompile("^" + re.String() + "$")
}

// patternsFor returns every pattern that matches a key: each word of it is
// matched by itself, by * or by a #, and there may be a # between any two.
func patternsFor(key string) map[string]bool {
	found := make(map[string]bool)
	words := strings.Split(key, ".")
	var grow func(i int, pattern []string)
	grow = func(i int, pattern []string) {
		hashed := len(pattern) > 0 && pattern[len(pattern)-1] == "#"
		if i == len(words) {
			found[strings.Join(pattern, ".")] = true
			if !hashed {
				found[strings.Join(append(pattern, "#"), ".")] = true
			}
			return
		}
		for _, word := range []string{words[i], "*"} {
			grow(i+1, append(slices.Clone(pattern), word))
			if !hashed {
				grow(i+1, append(slices.Clone(pattern), "#", word))
			}
		}
		if hashed {
			grow(i+1, pattern)
		} else {
			grow(i+1, append(slices.Clone(pattern), "#"))
		}
	}
	grow(0, nil)
	return found
}
