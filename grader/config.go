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
	routing := lab.Routing()
	for _, f := range configFiles(files) {
		var found []configfile.Problem
		if routing != nil {
			_, found = configfile.Bindings(f.Name, f.Text, routing)
		} else {
			var schema *labs.ConfigFile
			if s, ok := lab.Config().Files[f.Name]; ok {
				schema = &s
			}
			found = configfile.Check(f.Name, f.Text, schema)
		}
		for _, p := range found {
			severity := "error"
			if p.Warning {
				severity = "warning"
			}
			out = append(out, sandbox.Diagnostic{
				File: f.Name, Line: p.Line, Column: p.Column, EndLine: p.Line, EndColumn: p.EndColumn,
				Severity: severity, Message: inEnglish(p), Code: p.Code, Params: p.Params,
			})
		}
	}
	return out
}

// configFiles are those of a submission that are applied: answers to questions are not.
func configFiles(files []labs.File) []labs.File {
	return slices.DeleteFunc(slices.Clone(files), func(f labs.File) bool { return f.Name == labs.AnswersFile })
}

// severe reports whether diagnostics keep files from being applied.
func severe(found []sandbox.Diagnostic) bool {
	return slices.ContainsFunc(found, func(d sandbox.Diagnostic) bool { return d.Severity == "error" })
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
	found := configFaults(lab, files)
	if len(configFiles(files)) == 0 {
		found = append(found, sandbox.Diagnostic{Severity: "error", Code: "no-files", Message: inEnglish(configfile.Problem{Code: "no-files"})})
	}
	if severe(found) {
		return nil, found
	}
	prog := &readyProgram{g.engine.Command(), "", trial.Program{Config: []trial.ConfigFile{}}}
	for _, f := range configFiles(files) {
		prog.Config = append(prog.Config, trial.ConfigFile{Name: f.Name, Text: f.Text})
	}
	return prog, found
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
			File: a.File, Line: a.Line, Column: 1, EndColumn: 2, Severity: "error", Code: "binding-refused",
			Params: map[string]string{"code": fmt.Sprint(a.Code), "what": a.Message},
		}
		if a.Line == 0 {
			d.Line, d.Code = refusedLine(a, files), "config-refused"
		}
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
	if s.lab.Routing() != nil {
		id = "applied-bindings"
	}
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
