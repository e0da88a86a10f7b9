package grader

import (
	"context"
	"slices"

	"github.com/brokerlab/brokerlab/grader/configfile"
	"github.com/brokerlab/brokerlab/grader/property"
	"github.com/brokerlab/brokerlab/labs"
	"github.com/brokerlab/brokerlab/sandbox"
)

// A Tried is what came of files of bindings in a scene: as they are, without a run. When
// something is wrong with the files, the diagnostics say what, and there is nothing else.
type Tried struct {
	Diagnostics []sandbox.Diagnostic `json:"diagnostics"`
	Recording   *Recording           `json:"recording,omitempty"` // the bindings are made, then the keys published that were asked for
	Bindings    int                  `json:"bindings"`
	Exchange    string               `json:"exchange"` // to which keys are published
	Queues      []string             `json:"queues"`   // of the lab, in its order
	Keys        []TriedKey           `json:"keys"`     // those of the lab's table, and then those that were asked for
}

// A TriedKey is where a key goes.
type TriedKey struct {
	Key     string         `json:"key"`
	Shown   bool           `json:"shown"`  // it is in the lab's table, which says where it is wanted
	Wanted  []string       `json:"wanted"` // queues
	Reached []ReachedQueue `json:"reached"`
}

// A ReachedQueue is a queue that a key comes to, and the bindings that let it in; none
// when it came by another way.
type ReachedQueue struct {
	Queue string   `json:"queue"`
	By    []LetsIn `json:"by"`
}

// A LetsIn is a binding that matches a key, and where it stands.
type LetsIn struct {
	Pattern string `json:"pattern"`
	File    string `json:"file"`
	Line    int    `json:"line"`
}

// Try plays what files of bindings do, and where the keys of the lab's table go, and
// others. It is for labs that have a labs.Routing. The lab is one student's, see
// labs.Lab.Drawn. The recording opens where the last of the keys is published. Errors are
// ours, or those of ctx.
func (g *Grader) Try(ctx context.Context, lab *labs.Lab, files []labs.File, keys []string, lang string) (*Tried, error) {
	routing := lab.Routing()
	out := &Tried{Diagnostics: configFaults(lab, lab.Complete(files)), Exchange: routing.Exchange, Queues: routing.Queues, Keys: []TriedKey{}}
	if severe(out.Diagnostics) {
		return out, nil
	}
	var made []configfile.Binding
	for _, f := range configFiles(lab.Complete(files)) {
		found, _ := configfile.Bindings(f.Name, f.Text, routing) // nothing severe, as above
		made = append(made, found...)
	}
	out.Bindings = len(made)
	wanted := make([]labs.WantedBinding, len(made))
	for i, b := range made {
		wanted[i] = labs.WantedBinding{Exchange: b.Exchange, Queue: b.Queue, Pattern: b.Pattern}
	}
	scene, err := g.Play(ctx, lab.RoutingScene(wanted, keys))
	if err != nil {
		return nil, err
	}
	configfile.Trace(scene.Events, made)
	out.Recording = scene.Recording(lab.Title[lang], lab.Noun[lang], lang)
	if len(keys) > 0 {
		out.Recording.At = scene.Until(len(made) + len(keys) - 1)
	} else {
		out.Recording.At = scene.Until(len(made))
	}
	return out, g.tryKeys(ctx, lab, made, wanted, keys, out)
}

// tryKeys finds out where keys go.
func (g *Grader) tryKeys(ctx context.Context, lab *labs.Lab, made []configfile.Binding, wanted []labs.WantedBinding, keys []string, out *Tried) error {
	routing := lab.Routing()
	var all []string
	for _, k := range routing.Keys {
		all = append(all, k.Key)
		out.Keys = append(out.Keys, TriedKey{Key: k.Key, Shown: true, Wanted: append([]string{}, k.Queues...)})
	}
	for _, key := range keys {
		if !slices.Contains(all, key) {
			all = append(all, key)
			out.Keys = append(out.Keys, TriedKey{Key: key, Wanted: []string{}})
		}
	}
	played, err := g.Play(ctx, lab.RoutingScene(wanted, all))
	if err != nil {
		return err
	}
	went := property.Arrivals(played.Events, routing.Exchange)
	for i := range out.Keys {
		k := &out.Keys[i]
		k.Reached = []ReachedQueue{}
		for _, queue := range went[k.Key].Queues {
			by := []LetsIn{}
			for _, b := range made {
				if b.Exchange == routing.Exchange && b.Queue == queue && property.Matches(b.Pattern, k.Key) {
					by = append(by, LetsIn{b.Pattern, b.File, b.Line})
				}
			}
			k.Reached = append(k.Reached, ReachedQueue{queue, by})
		}
	}
	return nil
}
