package grader

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/brokerlab/brokerlab/grader/configfile"
	"github.com/brokerlab/brokerlab/grader/property"
	"github.com/brokerlab/brokerlab/grader/trial"
	"github.com/brokerlab/brokerlab/labs"
	"github.com/brokerlab/brokerlab/sandbox"
)

// A lab of the kind config has no program: what a student submits are the files, which are
// applied to a service of the lab.

// configFaults says what is wrong with the files of a lab before they are applied.
func configFaults(lab *labs.Lab, files []labs.File) []sandbox.Diagnostic {
	out := []sandbox.Diagnostic{}
	for _, f := range files {
		var schema *labs.ConfigFile
		if s, ok := lab.Config().Files[f.Name]; ok {
			schema = &s
		}
		for _, p := range configfile.Check(f.Name, f.Text, schema) {
			out = append(out, sandbox.Diagnostic{
				File: f.Name, Line: p.Line, Column: p.Column, EndLine: p.Line, EndColumn: p.EndColumn,
				Severity: "error", Message: inEnglish(p), Code: p.Code, Params: p.Params,
			})
		}
	}
	return out
}

// inEnglish says a problem where nobody asks for a language.
func inEnglish(p configfile.Problem) string {
	w := wordsIn("en")
	if m, ok := w.sections["rules"][p.Code]; ok {
		return w.plain(m.Text, facts{P: p.Params})
	}
	return p.Code + " " + fmt.Sprint(slices.Sorted(maps.Values(p.Params)))
}

// configured are files that are ready to be applied; nil if something is wrong with them.
func (g *Grader) configured(lab *labs.Lab, files []labs.File) (*readyProgram, []sandbox.Diagnostic) {
	if found := configFaults(lab, files); len(found) > 0 {
		return nil, found
	}
	prog := &readyProgram{g.engine.Command(), "", trial.Program{Config: []trial.ConfigFile{}}}
	for _, f := range files {
		prog.Config = append(prog.Config, trial.ConfigFile{Name: f.Name, Text: f.Text})
	}
	return prog, nil
}

// named finds the settings that a refusal names.
var named = []*regexp.Regexp{
	regexp.MustCompile(`configuration "([^"]+)"`),
	regexp.MustCompile(`for configuration ([^\s:]+):`),
	regexp.MustCompile(`which name matches (\S+),`),
}

// applied says which files a service refused, each at the line that the answer is about.
func applied(answers []trial.Applied, files []trial.ConfigFile) []sandbox.Diagnostic {
	out := []sandbox.Diagnostic{}
	for _, a := range answers {
		if a.Code < 300 {
			continue
		}
		d := sandbox.Diagnostic{
			File: a.File, Line: 1, Column: 1, EndLine: 1, EndColumn: 2, Severity: "error", Code: "config-refused",
			Params: map[string]string{"code": fmt.Sprint(a.Code), "what": a.Message},
		}
		d.Line = refusedLine(a, files)
		d.EndLine = d.Line
		d.Message = inEnglish(configfile.Problem{Code: d.Code, Params: d.Params})
		out = append(out, d)
	}
	return out
}

// refusedLine is the line of a file that a refusal is about, or its first.
func refusedLine(a trial.Applied, files []trial.ConfigFile) int {
	i := slices.IndexFunc(files, func(f trial.ConfigFile) bool { return f.Name == a.File })
	if i < 0 {
		return 1
	}
	for _, re := range named {
		for _, m := range re.FindAllStringSubmatch(a.Message, -1) {
			if line := configfile.Find(a.File, files[i].Text, m[1]); line > 0 {
				return line
			}
		}
	}
	if strings.Contains(a.Message, "find any class") {
		return max(configfile.Find(a.File, files[i].Text, "connector.class"), 1)
	}
	return 1
}

// afresh makes the lab's first state anew, since what was applied before goes on, and
// shows it.
func (s *Session) afresh(ctx context.Context, prog *readyProgram, emit func(Update)) error {
	if err := s.Reset(ctx); err != nil {
		return err
	}
	u, err := s.State(ctx)
	if err != nil {
		return err
	}
	u.Events = nil
	emit(u)
	s.mu.Lock()
	s.files = prog.Config
	s.mu.Unlock()
	return nil
}

// answered says in a status what a service answered to each file; s.mu is held.
func (s *Session) answered(u *Update) {
	found := applied(u.Applied, s.files)
	if s.emit != nil && len(found) > 0 {
		s.emit(Update{Type: trial.TypeDiagnostics, Diagnostics: found})
	}
	id := "applied"
	if len(found) > 0 {
		id = "refused"
	}
	u.Texts = make(map[string]string)
	for _, lang := range labs.Languages {
		w := wordsIn(lang)
		text := ""
		if len(found) > 0 {
			text = Localize(found[:1], lang)[0].Message
		}
		u.Texts[lang] = w.plain(w.message("status", "config-"+id).Text, facts{Facts: property.Facts{Count: len(u.Applied) - len(found), Max: len(u.Applied), What: text}})
	}
	u.Text = u.Texts["en"]
}
