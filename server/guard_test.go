package server

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestOnlyOurOwnPagesMayAsk is what keeps another web page from posting code to
// a student's machine.
func TestOnlyOurOwnPagesMayAsk(t *testing.T) {
	s := start(t)
	save := source("package main", `,"base":0`)
	for _, tt := range []struct {
		name, method, path string
		headers            []header
		want               int
	}{
		{"our page", http.MethodPut, workQueue + "/draft", nil, http.StatusOK},
		{"under localhost", http.MethodPut, workQueue + "/draft", []header{{"Host", "localhost:7070"}, {"Origin", "http://localhost:7070"}}, http.StatusOK},
		{"a program that is no browser", http.MethodGet, workQueue, nil, http.StatusOK},
		{"a name that was pointed at us", http.MethodGet, "/en/", []header{{"Host", "evil.example:7070"}}, http.StatusMisdirectedRequest},
		{"a name that begins like ours", http.MethodGet, "/en/", []header{{"Host", "localhost.evil.example"}}, http.StatusMisdirectedRequest},
		{"a rebound name with its own origin", http.MethodPut, workQueue + "/draft", []header{{"Host", "evil.example:7070"}, {"Origin", "http://evil.example:7070"}}, http.StatusMisdirectedRequest},
		{"another machine's address", http.MethodGet, "/en/", []header{{"Host", "10.0.0.7:7070"}}, http.StatusMisdirectedRequest},
		{"another site's form", http.MethodPut, workQueue + "/draft", []header{{"Origin", "https://evil.example"}}, http.StatusForbidden},
		{"a page that hides where it is from", http.MethodPut, workQueue + "/draft", []header{{"Origin", "null"}}, http.StatusForbidden},
		{"another port of this machine", http.MethodPut, workQueue + "/draft", []header{{"Origin", "http://127.0.0.1:8080"}}, http.StatusForbidden},
		{"cross-site by the browser's word", http.MethodPut, workQueue + "/draft", []header{{"Sec-Fetch-Site", "cross-site"}}, http.StatusForbidden},
		{"same-site is not same-origin", http.MethodPut, workQueue + "/draft", []header{{"Sec-Fetch-Site", "same-site"}}, http.StatusForbidden},
		{"another site reads the API", http.MethodGet, workQueue, []header{{"Sec-Fetch-Site", "cross-site"}}, http.StatusForbidden},
		{"another site opens the stream", http.MethodGet, workQueue + "/stream", []header{{"Origin", "https://evil.example"}}, http.StatusForbidden},
		{"a link from elsewhere to a page", http.MethodGet, "/en/", []header{{"Sec-Fetch-Site", "cross-site"}}, http.StatusOK},
		{"a form that posts text", http.MethodPut, workQueue + "/draft", []header{{"Content-Type", "text/plain"}}, http.StatusUnsupportedMediaType},
		{"a POST to a page", http.MethodPost, "/en/", nil, http.StatusMethodNotAllowed},
	} {
		w := s.do(t, tt.method, tt.path, save, tt.headers...)
		if w.Code != tt.want {
			t.Errorf("%s: %d, want %d: %s", tt.name, w.Code, tt.want, w.Body)
		}
		if w.Header().Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: the answer lets other sites read it", tt.name)
		}
	}
}

func TestHosts(t *testing.T) {
	for _, tt := range []struct {
		name, addr, host string
		more             []string
		want             bool
	}{
		{"loopback by default", "127.0.0.1:7070", "127.0.0.1:7070", nil, true},
		{"any port: a forward may change it", "127.0.0.1:7070", "localhost:9999", nil, true},
		{"version 6", "[::1]:7070", "[::1]:7070", nil, true},
		{"no port", "127.0.0.1:80", "127.0.0.1", nil, true},
		{"upper case", "127.0.0.1:80", "LOCALHOST", nil, true},
		{"no host at all", "127.0.0.1:80", "", nil, false},
		{"an address that is not ours", "127.0.0.1:7070", "192.168.1.5:7070", nil, false},
		{"an address, when listening on all", "0.0.0.0:7070", "192.168.1.5:7070", nil, true},
		{"a name, when listening on all", ":7070", "evil.example", nil, false},
		{"a name that was allowed", ":7070", "lab.school.example", []string{"Lab.School.example"}, true},
		{"the name that it listens on", "lab.local:7070", "lab.local:7070", nil, true},
	} {
		if got := newHosts(tt.addr, tt.more).ours(tt.host); got != tt.want {
			t.Errorf("%s: ours(%q) at %q = %v, want %v", tt.name, tt.host, tt.addr, got, tt.want)
		}
	}
}

func TestBadInputIsNamedWithItsPlace(t *testing.T) {
	s := start(t)
	many := `{"files":[` + strings.TrimSuffix(strings.Repeat(`{"name":"a.go","text":""},`, maxFiles+1), ",") + `]}`
	for _, tt := range []struct {
		name, path, body string
		status           int
		say              string
	}{
		{"broken JSON", "/check", "{\n  \"files\": [}", 400, "line 2, column 13: invalid character '}'"},
		{"cut off", "/check", `{"files":[`, 400, "the JSON ends too early"},
		{"empty", "/check", ``, 400, "the JSON ends too early"},
		{"wrong type", "/check", `{"files":"main.go"}`, 400, `line 1, column 18: "files" is a string`},
		{"unknown field", "/check", `{"file":[]}`, 400, `unknown field "file"`},
		{"two values", "/check", source("x", "") + "{}", 400, "more after the end"},
		{"no files", "/check", `{"files":[]}`, 400, "found 0 files, want 1 to 16"},
		{"many files", "/check", many, 400, "found 17 files"},
		{"a file twice", "/check", `{"files":[{"name":"a.go","text":""},{"name":"a.go","text":""}]}`, 400, `"a.go" is there twice`},
		{"a path", "/run", `{"files":[{"name":"../main.go","text":""}]}`, 400, `file name "../main.go"`},
		{"not Go", "/run", `{"files":[{"name":"main.c","text":""}]}`, 400, `file name "main.c"`},
		{"a zero byte", "/run", `{"files":[{"name":"a.go","text":"\u0000"}]}`, 400, "zero byte"},
		{"a long program", "/submit", source(strings.Repeat("x", maxSource+1), ""), 413, "64 KiB is the limit"},
		{"a body without end", "/submit", source(strings.Repeat("x", maxBody), ""), 413, "64 KiB is the limit"},
		{"a negative offset", "/complete", source("x", `,"name":"main.go","offset":-1`), 400, "offset -1"},
		{"restore of nothing", "/restore", `{}`, 400, "exactly one of the two"},
		{"restore of what is not there", "/restore", `{"id":99}`, 404, "not here any more"},
		{"an unknown state", "../../progress", `{"page":"x","state":"skimmed"}`, 400, `state "skimmed"`},
		{"an unknown page", "../../progress", `{"page":"x","state":"open"}`, 404, "Nothing is at this address"},
		{"a hint of no tier", "../../hints/rabbitmq/work-queue", `{"task":1,"tier":0}`, 400, "both count from 1"},
	} {
		path := workQueue + tt.path
		if after, ok := strings.CutPrefix(tt.path, "../../"); ok {
			path = "/api/" + after
		}
		w := s.do(t, http.MethodPost, path, tt.body)
		var got struct {
			Error struct{ Code, Message string }
		}
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Errorf("%s: %v in %s", tt.name, err, w.Body)
		}
		if w.Code != tt.status || !strings.Contains(got.Error.Message, tt.say) || got.Error.Code == "" {
			t.Errorf("%s: %d %+v, want %d with %q", tt.name, w.Code, got.Error, tt.status, tt.say)
		}
	}
	if n := s.grader.sessions(); n != 0 {
		t.Errorf("%d sessions were opened for requests that cannot be read", n)
	}
}

func TestUnknownLabsAndAttempts(t *testing.T) {
	s := start(t)
	for _, tt := range []struct{ method, path, code string }{
		{http.MethodGet, "/api/labs/no/such", "no_lab"},
		{http.MethodPost, "/api/labs/no/such/run", "no_lab"},
		{http.MethodGet, "/api/labs/no/such/stream", "no_lab"},
		{http.MethodGet, "/api/attempts/1", "not_found"},
		{http.MethodGet, "/api/attempts/first", "not_found"},
		{http.MethodGet, "/api/nothing", "no_page"},
	} {
		got := answerOf[struct {
			Error struct{ Code, Message string }
		}](t, s, tt.method, tt.path+"?lang=ru", source("x", ""), http.StatusNotFound)
		if got.Error.Code != tt.code || !strings.ContainsAny(got.Error.Message, "абвеиост") {
			t.Errorf("%s %s: %+v, want %q in Russian", tt.method, tt.path, got.Error, tt.code)
		}
	}
	w := s.do(t, http.MethodDelete, workQueue, "")
	if w.Code != http.StatusMethodNotAllowed || !strings.Contains(w.Body.String(), `"method"`) {
		t.Errorf("DELETE: %d %s", w.Code, w.Body)
	}
}

func TestOurOwnErrorsAreLoggedOnceAndNotTold(t *testing.T) {
	s := start(t)
	s.grader.openErr = fmt.Errorf("the pack at /secret/place is broken")
	w := s.do(t, http.MethodPost, workQueue+"/check", source("x", ""))
	if w.Code != http.StatusBadGateway || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("%d %s, want 502 without our paths", w.Code, w.Body)
	}
	if n := strings.Count(s.logged.String(), "/secret/place"); n != 1 {
		t.Errorf("the cause is in the log %d times, want once:\n%s", n, s.logged)
	}
}

func TestPanicsAreAnswered(t *testing.T) {
	s := start(t)
	s.do(t, http.MethodPost, workQueue+"/check", source("x", ""))
	s.grader.check = func(context.Context) error { panic("index out of range") }
	w := s.do(t, http.MethodPost, workQueue+"/check", source("x", ""))
	if w.Code != http.StatusInternalServerError || !strings.Contains(w.Body.String(), `"ours"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := s.do(t, http.MethodGet, "/healthz", ""); w.Code != http.StatusOK {
		t.Errorf("after a panic: %d", w.Code)
	}
}

func TestReadyNamesWhatIsMissing(t *testing.T) {
	s := start(t)
	if w := s.do(t, http.MethodGet, "/readyz", ""); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `{"name":"database","ok":true}`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	s.opts.Checks = []Check{{Name: "pack", Run: func(context.Context) (string, error) { return "", fmt.Errorf("no pack: run make") }}}
	if w := s.do(t, http.MethodGet, "/readyz", ""); w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "no pack: run make") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// TestEveryRouteIsGuarded asks every address as another site's page would: whatever
// is added to the routes is held to the same rules.
func TestEveryRouteIsGuarded(t *testing.T) {
	s := start(t)
	fill := strings.NewReplacer(
		":system", "rabbitmq", ":lab", "work-queue", ":chapter", "rabbitmq", ":page", "acknowledgements", ":id", "1", ":attempt", "1",
		":schedule", "baseline", ":play", "a", ":quiz", "a", ":console", "a", "*", "lab.css",
	)
	guarded := 0
	for _, r := range s.router().Routes() {
		path := fill.Replace(r.Path)
		if strings.ContainsAny(path, ":*") {
			t.Errorf("%s %s: this test does not know a parameter", r.Method, path)
		}
		if w := s.do(t, r.Method, path, "", header{"Host", "evil.example:7070"}); w.Code != http.StatusMisdirectedRequest {
			t.Errorf("%s %s under a foreign name: %d", r.Method, path, w.Code)
		}
		answer := s.do(t, http.MethodHead, path, "")
		if csp := answer.Header().Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'; script-src 'self';") {
			t.Errorf("%s: policy %q", path, csp)
		}
		if !isAPI(path) && !changes(r.Method) {
			continue
		}
		guarded++
		for _, foreign := range []header{{"Origin", "https://evil.example"}, {"Origin", "null"}, {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}} {
			if w := s.do(t, r.Method, path, "{}", foreign); w.Code != http.StatusForbidden {
				t.Errorf("%s %s with %s %s: %d", r.Method, path, foreign.name, foreign.value, w.Code)
			}
		}
	}
	if guarded < 20 {
		t.Errorf("only %d guarded routes were found", guarded)
	}
}

// TestEveryBodyIsBounded sends more than any request needs to every address that
// reads a body.
func TestEveryBodyIsBounded(t *testing.T) {
	s := start(t)
	huge := `{"files":[{"name":"main.go","text":"` + strings.Repeat("x", maxBody) + `"}]}`
	read := 0
	for _, r := range s.router().Routes() {
		if !isAPI(r.Path) || !changes(r.Method) {
			continue
		}
		path := strings.NewReplacer(":system", "rabbitmq", ":lab", "work-queue", ":chapter", "rabbitmq", ":page", "acknowledgements").Replace(r.Path)
		switch w := s.do(t, r.Method, path, huge); w.Code {
		case http.StatusRequestEntityTooLarge:
			read++
		case http.StatusNotFound, http.StatusNoContent, http.StatusOK: // it looks for something else first, or reads no body
		default:
			t.Errorf("%s %s: %d %s", r.Method, path, w.Code, w.Body)
		}
	}
	if read < 8 {
		t.Errorf("only %d addresses found the body too long", read)
	}
}
