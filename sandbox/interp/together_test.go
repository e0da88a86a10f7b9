package interp

import (
	"strings"
	"testing"
)

// together is a main that has the body of a generated program run by several goroutines.
const together = `
func main() {
	var all sync.WaitGroup
	for i := 0; i < 4; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			once()
			once()
		}()
	}
	all.Wait()
}
`

// TestTogether: the interpreter keeps apart what several goroutines do at the same time
// in the same lines. Most of what it shares shows with the race detector only.
func TestTogether(t *testing.T) {
	const wanted = 12
	ran := 0
	for seed := *firstSeed; ran < wanted && seed < *firstSeed+20*wanted; seed++ {
		source := programs().Example(seed)
		body := source[len(prelude):]
		if strings.Contains(body, "counter") || strings.Contains(body, "table") || strings.Contains(body, "next()") {
			continue // races by itself
		}
		o := interpret(t, File{Name: "main.go", Text: strings.Replace(source, "func main() {", "func once() {", 1) + together})
		if len(o.found) > 0 {
			continue
		}
		ran++
		if o.err != nil {
			t.Errorf("program of seed %d: %v\n%s\n%s", seed, o.err, body, clip(o.stderr))
		}
	}
	if ran < wanted {
		t.Errorf("only %d programs ran", ran)
	}
}
