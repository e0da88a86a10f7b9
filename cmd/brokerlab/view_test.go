package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/brokerlab/brokerlab/brokers"
	kafkacrowd "github.com/brokerlab/brokerlab/brokers/kafka/modeltest"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/model"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/modeltest"
	"github.com/brokerlab/brokerlab/grader"
	"github.com/brokerlab/brokerlab/labs"
)

// A told is a journal and what the model itself drew at some of its events.
type told struct {
	Start    *brokers.State  `json:"start"`
	Services []string        `json:"services"`
	Events   []brokers.Event `json:"events"`
	At       []uint64        `json:"at"`
	states   []brokers.State
}

// TestViewEqualsModel lets clients do whatever they like with a RabbitMQ, and has
// the page's reducer make states of its journal alone. After each step they must
// be what the model draws.
func TestViewEqualsModel(t *testing.T) {
	var all []told
	seeds, steps := crowds(t, 80, 150)
	for _, seed := range seeds {
		run := modeltest.Random(seed, steps)
		all = append(all, tell(run.Events, run.States))
	}
	all = append(all, flood(t, 10_000))
	compareEach(t, all)
}

// TestViewEqualsKafka does the same with a cluster of Kafka.
func TestViewEqualsKafka(t *testing.T) {
	var all []told
	add := func(run kafkacrowd.Run) { all = append(all, tell(run.Events, run.States)) }
	seeds, steps := crowds(t, 60, 160)
	for _, seed := range seeds {
		add(kafkacrowd.Random(seed, steps))
	}
	seeds, steps = crowds(t, 20, 160)
	for _, seed := range seeds {
		add(kafkacrowd.Restless(seed, steps))
	}
	// Once the view and the model, or the model and itself, differed in these.
	for _, seed := range []uint64{261, 537, 1094, 1477} {
		add(kafkacrowd.Random(seed, 300))
	}
	for _, seed := range []uint64{7, 21, 48, 93} {
		add(kafkacrowd.Restless(seed, 300))
	}
	compareEach(t, all)
}

// crowds says with which seeds a crowd is let loose, and for how many steps: as many as the
// gate has time for or, to look for more, as many as SEEDS and STEPS in the environment say,
// from the seed FROM on.
func crowds(t *testing.T, seeds, steps int) ([]uint64, int) {
	t.Helper()
	number := func(name string, usual int) int {
		s := os.Getenv(name)
		if s == "" {
			return usual
		}
		n, err := strconv.ParseUint(s, 10, 31)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return int(n)
	}
	all := make([]uint64, number("SEEDS", seeds))
	for i := range all {
		all[i] = uint64(number("FROM", 0)) + uint64(i)
	}
	return all, number("STEPS", steps)
}

// compareEach holds the page's states against the model's.
func compareEach(t *testing.T, all []told) {
	t.Helper()
	views := drawn(t, all)
	states := 0
	for i, one := range all {
		for k, want := range one.states {
			states++
			if sameJSON(t, want, views[i][k]) {
				continue // what follows takes its time
			}
			if diff := gocmp.Diff(asJSON(t, want), views[i][k], cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("journal %d, event %d: the view differs from the model (-model +view):\n%s\n%s", i, want.Seq, diff, tail(one.Events, want.Seq))
			}
		}
	}
	t.Logf("%d states of %d journals", states, len(all))
}

func tell(events []brokers.Event, states []brokers.State) told {
	one := told{Events: events, states: states}
	for _, s := range states {
		one.At = append(one.At, s.Seq)
	}
	return one
}

// drawn asks the page for the states of journals.
func drawn(t *testing.T, all []told) [][]brokers.State {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("SKIPPED, NOT TESTED: there is no node on this machine")
	}
	if _, err := os.Stat("../../static/node_modules/esbuild"); err != nil {
		t.Skip("SKIPPED, NOT TESTED: static/node_modules is not there; run npm ci in static first")
	}
	file := filepath.Join(t.TempDir(), "journals.json")
	raw, err := json.Marshal(map[string]any{"journals": all})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), node, "test/states.mjs", file)
	c.Dir = "../../static"
	var said bytes.Buffer
	c.Stderr = &said
	out, err := c.Output()
	if err != nil {
		t.Fatalf("node: %v\n%s", err, said.String())
	}
	var states [][]brokers.State
	for lines := bufio.NewReader(bytes.NewReader(out)); ; {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return states
		}
		var one []brokers.State
		if err := json.Unmarshal(line, &one); err != nil {
			t.Fatal(err)
		}
		states = append(states, one)
	}
}

func sameJSON(t *testing.T, a, b brokers.State) bool {
	t.Helper()
	one, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	other, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Equal(one, other)
}

// asJSON is a state as the page would get it.
func asJSON(t *testing.T, s brokers.State) brokers.State {
	t.Helper()
	raw, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var out brokers.State
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// tail says the last events before one, to find a difference by.
func tail(events []brokers.Event, seq uint64) string {
	var out strings.Builder
	for _, e := range events {
		if e.Seq <= seq && e.Seq+12 > seq {
			raw, _ := json.Marshal(e) // an event always can be
			out.Write(append(raw, '\n'))
		}
	}
	return out.String()
}

// A reader takes what it is given.
type reader struct{}

func (reader) Ready() bool            { return true }
func (reader) Deliver(model.Delivery) {}
func (reader) Cancelled(int, string)  {}

// flood fills one queue with n messages, has a consumer take them all and die, and
// another one do a part of the work.
func flood(t *testing.T, n int) told {
	t.Helper()
	clock := brokers.NewVirtualClock(time.Unix(1_700_000_000, 0))
	journal := brokers.NewJournal(1_000_000, brokers.Forget, clock)
	v := model.NewVHost("/", clock, journal, brokers.DefaultQuota(), func(body []byte) string { return string(body) })
	var states []brokers.State
	look := func(i int) {
		if i%1000 == 0 {
			states = append(states, v.Picture())
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for life := range 2 {
		conn, err := v.Connect(reader{}, "guest", "test")
		must(err)
		ch, err := conn.Open(1)
		must(err)
		_, err = ch.DeclareQueue(model.QueueSpec{Name: "jobs"})
		must(err)
		for i := range n * (1 - life) {
			_, err := ch.Publish(model.Publishing{Key: "jobs", Body: []byte(strconv.Itoa(i))})
			must(err)
			look(i)
		}
		_, err = ch.Consume("jobs", "worker", false, false, nil)
		must(err)
		for i := 0; v.DeliverNext(); i++ {
			look(i)
		}
		for tag := range uint64(n / 2 * life) {
			must(ch.Ack(tag*2+1, false))
			look(int(tag))
		}
		conn.Close("gone")
		look(0)
	}
	return tell(journal.Since(0), states)
}

// TestViewFromTheMiddle begins with a state of the model and the events after it, as
// a page does that comes late. Every count, way and detail must come out the same; only
// in which order messages had come into a queue nobody can know.
func TestViewFromTheMiddle(t *testing.T) {
	var all []told
	for seed := range uint64(40) {
		run := modeltest.Random(seed, 120)
		middle := len(run.States) / 2
		start := run.States[middle]
		events := run.Events[slices.IndexFunc(run.Events, func(e brokers.Event) bool { return e.Seq > start.Seq }):]
		one := tell(events, run.States[middle+1:])
		one.Start = &start
		all = append(all, one)
	}
	all = append(all, clusterFromTheMiddle()...)
	views := drawn(t, all)
	blur := func(s brokers.State) brokers.State {
		for i := range s.Places {
			s.Places[i].Tokens = nil
		}
		return s
	}
	for i, one := range all {
		for k, want := range one.states {
			if diff := gocmp.Diff(blur(asJSON(t, want)), blur(views[i][k]), cmpopts.EquateEmpty(), cmpopts.SortSlices(byEnds)); diff != "" {
				t.Fatalf("journal %d, event %d: the view differs from the model (-model +view):\n%s\n%s", i, want.Seq, diff, tail(one.Events, want.Seq))
			}
		}
	}
}

// clusterFromTheMiddle begins with a state in which no node is down and no transaction was
// ever begun: what replicas have that their leaders have not, and where markers stand, a
// state does not tell. It ends with the first election.
func clusterFromTheMiddle() (all []told) {
	for seed := range uint64(40) {
		run := kafkacrowd.Random(seed, 120)
		middle := slices.IndexFunc(run.States, func(s brokers.State) bool {
			return slices.ContainsFunc(s.Places, func(p brokers.Place) bool { return p.Kind == "partition" && p.Ready > 2 }) &&
				!slices.ContainsFunc(s.Places, func(p brokers.Place) bool { return p.Kind == "transaction" })
		})
		if middle < 0 {
			continue
		}
		start := run.States[middle]
		from := slices.IndexFunc(run.Events, func(e brokers.Event) bool { return e.Seq > start.Seq })
		end := slices.IndexFunc(run.Events[from:], func(e brokers.Event) bool { return e.Kind == brokers.Elected || e.Kind == brokers.TxnBegan })
		if end < 0 {
			continue
		}
		last := run.Events[from+end].Seq
		states := slices.DeleteFunc(slices.Clone(run.States[middle+1:]), func(s brokers.State) bool { return s.Seq >= last })
		one := tell(run.Events[from:from+end], states)
		one.Start = &start
		if len(states) > 0 {
			all = append(all, one)
		}
	}
	return all
}

// TestViewEqualsLabs runs solutions of labs in live sessions, services and all, and
// has the page make the last state of what the sessions told.
func TestViewEqualsLabs(t *testing.T) {
	needBuilt(t)
	w, err := openWorkshop(t.Context(), &console{in: strings.NewReader(""), out: io.Discard, err: io.Discard, root: &commands{}}, content{}, backend{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	var all []told
	for _, id := range []string{"rabbitmq/work-queue", "rabbitmq/confirms", "rabbitmq/routing"} {
		lab, err := w.lab(id)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, liveRun(t, w.grader, lab))
	}
	views := drawn(t, all)
	for i, one := range all {
		if diff := gocmp.Diff(asJSON(t, one.states[0]), views[i][0], cmpopts.EquateEmpty(), cmpopts.SortSlices(byID), cmpopts.SortSlices(byEnds)); diff != "" {
			t.Errorf("run %d, %d events: the view differs from the session (-session +view):\n%s", i, len(one.Events), diff)
		}
	}
}

func byID(a, b brokers.Place) bool  { return a.ID < b.ID }
func byEnds(a, b brokers.Flow) bool { return a.From+"\x00"+a.To+a.Label < b.From+"\x00"+b.To+b.Label }

// liveRun runs a lab's solution for a while, and returns what the session told of it.
func liveRun(t *testing.T, g *grader.Grader, lab *labs.Lab) told {
	t.Helper()
	s, err := g.Open(t.Context(), lab, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	go func() { // until nothing is left to do for a worker that goes on
		defer stop()
		for last := -1; ; time.Sleep(time.Second) {
			u, err := s.State(ctx)
			if err != nil || len(u.Events) >= 20 && len(u.Events) == last {
				return
			}
			last = len(u.Events)
		}
	}()
	if err := s.Run(ctx, lab.Drawn(1).Solution(), func(grader.Update) {}); err != nil && ctx.Err() == nil {
		t.Fatal(err)
	}
	u, err := s.State(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(u.Events) < 20 || u.Events[0].Seq != 1 {
		t.Fatalf("%s: %d events, want 20 at least, from the first: %v", lab.ID, len(u.Events), u.Events)
	}
	one := tell(u.Events, []brokers.State{*u.State})
	one.Services = lab.Services
	return one
}
