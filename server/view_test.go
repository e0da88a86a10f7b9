package server

import (
	"testing"

	"github.com/brokerlab/brokerlab/labs"
)

// TestWork: what the page is for follows the steps of a lab, and so does the place of its
// terminals.
func TestWork(t *testing.T) {
	for _, tt := range []struct {
		steps     []string
		work      string
		terminals bool
		first     bool
	}{
		{[]string{"code"}, "program", false, false},
		{[]string{"predict", "code"}, "program", false, false},
		{[]string{"console"}, "session", true, true},
		{[]string{"console", "code"}, "program", true, true},
		{[]string{"quiz", "code", "console"}, "program", true, false},
		{[]string{"config"}, "files", false, false},
		{[]string{"console", "config"}, "files", true, true},
		{[]string{"predict", "quiz"}, "answers", false, false},
	} {
		v := labView{Lab: &labs.Lab{Steps: tt.steps}}
		if got := v.Work(); got != tt.work || v.Lab.Terminals() != tt.terminals || v.TerminalsFirst() != tt.first {
			t.Errorf("%v: %s, terminals %v, first %v; want %s, %v, %v", tt.steps, got, v.Lab.Terminals(), v.TerminalsFirst(), tt.work, tt.terminals, tt.first)
		}
	}
}
