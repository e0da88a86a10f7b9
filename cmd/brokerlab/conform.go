package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/brokerlab/brokerlab/grader"
)

type conformCmd struct {
	Labs    []string `arg:"" optional:"" help:"Ids of labs, or systems such as rabbitmq (default: all)." placeholder:"LAB|SYSTEM"`
	JSON    bool     `help:"Print the comparison as JSON."`
	Content string   `help:"Folder with labs of your own." type:"path" placeholder:"DIR"`
	Image   []string `help:"Image of a real broker, as rabbitmq=NAME." placeholder:"BROKER=NAME"`
}

// Help is shown by brokerlab conform --help.
func (conformCmd) Help() string {
	return `Solutions, starters and wrong attempts are graded on the miniatures and on real brokers in
containers, which need docker. Exits with 0 when every check comes out the same, 1 when one does not.`
}

// conformLanes is how many runs of one program go on at a time on real brokers: most of
// them wait for messages whose time has to pass.
const conformLanes = 10

// Run compares the verdicts.
func (f *conformCmd) Run(ctx context.Context, c *console) error {
	w, err := openWorkshop(ctx, c, content{f.Content}, backend{}, f.Labs...)
	if err != nil {
		return err
	}
	defer w.close()
	ids, err := matching(w.labs, f.Labs)
	if err != nil {
		return err
	}
	options, err := backend{grader.Containers, f.Image}.options(c, grader.Options{Sandbox: w.sandbox, Labs: w.labs, Log: newLog(c.err), Lanes: conformLanes})
	if err != nil {
		return err
	}
	real := grader.New(options)
	defer real.Close()
	found, err := grader.Conform(ctx, w.grader, real, ids, func(lab, program string) {
		if !f.JSON {
			fmt.Fprintf(c.out, "%s: %s\n", lab, program)
		}
	})
	switch {
	case isCancelled(ctx, err):
		return usage("interrupted")
	case err != nil:
		return fault(err)
	case f.JSON:
		if err := json.NewEncoder(c.out).Encode(found); err != nil {
			return fault(err)
		}
	default:
		for _, d := range found.Differences {
			fmt.Fprintln(c.out, d)
		}
		for _, d := range found.Unsteady {
			fmt.Fprintf(c.out, "unsteady, and not so when graded again: %s\n", d)
		}
		blind := 0
		for _, b := range found.Blind {
			blind += len(b.Programs)
			fmt.Fprintf(c.out, "%s: check %q could not be judged on the real broker (%s) for %s\n", b.Lab, b.Check, b.Why, strings.Join(b.Programs, ", "))
		}
		fmt.Fprintf(c.out, "%d checks compared, %d differ, %d unsteady; %d can only be judged on the miniature\n", found.Compared, len(found.Differences), len(found.Unsteady), blind)
	}
	if len(found.Differences) > 0 {
		return &exit{code: exitFail}
	}
	return nil
}
