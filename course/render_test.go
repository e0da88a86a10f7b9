package course

import (
	"strings"
	"sync"
	"testing"
)

func TestRenderMarkdownForLabTexts(t *testing.T) {
	got, err := RenderMarkdown([]byte("# Title\n\nSay \"no\".\n\n## 1. Do\n\n| a |\n|---|\n| b |\n\n```go\nx := 1\n```\n"), "ru")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<h1>Title</h1>", "«no»", "<h2>1. Do</h2>", `<div class="table"`, `<span class="nx">x</span>`} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	if strings.Contains(got, ` id="`) {
		t.Errorf("ids, which may be taken on the page around it:\n%s", got)
	}
}

// A line must not begin with the comma behind a name, so names are text and no boxes; and a
// phone must not scroll sideways for what is longer than its line.
func TestLongCodeInALineMayBeBroken(t *testing.T) {
	got, err := RenderMarkdown([]byte("`--list`, `kafka-console-consumer` and `kafka-consumer-groups --describe`.\n\n```\na line that is longer than any line on a phone\n```\n"), "en")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<code>--list</code>,", "<code>kafka-console-consumer</code>", `<code class="long">kafka-consumer-groups --describe</code>.`} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	if strings.Count(got, "long\"") != 1 {
		t.Errorf("a block of code has a scroll bar and is not broken:\n%s", got)
	}
}

func TestRenderMarkdownNamesTheLine(t *testing.T) {
	_, err := RenderMarkdown([]byte("x\n\n```simulate\n```\n\n> [!OH]\n"), "en")
	want := "line 6: note [!OH] is unknown, expected one of CAREFUL, HISTORY, NOTE, TIP, WARNING\n" +
		"line 3: fence \"simulate\" arrives later; leave it out until then"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestHostileMarkdownIsHarmless(t *testing.T) {
	for _, src := range []string{
		"<script>alert(1)</script>",
		"<scr<script>ipt>alert(1)</scr</script>ipt>",
		"<svg onload=alert(1)><style>*{}</style></svg>",
		"[x](javascript:alert(1)) <a href=\"javascript:alert(1)\">x</a> <a href=\"JaVaScRiPt:alert(1)\">x</a>",
		"![x](javascript:alert(1))",
		"<img src=x onerror=alert(1)>",
		"<p style=\"position:fixed\">x</p>",
		"<details ontoggle=alert(1) open>",
		"</article></main></body><iframe src=//x>",
		"## x {#y onclick=alert(1) style=color:red}",
		"```go {onclick=alert(1) style=\"color:red\"}\nx\n```",
		"```d2 \"><script>alert(1)</script>\na: \"<script>alert(1)</script>\" {link: \"javascript:alert(1)\"}\n```",
		"```d2 x\na.tooltip: \"<script>\"\n```",
		"<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
	} {
		got, _ := RenderMarkdown([]byte(src), "en") // a mistake may be found; what is returned must be harmless all the same
		checkInline(t, src, got)
		if strings.Contains(got, "</article>") || strings.Contains(got, "</body>") {
			t.Errorf("%q closes the page around it: %s", src, got)
		}
	}
}

// FuzzRenderMarkdown holds that no text makes a page that breaks its policy.
func FuzzRenderMarkdown(f *testing.F) {
	f.Add("> [!NOTE]\n> x\n\n## a {#b}\n\n| a |\n|---|\n| b |\n\n[^1]\n\n[^1]: x <b style=x>\n")
	f.Add("```lab a/b\n```\n- [x](y \"z\") <a href=//x onclick=y>")
	f.Fuzz(func(t *testing.T, src string) {
		got, _ := RenderMarkdown([]byte(src), "ru") // likewise
		checkInline(t, src, got)
	})
}

func TestSlotsCannotBeForged(t *testing.T) {
	got, err := RenderMarkdown([]byte("<div>0</div> <div>-0</div>\n\n```lab a/b\n```\n"), "en")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(got, `class="do"`) != 1 {
		t.Errorf("want one card:\n%s", got)
	}
}

func TestPagesAreRenderedOnceForAll(t *testing.T) {
	c, _ := Load(Content, nil)
	pages := make([]*Page, 16)
	var wg sync.WaitGroup
	for i := range pages {
		wg.Go(func() { pages[i], _ = c.Page("en", "rabbitmq", "acknowledgements") })
	}
	wg.Wait()
	for _, p := range pages {
		if p == nil || p != pages[0] {
			t.Fatalf("got different pages: %p and %p", p, pages[0])
		}
	}
}

func TestSlug(t *testing.T) {
	tests := []struct{ title, want string }{
		{"At least once", "at-least-once"},
		{"Кто ещё помнит о сообщении?", "kto-esche-pomnit-o-soobschenii"},
		{"  «Как» — так  ", "kak-tak"},
		{"объём и 100 %", "obem-i-100"},
		{"消息", ""},
	}
	for _, tt := range tests {
		if got := Slug(tt.title); got != tt.want {
			t.Errorf("Slug(%q) = %q, want %q", tt.title, got, tt.want)
		}
	}
}

func TestRussianSpaces(t *testing.T) {
	tests := []struct{ text, want string }{
		{"и в доме", "и\u00a0в\u00a0доме"},
		{"это — то", "это\u00a0— то"},
		{"Он\nи я", "Он\u00a0и\u00a0я"},
		{"длинное слово", "длинное слово"},
		{"через 10 с истекает, 40 мс", "через 10\u00a0с\u00a0истекает, 40\u00a0мс"},
		{"до 10 000 записей, 70 %, 1 ГиБ.", "до\u00a010\u00a0000 записей, 70\u00a0%, 1\u00a0ГиБ."},
		{"4 сегмента и 3 часа", "4 сегмента и\u00a03 часа"},
		{"(в очереди)", "(в\u00a0очереди)"},
	}
	for _, tt := range tests {
		if got := smarten(tt.text, "ru"); got != tt.want {
			t.Errorf("smarten(%q) = %q, want %q", tt.text, got, tt.want)
		}
	}
	for text, want := range map[string]string{"7 дней, 1 ГиБ": "7 дней, 1\u00a0ГиБ", "5 мс": "5\u00a0мс", "в 2 местах": "в\u00a02 местах", "2 Бобра": "2 Бобра", "40 %": "40\u00a0%"} {
		if got := smarten(text, "ru"); got != want {
			t.Errorf("smarten(%q) = %q, want %q", text, got, want)
		}
	}
	if got := smarten("it is — so", "en"); got != "it is\u00a0— so" {
		t.Errorf("English: %q", got)
	}
}

func TestRussianCounts(t *testing.T) {
	for n, want := range map[int]string{1: "1 минута", 2: "2 минуты", 5: "5 минут", 11: "11 минут", 12: "12 минут", 21: "21 минута", 22: "22 минуты", 112: "112 минут"} {
		if got := count("ru", n, "minutes"); got != strings.ReplaceAll(want, " ", "\u00a0") {
			t.Errorf("count(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestDiagramsAreKept(t *testing.T) {
	first, err := Diagram("x -> y: only here")
	if err != nil {
		t.Fatal(err)
	}
	if second, _ := Diagram("x -> y: only here"); second != first {
		t.Error("the same source is drawn differently")
	}
	for _, bad := range []string{"base64", "font-face", "style=", "<script", "<a "} {
		if strings.Contains(first, bad) {
			t.Errorf("the drawing holds %q", bad)
		}
	}
	if _, err := Diagram(strings.Repeat("a -> b\n", 4000)); err == nil || !strings.Contains(err.Error(), "expected at most 16384") {
		t.Errorf("a source without end is drawn: %v", err)
	}
}

func BenchmarkPage(b *testing.B) {
	c, _ := Load(Content, nil)
	for b.Loop() {
		if _, err := c.Page("en", "rabbitmq", "acknowledgements"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLoadAndRender(b *testing.B) {
	for b.Loop() {
		c, _ := Load(Content, nil)
		if _, err := c.Page("ru", "rabbitmq", "acknowledgements"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		Load(Content, nil)
	}
}
