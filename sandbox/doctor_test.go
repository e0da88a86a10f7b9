//go:build linux

package sandbox_test

import (
	"context"
	"testing"

	"github.com/brokerlab/brokerlab/sandbox"
	"github.com/brokerlab/brokerlab/sandbox/sandboxtest"
)

// TestDoctor finds level A proven where it is on, and not where it is not: level C
// is the control that shows that the probes can succeed at all.
func TestDoctor(t *testing.T) {
	for _, level := range []sandbox.Level{sandbox.LevelA, sandbox.LevelB, sandbox.LevelC} {
		t.Run(level.String(), func(t *testing.T) {
			s := sandboxtest.Open(t, sandboxtest.TestLab, sandbox.Options{Level: level, Warm: -1})
			r := s.Doctor(context.Background())
			if r.Err != nil {
				t.Fatal(r.Err)
			}
			t.Log("\n" + r.String())
			if r.Level != level {
				t.Errorf("proven level %v, want %v", r.Level, level)
			}
			refused := 0
			for _, o := range r.Outcomes {
				if o.OK {
					refused++
				}
			}
			if level == sandbox.LevelC && refused > len(r.Outcomes)/2 {
				t.Errorf("%d of %d probes were refused without a sandbox: they prove nothing", refused, len(r.Outcomes))
			}
		})
	}
}
