package grader

import (
	"fmt"

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
	for service, orders := range lab.Declines {
		for _, order := range orders {
			label, _ := labs.Fill(order, variant).(string)
			if s.Declines == nil {
				s.Declines = make(map[string][]string)
			}
			s.Declines[service] = append(s.Declines[service], label)
		}
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
		if c.Func != "" {
			continue // judged outside the host, see owncheck.go
		}
		with, _ := labs.Fill(c.With, variant).(map[string]any)
		s.Checks = append(s.Checks, trial.Check{ID: c.ID, Property: c.Property, With: property.Params(with)})
	}
	return s
}

// faultOf turns the schedule of a check into the one fault it names; a sweep and
// none have no such fault.
func faultOf(s labs.Schedule) (trial.Fault, bool) {
	if s.Kind != trial.Crash && s.Kind != trial.Disconnect && s.Kind != trial.Refuse {
		return trial.Fault{}, false
	}
	kind := trial.After[s.After]
	return trial.Fault{ID: fmt.Sprintf("%s-%s-%d", s.Kind, kind, s.Nth), Kind: s.Kind, After: kind, Nth: s.Nth}, true
}
