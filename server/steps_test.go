package server

import (
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/brokerlab/brokerlab/grader"
	"github.com/brokerlab/brokerlab/labs"
)

const asking = "/labs/rabbitmq/foresight"

// startAsking is a site with a lab of questions.
func startAsking(t *testing.T, g *fakeGrader) *site {
	t.Helper()
	s := startOn(t, t.TempDir()+"/data.db", g)
	set, err := labs.Load(os.DirFS("../labs/testdata/foresight"))
	if err != nil {
		t.Fatal(err)
	}
	s.Reload(s.course(), set)
	return s
}

type saidOf struct {
	Verdict    string
	Points, Of int
	HTML       string `json:"html"`
	Words      string
}

func (s *site) answerTo(t *testing.T, id, body string) saidOf {
	t.Helper()
	return answerOf[saidOf](t, s, http.MethodPost, "/api"+asking+"/answers/"+id, body, http.StatusOK)
}

// TestThePredictionOfALab: nothing is given away before, both are there after, in the
// other language too, and it can be taken back.
func TestThePredictionOfALab(t *testing.T) {
	s := startAsking(t, &fakeGrader{})
	secrets := []string{"No ack came", "Three are in the worker", "data-verdict", "correct", "restarted worker cannot know"}
	page := s.do(t, http.MethodGet, "/en"+asking, "").Body.String()
	for _, secret := range secrets {
		if strings.Contains(page, secret) {
			t.Errorf("the page gives away %q", secret)
		}
	}
	for _, want := range []string{`data-asks="dies-before beyond-saving"`, `data-asks="held"`, `data-play="/api` + asking + `/plays/dies-before"`, `data-work="answers"`, `<h2 class="task" id="task-2" data-task="2">`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	scene := "/api" + asking + "/plays/dies-before"
	if rec := answerOf[grader.Recording](t, s, http.MethodGet, scene, "", http.StatusOK); len(rec.Events) != 2 || rec.Mine != nil {
		t.Errorf("before: %d events, mine %v; want what is given and no more", len(rec.Events), rec.Mine)
	}

	said := s.answerTo(t, "dies-before", `{"options":[0]}`)
	if said.Verdict != "partly" || said.Points != 1 || said.Of != 2 || !strings.Contains(said.HTML, "No ack came") || !strings.Contains(said.HTML, `name="again"`) || !strings.Contains(said.Words, "play-told") {
		t.Errorf("answered: %+v", said)
	}
	if rec := answerOf[grader.Recording](t, s, http.MethodGet, scene, "", http.StatusOK); len(rec.Events) != 7 {
		t.Errorf("after: %d events, want all", len(rec.Events))
	}
	if twice := s.answerTo(t, "dies-before", `{"options":[0,1]}`); twice.Verdict != "partly" {
		t.Errorf("a second answer counts: %+v", twice)
	}
	if russian := s.do(t, http.MethodGet, "/ru"+asking, "").Body.String(); !strings.Contains(russian, "Подтверждения") {
		t.Error("the answer is not there in Russian")
	}

	if again := s.answerTo(t, "dies-before", `{"again":true}`); again.Verdict != "" || strings.Contains(again.HTML, "No ack came") {
		t.Errorf("taken back: %+v", again)
	}
	if rec := answerOf[grader.Recording](t, s, http.MethodGet, scene, "", http.StatusOK); len(rec.Events) != 2 {
		t.Errorf("taken back: %d events", len(rec.Events))
	}
	if right := s.answerTo(t, "dies-before", `{"options":[0,1]}`); right.Verdict != "right" || strings.Contains(right.HTML, `name="again"`) {
		t.Errorf("right: %+v", right)
	}
}

// TestAnswersGoWithTheAttempt: as a file, those that were given and no others.
func TestAnswersGoWithTheAttempt(t *testing.T) {
	g := &fakeGrader{submitted: make(chan []labs.File, 2)}
	s := startAsking(t, g)
	s.answerTo(t, "held", `{"number":"5"}`)
	s.answerTo(t, "beyond-saving", `{"options":[2]}`)
	if w := s.do(t, http.MethodPost, "/api"+asking+"/submit", `{"files":[]}`); w.Code != http.StatusAccepted {
		t.Fatalf("submit: %d %s", w.Code, w.Body)
	}
	files := <-g.submitted
	if len(files) != 1 || files[0].Name != labs.AnswersFile || files[0].Text != "beyond-saving: 3\nheld: \"5\"\n" {
		t.Errorf("submitted %+v", files)
	}
	lab := answerOf[struct {
		Lab   struct{ Program bool }
		Files []labs.File
	}](t, s, http.MethodGet, "/api"+asking, "", http.StatusOK)
	if lab.Lab.Program || len(lab.Files) != 0 {
		t.Errorf("the page gets %+v", lab)
	}
}

// TestALabAsksWithoutScripts: its forms post to the page.
func TestALabAsksWithoutScripts(t *testing.T) {
	s := startAsking(t, &fakeGrader{})
	form := header{"Content-Type", "application/x-www-form-urlencoded"}
	post := func(fields url.Values) (int, string, string) {
		w := s.do(t, http.MethodPost, "/en"+asking, fields.Encode(), form)
		return w.Code, w.Header().Get("Location"), w.Body.String()
	}
	if code, _, body := post(url.Values{"quiz": {"held"}, "number": {"five"}}); code != http.StatusUnprocessableEntity || !strings.Contains(body, `aria-invalid="true"`) {
		t.Errorf("no number: %d", code)
	}
	if code, to, _ := post(url.Values{"quiz": {"held"}, "number": {"5"}}); code != http.StatusSeeOther || to != "/en"+asking+"#quiz-held" {
		t.Errorf("answered: %d, to %s", code, to)
	}
	if code, _, _ := post(url.Values{"quiz": {"nothing"}, "number": {"5"}}); code != http.StatusNotFound {
		t.Errorf("no such question: %d", code)
	}
	if page := s.do(t, http.MethodGet, "/en"+asking, "").Body.String(); !strings.Contains(page, `data-verdict="right"`) || !strings.Contains(page, `<li data-asks="held" class="done">`) {
		t.Error("the page does not show what was answered")
	}
	for _, path := range []string{"/api" + asking + "/plays/held", "/api" + asking + "/plays/nothing"} {
		if w := s.do(t, http.MethodGet, path, ""); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}
