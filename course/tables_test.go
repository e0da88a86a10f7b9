package course

import (
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTablesHaveNamesOfTheirOwn: regions of a page are told apart by their names.
func TestTablesHaveNamesOfTheirOwn(t *testing.T) {
	const table = "\n| a |\n|---|\n| 1 |\n\n"
	src := table + "## Prefetch & \"more\" {#p}\n" + table + table + "### Retry {#r}\n\n> [!NOTE]\n> | b |\n> |---|\n> | 2 |\n"
	c, _ := Load(tree(map[string]string{"01-one.md": front + src}), oneLab)
	page, err := c.Page("en", "nine", "one")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range regexp.MustCompile(`role="region" aria-label="([^"]*)"`).FindAllStringSubmatch(page.HTML, -1) {
		got = append(got, m[1])
	}
	want := []string{"Table: One", "Table: Prefetch &amp; “more”", "Table: Prefetch &amp; “more” (2)", "Table: Retry"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
