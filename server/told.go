package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/brokerlab/brokerlab/course"
	"github.com/brokerlab/brokerlab/grader"
	"github.com/brokerlab/brokerlab/labs"
)

const (
	// maxTold is how many events of a scene are told in words on its page.
	maxTold = 24
	// tellTime bounds how long a page waits for the words of its scenes.
	tellTime = 10 * time.Second
)

// told says the scenes of a page in words. complete is false when one could not be
// played: the page is shown without its words then.
func (s *Server) told(ctx context.Context, page *course.Page, answers map[string]course.Answered) (told map[string]course.Told, complete bool) {
	ctx, cancel := context.WithTimeout(ctx, tellTime)
	defer cancel()
	told, complete = make(map[string]course.Told), true
	for _, p := range page.Plays {
		t, err := s.tellPlay(ctx, p.Play, page.Lang)
		if err != nil {
			s.log.Warn("a scene cannot be told", "page", page.File, "scene", p.ID, "err", err)
			complete = false
			continue
		}
		told[p.ID] = t
	}
	return told, s.tellPredictions(ctx, page.Questions, answers, page.Lang, told) && complete
}

// tellPredictions says the scenes of predictions in words, into told. It reports false
// when one could not be played.
func (s *Server) tellPredictions(ctx context.Context, questions []*course.Question, answers map[string]course.Answered, lang string, told map[string]course.Told) bool {
	complete := true
	for _, q := range questions {
		if q.Predict == nil {
			continue
		}
		t, err := s.tellPrediction(ctx, q.Predict, answers[q.ID].Result != nil, lang)
		if err != nil {
			s.log.Warn("a prediction cannot be told", "prediction", q.ID, "err", err)
			complete = false
			continue
		}
		told[q.ID] = t
	}
	return complete
}

// tellPrediction says a prediction's scene in words, as far as it may be known. With a
// chart the words begin where the question was asked, come after the answer only, and
// leave out the daily round of records, which the chart shows.
func (s *Server) tellPrediction(ctx context.Context, p *labs.Predict, over bool, lang string) (told course.Told, err error) {
	played, err := s.played(ctx, p.Scene(over))
	if err != nil {
		return told, err
	}
	told.Lag = lagOf(played, p.Play)
	switch {
	case told.Lag == nil:
		told.Runs = []course.ToldRun{s.tellRun(played, "", p.Play.Noun, lang)}
	case over:
		before, err := s.played(ctx, p.Scene(false))
		if err != nil {
			return told, err
		}
		told.Lag.Asked = before.Ended - before.Began
		told.Runs = []course.ToldRun{s.tellRun(played.From(len(p.Play.Steps)).Notable(), "", p.Play.Noun, lang)}
	}
	return told, nil
}

// tellPlay says a play in words: as it opens, and what each of its actions does.
func (s *Server) tellPlay(ctx context.Context, p *labs.Play, lang string) (course.Told, error) {
	var told course.Told
	tell := func(title string, presses ...labs.Press) error {
		scene, err := p.Scene(presses)
		if err != nil {
			return err
		}
		played, err := s.played(ctx, scene)
		var notNow *grader.SceneError
		if errors.As(err, &notNow) && notNow.Code != "" && len(presses) > 0 {
			return nil // its time comes after another action
		}
		if err != nil {
			return err
		}
		if len(presses) == 0 {
			told.Lag = lagOf(played, p)
		}
		fresh := played.From(len(p.Steps) * min(len(presses), 1))
		if p.Chart != nil {
			fresh = fresh.Notable()
		}
		told.Runs = append(told.Runs, s.tellRun(fresh, title, p.Noun, lang))
		return nil
	}
	if err := tell(""); err != nil {
		return told, err
	}
	if len(p.Steps) == 0 && len(told.Runs[0].Ends) == 0 {
		told.Runs = nil // Queues that nothing has happened to are told by what the actions do.
	}
	for _, a := range p.Actions {
		if err := tell(a.Title(), labs.Press{Action: a.ID}); err != nil {
			return told, err
		}
	}
	told.OnlyChanges()
	return told, nil
}

// tellRun says one run of a scene in words.
func (s *Server) tellRun(played grader.Played, title, noun, lang string) course.ToldRun {
	run := course.ToldRun{Title: title}
	run.Events, run.More = played.Sentences(lang, noun, maxTold)
	s.pages.words[lang].tellEnd(&run, played)
	return run
}

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
		case "exchange", "user", "vhost":
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
