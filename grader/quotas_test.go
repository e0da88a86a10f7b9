package grader

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/brokerlab/brokerlab/labs"
)

// metBy are the places in the miniatures and the services where a quota is named.
var metBy = regexp.MustCompile(`(?:QuotaError\{What: |overQuota\(|\bquota\(|within\([^\n]*, )"([a-z ]+)"`)

// TestQuotasHaveWords: each quota that a program can meet is named in every language, in
// verdicts and in the journal of the page. In another language its own name would stay.
func TestQuotasHaveWords(t *testing.T) {
	found := make(map[string]bool)
	for _, dir := range []string{"../brokers", "inhost"} {
		err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
				return err
			}
			text, err := os.ReadFile(dir + "/" + name)
			for _, m := range metBy.FindAllSubmatch(text, -1) {
				found[string(m[1])] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(found) < 20 {
		t.Fatalf("only %d quotas were found: %v", len(found), found)
	}
	for _, lang := range labs.Languages {
		page, err := os.ReadFile("../static/i18n/" + lang + ".json")
		if err != nil {
			t.Fatal(err)
		}
		for name := range found {
			if _, ok := wordsIn(lang).sections["quotas"][name]; !ok {
				t.Errorf("quota %q has no words in %s", name, lang)
			}
			if key := `"reason.` + strings.ReplaceAll(name, " ", "-") + `"`; !strings.Contains(string(page), key) {
				t.Errorf("the page in %s has no %s", lang, key)
			}
		}
	}
}
