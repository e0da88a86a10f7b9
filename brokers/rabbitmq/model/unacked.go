package model

import (
	"cmp"
	"slices"
)

// unacked is a delivery that its channel has not settled.
type unacked struct {
	tag      uint64
	entry    entry
	queue    *Queue
	consumer *Consumer // nil for a get
	settled  bool
}

// An unackedList is what a channel has not settled, by tag. Clients mostly
// settle in order, so a settled delivery in the middle is only marked, and goes
// when those before it have gone or when half of the list is marked.
type unackedList struct {
	items  []unacked
	marked int
}

func (l *unackedList) add(u unacked) { l.items = append(l.items, u) }

// find returns the index of a tag that is not settled.
func (l *unackedList) find(tag uint64) (int, bool) {
	i, ok := slices.BinarySearchFunc(l.items, tag, func(u unacked, tag uint64) int { return cmp.Compare(u.tag, tag) })
	return i, ok && !l.items[i].settled
}

// take removes one tag, or with multiple every tag up to it; tag 0 with multiple
// stands for all. ok is false when the tag is not in the list.
func (l *unackedList) take(tag uint64, multiple bool) (taken []unacked, ok bool) {
	if multiple && tag == 0 {
		return l.takeAll(), true
	}
	i, ok := l.find(tag)
	if !ok {
		return nil, false
	}
	from := i
	if multiple {
		from = 0
	}
	for ; from <= i; from++ {
		if u := &l.items[from]; !u.settled {
			taken = append(taken, *u)
			*u = unacked{tag: u.tag, settled: true}
			l.marked++
		}
	}
	l.tidy()
	return taken, true
}

// takeAll empties the list, and returns what was in it by tag.
func (l *unackedList) takeAll() []unacked {
	all := slices.DeleteFunc(l.items, func(u unacked) bool { return u.settled })
	*l = unackedList{}
	return all
}

// tidy drops marked deliveries from the front, and all of them when they are
// the greater part.
func (l *unackedList) tidy() {
	n := 0
	for n < len(l.items) && l.items[n].settled {
		n++
	}
	l.items = l.items[n:]
	l.marked -= n
	if l.marked > 32 && l.marked*2 > len(l.items) {
		l.items = slices.DeleteFunc(l.items, func(u unacked) bool { return u.settled })
		l.marked = 0
	}
	if len(l.items) == 0 {
		l.items = nil
	}
}
