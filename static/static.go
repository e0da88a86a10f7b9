// Package static holds the browser part: style sheets, scripts and fonts, built by
// `npm run build` from src and css into dist, and embedded from there.
//
// A fresh clone has only a README in dist. Then Built reports false, and whoever
// serves pages says "run make" in place of a page without its styles.
package static

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
)

// FS holds dist (what browsers load) and i18n (what scripts say, by language).
//
//go:embed dist i18n
var FS embed.FS

// manifest reads dist/manifest.json once: the plain name of each asset and the
// name, with a hash of its content, that it is served under.
var manifest = sync.OnceValue(func() map[string]string {
	names := map[string]string{}
	raw, err := FS.ReadFile("dist/manifest.json")
	if err != nil || json.Unmarshal(raw, &names) != nil {
		return nil
	}
	return names
})

// Built reports whether the browser part is in this binary. When it is not, the
// remedy is `make`.
func Built() bool { return len(manifest()) > 0 }

// Asset returns the address of an asset by its plain name, such as "lab.css" or
// "golos-latin.woff2". It reports false for a name that is not in the manifest.
func Asset(name string) (href string, ok bool) {
	hashed, ok := manifest()[name]
	return "/static/" + hashed, ok
}

// Strings returns what the scripts of the lab page say in a language ("en", "ru") as
// one JSON object, safe to put inside a script element: it holds no "<". An unknown
// language gets English.
func Strings(lang string) []byte {
	raw, err := FS.ReadFile(path.Join("i18n", path.Base(lang)+".json"))
	if err != nil {
		raw, _ = FS.ReadFile("i18n/en.json") // Embedded: it is there or nothing compiles.
	}
	return raw
}

// StringsWith returns Strings with some texts put in place of others, by their keys:
// what a lab calls its messages, for example.
func StringsWith(lang string, own map[string]string) ([]byte, error) {
	var texts map[string]string
	if err := json.Unmarshal(Strings(lang), &texts); err != nil {
		return nil, fmt.Errorf("i18n/%s.json: %w", lang, err)
	}
	for key, text := range own {
		if _, ok := texts[key]; !ok {
			return nil, fmt.Errorf("i18n/%s.json has no text %q", lang, key)
		}
		texts[key] = text
	}
	return json.Marshal(texts) // writes < as an escape
}

// encodings are the compressed copies that the build leaves beside each file, best first.
var encodings = []struct{ token, suffix string }{{"br", ".br"}, {"gzip", ".gz"}}

// types names the content types that we serve, so that no machine's mime table matters.
var types = map[string]string{
	".css":   "text/css; charset=utf-8",
	".js":    "text/javascript; charset=utf-8",
	".svg":   "image/svg+xml",
	".woff2": "font/woff2",
}

// Handler serves the files of dist by their hashed names, given without any prefix.
// A name changes with its content, so browsers may keep an answer for good.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/")
		kind := types[path.Ext(name)]
		if kind == "" || strings.Contains(name, "/") {
			http.NotFound(w, r)
			return
		}
		if _, err := fs.Stat(FS, "dist/"+name); err != nil {
			http.NotFound(w, r)
			return
		}
		head := w.Header()
		head.Set("Content-Type", kind)
		head.Set("Cache-Control", "public, max-age=31536000, immutable")
		head.Add("Vary", "Accept-Encoding")
		served := "dist/" + name
		for _, e := range encodings {
			if !accepts(r.Header.Get("Accept-Encoding"), e.token) {
				continue
			}
			if _, err := fs.Stat(FS, served+e.suffix); err == nil {
				head.Set("Content-Encoding", e.token)
				served += e.suffix
				break
			}
		}
		body, err := FS.ReadFile(served)
		if err != nil {
			http.Error(w, "the file is not in this binary", http.StatusInternalServerError)
			return
		}
		_, _ = w.Write(body)
	})
}

// accepts reports whether an Accept-Encoding header takes an encoding: named, and not
// with the weight 0 that refuses it.
func accepts(header, token string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(name), token) {
			weight = strings.ReplaceAll(weight, " ", "")
			return weight != "q=0" && !strings.HasPrefix(weight, "q=0.000")
		}
	}
	return false
}
