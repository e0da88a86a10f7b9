package grader

import (
	"slices"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/grader/property"
	"github.com/brokerlab/brokerlab/grader/trial"
	"github.com/brokerlab/brokerlab/labs"
)

// addBaseline keeps the run without a fault.
func (ev *Evidence) addBaseline(o trial.Outcome) {
	run := runOf(o)
	ev.Baseline = &run
	ev.keep(BaselineID, o)
}

// keep stores the journal of a run. It is whole: the lab's quota has bounded it.
func (ev *Evidence) keep(id string, o trial.Outcome) {
	ev.Journals[id] = o.Events
	if len(o.Frames) > 0 {
		ev.Frames[id] = o.Frames
	}
}

// mostKept bounds the events of runs that are kept although no check points to them.
const mostKept = 6000

// keepOthers keeps the journals of more runs, so that a fault point can be looked
// into: those that failed, and then those that did not, for as long as there is room.
// Their frames are not kept.
func (ev *Evidence) keepOthers(outcomes []trial.Outcome) {
	room := mostKept
	for _, outcome := range []string{Failed, Survived} {
		for i, o := range outcomes {
			if ev.Schedules[i].Outcome != outcome || ev.Journals[o.Fault.ID] != nil || len(o.Events) > room {
				continue
			}
			room -= len(o.Events)
			ev.keep(o.Fault.ID, trial.Outcome{Events: o.Events})
		}
	}
}

func runOf(o trial.Outcome) Run {
	return Run{End: o.End, Exit: o.Exit, Quota: o.Quota, Lives: o.Lives, Output: o.Output, Millis: o.Elapsed.Milliseconds(), Silence: o.Silence}
}

// merge concludes from all runs. A check under a fault is first judged without
// it; then the first fault point that it fails is its counter-example.
func (ev *Evidence) merge(lab *labs.Lab, baseline trial.Outcome, outcomes []trial.Outcome) {
	for _, o := range outcomes {
		ev.Schedules = append(ev.Schedules, scheduleOf(lab, o))
	}
	for _, c := range lab.Checks {
		if c.Property == labs.Answered {
			continue // concluded before there was a run
		}
		runs := []trial.Outcome{baseline}
		for _, o := range outcomes {
			if applies(c.Schedule, o.Fault) {
				runs = append(runs, o)
			}
		}
		ev.conclude(c, runs)
	}
	for _, c := range lab.Checks {
		ev.needs(c)
	}
	ev.keepOthers(outcomes)
	ev.reach(baseline)
	ev.trim()
	ev.count()
}

// count adds up the points of what has passed.
func (ev *Evidence) count() {
	for _, c := range ev.Checks {
		if c.Status == Passed {
			ev.Score.Points += c.Points
		}
	}
}

// reach blocks the checks that failed only because the run never came to what they
// are about. If no other check has failed, the first of them says so.
func (ev *Evidence) reach(baseline trial.Outcome) {
	var beyond []*Check
	root := false
	for i := range ev.Checks {
		c := &ev.Checks[i]
		switch {
		case c.Status != Failed || c.Counter == nil: // without a run it is about an answer
		case c.Counter.Schedule == BaselineID && baseline.Results[c.ID].Unreached:
			beyond = append(beyond, c)
		default:
			root = true
		}
	}
	for i, c := range beyond {
		if root || i > 0 {
			c.Status, c.MessageID, c.Counter = Blocked, "not-reached", nil
			c.Facts = property.Facts{End: baseline.End}
		}
	}
}

// trim drops the output of runs that no check points to.
func (ev *Evidence) trim() {
	for i := range ev.Schedules {
		s := &ev.Schedules[i]
		if !slices.ContainsFunc(ev.Checks, func(c Check) bool { return c.Counter != nil && c.Counter.Schedule == s.ID }) {
			s.Run.Output = ""
		}
	}
}

// applies reports whether a check is judged by the run under a fault.
func applies(s labs.Schedule, f trial.Fault) bool {
	if one, ok := faultOf(s); ok {
		return one.ID == f.ID
	}
	return isSweepOf(s, f)
}

func scheduleOf(lab *labs.Lab, o trial.Outcome) Schedule {
	s := Schedule{Fault: o.Fault, Outcome: Survived, Run: runOf(o)}
	for _, c := range lab.Checks {
		if r, ok := o.Results[c.ID]; ok && !r.OK && applies(c.Schedule, o.Fault) {
			s.Failed = append(s.Failed, c.ID)
			s.Outcome = Failed
			if s.Proof == nil {
				s.Proof = r.Events
			}
		}
	}
	if o.Quota != "" {
		s.Outcome = Blocked
	}
	return s
}

// conclude sets the status of one check from the runs it is judged by.
func (ev *Evidence) conclude(c labs.Check, runs []trial.Outcome) {
	check := ev.check(c.ID)
	check.Status = Passed
	for _, o := range runs {
		if o.Quota != "" {
			check.Status, check.MessageID = Blocked, "quota"
			check.Facts = property.Facts{What: o.Quota}
			return
		}
		if why := o.Blocked[c.ID]; why != "" {
			check.Status, check.MessageID = Blocked, why
			if why == unheard {
				check.Facts = property.Facts{What: o.Unheard}
			}
			return
		}
		r := o.Results[c.ID]
		if r.OK {
			continue
		}
		id := o.Fault.ID
		check.Status, check.MessageID, check.Facts = Failed, r.Message, r.Facts
		check.Counter = &Counter{Schedule: id, Events: r.Events}
		if check.Facts.Crashed {
			check.Facts.NextLine = nextLine(runs[0].Events, r.Facts)
		}
		ev.keep(id, o)
		return
	}
	if c.Schedule.Kind != trial.None && !healthy(runs[0]) { // the faults were not even tried
		check.Status, check.MessageID = Blocked, "unfinished"
		check.Facts = property.Facts{End: runs[0].End}
	}
}

// nextLine finds the call that the crash came before: where the baseline had the
// effect that is missing.
func nextLine(baseline []brokers.Event, f property.Facts) int {
	i := slices.IndexFunc(baseline, func(e brokers.Event) bool {
		return e.Kind == brokers.Effect && e.Label == f.Label && e.Source == f.Service
	})
	if i < 0 || baseline[i].Line <= f.Line { // in a loop or a goroutine, "before" would mislead
		return 0
	}
	return baseline[i].Line
}

// needs blocks a check whose conditions have not passed.
func (ev *Evidence) needs(c labs.Check) {
	for _, need := range c.Needs {
		if ev.check(need).Status != Passed {
			check := ev.check(c.ID)
			check.Status, check.MessageID, check.Counter = Blocked, "needs", nil
			check.Facts = property.Facts{Need: need}
			return
		}
	}
}
