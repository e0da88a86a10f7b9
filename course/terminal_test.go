package course

import (
	"strings"
	"testing"
)

const aTerminal = "```console\nid: first-commands\nbroker: kafka\ncaption: Try it \"here\".\ncommands:\n" +
	"  - kafka-topics --bootstrap-server localhost:9092 --list\n" +
	"  - say: Write *two* events.\n    run: |\n      cat <<END\n      ```\n      END\n```\n"

// TestTerminal: the commands of a terminal can be read, copied and run.
func TestTerminal(t *testing.T) {
	p := page(t, tree(map[string]string{"01-one.md": front + "\n" + aTerminal}), "en", "nine", "one")
	if p.Broken {
		t.Fatal(p.Findings)
	}
	for _, want := range []string{
		`<figure class="try" id="console-first-commands" data-console="/api/consoles/nine/one/first-commands" aria-label="Terminal">`,
		`data-run="kafka-topics --bootstrap-server localhost:9092 --list" hidden>Run</button>`,
		`<p>Write <em>two</em> events.</p>`, "data-run=\"cat &lt;&lt;END\n```\nEND\"", `<div class="code" data-language="bash">`,
		`kafka-topics <span class="flag">--bootstrap-server</span> localhost:9092 <span class="flag">--list</span>`,
		`<p class="try-open" hidden>`, `<figcaption>Try it &#34;here&#34;.</figcaption>`,
	} {
		if !strings.Contains(p.HTML, want) {
			t.Errorf("the page does not hold %s:\n%s", want, p.HTML)
		}
	}
	checkInline(t, "terminal", p.HTML)
	if n := strings.Count(p.HTML, `<div class="code"`); n != 2 {
		t.Errorf("%d blocks of code, want one for each command, whatever marks it holds", n)
	}
	if got, ok := p.Terminal("first-commands"); !ok || len(got.Commands) != 2 || got.Fence != 8 {
		t.Errorf("%+v", got)
	}
	if _, ok := p.Terminal("other"); ok {
		t.Error("there is another terminal")
	}
}

// TestTerminalHasItsPlace: mistakes of a terminal have their line, and its id is its own.
func TestTerminalHasItsPlace(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"broker": {strings.Replace(aTerminal, "kafka\n", "kafca\n", 1), `10: console: broker is "kafca", expected one of kafka, rabbitmq`},
		"twice":  {aTerminal + "\n" + aTerminal, `console: id "first-commands" is taken above`},
		"an argument": {strings.Replace(aTerminal, "```console", "```console first-commands", 1),
			`8: found "first-commands" behind the word console, expected nothing: the id is a field`},
	} {
		t.Run(name, func(t *testing.T) {
			p := page(t, tree(map[string]string{"01-one.md": front + "\n" + c.text}), "en", "nine", "one")
			var all []string
			for _, f := range p.Findings {
				all = append(all, f.String())
			}
			if !p.Broken || !strings.Contains(strings.Join(all, "\n"), c.want) {
				t.Errorf("found %q, want %s", all, c.want)
			}
		})
	}
	if _, err := RenderMarkdown([]byte(aTerminal), "en"); err == nil || !strings.Contains(err.Error(), `fence "console" has no place here`) {
		t.Errorf("a terminal outside the course: %v", err)
	}
}
