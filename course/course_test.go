package course

import (
	"errors"
	"flag"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// update rewrites the golden files and the drawn diagrams.
var update = flag.Bool("update", false, "rewrite golden files and drawn diagrams")

// front is front matter that is right, for pages that are wrong in their text.
const front = "---\nid: one\ntitle: One\nsummary: The first.\nminutes: 3\n---\n"

// chapterYAML is a chapter's description that is right.
const chapterYAML = "id: \"9.1\"\ntitle: Nine\nsummary: A chapter.\n"

// tree is a course of one chapter: files by their name in the chapter's folder, the same in both languages.
func tree(files map[string]string) fstest.MapFS {
	fsys := make(fstest.MapFS)
	for _, lang := range Langs {
		fsys[lang+"/01-nine/chapter.yaml"] = &fstest.MapFile{Data: []byte(chapterYAML)}
		for name, text := range files {
			fsys[lang+"/01-nine/"+name] = &fstest.MapFile{Data: []byte(text)}
		}
	}
	return fsys
}

// oneLab is a catalogue with a single lab in it.
func oneLab(_, id string) (LabCard, bool) {
	if id != "rabbitmq/work-queue" {
		return LabCard{}, false
	}
	return LabCard{ID: id, Title: "A <work> queue", Summary: "Lose nothing.", Minutes: 21, Points: 10}, true
}

// page loads a course and renders one page of it.
func page(t *testing.T, fsys fstest.MapFS, lang, chapter, slug string) *Page {
	t.Helper()
	c, _ := Load(fsys, oneLab)
	p, err := c.Page(lang, chapter, slug)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// english are the findings in the English edition, as text.
func english(found []Finding) []string {
	var lines []string
	for _, f := range found {
		if strings.HasPrefix(f.File, "en") {
			lines = append(lines, f.String())
		}
	}
	return lines
}

func TestOutlineOrdersPagesAndLabs(t *testing.T) {
	fsys := tree(map[string]string{
		"chapter.yaml": chapterYAML + `weeks: 1.5
outline:
  - {page: later, title: Later, summary: Still to come.}
  - {page: two, title: ignored when the page is there}
  - {lab: rabbitmq/work-queue, title: ignored likewise}
  - {lab: rabbitmq/other, title: Another lab}
`,
		"01-one.md": front,
		"02-two.md": strings.ReplaceAll(front, "one", "two"),
	})
	c, found := Load(fsys, oneLab)
	if len(found) > 0 {
		t.Fatal(found)
	}
	got := c.Chapters("ru")
	want := []Chapter{{
		ID: "9.1", Slug: "nine", Number: "9.1", Title: "Nine", Summary: "A chapter.", Weeks: 1.5,
		Pages: []PageRef{
			{ID: "later", Slug: "later", Chapter: "nine", Title: "Later", Summary: "Still to come.", Kind: KindPlanned},
			{ID: "two", Slug: "two", Chapter: "nine", Title: "One", Summary: "The first.", Minutes: 3, Kind: KindPage, Href: "/ru/nine/two"},
			{
				ID: "rabbitmq/work-queue", Chapter: "nine", Title: "A <work> queue", Summary: "Lose nothing.", Minutes: 21, Points: 10,
				Kind: KindLab, LabID: "rabbitmq/work-queue", Href: "/ru/labs/rabbitmq/work-queue",
			},
			{ID: "rabbitmq/other", Chapter: "nine", Title: "Another lab", Kind: KindPlanned, LabID: "rabbitmq/other"},
			{ID: "one", Slug: "one", Chapter: "nine", Title: "One", Summary: "The first.", Minutes: 3, Kind: KindPage, Href: "/ru/nine/one"},
		},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	p, err := c.Page("ru", "nine", "two")
	if err != nil {
		t.Fatal(err)
	}
	if p.Prev != nil || p.Next == nil || p.Next.ID != "rabbitmq/work-queue" {
		t.Errorf("neighbours of two are %+v and %+v, want none and the lab: what is planned cannot be opened", p.Prev, p.Next)
	}
	if diff := cmp.Diff(map[string]string{"en": "/en/nine/two"}, p.Other); diff != "" {
		t.Error(diff)
	}
}

func TestUnknownPages(t *testing.T) {
	c, _ := Load(tree(map[string]string{"01-one.md": front}), nil)
	for _, at := range [][3]string{{"en", "nine", "two"}, {"en", "eight", "one"}, {"de", "nine", "one"}, {"", "", ""}} {
		if p, err := c.Page(at[0], at[1], at[2]); !errors.Is(err, ErrNoPage) {
			t.Errorf("Page(%q) = %v, %v, want ErrNoPage", at, p, err)
		}
	}
	if got := c.Chapters("de"); got != nil {
		t.Errorf("a language that is not there has chapters: %v", got)
	}
}

func TestBrokenPageLeavesTheOthersAlone(t *testing.T) {
	fsys := tree(map[string]string{
		"01-one.md": front + "\n```simulate\n```\n",
		"02-two.md": strings.ReplaceAll(front, "one", "two") + "\nFine.\n",
	})
	p := page(t, fsys, "en", "nine", "one")
	if !p.Broken || !strings.Contains(p.HTML, "en/01-nine/01-one.md:8</code>") {
		t.Errorf("the page does not show where its mistake is: %+v", p)
	}
	if p := page(t, fsys, "en", "nine", "two"); p.Broken || !strings.Contains(p.HTML, "<p>Fine.</p>") {
		t.Errorf("a page without a mistake is not shown: %+v", p)
	}
}

// TestGolden holds the HTML of a page that uses everything a page may use.
func TestGolden(t *testing.T) {
	for _, lang := range Langs {
		src, err := os.ReadFile("testdata/everything." + lang + ".md")
		if err != nil {
			t.Fatal(err)
		}
		fsys := tree(map[string]string{"01-one.md": string(src), "02-two.md": strings.ReplaceAll(front, "one", "two") + "\n## Retry {#retry}\n"})
		p := page(t, fsys, lang, "nine", "one")
		if len(p.Findings) > 0 {
			t.Errorf("%s: %v", lang, p.Findings)
		}
		golden(t, "testdata/everything."+lang+".html", p.HTML)
		want := []Heading{{2, "one", map[string]string{"en": "One “way”", "ru": "Один «путь»"}[lang]}, {3, "deeper", map[string]string{"en": "Deeper", "ru": "Глубже"}[lang]}}
		if diff := cmp.Diff(want, p.TOC); diff != "" {
			t.Error(diff)
		}
	}
}

// golden compares text with a file, or rewrites the file.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s differs (-update rewrites it):\n%s", file, diff)
	}
}
