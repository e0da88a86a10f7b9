package grader

import (
	"fmt"
	"strings"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/grader/property"
	"github.com/brokerlab/brokerlab/grader/trial"
	"github.com/brokerlab/brokerlab/labs"
)

// specOf describes a lab to a host, with the values of a variant filled in.
func specOf(lab *labs.Lab, variant map[string]string) trial.Spec {
	s := trial.Spec{
		Services: lab.Services,
		Label:    lab.Label,
		Until:    trial.Until(lab.Until),
		Limits:   trial.Limits(lab.Limits),
	}
	if c := lab.Config(); c != nil {
		s.Apply = c.Apply
	}
	for service, orders := range lab.Declines {
		for _, order := range orders {
			label, _ := labs.Fill(order, variant).(string)
			if s.Declines == nil {
				s.Declines = make(map[string][]string)
			}
			s.Declines[service] = append(s.Declines[service], label)
		}
	}
	for service, settings := range lab.Settings {
		if s.Settings == nil {
			s.Settings = make(map[string]map[string]any)
		}
		s.Settings[service], _ = labs.Fill(settings, variant).(map[string]any)
	}
	for _, b := range lab.Brokers {
		broker := trial.Broker{Name: b.Name}
		for _, a := range b.Actions {
			with, _ := labs.Fill(a.With, variant).(map[string]any)
			broker.Actions = append(broker.Actions, brokers.Action{Do: a.Do, With: with})
		}
		s.Brokers = append(s.Brokers, broker)
	}
	for _, c := range lab.Checks {
		if c.Func != "" || c.Property == labs.Answered {
			continue // judged outside the host, see owncheck.go and answers.go
		}
		with, _ := labs.Fill(c.With, variant).(map[string]any)
		s.Checks = append(s.Checks, trial.Check{ID: c.ID, Property: c.Property, With: property.Params(with)})
	}
	return s
}

// faultOf turns the schedule of a check into the one fault it names; a sweep and
// none have no such fault.
func faultOf(s labs.Schedule) (trial.Fault, bool) {
	if s.Kind == trial.None || s.Kind == "sweep" {
		return trial.Fault{}, false
	}
	kind := trial.After[s.After]
	return placed(trial.Fault{ID: fmt.Sprintf("%s-%s-%d", s.Kind, kind, s.Nth), Kind: s.Kind, After: kind, Nth: s.Nth}, s), true
}

// placed says where in a cluster a fault falls, in its id, too: there may be several
// of its kind after the same event.
func placed(f trial.Fault, s labs.Schedule) trial.Fault {
	f.Node, f.Place, f.Rest, f.Group, f.Back = s.Node, s.Place, s.Rest, s.Group, s.Back
	if f.Node > 0 {
		f.ID += fmt.Sprintf("-node%d", f.Node)
	}
	if f.Rest {
		f.ID += "-rest"
	}
	for _, name := range []string{f.Place, f.Group} {
		if name != "" {
			f.ID += "-" + strings.ReplaceAll(name, "/", ".")
		}
	}
	return f
}

// isSweepOf reports whether a fault is one of those that a sweep visits.
func isSweepOf(s labs.Schedule, f trial.Fault) bool {
	return s.Kind == "sweep" && s.Fault == f.Kind && (s.After == "" || trial.After[s.After] == f.After) &&
		s.Node == f.Node && s.Place == f.Place && s.Rest == f.Rest && s.Group == f.Group && s.Back == f.Back
}
