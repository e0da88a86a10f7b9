package server

import (
	"net/http"
	"strings"
	"testing"
)

// TestTry: a student's bindings are tried with keys of the student's, in the reader's
// language, and what cannot be published is refused.
func TestTry(t *testing.T) {
	s := start(t)
	const path, files = "/api/labs/rabbitmq/topic-patterns/try", `"files": [{"name": "bindings.yaml", "text": ""}]`
	for _, tt := range []struct {
		name, path, body string
		status           int
		want             string
	}{
		{"keys", path + "?lang=ru", `{` + files + `, "keys": ["user.x", ""]}`, http.StatusOK, `{"keys":["user.x",""],"lang":"ru"}`},
		{"no keys", path, `{` + files + `}`, http.StatusOK, `"keys":null`},
		{"a key that is too long", path, `{` + files + `, "keys": ["` + strings.Repeat("a", 256) + `"]}`, http.StatusBadRequest, "at most 255 bytes"},
		{"a control character", path, `{` + files + `, "keys": ["a", "b\u0007"]}`, http.StatusBadRequest, "a control character"},
		{"too many keys", path, `{` + files + `, "keys": [` + strings.Repeat(`"a",`, 24) + `"a"]}`, http.StatusBadRequest, "found 25 keys, want at most 24"},
		{"no files", path, `{"keys": []}`, http.StatusBadRequest, "found 0 files"},
		{"another field", path, `{` + files + `, "key": "a"}`, http.StatusBadRequest, "key"},
		{"a lab with a program", "/api/labs/rabbitmq/work-queue/try", `{` + files + `}`, http.StatusNotFound, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			answer := s.do(t, http.MethodPost, tt.path, tt.body)
			if answer.Code != tt.status || !strings.Contains(answer.Body.String(), tt.want) {
				t.Errorf("%d %s, want %d with %s", answer.Code, answer.Body.String(), tt.status, tt.want)
			}
		})
	}
	lab := s.do(t, http.MethodGet, "/api/labs/rabbitmq/topic-patterns", "").Body.String()
	if !strings.Contains(lab, `"apply":"bindings"`) || !strings.Contains(lab, `"tries":true`) {
		t.Errorf("the page is not told what it can try: %.300s", lab)
	}
}

// TestDraftOfAnotherLab: what was written when the lab was another one is left aside, and
// the lab begins with its own files.
func TestDraftOfAnotherLab(t *testing.T) {
	s := start(t)
	const path = "/api/labs/rabbitmq/topic-patterns"
	s.do(t, http.MethodPut, path+"/draft", `{"files": [{"name": "main.go", "text": "package main"}], "base": 0}`)
	lab := s.do(t, http.MethodGet, path, "").Body.String()
	if !strings.Contains(lab, `"bindings.yaml"`) || strings.Contains(lab, "package main") {
		t.Errorf("the draft is %.600s", lab)
	}
}
