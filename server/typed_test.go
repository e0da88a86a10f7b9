package server

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/brokerlab/brokerlab/grader"
	"github.com/brokerlab/brokerlab/labs"
)

// TestWhatCanBeTypedIsRefusedInWords: what a student can type or press too much of is
// refused in the language of the page and in nothing else.
func TestWhatCanBeTypedIsRefusedInWords(t *testing.T) {
	s := sceneSite(t)
	const files = `"files": [{"name": "bindings.yaml", "text": ""}]`
	try := func(key string) string { return `{` + files + `, "keys": ["` + key + `"]}` }
	press := func(n int, key string) string {
		raw, _ := json.Marshal(map[string]any{"actions": make([]labs.Press, n)})
		return strings.ReplaceAll(string(raw), `{"action":""}`, `{"action":"own","fields":{"key":"`+key+`"}}`)
	}
	const patterns = "/api/labs/rabbitmq/topic-patterns/try"
	for _, tt := range []struct{ name, path, body, says string }{
		{"a zero byte", workQueue + "/run", `{"files":[{"name":"main.go","text":"\u0000"}]}`, "нулевой байт"},
		{"a long key", patterns, try(strings.Repeat("я", 128)), "не больше 255 байт"},
		{"a tab in a key", patterns, try(`\t`), "управляющий символ"},
		{"a long field", playAPI + "one-play", press(1, strings.Repeat("a", 256)), "не больше 255 байт"},
		{"a tab in a field", playAPI + "one-play", press(1, `\t`), "управляющий символ"},
		{"many presses", playAPI + "one-play", press(labs.MaxPresses+1, "a"), "начните сначала"},
		{"a long line", terminalAPI, `{"pane":0,"line":"` + strings.Repeat("x", grader.MaxLine) + `"}`, "не больше 4096 байт"},
	} {
		if tt.path == terminalAPI {
			s.teach(t, consoleLesson)
		}
		w := s.do(t, http.MethodPost, tt.path+"?lang=ru", tt.body)
		var got struct {
			Error struct{ Code, Message string }
		}
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Errorf("%s: %v in %s", tt.name, err, w.Body)
		}
		latin := regexp.MustCompile(`[A-Za-z]+`).FindString(strings.ReplaceAll(got.Error.Message, "main.go", ""))
		if w.Code != http.StatusBadRequest || got.Error.Code != "bad_input" || !strings.Contains(got.Error.Message, tt.says) || latin != "" {
			t.Errorf("%s: %d %+v, want %q and no English", tt.name, w.Code, got.Error, tt.says)
		}
	}
}
