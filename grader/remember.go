package grader

import (
	"fmt"
	"slices"
	"sync"

	"github.com/brokerlab/brokerlab/labs"
)

// A memory keeps the newest evidence, so that the same submission gets the same
// verdict: a program with a race behaves differently from run to run, and a student
// who submits it twice should not be told two stories of it.
type memory struct {
	keep int // how many; 0 keeps none

	mu    sync.Mutex
	order []string // oldest first
	byKey map[string]*Evidence
}

// key names a submission by everything that decides its verdict.
func (g *Grader) key(lab *labs.Lab, source string, seed uint64, real map[string]string) string {
	return fmt.Sprint(Version, " ", lab.ID, " ", lab.Hash, " ", source, " ", seed, " ", real)
}

// recall returns what came of a submission before; nil if that is not known. It is
// the caller's own, but what it points to is shared and must not be changed.
func (m *memory) recall(key string) *Evidence {
	m.mu.Lock()
	defer m.mu.Unlock()
	found := m.byKey[key]
	if found == nil {
		return nil
	}
	again := *found
	return &again
}

// note keeps what came of a submission, and forgets the oldest where there are too
// many.
func (m *memory) note(key string, ev *Evidence) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.keep <= 0 {
		return
	}
	m.order = slices.DeleteFunc(m.order, func(k string) bool { return k == key })
	m.order = append(m.order, key)
	if m.byKey == nil {
		m.byKey = make(map[string]*Evidence)
	}
	own := *ev
	m.byKey[key] = &own
	if len(m.order) > m.keep {
		delete(m.byKey, m.order[0])
		m.order = m.order[1:]
	}
}
