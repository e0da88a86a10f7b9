package course

import (
	"fmt"
	"slices"
)

// A twinned is a question, a scene or a terminal of a page: it has an id,
// and stands in every language.
type twinned[T any] interface {
	key() string
	line() int // of the page
	differences(original T) []string
}

func (q *Question) key() string { return q.ID }
func (p *Play) key() string     { return p.ID }
func (t *Terminal) key() string { return t.ID }

func (q *Question) line() int { return q.Line }
func (p *Play) line() int     { return p.Fence }
func (t *Terminal) line() int { return t.Fence }

// differences says in what a question differs from its original.
func (q *Question) differences(original *Question) []string {
	switch {
	case (q.Predict == nil) != (original.Predict == nil):
		return []string{"one is a quiz and the other a prediction: they differ from what stands"}
	case q.Predict != nil:
		return q.Predict.Differences(original.Predict)
	}
	return q.Quiz.Differences(original.Quiz)
}

func (p *Play) differences(original *Play) []string { return p.Play.Differences(original.Play) }

func (t *Terminal) differences(original *Terminal) []string {
	return t.Terminal.Differences(original.Terminal)
}

// keys are the ids of a list, in the order of the page.
func keys[T twinned[T]](list []T) []string {
	var ids []string
	for _, l := range list {
		ids = append(ids, l.key())
	}
	return ids
}

// lintTwinned compares fences of one kind, named by what they are called and by the word
// behind the backquotes, with those of the page's original in another language.
func lintTwinned[T twinned[T]](p, twin *entry, names, fence string, here, there []T) []Finding {
	var found []Finding
	differ := func(line int, format string, args ...any) {
		found = append(found, Finding{File: p.file, Line: line, Message: fmt.Sprintf(format, args...)})
	}
	if a, b := keys(here), keys(there); !slices.Equal(a, b) {
		differ(1, "%s are %q, but %q in %s; give both the same ids in the same order", names, a, b, twin.file)
	}
	for _, l := range here {
		i := slices.IndexFunc(there, func(o T) bool { return o.key() == l.key() })
		if i < 0 {
			continue
		}
		for _, difference := range l.differences(there[i]) {
			differ(l.line(), "%s %q: %s in %s:%d", fence, l.key(), difference, twin.file, there[i].line())
		}
	}
	return found
}
