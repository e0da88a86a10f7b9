package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/brokerlab/brokerlab/grader"
	"github.com/brokerlab/brokerlab/labs"
	"github.com/brokerlab/brokerlab/server"
)

// maxEvidence bounds the evidence that is read, in bytes.
const maxEvidence = 256 << 20

type replayCmd struct {
	Evidence string `arg:"" help:"What brokerlab grade --json has printed; - for standard input." placeholder:"FILE"`
	Out      string `short:"o" help:"File to write (default: standard output)." type:"path" placeholder:"FILE"`
	Schedule string `help:"Run to show, such as baseline (default: the one that the verdict is about)." placeholder:"ID"`
	Program  string `help:"File or folder with the program that was graded, to show its lines beside the replay." type:"path" placeholder:"PATH"`
	Content  string `help:"Folder with labs of your own." type:"path" placeholder:"DIR"`
}

// Help is shown by brokerlab replay --help.
func (replayCmd) Help() string {
	return `The page that it writes holds the whole journal of one run and needs nothing else: no server,
no network. A replay of an attempt that was submitted in the browser is saved from its own page.`
}

// Run writes the page.
func (r *replayCmd) Run(_ context.Context, c *console) error {
	ev, err := readEvidence(c, r.Evidence)
	if err != nil {
		return usage("%s: %w", r.Evidence, err)
	}
	_, set, err := content{r.Content}.load()
	if err != nil {
		return fault(err)
	}
	lab, ok := set.Lab(ev.Lab)
	if !ok {
		return noLab(set, ev.Lab)
	}
	rec, err := grader.RecordingOf(lab, ev, r.Schedule, c.root.lang())
	if err != nil {
		return usage("%s: %w; it has %s", r.Evidence, err, runsOf(lab, ev))
	}
	if r.Program != "" {
		if rec.Files, err = readProgram(r.Program); err != nil {
			return err
		}
	}
	page, err := server.ReplayFile(rec, "")
	if err != nil {
		return fault(err)
	}
	if r.Out == "" {
		_, err = c.out.Write(page)
		return fault(err)
	}
	return fault(os.WriteFile(r.Out, page, 0o644))
}

// readEvidence reads evidence, alone or as brokerlab grade --json prints it.
func readEvidence(c *console, path string) (*grader.Evidence, error) {
	in := c.in
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, errors.Unwrap(err) // which says no name once more
		}
		defer f.Close()
		in = f
	}
	raw, err := io.ReadAll(io.LimitReader(in, maxEvidence))
	if err != nil {
		return nil, err
	}
	var graded struct {
		Evidence *grader.Evidence `json:"evidence"`
	}
	if err := json.Unmarshal(raw, &graded); err != nil {
		return nil, fmt.Errorf("this is not what brokerlab grade --json prints: %w", err)
	}
	if graded.Evidence == nil {
		graded.Evidence = new(grader.Evidence)
		if err := json.Unmarshal(raw, graded.Evidence); err != nil {
			return nil, err
		}
	}
	if v := graded.Evidence.Version; v != grader.EvidenceVersion {
		return nil, fmt.Errorf("evidence of version %d, want %d, as brokerlab grade --json prints it", v, grader.EvidenceVersion)
	}
	if graded.Evidence.Lab == "" {
		return nil, errors.New("the evidence names no lab")
	}
	return graded.Evidence, nil
}

// runsOf lists the runs that can be shown.
func runsOf(lab *labs.Lab, ev *grader.Evidence) string {
	list := ""
	for i, run := range grader.Recordings(lab, ev, "en") {
		if i > 0 {
			list += ", "
		}
		list += run.Schedule
	}
	if list == "" {
		return "none"
	}
	return list
}
