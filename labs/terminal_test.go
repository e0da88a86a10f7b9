package labs

import (
	"strings"
	"testing"
)

const aTerminal = `id: kafka-first-commands
broker: kafka
caption: A topic, made and looked at.
setup:
  - topic: {topic: orders, partitions: 2}
commands:
  - kafka-topics --bootstrap-server localhost:9092 --list
  - say: Write two events.
    run: |
      kafka-console-producer --bootstrap-server localhost:9092 --topic orders <<END
      a
      END
  - run: kafka-console-consumer --bootstrap-server localhost:9092 --topic orders
    stays: true
`

// TestParseTerminal reads all that a terminal can have.
func TestParseTerminal(t *testing.T) {
	got, found := ParseTerminal([]byte(aTerminal))
	if len(found) > 0 {
		t.Fatal(found)
	}
	if got.ID != "kafka-first-commands" || len(got.Setup) != 1 || got.Setup[0].Do != "topic" || got.Setup[0].line != 5 {
		t.Errorf("%+v", got)
	}
	if c := got.Commands; len(c) != 3 || c[0].Say.Text != "" || c[0].Line != 7 || !strings.HasSuffix(c[1].Run, "\na\nEND") || c[1].Stays || !c[2].Stays {
		t.Errorf("%+v", c)
	}
	lab := got.Lab("kafka-running")
	if !lab.OfLesson() || lab.ID != "lesson:kafka-running/kafka-first-commands" || !lab.Console() || lab.Program() != true {
		t.Errorf("%+v", lab)
	}
	other, _ := ParseTerminal([]byte(strings.Replace(aTerminal, "partitions: 2", "partitions: 3", 1)))
	if other.Lab("kafka-running").Hash == lab.Hash {
		t.Error("another setup has the same hash")
	}
	moved, _ := ParseTerminal([]byte("# a comment\n" + aTerminal))
	if moved.Lab("kafka-running").Hash != lab.Hash {
		t.Error("the hash hangs on the lines")
	}
}

// TestTerminalMistakes: each is found at its line.
func TestTerminalMistakes(t *testing.T) {
	for name, c := range map[string]struct {
		from, to string
		line     int
		want     string
	}{
		"broker":           {"broker: kafka", "broker: kafca", 2, `broker is "kafca", expected one of kafka, rabbitmq`},
		"field":            {"caption:", "captain:", 3, `field "captain" is unknown`},
		"no caption":       {"caption: A topic, made and looked at.\n", "", 1, `field "caption" is missing`},
		"kind of step":     {"- topic:", "- topik:", 5, `setup: step: found "topik", expected one of `},
		"field of step":    {"partitions: 2", "partition: 2", 5, `setup: topic: field "partition" is unknown`},
		"a step's form":    {"- topic: {topic: orders, partitions: 2}", "- topic", 5, `setup: found "topic", expected a step`},
		"no list":          {aTerminal[strings.Index(aTerminal, "commands:"):], "commands: kafka-topics\n", 6, `expected a list of 1 to 12 commands`},
		"a long list":      {aTerminal[strings.Index(aTerminal, "commands:"):], "commands:\n" + strings.Repeat("  - kcat\n", MaxCommands+1), 7, `expected a list of 1 to 12 commands`},
		"an empty command": {"kafka-topics --bootstrap-server localhost:9092 --list", "\"\"", 7, "found an empty command"},
		"no flag":          {"stays: true", "stays: perhaps", 14, "expected"},
		"id":               {"id: kafka-first-commands", "id: Kafka", 1, `id is "Kafka"`},
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(aTerminal, c.from) {
				t.Fatalf("%q is not there", c.from)
			}
			got, found := ParseTerminal([]byte(strings.Replace(aTerminal, c.from, c.to, 1)))
			if got != nil || len(found) == 0 || found[0].Line != c.line || !strings.Contains(found[0].Message, c.want) {
				t.Errorf("%+v %+v, want line %d: %s", got, found, c.line, c.want)
			}
		})
	}
}

// TestTerminalDifferences: a translation has the same commands.
func TestTerminalDifferences(t *testing.T) {
	original, _ := ParseTerminal([]byte(aTerminal))
	same, _ := ParseTerminal([]byte(strings.NewReplacer("A topic, made and looked at.", "Топик.", "Write two events.", "Запишите.").Replace(aTerminal)))
	if found := same.Differences(original); len(found) > 0 {
		t.Errorf("%q", found)
	}
	ends, _ := ParseTerminal([]byte(strings.Replace(aTerminal, "stays: true", "stays: false", 1)))
	if found := ends.Differences(original); len(found) != 1 {
		t.Errorf("%q, want the command that stays", found)
	}
	other, _ := ParseTerminal([]byte(strings.NewReplacer("--list", "--describe", "partitions: 2", "partitions: 3").Replace(aTerminal)))
	if found := other.Differences(original); len(found) != 2 {
		t.Errorf("%q, want the setup and command 1", found)
	}
}
