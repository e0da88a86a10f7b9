package course

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestEachMistakeHasItsWords(t *testing.T) {
	tests := []struct {
		name string
		text string
		want []string // after "en/01-nine/01-one.md:"
	}{
		{"no front matter", "Hello\n", []string{"1: front matter is missing: the first line must be --- and the fields id, title, summary and minutes must follow"}},
		{"front matter stays open", "---\nid: one\n", []string{"1: front matter is not closed: a line --- must end it"}},
		{"not YAML", "---\nid: one\ntitle: [\n---\n", []string{"3: this is not YAML: did not find expected node content"}},
		{"not fields", "---\n- one\n---\n", []string{"2: found a list, expected fields, one a line: name: value"}},
		{"unknown field", "---\nid: one\ntitle: One\nsumary: x\nsummary: x\nminutes: 3\n---\n",
			[]string{`4: field "sumary" is unknown, expected one of checked, id, labs, minutes, objectives, summary, title`}},
		{"field twice", "---\nid: one\ntitle: One\ntitle: Two\nsummary: x\nminutes: 3\n---\n", []string{`4: field "title" is there twice`}},
		{"fields missing", "---\nid: one\n---\n", []string{`2: field "minutes" is missing`, `2: field "summary" is missing`, `2: field "title" is missing`}},
		{"bad id", "---\nid: One Two\ntitle: One\nsummary: x\nminutes: 3\n---\n",
			[]string{`2: id is "One Two", expected small Latin letters, digits and single hyphens, such as rabbitmq-acks`}},
		{"empty title", "---\nid: one\ntitle:\nsummary: x\nminutes: 3\n---\n", []string{"3: found nothing, expected text"}},
		{"minutes are words", "---\nid: one\ntitle: One\nsummary: x\nminutes: ten\n---\n", []string{`5: found "ten", expected a whole number from 1 to 90`}},
		{"too many minutes", "---\nid: one\ntitle: One\nsummary: x\nminutes: 91\n---\n", []string{`5: found "91", expected a whole number from 1 to 90`}},
		{"objectives are text", "---\nid: one\ntitle: One\nsummary: x\nminutes: 3\nobjectives: learn\n---\n",
			[]string{`6: found "learn", expected a list, one "- text" a line`}},
		{"bad lab id", "---\nid: one\ntitle: One\nsummary: x\nminutes: 3\nlabs:\n  - queue\n---\n",
			[]string{`1: lab "queue" is unknown`, `7: lab id is "queue", expected system/name, such as rabbitmq/work-queue`}},
		{"unknown lab in front matter", "---\nid: one\ntitle: One\nsummary: x\nminutes: 3\nlabs: [a/b]\n---\n", []string{`1: lab "a/b" is unknown`}},
		{"fence of later", front + "\n```simulate\n```\n", []string{`8: fence "simulate" arrives later; leave it out until then`}},
		{"fence of nowhere", front + "\ntext\n\n```goo\nx\n```\n", []string{`10: fence "goo" is unknown, expected a language of code such as go, yaml or text, or console, d2, lab, play, predict or quiz`}},
		{"fence without language", front + "\n```\nx\n```\n", []string{"8: fence names no language; write ```text if it has none"}},
		{"lab without id", front + "\n```lab\n```\n", []string{`8: lab id is "", expected system/name behind the word lab, such as rabbitmq/work-queue`}},
		{"lab that goes on", front + "\n```lab a/b\n\n## More\n\n```go\nvar x int\n```\n", []string{"8: fence lab holds \"## More\", expected nothing before the line that closes it; is that line there?"}},
		{"unknown lab", front + "\n```lab rabbitmq/other\n```\n", []string{`8: lab "rabbitmq/other" is unknown`}},
		{"diagram without description", front + "\n```d2\na -> b\n```\n", []string{"8: diagram has no description; write it behind d2, in one sentence"}},
		{"diagram that is wrong", front + "\n```d2 A and b.\na -> b: {\n```\n", []string{"9: diagram: maps must be terminated with }"}},
		{"diagram that is wrong in two lines", front + "\n```d2 A and b.\na -> b\na.nope.style: 3\nb.shape: potato\n```\n", []string{
			`10: diagram: "style" expected to be set to a map of key-values, or contain an additional keyword like "style.opacity: 0.4"`,
			`11: diagram: unknown shape "potato"`,
		}},
		{"fence that stays open", front + "\nx\n\n```go\nvar x int\n\n## More {#more}\n", []string{"10: fence is not closed: expected a line that is only the marks it began with, such as ```"}},
		{"empty fence that stays open", front + "\n```go\n", []string{"8: fence is not closed: expected a line that is only the marks it began with, such as ```"}},
		{"fence in a quotation that stays open", front + "\n> ```go\n> var x int\n\nText.\n", []string{"8: fence is not closed: expected a line that is only the marks it began with, such as ```"}},
		{"fences that are closed", front + "\n- a\n  ~~~~go\n  var x int\n  ~~~~~\n\n> ```go\n> ```\n", nil},
		{"diagram with a colour", front + "\n```d2 A.\na.style.fill: red\n```\n",
			[]string{"8: diagram: it sets the colour red itself; use class: ready, flight, done, dead or twice"}},
		{"diagram with Markdown", front + "\n```d2 A.\na: |md\n  # x\n|\n```\n",
			[]string{"8: diagram: it needs <foreignObject>, which pages cannot show: use plain labels, no Markdown, LaTeX, icons or links"}},
		{"unknown note", front + "\n> [!DANGER]\n> x\n", []string{"8: note [!DANGER] is unknown, expected one of CAREFUL, HISTORY, NOTE, TIP, WARNING"}},
		{"second title", front + "\n# One\n", []string{"8: heading of level 1: the title is in the front matter, so begin with ##"}},
		{"level skipped", front + "\n## A {#a}\n\n#### B {#b}\n", []string{"10: heading of level 4 follows level 2; no level may be skipped"}},
		{"level skipped at once", front + "\n### A {#a}\n", []string{"8: heading of level 3 follows level 1; no level may be skipped"}},
		{"id twice", front + "\n## A {#a}\n\n## B {#a}\n", []string{`10: id "a" is taken by a heading above`}},
		{"broken link", front + "\n[x](03-three.md)\n", []string{"8: broken link: there is no page en/01-nine/03-three.md"}},
		{"link to an address of the site", front + "\n[x](/en/nine/one)\n", []string{`8: link "/en/nine/one" is an address of the site: name the page's file, such as 06-dead-letters.md`}},
		{"link out of the course", front + "\n[x](../../../secret.md)\n", []string{"8: broken link: there is no page ../secret.md"}},
		{"link to no heading", front + "\n## A {#a}\n\nx\n[x](#b)\n", []string{"11: broken link: en/01-nine/01-one.md has no heading #b"}},
		{"link to no heading there", front + "\n[x](02-two.md#b)\n", []string{"8: broken link: en/01-nine/02-two.md has no heading #b"}},
		{"link to no lab", front + "\n[x](lab:a/b)\n", []string{`8: link to a lab: "a/b" is unknown`}},
		{"link that runs", front + "\n[x](javascript:alert(1))\n", []string{`8: link "javascript:alert(1)" has the scheme "javascript", expected https, mailto or lab`}},
		{"image without alt", front + "\n![](data:image/png;base64,AA==)\n", []string{`8: image "data:image/png;base64,AA==" has no alt text; say between the brackets what it shows`}},
		{"image from a file", front + "\n![a cat](cat.png)\n", []string{`8: image "cat.png" is not served: draw it as a d2 fence`}},
		{"HTML image without alt", front + "\n<img src=\"data:image/png;base64,AA==\">\n", []string{`8: image has no alt text; add alt="what it shows"`}},
		{"column without heading", front + "\n| a | |\n|---|---|\n| 1 | 2 |\n", []string{"8: column 2 of the table has no heading, expected a word for what the column holds"}},
		{"script", front + "\n<details>\n<script>alert(1)</script>\n</details>\n", []string{"9: element <script> is not allowed in a lesson and is left out"}},
		{"inline frame", front + "\nA <iframe src=x> b.\n", []string{"8: element <iframe> is not allowed in a lesson and is left out"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			fsys := tree(map[string]string{"01-one.md": tt.text, "02-two.md": "---\nid: two\ntitle: Two\nsummary: x\nminutes: 1\n---\n"})
			var want []string
			for _, w := range tt.want {
				want = append(want, "en/01-nine/01-one.md:"+w)
			}
			if diff := cmp.Diff(want, english(Lint(fsys, oneLab))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMistakesOfFoldersAndChapters(t *testing.T) {
	tests := []struct {
		name  string
		file  string
		text  string
		clear bool // instead of adding the file, remove it
		want  []string
	}{
		{"chapter without description", "en/01-nine/chapter.yaml", "", true,
			[]string{"en/01-nine/chapter.yaml: cannot read the chapter's description: open en/01-nine/chapter.yaml: file does not exist"}},
		{"chapter's weeks", "en/01-nine/chapter.yaml", chapterYAML + "weeks: many\n", false,
			[]string{`en/01-nine/chapter.yaml:4: found "many", expected a number of weeks above 0, such as 1.5`}},
		{"line of the outline is both", "en/01-nine/chapter.yaml", chapterYAML + "outline:\n  - {page: a, lab: b/c, title: x}\n", false,
			[]string{"en/01-nine/chapter.yaml:5: a line of the outline names a page or a lab, exactly one of the two"}},
		{"line of the outline twice", "en/01-nine/chapter.yaml", chapterYAML + "outline:\n  - {page: one, title: x}\n  - {page: one, title: x}\n", false,
			[]string{`en/01-nine/chapter.yaml:6: the outline has "one" twice`}},
		{"stray folder", "en/kafka/chapter.yaml", chapterYAML, false, []string{"en/kafka: unexpected name, expected a chapter's folder such as 02-rabbitmq"}},
		{"stray file", "en/01-nine/notes.txt", "x", false, []string{"en/01-nine/notes.txt: unexpected name, expected a page such as 05-acknowledgements.md"}},
		{"same address", "en/01-nine/02-one.md", "---\nid: two\ntitle: Two\nsummary: x\nminutes: 1\n---\n", false,
			[]string{"en/01-nine/02-one.md: has the address of en/01-nine/01-one.md"}},
		{"same id", "en/01-nine/02-two.md", front, false,
			[]string{"en/01-nine/02-two.md: has no translation: ru/01-nine/02-two.md is missing", `en/01-nine/02-two.md:1: id "one" is taken by en/01-nine/01-one.md`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			fsys := tree(map[string]string{"01-one.md": front})
			fsys[tt.file] = &fstest.MapFile{Data: []byte(tt.text)}
			if tt.clear {
				delete(fsys, tt.file)
			}
			if diff := cmp.Diff(tt.want, english(Lint(fsys, oneLab))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTranslationsAreCompared(t *testing.T) {
	fsys := tree(map[string]string{"01-one.md": front + "\n## A {#a}\n", "02-two.md": front})
	delete(fsys, "en/01-nine/02-two.md")
	fsys["ru/01-nine/01-one.md"] = &fstest.MapFile{Data: []byte("---\nid: uno\ntitle: Один\nsummary: x\nminutes: 3\nobjectives: [знать]\n---\n\n## Б\n")}
	fsys["ru/02-ten/chapter.yaml"] = &fstest.MapFile{Data: []byte(chapterYAML)}
	var got []string
	for _, f := range Lint(fsys, oneLab) {
		got = append(got, f.String())
	}
	want := []string{
		`ru: chapter "ten" is missing in en`,
		`ru/01-nine/01-one.md:1: has 1 objectives, but 0 in en/01-nine/01-one.md`,
		`ru/01-nine/01-one.md:1: heading 1 is #b, but #a in en/01-nine/01-one.md; give both the same {#id}`,
		`ru/01-nine/01-one.md:1: id is "uno", but "one" in en/01-nine/01-one.md`,
		`ru/01-nine/02-two.md: has no translation: en/01-nine/02-two.md is missing`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestOutlinesAreCompared: a line that differs is named alone, with its place, and
// a page that is missing is not reported twice.
func TestOutlinesAreCompared(t *testing.T) {
	const lab, planned, one, two = "  - {lab: rabbitmq/work-queue, title: x}\n", "  - {page: later, title: x}\n", "  - {page: one, title: x}\n", "  - {page: two, title: x}\n"
	for _, tt := range []struct {
		name, en, ru string
		want         []string
	}{
		{"same", one + two + lab + planned, one + two + lab + planned, nil},
		{"another order", one + two + lab, one + lab + two,
			[]string{`ru/01-nine/chapter.yaml:6: the outline has "rabbitmq/work-queue" where en/01-nine/chapter.yaml has "two"; give both the same order`}},
		{"planned here only", one, one + planned, []string{`ru/01-nine/chapter.yaml:6: the outline has "later", which is missing in en/01-nine/chapter.yaml`}},
		{"lab there only", one + lab, one, []string{`en/01-nine/chapter.yaml:6: the outline has "rabbitmq/work-queue", which is missing in ru/01-nine/chapter.yaml`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fsys := fstest.MapFS{}
			for lang, outline := range map[string]string{"en": tt.en, "ru": tt.ru} {
				fsys[lang+"/01-nine/chapter.yaml"] = &fstest.MapFile{Data: []byte(chapterYAML + "outline:\n" + outline)}
				fsys[lang+"/01-nine/01-one.md"] = &fstest.MapFile{Data: []byte(front)}
				fsys[lang+"/01-nine/02-two.md"] = &fstest.MapFile{Data: []byte("---\nid: two\ntitle: Two\nsummary: x\nminutes: 1\n---\n")}
			}
			var got []string
			for _, f := range Lint(fsys, oneLab) {
				got = append(got, f.String())
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
