package grader

import (
	"fmt"
	"testing"
	"time"
)

func TestDump(t *testing.T) {
	g, lab := real(t)
	show := func(name string, ev *Evidence, d time.Duration) {
		for _, lang := range []string{"en", "ru"} {
			v := Render(lab, ev, lang)
			fmt.Printf("=== %s [%s] %v status=%s %d/%d %s line=%d\n  %s\n  why %v\n", name, lang, d, v.Status, v.Score.Points, v.Score.Of, v.Summary, v.Line, v.Sentence, v.Why)
			for _, c := range v.Checks {
				fmt.Printf("    %-8s %s | %s | exp %s | found %s\n", c.Status, c.ID, flatspan(c.Message), c.Expected, c.Found)
			}
			for _, p := range v.Points {
				if p.Outcome != Survived {
					fmt.Println("    ", p.ID, p.Title)
				}
			}
			if v.Replay != nil && (name == "ack-first" || name == "solution") {
				for _, e := range v.Replay.Events {
					fmt.Printf("      #%d %s %s %d\n", e.Event.Seq, e.Event.Kind, e.Text, e.Line)
				}
			}
		}
		fmt.Println(ev.Baseline)
	}
	b := time.Now()
	show("starter", submit(t, g, lab, lab.Starter(), 1), time.Since(b))
	b = time.Now()
	show("solution", submit(t, g, lab, lab.Solution(), 1), time.Since(b))
	for _, w := range lab.Wrong() {
		b = time.Now()
		show(w.Name, submit(t, g, lab, w.Files, 1), time.Since(b))
	}
}

func flatspan(s []Span) string {
	out := ""
	for _, x := range s {
		out += x.Text
	}
	return out
}
