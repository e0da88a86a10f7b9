package console

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// A Statement is a command, or several with pipes between them.
type Statement struct {
	Line   int    // of the script, from 1
	After  string // when it is run: "" always, "&&" if the one before went well, "||" if not
	Stages []Stage
}

// A Stage is one command: its words, and what it reads if that stands with it.
type Stage struct {
	Words []string
	Here  *string // of a here-document
}

// ErrIncomplete says that a script ends in the middle of something: a quote, a
// here-document, a line that goes on.
var ErrIncomplete = errors.New("the command is not complete")

// A SyntaxError is something that this shell does not have, or that no shell has.
type SyntaxError struct {
	Line  int
	What  string // in English, as a shell says it
	Code  string // what a catalogue of words has it under, such as "session-file"
	Found string // the operator or number that What names, if any
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.What) }

// MaxScript is the longest script, in bytes.
const MaxScript = 64 << 10

// Parse reads a script in the part of the shell's language that a console has: words,
// quotes, pipes, ; && || and here-documents. There are no files, variables or
// processes, and what asks for them is refused, not misunderstood. Errors:
// ErrIncomplete, *SyntaxError.
func Parse(script string) ([]Statement, error) {
	p := &parser{text: strings.ReplaceAll(script, "\r\n", "\n"), line: 1}
	if len(script) > MaxScript {
		return nil, p.wrong("long", "more than %s bytes", strconv.Itoa(MaxScript))
	}
	for p.at < len(p.text) {
		if err := p.step(); err != nil {
			return nil, err
		}
	}
	return p.finish()
}

type parser struct {
	text string
	at   int
	line int

	done   []Statement
	now    Statement // being read
	stage  Stage     // its last
	joined string    // what stands before the statement that comes next
	want   string    // an operator that something has to follow
	heres  []here    // whose texts begin on the next line
}

// A here is a here-document that was announced.
type here struct {
	end        string
	tabs       bool // <<- takes leading tabs away
	statement  int  // index into done, or len(done) for the one that is being read
	stageIndex int
}

// wrong is a mistake in the line that is being read; found stands for %s in what.
func (p *parser) wrong(code, what, found string) error {
	return &SyntaxError{Line: p.line, What: strings.Replace(what, "%s", found, 1), Code: "session-" + code, Found: found}
}

// step reads one word, operator or line end.
func (p *parser) step() error {
	rest := p.text[p.at:]
	switch c := rest[0]; {
	case c == '\n':
		p.at++
		return p.newline()
	case c == ' ' || c == '\t':
		p.at++
	case strings.HasPrefix(rest, "\\\n"):
		p.at += 2
		p.line++
	case c == '#':
		p.at += len(rest)
		if i := strings.IndexByte(rest, '\n'); i >= 0 {
			p.at += i - len(rest)
		}
	case strings.HasPrefix(rest, "&&"), strings.HasPrefix(rest, "||"):
		p.at += 2
		return p.end(rest[:2])
	case c == ';':
		p.at++
		return p.end(";")
	case c == '|':
		p.at++
		return p.pipe()
	case strings.HasPrefix(rest, "<<"):
		return p.hereDocument()
	case c == '<' || c == '>':
		return p.wrong("file", "there are no files here: %s", string(c))
	case c == '&':
		return p.wrong("background", "there are no background jobs here: open a second terminal", "")
	case c == '(' || c == ')':
		return p.wrong("unexpected", "unexpected %s", string(c))
	default:
		return p.word()
	}
	return nil
}

// word reads one word with its quotes.
func (p *parser) word() error {
	var word strings.Builder
	for p.at < len(p.text) {
		c := p.text[p.at]
		if strings.IndexByte(" \t\n;|&<>()", c) >= 0 {
			break
		}
		p.at++
		switch c {
		case '\'':
			n := strings.IndexByte(p.text[p.at:], '\'')
			if n < 0 {
				return ErrIncomplete
			}
			word.WriteString(p.text[p.at : p.at+n])
			p.line += strings.Count(p.text[p.at:p.at+n], "\n")
			p.at += n + 1
		case '"':
			if err := p.quoted(&word); err != nil {
				return err
			}
		case '\\':
			if p.at >= len(p.text) {
				return ErrIncomplete
			}
			if p.text[p.at] == '\n' {
				p.line++
			} else {
				word.WriteByte(p.text[p.at])
			}
			p.at++
		case '`':
			return p.wrong("substitution", "there is no command substitution here", "")
		case '$':
			if p.at < len(p.text) && (p.text[p.at] == '(' || p.text[p.at] == '{' || isLetter(p.text[p.at])) {
				return p.wrong("variable", "there are no variables here; a dollar sign stands in single quotes", "")
			}
			word.WriteByte(c)
		default:
			word.WriteByte(c)
		}
	}
	if strings.IndexByte(word.String(), 0) >= 0 {
		return p.wrong("zero", "a zero byte", "")
	}
	p.begin()
	p.stage.Words = append(p.stage.Words, word.String())
	p.want = ""
	return nil
}

func isLetter(c byte) bool { return c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' }

// quoted reads up to the second of two double quotes.
func (p *parser) quoted(word *strings.Builder) error {
	for p.at < len(p.text) {
		c := p.text[p.at]
		p.at++
		switch {
		case c == '"':
			return nil
		case c == '\\' && p.at < len(p.text) && strings.IndexByte("\"\\$`\n", p.text[p.at]) >= 0:
			if p.text[p.at] == '\n' {
				p.line++
			} else {
				word.WriteByte(p.text[p.at])
			}
			p.at++
		default:
			if c == '\n' {
				p.line++
			}
			word.WriteByte(c)
		}
	}
	return ErrIncomplete
}

// begin notes where a statement begins.
func (p *parser) begin() {
	if p.now.Line == 0 {
		p.now = Statement{Line: p.line, After: p.joined}
		p.joined = ""
	}
}

// pipe ends a stage.
func (p *parser) pipe() error {
	if len(p.stage.Words) == 0 {
		return p.wrong("before", "nothing before %s", "|")
	}
	p.now.Stages = append(p.now.Stages, p.stage)
	p.stage, p.want = Stage{}, "|"
	return nil
}

// end ends a statement, at an operator or at the end of a line, "".
func (p *parser) end(operator string) error {
	if p.now.Line == 0 {
		if operator != "" {
			return p.wrong("before", "nothing before %s", operator)
		}
		return nil
	}
	if len(p.stage.Words) == 0 {
		return p.wrong("after", "nothing after %s", p.want)
	}
	p.now.Stages = append(p.now.Stages, p.stage)
	p.done = append(p.done, p.now)
	p.now, p.stage = Statement{}, Stage{}
	if operator == "&&" || operator == "||" {
		p.joined, p.want = operator, operator
	}
	return nil
}

// newline ends a statement, unless something has to follow, and reads the texts of
// here-documents.
func (p *parser) newline() error {
	p.line++
	for i, h := range p.heres {
		text, ok := p.hereText(h)
		if !ok {
			p.heres = p.heres[i:]
			return ErrIncomplete
		}
		stage := &p.stage
		switch {
		case h.statement < len(p.done):
			stage = &p.done[h.statement].Stages[h.stageIndex]
		case h.stageIndex < len(p.now.Stages):
			stage = &p.now.Stages[h.stageIndex]
		}
		stage.Here = &text
	}
	p.heres = nil
	if p.want != "" {
		return nil
	}
	return p.end("")
}

// hereDocument reads << and the word that will end the text.
func (p *parser) hereDocument() error {
	p.at += 2
	h := here{statement: len(p.done), stageIndex: len(p.now.Stages)}
	if strings.HasPrefix(p.text[p.at:], "<") {
		return p.wrong("here-string", "there is no <<< here: use echo and a pipe", "")
	}
	if strings.HasPrefix(p.text[p.at:], "-") {
		h.tabs = true
		p.at++
	}
	for p.at < len(p.text) && (p.text[p.at] == ' ' || p.text[p.at] == '\t') {
		p.at++
	}
	start := p.at
	for p.at < len(p.text) && strings.IndexByte(" \t\n;|&<>()", p.text[p.at]) < 0 {
		p.at++
	}
	h.end = strings.Trim(p.text[start:p.at], `'"\`)
	switch {
	case h.end == "":
		return p.wrong("after", "nothing after %s", "<<")
	case len(p.stage.Words) == 0:
		return p.wrong("before", "nothing before %s", "<<")
	}
	p.heres = append(p.heres, h)
	return nil
}

// hereText reads the lines up to the one that ends a here-document.
func (p *parser) hereText(h here) (string, bool) {
	var text strings.Builder
	for p.at < len(p.text) {
		line, _, found := strings.Cut(p.text[p.at:], "\n")
		p.at += len(line)
		if h.tabs {
			line = strings.TrimLeft(line, "\t")
		}
		if line == h.end {
			if found {
				p.at++
				p.line++
			}
			return text.String(), true
		}
		if !found {
			return "", false
		}
		p.at++
		p.line++
		text.WriteString(line + "\n")
	}
	return "", false
}

// finish is the end of the script.
func (p *parser) finish() ([]Statement, error) {
	if len(p.heres) > 0 || p.want != "" {
		return nil, ErrIncomplete
	}
	if strings.HasSuffix(p.text, "\\\n") {
		return nil, ErrIncomplete
	}
	err := p.end("")
	return p.done, err
}
