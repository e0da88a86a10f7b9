package static

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// ask sends one request to Handler.
func ask(t *testing.T, name, encodings string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/"+name, nil)
	r.Header.Set("Accept-Encoding", encodings)
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	return w
}

func TestAssets(t *testing.T) {
	if !Built() {
		if _, ok := Asset("lab.js"); ok {
			t.Error("without a build there is an address for lab.js")
		}
		t.Skip("the page is not built: run make")
	}
	for _, name := range []string{"reading.css", "reading.js", "lab.css", "lab.js", "favicon.svg", "golos-latin.woff2", "golos-cyrillic.woff2", "mono-latin.woff2"} {
		href, ok := Asset(name)
		if !ok {
			t.Errorf("Asset(%q): not in the manifest", name)
			continue
		}
		w := ask(t, strings.TrimPrefix(href, "/static/"), "")
		if w.Code != http.StatusOK || w.Body.Len() == 0 || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s: status %d, %d bytes, %q", href, w.Code, w.Body.Len(), w.Header().Get("Cache-Control"))
		}
	}
}

func TestHandlerTakesTheBestEncoding(t *testing.T) {
	if !Built() {
		t.Skip("the page is not built: run make")
	}
	href, _ := Asset("lab.js")
	name := strings.TrimPrefix(href, "/static/")
	plain := ask(t, name, "").Body.Len()
	for accept, want := range map[string]string{"gzip, deflate, br": "br", "gzip": "gzip", "br;q=0, gzip;q=0.5": "gzip", "identity": ""} {
		w := ask(t, name, accept)
		if got := w.Header().Get("Content-Encoding"); got != want {
			t.Errorf("Accept-Encoding %q: got %q, want %q", accept, got, want)
		}
		if want != "" && w.Body.Len() >= plain {
			t.Errorf("Accept-Encoding %q: %d bytes, plain is %d", accept, w.Body.Len(), plain)
		}
	}
}

func TestHandlerServesNothingElse(t *testing.T) {
	for _, name := range []string{"", "README", "manifest.json", "../static.go", "i18n/en.json", "lab.js", "nothing.css"} {
		if w := ask(t, name, ""); w.Code != http.StatusNotFound {
			t.Errorf("%q: status %d, want 404", name, w.Code)
		}
	}
}

func TestStrings(t *testing.T) {
	var en, ru map[string]string
	for lang, into := range map[string]*map[string]string{"en": &en, "ru": &ru} {
		raw := Strings(lang)
		if err := json.Unmarshal(raw, into); err != nil {
			t.Fatalf("%s: %v", lang, err)
		}
		if bytes.ContainsRune(raw, '<') {
			t.Errorf("%s: holds a <, which could end a script element", lang)
		}
	}
	if en["run"] == "" || ru["run"] == "" || en["run"] == ru["run"] {
		t.Errorf("run is %q and %q", en["run"], ru["run"])
	}
	if !bytes.Equal(Strings("../../go"), Strings("en")) {
		t.Error("an unknown language does not get English")
	}
}
