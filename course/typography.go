package course

import (
	"regexp"

	"github.com/yuin/goldmark/extension"
)

// quotes are the typographer's replacements in a language.
func quotes(lang string) extension.TypographicSubstitutions {
	if lang == "ru" {
		return extension.TypographicSubstitutions{
			extension.LeftDoubleQuote: []byte("«"), extension.RightDoubleQuote: []byte("»"),
			extension.LeftSingleQuote: []byte("„"), extension.RightSingleQuote: []byte("“"),
		}
	}
	return extension.TypographicSubstitutions{
		extension.LeftDoubleQuote: []byte("“"), extension.RightDoubleQuote: []byte("”"),
		extension.LeftSingleQuote: []byte("‘"), extension.RightSingleQuote: []byte("’"), extension.Apostrophe: []byte("’"),
	}
}

var (
	// shortWord is a Russian preposition or conjunction, which does not end a line.
	shortWord = regexp.MustCompile(`(?i)(^|[\s\x{a0}(«])([а-яё]{1,2})[ \n]`)
	// unit is a unit of measure, or three more digits, which do not leave their number.
	unit = regexp.MustCompile(`(\d)[ \n](%|\d{3}|[KMGT]i?B|kB|m?s|min|[КМГТ]и?Б|м?с|мин)($|[^\pL\d])`)
	// dash is a dash that does not begin a line.
	dash = regexp.MustCompile(`[ \n]+([—–])`)
)

// smarten sets spaces that no line may be broken at, as the language's printers do.
func smarten(s, lang string) string {
	s = dash.ReplaceAllString(s, "\u00a0$1")
	s = unit.ReplaceAllString(s, "$1\u00a0$2$3")
	if lang != "ru" {
		return s
	}
	for range 2 { // one short word may follow another, and matches do not overlap
		s = shortWord.ReplaceAllString(s, "$1$2\u00a0")
	}
	return s
}
