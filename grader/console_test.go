package grader

import (
	"errors"
	"strings"
	"testing"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/labs"
	"github.com/brokerlab/brokerlab/sandbox/console"
)

// asTyped is a session that is submitted.
func asTyped(lines ...string) []labs.File {
	return []labs.File{{Name: "session.txt", Text: strings.Join(lines, "\n") + "\n"}}
}

func firstTopic(t *testing.T) (*Grader, *labs.Lab) {
	t.Helper()
	g, _ := real(t)
	lab, ok := g.labs.Lab("kafka/first-topic")
	if !ok {
		t.Fatal("there is no lab kafka/first-topic")
	}
	return g, lab
}

// TestSessionLines: what a command did in the broker is told with its line.
func TestSessionLines(t *testing.T) {
	g, lab := firstTopic(t)
	ev, err := g.Submit(t.Context(), lab, asTyped("# a comment", "kafka-topics --bootstrap-server localhost:9092 --list", "", "kafka-topics --bootstrap-server localhost:9092 --create --topic user-events --partitions 2"), 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	v := Render(lab, ev, "en")
	if v.Line != 4 || v.File != "session.txt" || !strings.Contains(v.Sentence, "2 partitions, not 3") {
		t.Errorf("%q at %s:%d, want the partitions at session.txt:4", v.Sentence, v.File, v.Line)
	}
	for _, e := range ev.Journals[BaselineID] {
		if e.Kind == brokers.Declared && (e.Line != 4 || e.File != "session.txt") {
			t.Errorf("declared at %s:%d", e.File, e.Line)
		}
	}
}

// TestUnreadableSessions: a list that cannot be run is no program that does not compile, and the
// reason is said in the reader's words.
func TestUnreadableSessions(t *testing.T) {
	_, lab := firstTopic(t)
	for script, want := range map[string]string{
		"kcat -L\necho $HOME": "строка 2: переменных здесь нет; знак доллара берите в одинарные кавычки",
		"echo `kcat -L`":      "строка 1: подставить одну команду в другую здесь нельзя",
		"echo x > f":          "строка 1: файлов здесь нет, и > никуда не ведёт",
		"kcat -L &":           "строка 1: в фоне здесь ничего не выполняется: откройте второй терминал",
		"(kcat -L)":           "строка 1: ( здесь стоять не может",
		"| cat":               "строка 1: перед | ничего нет",
		"echo x | ;":          "строка 1: после | ничего нет",
		"cat <<< x":           "строка 1: <<< здесь нет: используйте echo и |",
		"echo \x00":           "строка 1: в строке есть нулевой байт",
		"kcat -L\n\necho 'x":  "строка 3: команда не закончена: не хватает закрывающей кавычки, конца текста после << или продолжения строки",
		strings.Repeat("echo\n", console.MaxScript/5+1): "строка 1: в списке больше 65536 байт",
	} {
		ev := begin(lab, asTyped(script), 1)
		ev.Diagnostics = sessionFaults(asTyped(script))
		ev.refuse(unfit(lab))
		v := Render(lab, ev, "ru")
		if v.Sentence != "Список команд нельзя выполнить" || flat(v.Why) != want || v.File != console.File || v.Checks[0].Status != Blocked || !strings.Contains(flat(v.Checks[0].Message), "Список команд нельзя выполнить.") {
			t.Errorf("%.20q: %q, %q in %q, want %q; %+v", script, v.Sentence, flat(v.Why), v.File, want, v.Checks[0])
		}
		if v := Render(lab, ev, "en"); !strings.HasPrefix(flat(v.Why), "line ") || v.Sentence != "The list of commands cannot be run" {
			t.Errorf("%.20q: %q, %q", script, v.Sentence, flat(v.Why))
		}
	}
}

// TestHostileSessions: a session has no files and reaches nothing outside; what it
// does wrong costs the student, and nobody else.
func TestHostileSessions(t *testing.T) {
	g, lab := firstTopic(t)
	solution := lab.Drawn(1).Solution()[0].Text
	for name, c := range map[string]struct {
		lines  []string
		status string
	}{
		"files and the outside":  {[]string{"cat /etc/passwd", "kcat -b 192.0.2.1:9092 -L", "kcat -b 127.0.0.1:22 -L", solution}, Passed},
		"a thousand commands":    {[]string{strings.Repeat("echo x | cat\n", 1000), solution}, Passed},
		"a consumer for ever":    {[]string{solution, "kafka-console-consumer --bootstrap-server localhost:9092 --topic user-events --group g"}, Passed},
		"nobody interrupts it":   {[]string{"cat", "kafka-console-producer --bootstrap-server localhost:9092 --topic other", solution}, Passed},
		"a redirection":          {[]string{"echo x > /tmp/y", solution}, Failed},
		"a quote without an end": {[]string{solution, "echo 'x"}, Failed},
		"nothing":                {nil, Failed},
	} {
		t.Run(name, func(t *testing.T) {
			ev, err := g.Submit(t.Context(), lab, asTyped(c.lines...), 1, nil)
			if err != nil {
				t.Fatal(err)
			}
			if v := Render(lab, ev, "en"); v.Status != c.status {
				t.Errorf("%s: %s %+v, want %s", v.Status, v.Sentence, ev.Diagnostics, c.status)
			}
		})
	}
}

// TestTooLongALine: what is typed is too long, or is not what a page sends.
func TestTooLongALine(t *testing.T) {
	for raw, long := range map[string]bool{
		`{"line":"` + strings.Repeat("x", MaxLine+1) + `"}`:     true,
		`{"complete":"` + strings.Repeat("x", MaxLine+1) + `"}`: true,
		`{"line":"a","eof":true}`:                               false,
	} {
		_, err := (&Session{}).Console(t.Context(), []byte(raw), nil)
		var wrong *ConsoleError
		if !errors.As(err, &wrong) || wrong.Long != long {
			t.Errorf("%.40s: %v, want a ConsoleError, Long %v", raw, err, long)
		}
	}
}
