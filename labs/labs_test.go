package labs

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// TestContent keeps the labs that come with the program free of findings.
func TestContent(t *testing.T) {
	for _, f := range Lint(Content) {
		t.Error(f)
	}
	set, err := Load(Content)
	if err != nil || len(set.All()) == 0 {
		t.Fatalf("Load found %d labs, error %v", len(set.All()), err)
	}
}

// TestWorkQueue reads one lab as its users see it.
func TestWorkQueue(t *testing.T) {
	lab := workQueue(t, Content)
	if got := lab.Text("ru").Tasks[1].Title; got != "Подтверждайте вовремя" {
		t.Errorf("task 2 in Russian is %q", got)
	}
	if got := lab.Text("en").Title; got != lab.Title["en"] || got == "" {
		t.Errorf("title is %q, and %q in the text", lab.Title["en"], got)
	}
	if tiers := lab.Hints("en")[2]; len(tiers) != 3 || strings.HasPrefix(tiers[0], "-") {
		t.Errorf("hints of task 2 are %q, want three", tiers)
	}
	for _, w := range lab.Wrong() {
		for _, f := range w.Files {
			if strings.Contains(f.Text, buildTag) {
				t.Errorf("wrong/%s/%s still has its build tag, which the compiler would obey", w.Name, f.Name)
			}
		}
	}
}

// TestCompleteKeepsReadOnlyFiles: a student cannot replace the ledger's client.
func TestCompleteKeepsReadOnlyFiles(t *testing.T) {
	lab := workQueue(t, Content)
	files := lab.Complete([]File{{Name: "main.go", Text: "mine"}, {Name: "ledger.go", Text: "forged"}})
	if len(files) != 2 {
		t.Fatalf("got %d files, want main.go and ledger.go", len(files))
	}
	for _, f := range files {
		if f.Name == "ledger.go" && (f.Text == "forged" || !f.ReadOnly) {
			t.Errorf("ledger.go is %q, want the lab's own", f.Text)
		}
	}
}

func TestVariantRepeats(t *testing.T) {
	lab := workQueue(t, Content)
	seen := make(map[string]bool)
	for seed := range uint64(20) {
		a, b := lab.Variant(seed), lab.Variant(seed)
		if !maps.Equal(a, b) {
			t.Errorf("seed %d drew %v, then %v", seed, a, b)
		}
		seen[a["poison"]] = true
	}
	if len(seen) < 2 {
		t.Error("20 seeds drew one poison message only")
	}
	filled := Fill(map[string]any{"a${v}": []any{"x${v}y", 3}}, map[string]string{"v": "-"}).(map[string]any)
	if got, _ := filled["a-"].([]any); len(got) != 2 || got[0] != "x-y" {
		t.Errorf("Fill gave %q", filled)
	}
}

// TestDrawn: nothing of a student's lab is left to fill in, other seeds have
// other words, and the lab itself stays as it was.
func TestDrawn(t *testing.T) {
	set, err := Load(Content)
	if err != nil {
		t.Fatal(err)
	}
	lab, ok := set.Lab("rabbitmq/topic-patterns")
	if !ok {
		t.Fatal("there is no rabbitmq/topic-patterns")
	}
	seen := make(map[string]bool)
	for seed := range uint64(20) {
		drawn := lab.Drawn(seed)
		all := fmt.Sprint(drawn.Title, drawn.Summary, drawn.Objectives, drawn.Brokers, drawn.Checks, drawn.texts, drawn.hints,
			drawn.Starter(), drawn.Solution(), drawn.Wrong())
		if i := strings.Index(all, "${"); i >= 0 {
			t.Fatalf("seed %d: %.40q is left", seed, all[i:])
		}
		want := "user." + lab.Variant(seed)["sign"]
		if row := drawn.Checks[0].With["table"].([]any)[0].(map[string]any); row["key"] != want {
			t.Errorf("seed %d: the first key is %v, want %s", seed, row["key"], want)
		}
		if !strings.Contains(drawn.Text("ru").Intro, "`"+want+"`") {
			t.Errorf("seed %d: the text does not say %s", seed, want)
		}
		seen[drawn.Solution()[0].Text] = true
	}
	if len(seen) < 3 {
		t.Errorf("20 seeds drew %d labs", len(seen))
	}
	if !strings.Contains(lab.Text("en").Intro, "${sign}") || !strings.Contains(lab.Solution()[0].Text, "${area}") {
		t.Error("drawing changed the lab itself")
	}
	if plain := workQueue(t, Content); plain.Drawn(1).Hash != plain.Hash {
		t.Error("a drawn lab has another hash")
	}
}

func TestSchedules(t *testing.T) {
	for _, tt := range []struct {
		text string
		want Schedule
		ok   bool
	}{
		{"none", Schedule{Kind: "none"}, true},
		{"sweep", Schedule{Kind: "sweep", Fault: "crash"}, true},
		{"sweep(fault: disconnect)", Schedule{Kind: "sweep", Fault: "disconnect"}, true},
		{"crash(after: deliver, nth: 3)", Schedule{Kind: "crash", After: "deliver", Nth: 3}, true},
		{"crash(after: deliver)", Schedule{}, false},
		{"crash(after: lunch, nth: 1)", Schedule{}, false},
		{"crash(after: ack, nth: 0)", Schedule{}, false},
		{"node-down(node: 2, after: publish, nth: 3)", Schedule{Kind: "node-down", After: "publish", Nth: 3, Node: 2}, true},
		{"node-down(leads: orders/0, after: publish, nth: 3, back: 30s)", Schedule{Kind: "node-down", After: "publish", Nth: 3, Place: "orders/0", Back: 30 * time.Second}, true},
		{"leader-move(place: my.orders/12, after: deliver, nth: 1)", Schedule{Kind: "leader-move", After: "deliver", Nth: 1, Place: "my.orders/12"}, true},
		{"rebalance(group: billing, after: commit, nth: 1)", Schedule{Kind: "rebalance", After: "commit", Nth: 1, Group: "billing"}, true},
		{"sweep(fault: leader-move, place: orders/0)", Schedule{Kind: "sweep", Fault: "leader-move", Place: "orders/0"}, true},
		{"sweep(fault: leader-move)", Schedule{}, false},
		{"sweep(after: ack, nth: 1)", Schedule{}, false},
		{"sweep(after: publish)", Schedule{Kind: "sweep", Fault: "crash", After: "publish"}, true},
		{"node-down(follows: o/0, after: publish, nth: 3, back: 1s)", Schedule{Kind: "node-down", After: "publish", Nth: 3, Place: "o/0", Rest: true, Back: time.Second}, true},
		{"leader-move(follows: o/0, after: publish, nth: 3)", Schedule{}, false},
		{"node-down(after: publish, nth: 3)", Schedule{}, false},
		{"node-down(node: 2, leads: orders/0, after: publish, nth: 3)", Schedule{}, false},
		{"node-down(node: 2)", Schedule{}, false},
		{"leader-move(place: orders, after: deliver, nth: 1)", Schedule{}, false},
		{"rebalance(after: effect, nth: 3)", Schedule{}, false},
		{"crash(after: ack, nth: 1, node: 2)", Schedule{}, false},
		{"crash(after: ack, nth: 1, fault: crash)", Schedule{}, false},
		{"refuse(after: effect, nth: 3)", Schedule{Kind: "refuse", After: "effect", Nth: 3}, true},
		{"refuse(after: ack, nth: 3)", Schedule{}, false},
		{"refuse(after: effect)", Schedule{}, false},
		{"earthquake", Schedule{}, false},
		{"", Schedule{}, false},
	} {
		got, err := ParseSchedule(tt.text)
		if (err == nil) != tt.ok || (tt.ok && got != tt.want) {
			t.Errorf("ParseSchedule(%q) = %+v, %v", tt.text, got, err)
		}
	}
}

// TestLintFinds breaks the lab in one way at a time and reads what the author
// is told, and where.
func TestLintFinds(t *testing.T) {
	for _, tt := range []struct {
		name, file, old, new string
		want                 string
	}{
		{"bad schedule", "lab.yaml", "schedule: sweep", "schedule: seep", "unknown kind"},
		{"points", "lab.yaml", "points: 10", "points: 11", "lab.yaml:6: points is 11, the checks have 10"},
		{"number in words", "lab.yaml", "max: 1}", "max: one}", `max: found one, expected a whole number from 1`},
		{"number below one", "lab.yaml", "max: 1}", "max: 0}", `max: found 0, expected a whole number from 1`},
		{"unknown parameter", "lab.yaml", "max: 1}", "max: 1, min: 0}", `knows no "min"`},
		{"missing parameter", "lab.yaml", ", max: 1}", "}", `wants "max"`},
		{"unknown message", "lab.yaml", "      refused-good:", "      refused-bad:", `cannot fail with "refused-bad"`},
		{"no such need", "lab.yaml", "task: 3\n", "task: 3\n    needs: [sleep]\n", `needs "sleep"`},
		{"languages differ", "lab.ru.md", "## 3. ", "### 3. ", "has 2 tasks, lab.en.md has 3"},
		{"no hint", "hints.en.md", "## 3. ", "### 3. ", "task 3 has no hint"},
		{"odd heading", "lab.en.md", "## Checked", "## Czeched", "lab.en.md:"},
		{"nothing to do", "starter/main.go", "TODO", "DONE", "no TODO"},
		{"wrong expects nothing", "wrong/ack-first/main.go", "// expect:", "// hope:", "no file begins with"},
		{"wrong expects another", "wrong/ack-first/main.go", "nothing-lost, lost", "nothing-lost, found", `expects message "found"`},
		{"bad limit", "lab.yaml", "services:", "limits: {memory: much}\nservices:", "want a size such as"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tree := copyTree(t)
			file := tree["rabbitmq/work-queue/"+tt.file]
			changed := strings.ReplaceAll(string(file.Data), tt.old, tt.new)
			if changed == string(file.Data) {
				t.Fatalf("%s does not hold %q", tt.file, tt.old)
			}
			file.Data = []byte(changed)
			var said []string
			for _, f := range Lint(tree) {
				said = append(said, f.Error())
			}
			if !strings.Contains(strings.Join(said, "\n"), tt.want) {
				t.Errorf("lint said %q, want %q", said, tt.want)
			}
		})
	}
}

func TestLintFindsStrayFiles(t *testing.T) {
	tree := copyTree(t)
	tree["rabbitmq/work-queue/notes.txt"] = &fstest.MapFile{Data: []byte("x")}
	findings := Lint(tree)
	if len(findings) != 1 || !strings.Contains(findings[0].Message, "stray") {
		t.Errorf("lint said %v, want one stray file", findings)
	}
}

// TestOverlay: an author's folder hides the file of the same name and leaves
// the rest, and a broken lab does not take the others away.
func TestOverlay(t *testing.T) {
	upper := fstest.MapFS{
		"rabbitmq/work-queue/lab.en.md": {Data: []byte(strings.Replace(read1(t, "rabbitmq/work-queue/lab.en.md"), "# A work", "# My work", 1))},
		"rabbitmq/broken/lab.yaml":      {Data: []byte("version: 1\nnonsense: 2\n")},
		"rabbitmq/empty/lab.yaml":       {},
	}
	set, err := Load(Overlay(upper, Content))
	if err == nil || !strings.Contains(err.Error(), "rabbitmq/broken/lab.yaml:2") {
		t.Errorf("the broken lab gave %v, want its file and line", err)
	}
	if err == nil || !strings.Contains(err.Error(), "rabbitmq/empty/lab.yaml:1: the file is empty") {
		t.Errorf("the empty lab gave %v, want its file", err)
	}
	lab, ok := set.Lab("rabbitmq/work-queue")
	if !ok || !strings.HasPrefix(lab.Title["en"], "My work") {
		t.Fatalf("the lab of the lower layer is not there with the upper title: %v", ok)
	}
	if below := workQueue(t, Content); below.Hash == lab.Hash {
		t.Error("a changed text left the content hash as it was")
	}
}

// TestOverlayFromWindows: a lab whose every text an editor on Windows has saved, with a
// byte order mark and carriage returns, is the same lab; what is no text stays as it is.
func TestOverlayFromWindows(t *testing.T) {
	upper := fstest.MapFS{"rabbitmq/work-queue/picture.bin": {Data: []byte("\uFEFF\x00\r\n")}}
	for name, file := range copyTree(t) {
		if strings.HasPrefix(name, "rabbitmq/work-queue/") {
			upper[name] = &fstest.MapFile{Data: []byte("\uFEFF" + strings.ReplaceAll(string(file.Data), "\n", "\r\n"))}
		}
	}
	tree := Overlay(upper, fstest.MapFS{})
	if got, err := fs.ReadFile(tree, "rabbitmq/work-queue/picture.bin"); err != nil || string(got) != "\uFEFF\x00\r\n" {
		t.Errorf("what is no text reads %q, %v", got, err)
	}
	delete(upper, "rabbitmq/work-queue/picture.bin")
	if got, want := workQueue(t, tree), workQueue(t, Content); got.Hash != want.Hash || got.Title["ru"] != want.Title["ru"] {
		t.Errorf("the lab %q has another hash than %q", got.Title["ru"], want.Title["ru"])
	}
	if len(upper) < 10 {
		t.Errorf("%d files were tried", len(upper))
	}
}

func workQueue(t *testing.T, fsys fs.FS) *Lab {
	t.Helper()
	set, err := Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	lab, ok := set.Lab("rabbitmq/work-queue")
	if !ok {
		t.Fatal("there is no rabbitmq/work-queue")
	}
	return lab
}

func read1(t *testing.T, name string) string {
	t.Helper()
	raw, err := fs.ReadFile(Content, name)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func copyTree(t *testing.T) fstest.MapFS {
	t.Helper()
	tree := fstest.MapFS{}
	err := fs.WalkDir(Content, "rabbitmq/work-queue", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			tree[name] = &fstest.MapFile{Data: []byte(read1(t, name))}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// TestFaults: what a student is told that the check will do is what the schedules say.
func TestFaults(t *testing.T) {
	for _, tt := range []struct {
		schedules []string
		want      []Fault
	}{
		{[]string{"none", "none"}, []Fault{}},
		{[]string{"none", "refuse(after: effect, nth: 1)"}, []Fault{{"refuse", false}}},
		{[]string{"sweep", "none", "sweep"}, []Fault{{"crash", true}}},
		{[]string{"crash(after: ack, nth: 1)", "sweep"}, []Fault{{"crash", true}}},
		{
			[]string{"node-down(leads: orders/0, after: publish, nth: 4)", "sweep(fault: disconnect)", "sweep(fault: node-down, node: 1)"},
			[]Fault{{"node-down", true}, {"disconnect", true}},
		},
	} {
		var l Lab
		for _, text := range tt.schedules {
			schedule, err := ParseSchedule(text)
			if err != nil {
				t.Fatal(err)
			}
			l.Checks = append(l.Checks, Check{Schedule: schedule})
		}
		if got := l.Faults(); !slices.Equal(got, tt.want) || got == nil {
			t.Errorf("%v: faults %+v, want %+v", tt.schedules, got, tt.want)
		}
	}
}
