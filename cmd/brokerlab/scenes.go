package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/brokerlab/brokerlab/course"
	"github.com/brokerlab/brokerlab/grader"
	"github.com/brokerlab/brokerlab/labs"
	"github.com/brokerlab/brokerlab/sandbox"
)

// lintScenes plays every scene of the lessons and labs, runs the commands of every
// terminal, and type-checks the Go of the author's lessons. It reports scenes that cannot
// be played, predictions whose right answers are not what happens, and commands that do
// not work.
func lintScenes(ctx context.Context, c *console, from content, lessons *course.Course, set *labs.Set) ([]string, error) {
	if !hasScenes(lessons, set) && len(from.goPages(lessons)) == 0 {
		return nil, nil
	}
	cache, err := cacheDir(c.root.Cache)
	if err != nil {
		return nil, err
	}
	sb, err := sandbox.New(sandbox.Options{Cache: cache, Log: newLog(c.err)})
	if errors.Is(err, sandbox.ErrNoLab) {
		fmt.Fprintf(c.err, "NOT CHECKED: the scenes and commands of lessons were not played, and their Go was not type-checked: %v\n", err)
		return nil, nil
	}
	if err != nil {
		return nil, fault(fmt.Errorf("the scenes of lessons cannot be played: %w", err))
	}
	defer sb.Close()
	g := grader.New(grader.Options{Sandbox: sb, Labs: set, Log: newLog(c.err)})
	defer g.Close()
	if len(from.goPages(lessons)) > 0 {
		if err := havePack(ctx, c, cache); err != nil {
			fmt.Fprintf(c.err, "Go in lessons is type-checked by what the interpreter knows only: %v\n", err)
		}
	}
	found, err := from.lintGo(ctx, g, lessons, c.err)
	if err != nil {
		return nil, fault(err)
	}
	for _, page := range pagesOf(lessons) {
		wrong, err := lintPage(ctx, g, page)
		if err != nil {
			return nil, fault(fmt.Errorf("%s: %w", page.File, err))
		}
		for _, f := range wrong {
			found = append(found, "course/"+f.String())
		}
	}
	for _, lab := range set.All() {
		wrong, err := g.LintScenes(ctx, lab)
		if err != nil {
			return nil, fault(fmt.Errorf("%s: %w", lab.ID, err))
		}
		for _, f := range wrong {
			found = append(found, "labs/"+f.Error())
		}
	}
	return found, nil
}

// lintPage plays the scenes of one page and runs the commands of its terminals.
func lintPage(ctx context.Context, g *grader.Grader, page *course.Page) ([]course.Finding, error) {
	var found []course.Finding
	add := func(fence int, what, id string, wrong []labs.Finding) {
		for _, f := range wrong {
			found = append(found, course.Finding{File: page.File, Line: fence + f.Line, Message: fmt.Sprintf("%s %q: %s", what, id, f.Message)})
		}
	}
	for _, p := range page.Plays {
		wrong, err := g.LintPlay(ctx, p.Play)
		if err != nil {
			return nil, err
		}
		add(p.Fence, "play", p.ID, wrong)
	}
	for _, t := range page.Terminals {
		wrong, err := g.LintTerminal(ctx, t.Terminal)
		if err != nil {
			return nil, err
		}
		add(t.Fence, "console", t.ID, wrong)
	}
	for _, q := range page.Questions {
		if q.Predict == nil {
			continue
		}
		wrong, err := g.LintPredict(ctx, q.Predict)
		if err != nil {
			return nil, err
		}
		add(q.Fence, "predict", q.ID, wrong)
	}
	return found, nil
}

// pagesOf are all pages in all languages.
func pagesOf(lessons *course.Course) []*course.Page {
	var pages []*course.Page
	for _, lang := range course.Langs {
		for _, ref := range lessons.Refs(lang) {
			if ref.Kind != course.KindPage {
				continue
			}
			if page, err := lessons.Page(lang, ref.Chapter, ref.Slug); err == nil { // else it is not there to be played
				pages = append(pages, page)
			}
		}
	}
	return pages
}

func hasScenes(lessons *course.Course, set *labs.Set) bool {
	for _, lab := range set.All() {
		if slices.Contains(lab.Steps, "predict") {
			return true
		}
	}
	for _, page := range pagesOf(lessons) {
		if len(page.Plays)+len(page.Terminals) > 0 {
			return true
		}
		for _, q := range page.Questions {
			if q.Predict != nil {
				return true
			}
		}
	}
	return false
}
