package server

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/brokerlab/brokerlab/course"
	"github.com/brokerlab/brokerlab/grader"
)

// tellEnd says how things stand after a run: queues and services by their numbers, the
// places of a cluster by what matters at each kind.
func (w *words) tellEnd(run *course.ToldRun, played grader.Played) {
	for _, p := range played.End.Places {
		raw, err := json.Marshal(p.Detail)
		if err != nil {
			raw = nil // the places of a model have nothing in them that JSON cannot say
		}
		var holds, aborted []string
		for _, t := range p.Tokens {
			switch {
			case t.Label == "":
			case t.State == "dead":
				aborted = append(aborted, t.Label)
			default:
				holds = append(holds, t.Label)
			}
		}
		says := ""
		switch p.Kind {
		case "exchange":
			continue
		case "node":
			says = w.tellNode(raw, played)
		case "partition":
			says = w.tellPartition(raw, holds, aborted)
		case "group":
			says = w.tellGroup(raw)
		case "transaction":
			says = w.tellTransaction(raw)
		case "consumer":
			says = w.tellMember(raw)
		}
		if says != "" {
			run.Ends = append(run.Ends, course.ToldEnd{Kind: p.Kind, Name: p.Name, Says: says})
			continue
		}
		run.Places = append(run.Places, course.ToldPlace{Kind: p.Kind, Name: p.Name, Ready: p.Ready, InFlight: p.InFlight, Done: p.Done})
	}
}

func (w *words) tellNode(raw []byte, played grader.Played) string {
	var node struct {
		Node           int
		Up, Controller bool
	}
	if json.Unmarshal(raw, &node) != nil {
		return ""
	}
	if !node.Up {
		return w.text("told.down")
	}
	leads := 0
	for _, f := range played.End.Flows {
		if f.From == fmt.Sprintf("node:%d", node.Node) && strings.HasPrefix(f.To, "partition:") {
			leads++
		}
	}
	says := w.count("told.leads", leads)
	if node.Controller {
		says += ", " + w.text("told.controller")
	}
	return says
}

func (w *words) tellPartition(raw []byte, holds, aborted []string) string {
	var log struct {
		Base, End, HW, Stable int64
		Leader                int
		ISR                   []int
	}
	if json.Unmarshal(raw, &log) != nil || log.ISR == nil {
		return ""
	}
	parts := []string{w.text("told.leaderless")}
	if log.Leader != 0 {
		parts = []string{w.text("told.leader", log.Leader)}
	}
	isr := strings.Trim(strings.ReplaceAll(fmt.Sprint(log.ISR), " ", ", "), "[]")
	parts = append(parts, w.text("told.isr", isr), w.text("told.span", log.Base, log.End))
	if log.HW < log.End {
		parts = append(parts, w.text("told.hw", log.HW))
	}
	if log.Stable < log.HW {
		parts = append(parts, w.text("told.stable", log.Stable))
	}
	if len(holds) > 0 {
		parts = append(parts, w.count("told.records", len(holds), strings.Join(holds, ", ")))
	}
	if len(aborted) > 0 {
		parts = append(parts, w.text("told.aborted", strings.Join(aborted, ", ")))
	}
	return strings.Join(parts, "; ")
}

func (w *words) tellGroup(raw []byte) string {
	var group struct {
		State               string
		Generation, Members int
		Offsets             map[string]int64
	}
	if json.Unmarshal(raw, &group) != nil || group.State == "" {
		return ""
	}
	parts := []string{w.count("told.members", group.Members)}
	if group.State == "PreparingRebalance" || group.State == "CompletingRebalance" {
		parts = append(parts, w.text("told.rebalancing"))
	}
	for _, place := range slices.Sorted(maps.Keys(group.Offsets)) {
		parts = append(parts, w.text("told.committed", place, group.Offsets[place]))
	}
	if len(group.Offsets) == 0 {
		parts = append(parts, w.text("told.uncommitted"))
	}
	return strings.Join(parts, "; ")
}

func (w *words) tellMember(raw []byte) string {
	var member struct {
		Group string
		Lag   map[string]int64
	}
	if json.Unmarshal(raw, &member) != nil || member.Group == "" {
		return ""
	}
	if len(member.Lag) == 0 {
		return w.text("told.idle")
	}
	lag := int64(0)
	for _, n := range member.Lag {
		lag += n
	}
	return w.text("told.reads", strings.Join(slices.Sorted(maps.Keys(member.Lag)), ", "), lag)
}

func (w *words) tellTransaction(raw []byte) string {
	var txn struct{ State string }
	if json.Unmarshal(raw, &txn) != nil || txn.State == "" {
		return ""
	}
	return w.text("told.transaction." + txn.State)
}
