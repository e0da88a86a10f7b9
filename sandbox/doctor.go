package sandbox

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/brokerlab/brokerlab/sandbox/host"
)

// A Report says how well programs are kept in on this machine, by what a program
// tried and could not do.
type Report struct {
	Level    Level // what the outcomes prove, not what was asked for
	Outcomes []host.Outcome
	Err      error // the probes could not be made; Level is 0
}

// Doctor starts a probe program as often as there are probes, just as a student's
// is started. A level of which one probe fails is not that level: the report then
// names the next worse one.
func (s *Sandbox) Doctor(ctx context.Context) Report {
	out, err := s.probe(ctx)
	if err != nil {
		return Report{Err: fmt.Errorf("doctor: %w", err)}
	}
	r := Report{Level: s.level, Outcomes: out}
	for _, o := range out {
		if !o.OK {
			r.Level = min(s.level+1, LevelC)
		}
	}
	return r
}

func (s *Sandbox) probe(ctx context.Context) ([]host.Outcome, error) {
	outside, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	defer outside.Close() //nolint:errcheck // it only had to be there
	lab, err := os.Open(s.lab)
	if err != nil {
		return nil, err
	}
	defer lab.Close() //nolint:errcheck // read-only
	h, err := s.pool.take(ctx)
	if err != nil {
		return nil, err
	}
	defer h.Close()
	var out []host.Outcome
	trial := host.Trial{Other: outside.Addr().(*net.TCPAddr).Port}
	return out, h.Call(ctx, host.DoctorMethod, trial, &out, lab)
}

// explained says what each level means, for the person at the terminal.
var explained = map[Level]string{
	LevelA: "A: programs are kept in by namespaces, seccomp, Landlock and limits.",
	LevelB: "B: programs share this computer's loopback; one lab can be open at a time.",
	LevelC: "C: programs are plain processes with a time limit. Run only code that you trust.",
}

// String is the report as brokerlab doctor prints it.
func (r Report) String() string {
	var b strings.Builder
	if r.Err != nil {
		fmt.Fprintln(&b, r.Err)
		return b.String()
	}
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, o := range r.Outcomes {
		mark := "✓"
		if !o.OK {
			mark = "✕"
		}
		fmt.Fprintf(w, "%s\t%s\twant %s\t%s\n", mark, o.Name, o.Want, o.Found)
	}
	_ = w.Flush() // a builder takes everything
	fmt.Fprintln(&b, "Isolation level", explained[r.Level])
	return b.String()
}
