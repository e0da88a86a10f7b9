package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/brokerlab/brokerlab/grader"
	"github.com/brokerlab/brokerlab/grader/trial"
	"github.com/brokerlab/brokerlab/sandbox"
)

// notices are what the commands of a student say beside the words of the grader, by
// language.
var notices = map[string]map[string]string{
	"minutes":   {"en": "min", "ru": "мин"},
	"no-pack":   {"en": "Programs cannot be compiled: %v", "ru": "Компилировать программы здесь нельзя (%v)."},
	"read-only": {"en": "%s is read-only in this lab: yours differs, and the lab's own was used.", "ru": "%s в этой лабораторной только для чтения: ваш файл отличается, взят файл лабораторной."},
}

// notice says one of them.
func (c *console) notice(id string, args ...any) {
	fmt.Fprintf(c.err, notices[id][c.root.lang()]+"\n", args...)
}

// A runPrinter prints a run as it comes.
type runPrinter struct {
	c       *console
	journal bool
	lang    string
	failed  bool
}

func (p *runPrinter) update(u grader.Update) {
	switch u.Type {
	case trial.TypeOutput:
		if u.Stream == "stderr" {
			fmt.Fprint(p.c.err, u.Text)
		} else {
			fmt.Fprint(p.c.out, u.Text)
		}
	case trial.TypeEvents:
		for _, e := range u.Events {
			if p.journal {
				_ = json.NewEncoder(p.c.out).Encode(e)
			}
		}
	case trial.TypeDiagnostics:
		diagnostics, _ := u.Diagnostics.([]sandbox.Diagnostic)
		p.failed = p.failed || len(diagnostics) > 0
		for _, d := range grader.Localize(diagnostics, p.lang) {
			fmt.Fprintf(p.c.err, "%s:%d:%d: %s\n", d.File, d.Line, d.Column, d.Message)
		}
	case trial.TypeStatus:
		p.status(u)
	}
}

// status says what runs the program if that is no compiler, how the run ended, and whether that counts as failed: an exit code
// other than 0, or a limit other than the time that a worker runs until.
func (p *runPrinter) status(u grader.Update) {
	interpreted := u.Engine == trial.Interpreted
	if u.Status != trial.Ended && u.Status != trial.Faulted && !interpreted {
		return
	}
	text := u.Texts[p.lang]
	if text == "" {
		text = u.Text
	}
	if text != "" {
		fmt.Fprintln(p.c.err, text)
	}
	if interpreted {
		return
	}
	p.failed = p.failed || u.Status == trial.Faulted || u.Exit != nil && !u.Exit.Killed && (u.Exit.Code != 0 || u.Exit.Signal != "")
}

// printVerdict prints what the page shows, in the same order.
func printVerdict(out io.Writer, v grader.Verdict) {
	fmt.Fprintf(out, "%s %s\n", v.Mark, v.Sentence)
	if v.Summary != "" {
		fmt.Fprintf(out, "  %s · %d / %d\n", v.Summary, v.Score.Points, v.Score.Of)
	} else {
		fmt.Fprintf(out, "  %d / %d\n", v.Score.Points, v.Score.Of)
	}
	if len(v.Points) > 0 {
		fmt.Fprintf(out, "  %s\n", strip(v.Points))
	}
	if len(v.Why) > 0 {
		fmt.Fprintf(out, "\n  %s\n", strings.ReplaceAll(joined(v.Why), "\n", "\n    "))
	}
	fmt.Fprintln(out)
	for _, c := range v.Checks {
		fmt.Fprintf(out, "  %s %s\n", marks[c.Status], c.Title)
		if len(c.Message) > 0 {
			fmt.Fprintf(out, "      %s\n", joined(c.Message))
		}
	}
	if v.Output != "" {
		fmt.Fprintf(out, "\n  | %s\n", strings.ReplaceAll(strings.TrimRight(v.Output, "\n"), "\n", "\n  | "))
	}
	for _, tier := range v.Hint[v.HintTask] {
		fmt.Fprintf(out, "\n  ? %s\n", strings.ReplaceAll(tier, "\n", "\n    "))
		break // the first one only: the page opens the others on demand
	}
}

// marks are what stands before a check, by its status.
var marks = map[string]string{"passed": "✓", "failed": "✕", "blocked": "○", "bonus": "○"}

// strip draws one mark for each fault point.
func strip(points []grader.FaultPoint) string {
	var out strings.Builder
	for _, p := range points {
		switch p.Outcome {
		case "survived":
			out.WriteString("■")
		case "failed":
			out.WriteString("✕")
		default:
			out.WriteString("□")
		}
	}
	return out.String()
}

func joined(spans []grader.Span) string {
	var out strings.Builder
	for _, s := range spans {
		out.WriteString(s.Text)
	}
	return out.String()
}
