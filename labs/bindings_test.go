package labs

import (
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// TestRouting: what a lab of bindings begins with and wants, with the words of a student;
// what it keeps to itself is not shown.
func TestRouting(t *testing.T) {
	set, err := Load(Content)
	if err != nil {
		t.Fatal(err)
	}
	lab, ok := set.Lab("rabbitmq/topic-patterns")
	if !ok {
		t.Fatal("there is no rabbitmq/topic-patterns")
	}
	r := lab.Drawn(1).Routing()
	words := lab.Variant(1)
	if r.Exchange != "user_events" || r.Exchanges["user_events"] != "topic" || r.Exchanges["amq.fanout"] != "fanout" {
		t.Errorf("exchanges %v, keys go to %q", r.Exchanges, r.Exchange)
	}
	if want := []string{"audit", "profiles", "notifications", "billing", "security"}; !slices.Equal(r.Queues, want) {
		t.Errorf("queues %q, want %q", r.Queues, want)
	}
	first := WantedKey{"user." + words["sign"], []string{"audit", "security"}} // of two checks
	if len(r.Keys) != 12 || r.Keys[0].Key != first.Key || !slices.Equal(r.Keys[0].Queues, first.Queues) {
		t.Errorf("%d keys, the first is %v, want %v", len(r.Keys), r.Keys[0], first)
	}
	for _, k := range r.Keys {
		if strings.HasPrefix(k.Key, "guest.") {
			t.Errorf("the hidden key %s is shown", k.Key)
		}
	}
	if workQueue(t, Content).Routing() != nil {
		t.Error("a lab with a program has bindings to try")
	}
}

// TestRoutingScene: the scene has the lab's first state, the bindings and the keys.
func TestRoutingScene(t *testing.T) {
	set, _ := Load(Content)
	lab, _ := set.Lab("rabbitmq/topic-patterns")
	s := lab.RoutingScene([]WantedBinding{{"user_events", "audit", "user.#"}}, []string{"user.x"})
	var got []string
	for _, step := range slices.Concat(s.Setup, s.Steps) {
		got = append(got, step.Do)
	}
	if want := []string{"exchange", "queue", "queue", "queue", "queue", "queue", "bind", "publish"}; !slices.Equal(got, want) {
		t.Errorf("steps %q, want %q", got, want)
	}
	if with := s.Steps[1].With; with["exchange"] != "user_events" || with["key"] != "user.x" {
		t.Errorf("published %v", with)
	}
}

// TestLintBindings: a lab whose bindings cannot be tried or judged is told so.
func TestLintBindings(t *testing.T) {
	const id = "rabbitmq/topic-patterns"
	for _, tt := range []struct{ name, old, new, want string }{
		{"as it is", "", "", ""},
		{"another exchange", "hidden: true\n      exchange: user_events", "hidden: true\n      exchange: amq.topic", `check "other-keys": exchange: found "amq.topic", expected "user_events" as in the other checks`},
		{"a crash", "property: bindings-at-most\n    with: {max: 6}\n    schedule: none", "property: bindings-at-most\n    with: {max: 6}\n    schedule: sweep", `check "fewest": schedule: found sweep, expected none: bindings have no moment to be cut short at`},
		{"no broker", "config: {apply: bindings}", "config: {apply: bindngs}", `config: apply: found "bindngs", expected one of bindings, connect`},
		{"a bonus that is needed", "    task: 1\n    points: 4\n", "    task: 1\n    points: 4\n    bonus: true\n", `check "other-keys" needs "one-pattern", which is a bonus: expected bonus: true here, too`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tree := fstest.MapFS{}
			err := fs.WalkDir(Content, id, func(name string, entry fs.DirEntry, err error) error {
				if err == nil && !entry.IsDir() {
					tree[name] = &fstest.MapFile{Data: []byte(read1(t, name))}
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			text := string(tree[id+"/lab.yaml"].Data)
			if !strings.Contains(text, tt.old) {
				t.Fatalf("lab.yaml does not hold %q", tt.old)
			}
			tree[id+"/lab.yaml"].Data = []byte(strings.Replace(text, tt.old, tt.new, 1))
			var got []string
			for _, f := range Lint(tree) {
				got = append(got, f.Message)
			}
			if strings.Join(got, "; ") != tt.want {
				t.Errorf("found %q, want %q", got, tt.want)
			}
		})
	}
}
