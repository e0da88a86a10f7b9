package labs

import "maps"

// Drawn returns the lab as the student with a seed has it: every ${name} in its
// texts, hints, files, first state and checks is the value drawn for that
// student. A lab without variants is the same for everybody.
func (l *Lab) Drawn(seed uint64) *Lab {
	if len(l.Variants) == 0 {
		return l
	}
	fill := filler(l.Variant(seed))
	d := *l
	d.Title, d.Summary = fill.words(l.Title), fill.words(l.Summary)
	d.Objectives = make(map[string][]string, len(l.Objectives))
	for lang, items := range l.Objectives {
		d.Objectives[lang] = fill.list(items)
	}
	d.Brokers = nil
	for _, b := range l.Brokers {
		drawn := Broker{Name: b.Name}
		for _, a := range b.Actions {
			drawn.Actions = append(drawn.Actions, Action{Do: a.Do, With: fill.fields(a.With)})
		}
		d.Brokers = append(d.Brokers, drawn)
	}
	d.Checks = nil
	for _, c := range l.Checks {
		d.Checks = append(d.Checks, fill.check(c))
	}
	d.texts, d.hints = make(map[string]Text, len(l.texts)), make(map[string]map[int][]string, len(l.hints))
	for lang, t := range l.texts {
		d.texts[lang] = fill.prose(t)
	}
	for lang, byTask := range l.hints {
		d.hints[lang] = make(map[int][]string, len(byTask))
		for task, tiers := range byTask {
			d.hints[lang][task] = fill.list(tiers)
		}
	}
	d.starter, d.solution, d.wrong = fill.files(l.starter), fill.files(l.solution), nil
	for _, w := range l.wrong {
		w.Files = fill.files(w.Files)
		d.wrong = append(d.wrong, w)
	}
	return &d
}

// A filler puts drawn values, by name, where a lab has ${name}.
type filler map[string]string

func (f filler) text(s string) string {
	filled, _ := Fill(s, f).(string)
	return filled
}

func (f filler) list(items []string) []string {
	out := make([]string, len(items))
	for i, item := range items {
		out[i] = f.text(item)
	}
	return out
}

func (f filler) words(byLang map[string]string) map[string]string {
	out := maps.Clone(byLang)
	for lang, s := range byLang {
		out[lang] = f.text(s)
	}
	return out
}

func (f filler) fields(with map[string]any) map[string]any {
	filled, _ := Fill(with, f).(map[string]any)
	return filled
}

func (f filler) prose(t Text) Text {
	out := Text{Title: f.text(t.Title), Intro: f.text(t.Intro), Checked: f.text(t.Checked), Why: f.text(t.Why)}
	for _, task := range t.Tasks {
		out.Tasks = append(out.Tasks, Task{N: task.N, Title: f.text(task.Title), Body: f.text(task.Body), Line: task.Line})
	}
	return out
}

func (f filler) files(from []File) []File {
	out := make([]File, len(from))
	for i, file := range from {
		file.Text = f.text(file.Text)
		out[i] = file
	}
	return out
}

func (f filler) check(c Check) Check {
	c.With, c.Title, c.Source = f.fields(c.With), f.words(c.Title), f.text(c.Source)
	own := make(map[string]map[string]Message, len(c.OnFail))
	for lang, byID := range c.OnFail {
		own[lang] = make(map[string]Message, len(byID))
		for id, m := range byID {
			m.Sentence, m.Why, m.Expected, m.Found = f.text(m.Sentence), f.text(m.Why), f.text(m.Expected), f.text(m.Found)
			own[lang][id] = m
		}
	}
	c.OnFail = own
	return c
}
