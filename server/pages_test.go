package server

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/net/html"

	"github.com/brokerlab/brokerlab/course"
	"github.com/brokerlab/brokerlab/labs"
	"github.com/brokerlab/brokerlab/server/store"
	"github.com/brokerlab/brokerlab/static"
)

// allPages are one of each kind of page, in both languages.
func allPages(s *site) map[string]int {
	pages := map[string]int{}
	for _, lang := range languages {
		pages["/"+lang+"/"] = http.StatusOK
		pages["/"+lang+"/labs/"+labID] = http.StatusOK
		pages["/"+lang+"/no/such"] = http.StatusNotFound
		pages["/"+lang+"/labs/no/such"] = http.StatusNotFound
		for _, ref := range s.course().Refs(lang) {
			if ref.Href != "" {
				pages[ref.Href] = http.StatusOK
			}
		}
	}
	return pages
}

func TestPagesAnswer(t *testing.T) {
	s := start(t)
	for path, want := range allPages(s) {
		w := s.do(t, http.MethodGet, path, "")
		if w.Code != want {
			t.Errorf("%s: %d, want %d: %s", path, w.Code, want, w.Body)
		}
		if kind := w.Header().Get("Content-Type"); kind != "text/html; charset=UTF-8" {
			t.Errorf("%s: content type %q", path, kind)
		}
		if head := s.do(t, http.MethodHead, path, ""); head.Code != want {
			t.Errorf("HEAD %s: %d, want %d", path, head.Code, want)
		}
	}
}

// TestPagesAreSoundHTML holds every page to what a browser, a screen reader and
// the content policy want of it.
func TestPagesAreSoundHTML(t *testing.T) {
	s := start(t)
	for path := range allPages(s) {
		lang := path[1:3]
		doc, err := html.Parse(strings.NewReader(s.do(t, http.MethodGet, path, "").Body.String()))
		if err != nil {
			t.Fatal(err)
		}
		p := survey(doc)
		if p.htmlLang != lang {
			t.Errorf("%s: lang %q", path, p.htmlLang)
		}
		if p.title == "" || p.mains != 1 || p.h1s != 1 {
			t.Errorf("%s: title %q, %d main, %d h1; want one of each", path, p.title, p.mains, p.h1s)
		}
		if !strings.HasPrefix(p.firstLink, "#") || !p.ids[strings.TrimPrefix(p.firstLink, "#")] {
			t.Errorf("%s: the first link is %q, want a skip link to something on the page", path, p.firstLink)
		}
		for _, flaw := range p.flaws {
			t.Errorf("%s: %s", path, flaw)
		}
		for _, other := range languages {
			if other != lang && !p.langLinks[other] {
				t.Errorf("%s: no switch to %q", path, other)
			}
		}
	}
}

// A page is what survey has seen of one.
type surveyed struct {
	htmlLang, title, firstLink string
	mains, h1s                 int
	ids, langLinks             map[string]bool
	flaws                      []string
}

func survey(doc *html.Node) *surveyed {
	p := &surveyed{ids: map[string]bool{}, langLinks: map[string]bool{}}
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode {
			p.element(n)
		}
	}
	return p
}

func (p *surveyed) element(n *html.Node) {
	attrs := map[string]string{}
	for _, a := range n.Attr {
		attrs[a.Key] = a.Val
		if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
			p.flaws = append(p.flaws, fmt.Sprintf("<%s> has an inline %s, which the policy blocks", n.Data, a.Key))
		}
	}
	if id := attrs["id"]; id != "" {
		if p.ids[id] {
			p.flaws = append(p.flaws, fmt.Sprintf("id %q is there twice", id))
		}
		p.ids[id] = true
	}
	switch n.Data {
	case "html":
		p.htmlLang = attrs["lang"]
	case "title":
		if n.Parent.Data == "head" && n.FirstChild != nil {
			p.title = n.FirstChild.Data
		}
	case "main":
		p.mains++
	case "h1":
		p.h1s++
	case "style":
		p.flaws = append(p.flaws, "an inline <style>")
	case "script":
		if attrs["src"] == "" && attrs["type"] != "application/json" {
			p.flaws = append(p.flaws, "an inline <script>")
		}
	case "a":
		if p.firstLink == "" {
			p.firstLink = attrs["href"]
		}
		if attrs["hreflang"] != "" {
			p.langLinks[attrs["hreflang"]] = true
		}
	case "nav", "section":
		if attrs["aria-label"] == "" && attrs["role"] == "" && n.Data == "nav" {
			p.flaws = append(p.flaws, "a <nav> without a name")
		}
	case "img":
		if _, ok := attrs["alt"]; !ok {
			p.flaws = append(p.flaws, "an <img> without alt")
		}
	}
}

// voids are the elements that have no end tag.
var voids = []string{"meta", "link", "br", "hr", "img", "input", "wbr", "col"}

// TestTagsAreClosed finds what a parser would silently mend.
func TestTagsAreClosed(t *testing.T) {
	s := start(t)
	for path := range allPages(s) {
		z := html.NewTokenizer(strings.NewReader(s.do(t, http.MethodGet, path, "").Body.String()))
		var open []string
		for tt := z.Next(); tt != html.ErrorToken; tt = z.Next() {
			name, _ := z.TagName()
			tag := string(name)
			switch {
			case tt == html.StartTagToken && !slices.Contains(voids, tag):
				open = append(open, tag)
			case tt == html.EndTagToken:
				if len(open) == 0 || open[len(open)-1] != tag {
					t.Fatalf("%s: </%s> closes %v", path, tag, open)
				}
				open = open[:len(open)-1]
			}
		}
		if len(open) > 0 {
			t.Errorf("%s: never closed: %v", path, open)
		}
	}
}

func TestEveryAnswerHasThePolicy(t *testing.T) {
	s := start(t)
	seen := map[string]bool{}
	paths := []string{"/healthz", "/readyz", "/api/progress", workQueue, "/no/such", "/static/none.css"}
	for path := range allPages(s) {
		paths = append(paths, path)
	}
	for _, path := range paths {
		head := s.do(t, http.MethodGet, path, "").Header()
		policy := head.Get("Content-Security-Policy")
		nonce := regexp.MustCompile(`'nonce-([\w-]{20,})'`).FindStringSubmatch(policy)
		if nonce == nil || seen[nonce[1]] {
			t.Errorf("%s: policy %q, want a nonce of its own", path, policy)
			continue
		}
		seen[nonce[1]] = true
		if strings.Contains(policy, "unsafe") || !strings.HasPrefix(policy, "default-src 'none'; script-src 'self'; ") {
			t.Errorf("%s: policy %q", path, policy)
		}
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin"} {
			if got := head.Get(name); got != want {
				t.Errorf("%s: %s: %q, want %q", path, name, got, want)
			}
		}
		if head.Get("X-Request-Id") == "" {
			t.Errorf("%s: no request id", path)
		}
	}
}

func TestLabPageHasWhatItsScriptNeeds(t *testing.T) {
	s := start(t)
	w := s.do(t, http.MethodGet, "/ru/labs/"+labID, "")
	page := w.Body.String()
	nonce := regexp.MustCompile(`<meta name="csp-nonce" content="([^"]+)">`).FindStringSubmatch(page)
	if nonce == nil || !strings.Contains(w.Header().Get("Content-Security-Policy"), "'nonce-"+nonce[1]+"'") {
		t.Errorf("the nonce of the page is not that of its policy: %v", nonce)
	}
	words := regexp.MustCompile(`(?s)<script type="application/json" id="i18n">(.*?)</script>`).FindStringSubmatch(page)
	if words == nil {
		t.Fatal("no strings")
	}
	var said, want map[string]string
	if err := json.Unmarshal([]byte(words[1]), &said); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(static.Strings("ru"), &want); err != nil || said["run"] != want["run"] || len(said) != len(want) {
		t.Errorf("strings: %d, want the %d of static; %v", len(said), len(want), err)
	}
	if said["event.message"] != "заказ {label}" || said["event.nameless"] != "нечитаемое сообщение (№ {message})" {
		t.Errorf("messages are called %q and %q, want the lab's names", said["event.message"], said["event.nameless"])
	}
	for _, part := range []string{
		`<body class="lab" data-lab="rabbitmq/work-queue" data-lang="ru"`, `id="status" role="status"`, `<button id="reset"`, `<button id="run"`,
		`<button id="submit"`, `<section id="text"`, `<h2 class="task" id="task-1" data-task="1">`, `id="tabs"`, `id="editor"`, `id="verdict"`,
		`id="state"`, `id="output"`, `<noscript>`,
	} {
		if !strings.Contains(page, part) {
			t.Errorf("the page has no %s", part)
		}
	}
}

func TestRootLeadsToTheVisitorsLanguage(t *testing.T) {
	s := start(t)
	for _, tt := range []struct{ name, cookie, accept, want string }{
		{"nothing said", "", "", "/en/"},
		{"a browser in Russian", "", "ru-RU,ru;q=0.9,en;q=0.5", "/ru/"},
		{"a browser in a language that we do not have", "", "ja", "/en/"},
		{"a cookie goes before the browser", "lang=en", "ru", "/en/"},
		{"a cookie of nonsense does not", "lang=../x", "ru", "/ru/"},
	} {
		var headers []header
		for name, value := range map[string]string{"Cookie": tt.cookie, "Accept-Language": tt.accept} {
			if value != "" {
				headers = append(headers, header{name, value})
			}
		}
		w := s.do(t, http.MethodGet, "/", "", headers...)
		if got := w.Header().Get("Location"); got != tt.want || w.Code != http.StatusFound {
			t.Errorf("%s: %d to %q, want %q", tt.name, w.Code, got, tt.want)
		}
	}
}

func TestLanguageAndThemeAreKept(t *testing.T) {
	s := start(t)
	w := s.do(t, http.MethodGet, "/ru/", "", header{"Cookie", "theme=dark"})
	if got := w.Header().Get("Set-Cookie"); !strings.HasPrefix(got, "lang=ru; Path=/") {
		t.Errorf("cookie %q, want lang=ru", got)
	}
	if !strings.Contains(w.Body.String(), `<html lang="ru" data-theme="dark">`) {
		t.Error("the page is not drawn in the theme of the cookie")
	}
	w = s.do(t, http.MethodGet, "/ru/", "", header{"Cookie", `theme="><script>`})
	if !strings.Contains(w.Body.String(), `<html lang="ru">`) {
		t.Error("a theme that is none changed the page")
	}
}

func TestCoursePageShowsProgressAndWhereToGoOn(t *testing.T) {
	s := start(t)
	fresh := s.do(t, http.MethodGet, "/en/", "").Body.String()
	if !strings.Contains(fresh, ">Begin<") || strings.Count(fresh, `<span class="num">`) != 5 {
		t.Errorf("someone new sees no place to begin or not five chapters:\n%s", fresh)
	}
	ref := slices.DeleteFunc(s.course().Refs("en"), func(r course.PageRef) bool { return r.Href == "" })
	i := slices.IndexFunc(ref, func(r course.PageRef) bool { return r.Kind == course.KindPage })
	if w := s.do(t, http.MethodPost, "/api/progress", fmt.Sprintf(`{"page":%q,"state":"read"}`, ref[i].ID)); w.Code != http.StatusNoContent {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	after := s.do(t, http.MethodGet, "/en/", "").Body.String()
	if !strings.Contains(after, ">Continue<") || !strings.Contains(after, `<a class="go" href="`+ref[i+1].Href+`">`) {
		t.Errorf("after the page was read the way does not go on to %s:\n%s", ref[i+1].Href, after)
	}
	if !strings.Contains(after, `<li class="done"><a href="`+ref[i].Href) {
		t.Error("the page that was read is not marked")
	}
	page := s.do(t, http.MethodGet, strings.Replace(ref[i].Href, "/en/", "/ru/", 1), "").Body.String()
	if !strings.Contains(page, `<li class="done"><a href="/ru/`) {
		t.Error("what was read in English is not marked in Russian")
	}
}

func TestErrorPagesShowAWayOn(t *testing.T) {
	s := start(t)
	for path, want := range map[string]string{"/en/no/such": "There is no such page", "/ru/нет/такой": "Такой страницы нет", "/no": "There is no such page"} {
		w := s.do(t, http.MethodGet, path, "")
		if w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "<h1>"+want+"</h1>") || !strings.Contains(w.Body.String(), `class="go" href="/`) {
			t.Errorf("%s: %d\n%s", path, w.Code, w.Body)
		}
	}
}

func TestWordsAreTheSameInBothLanguages(t *testing.T) {
	all, err := loadWords()
	if err != nil {
		t.Fatal(err)
	}
	base := func(w *words) map[string]bool {
		keys := map[string]bool{}
		for key, text := range w.texts {
			for _, form := range forms {
				key = strings.TrimSuffix(key, "_"+form)
			}
			keys[key] = true
			if strings.TrimSpace(text) == "" {
				t.Errorf("%s: %q is empty", w.lang, key)
			}
		}
		return keys
	}
	en, ru := base(all["en"]), base(all["ru"])
	for key := range en {
		if !ru[key] {
			t.Errorf("%q is missing in Russian", key)
		}
	}
	for key := range ru {
		if !en[key] {
			t.Errorf("%q is missing in English", key)
		}
	}
	for _, a := range answers {
		if !en["error."+a.code] {
			t.Errorf("error %q has no words", a.code)
		}
	}
}

// TestTemplatesSayOnlyWhatIsThere looks for keys that no language has: those
// come out as themselves.
func TestTemplatesSayOnlyWhatIsThere(t *testing.T) {
	files, err := templateFiles.ReadDir("templates")
	if err != nil {
		t.Fatal(err)
	}
	all, err := loadWords()
	if err != nil {
		t.Fatal(err)
	}
	call := regexp.MustCompile(`\.([TN]) "([\w.]+)"`)
	used := 0
	for _, f := range files {
		text, err := templateFiles.ReadFile("templates/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range call.FindAllStringSubmatch(string(text), -1) {
			key := m[2]
			if m[1] == "N" {
				key += "_other"
			}
			if used++; all["en"].texts[key] == "" {
				t.Errorf("%s: %q is not in i18n", f.Name(), key)
			}
		}
	}
	if used < 20 {
		t.Errorf("only %d keys were found: the expression of this test is out of date", used)
	}
}

func TestPlurals(t *testing.T) {
	all, err := loadWords()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		lang string
		n    int
		want string
	}{
		{"en", 1, "1 minute"}, {"en", 0, "0 minutes"}, {"en", 21, "21 minutes"},
		{"ru", 1, "1 минута"}, {"ru", 3, "3 минуты"}, {"ru", 12, "12 минут"}, {"ru", 21, "21 минута"}, {"ru", 0, "0 минут"},
	} {
		if got := all[tt.lang].count("minutes", tt.n); got != tt.want {
			t.Errorf("%s %d: %q, want %q", tt.lang, tt.n, got, tt.want)
		}
	}
}

// TestReloadShowsWhatTheAuthorSaved has a page that is kept rendered.
func TestReloadShowsWhatTheAuthorSaved(t *testing.T) {
	s := start(t)
	refs := s.course().Refs("en")
	i := slices.IndexFunc(refs, func(r course.PageRef) bool { return r.Kind == course.KindPage })
	page, err := s.course().Page("en", refs[i].Chapter, refs[i].Slug)
	if err != nil {
		t.Fatal(err)
	}
	get := func() string { return s.do(t, http.MethodGet, refs[i].Href, "").Body.String() }
	if first := get(); strings.Contains(first, "Freshly saved") || first != get() {
		t.Fatal("the page differs from visit to visit")
	}
	src, err := fs.ReadFile(course.Content, page.File)
	if err != nil {
		t.Fatal(err)
	}
	saved := fstest.MapFS{page.File: {Data: append(src, "\n\nFreshly saved.\n"...)}}
	set := s.content.Load().labs
	c, _ := course.Load(labs.Overlay(saved, course.Content), course.LabsOf(set))
	s.Reload(c, set)
	if !strings.Contains(get(), "Freshly saved") {
		t.Error("after a reload the page is the old one")
	}
}

func TestKeptPagesFollowThemeAndEncoding(t *testing.T) {
	s := start(t)
	refs := s.course().Refs("en")
	path := refs[slices.IndexFunc(refs, func(r course.PageRef) bool { return r.Kind == course.KindPage })].Href
	plain := s.do(t, http.MethodGet, path, "")
	dark := s.do(t, http.MethodGet, path, "", header{"Cookie", "theme=dark"})
	if strings.Contains(plain.Body.String(), "data-theme") || !strings.Contains(dark.Body.String(), `data-theme="dark"`) {
		t.Error("a visitor got the theme of another")
	}
	zipped := s.do(t, http.MethodGet, path, "", header{"Accept-Encoding", "br, gzip"})
	if zipped.Header().Get("Content-Encoding") != "gzip" || zipped.Body.Len() > plain.Body.Len()/2 {
		t.Errorf("encoding %q, %d bytes of %d", zipped.Header().Get("Content-Encoding"), zipped.Body.Len(), plain.Body.Len())
	}
	r, err := gzip.NewReader(zipped.Body)
	if err != nil {
		t.Fatal(err)
	}
	if body(t, r) != plain.Body.String() {
		t.Error("the compressed page is another one")
	}
	refused := s.do(t, http.MethodGet, path, "", header{"Accept-Encoding", "gzip;q=0"})
	if refused.Header().Get("Content-Encoding") != "" {
		t.Error("gzip to a visitor who refuses it")
	}
}

// TestLabsAreTheStudentsOwn: the page of a lab with variants shows the words that
// this student's program is judged by.
func TestLabsAreTheStudentsOwn(t *testing.T) {
	s := start(t)
	const id = "rabbitmq/topic-patterns"
	lab, ok := s.content.Load().labs.Lab(id)
	if !ok {
		t.Fatal("there is no " + id)
	}
	words := lab.Variant(seedOf(store.LocalUser, id))
	for _, lang := range languages {
		page := s.do(t, http.MethodGet, "/"+lang+"/labs/"+id, "").Body.String()
		if want := "shop." + words["pay"] + ".retry." + words["bad"]; !strings.Contains(page, want) || strings.Contains(page, "${") {
			t.Errorf("the page in %s does not say %s, or leaves something to fill in", lang, want)
		}
	}
}
