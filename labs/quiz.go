package labs

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Kinds of quizzes.
const (
	Single   = "single"   // one option is right
	Multiple = "multiple" // any number of options is right, at least one
	Numeric  = "numeric"  // a number, near enough to the right one
)

// QuizKinds are the kinds in the order that authors are told them.
var QuizKinds = []string{Single, Multiple, Numeric}

const (
	// MaxOptions is the largest number of options: more than that nobody weighs against each other.
	MaxOptions = 10
	// MaxNumber is the longest number that is read, in bytes of what was typed.
	MaxNumber = 40
)

// A Quiz is one question of a lesson, in one language. Texts are Markdown.
type Quiz struct {
	ID        string    // unique in the course, the same in every language
	Kind      string    // Single, Multiple or Numeric
	Question  Markdown  // begins with a paragraph, which is the question itself
	Options   []Option  // of a single or multiple one, in the order they are shown
	Value     float64   // of a numeric one
	Tolerance Tolerance // of a numeric one
	Unit      string    // of a numeric one, plain text in the reader's language; may be empty
	Why       Markdown  // of a numeric one: how the number comes about
	Hint      Markdown  // may be empty
	Line      int       // of the first line of the YAML, from 1
}

// An Option is one of the answers to choose from.
type Option struct {
	Text    Markdown // one paragraph
	Correct bool
	Why     Markdown // why it is right, or what is wrong with it; shown after answering
	Line    int
}

// Markdown is a text of a quiz and the line that it begins on.
type Markdown struct {
	Text string
	Line int
}

// A Tolerance is how far a number may be from the right one and still be right.
type Tolerance struct {
	Size     float64 // not negative
	Relative bool    // Size is a share of the right number: 0.05 for 5%
}

// Around is the tolerance at a value, as a distance. It leaves room for what
// gets lost between decimal and binary numbers.
func (t Tolerance) Around(value float64) float64 {
	dust := 1e-9 * max(1, abs(value))
	if t.Relative {
		return t.Size*abs(value) + dust
	}
	return t.Size + dust
}

func abs(x float64) float64 { return max(x, -x) }

// A QuizAnswer is what a student answered: options by their index from 0, or a
// number as it was typed.
type QuizAnswer struct {
	Options []int  `json:"options,omitempty"`
	Number  string `json:"number,omitempty"`
}

// A QuizVerdict says how good an answer is.
type QuizVerdict string

// Verdicts on an answer.
const (
	QuizRight  QuizVerdict = "right"
	QuizPartly QuizVerdict = "partly" // multiple only: some points
	QuizWrong  QuizVerdict = "wrong"
)

// A QuizResult is an answer, graded. A single or numeric quiz has one point. A
// multiple one has a point for each right option: choosing it gains the point,
// choosing a wrong option loses one, and nobody goes below zero.
type QuizResult struct {
	Verdict QuizVerdict
	Points  int
	Of      int
	Options []QuizMark // one for each option
	Found   int        // right options that were chosen
	Astray  int        // wrong options that were chosen
	Number  float64    // what a numeric answer was read as
	Off     int        // a wrong number: -1 too low, 1 too high
}

// A QuizMark is how one option was answered.
type QuizMark struct {
	Chosen  bool
	Correct bool // the option belongs to the right answer
}

// Correct counts the options that are right.
func (q *Quiz) Correct() int {
	n := 0
	for _, o := range q.Options {
		if o.Correct {
			n++
		}
	}
	return n
}

// Hash is the SHA-256, in hex, of all that an answer refers to: the question,
// its options, and what is right. Explanations and hints may change without it.
func (q *Quiz) Hash() string {
	type option struct {
		Text    string
		Correct bool
	}
	of := struct {
		Kind, Question, Unit string
		Options              []option
		Value                float64
		Tolerance            Tolerance
	}{Kind: q.Kind, Question: q.Question.Text, Unit: q.Unit, Value: q.Value, Tolerance: q.Tolerance}
	for _, o := range q.Options {
		of.Options = append(of.Options, option{o.Text.Text, o.Correct})
	}
	raw, err := json.Marshal(of)
	if err != nil {
		panic(err) // strings and finite numbers
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

// Differences says in what a quiz differs from its original in another language,
// where the two must agree: everything but the words.
func (q *Quiz) Differences(original *Quiz) []string {
	var found []string
	differ := func(what string, here, there any) {
		found = append(found, fmt.Sprintf("%s %v, but %v", what, here, there))
	}
	if q.Kind != original.Kind {
		differ("kind is", q.Kind, original.Kind)
		return found // the rest follows from it
	}
	switch {
	case len(q.Options) != len(original.Options):
		differ("number of options is", len(q.Options), len(original.Options))
	case !slices.Equal(q.correct(), original.correct()):
		differ("the right options are", places(q.correct()), places(original.correct()))
	}
	if q.Value != original.Value {
		differ("value is", q.Value, original.Value)
	}
	if q.Tolerance != original.Tolerance {
		differ("tolerance is", q.Tolerance, original.Tolerance)
	}
	if (q.Unit == "") != (original.Unit == "") {
		differ("unit is", strconv.Quote(q.Unit), strconv.Quote(original.Unit))
	}
	if (q.Hint.Text == "") != (original.Hint.Text == "") {
		differ("has", presence(q.Hint.Text), presence(original.Hint.Text))
	}
	return found
}

func presence(hint string) string {
	if hint == "" {
		return "no hint"
	}
	return "a hint"
}

// String is the tolerance as an author writes it.
func (t Tolerance) String() string {
	if t.Relative {
		return fmt.Sprintf("%g%%", t.Size*100)
	}
	return fmt.Sprintf("%g", t.Size)
}

// correct are the indexes of the right options.
func (q *Quiz) correct() []int {
	var list []int
	for i, o := range q.Options {
		if o.Correct {
			list = append(list, i)
		}
	}
	return list
}

// places are indexes as people count, "1, 3".
func places(indexes []int) string {
	var list []string
	for _, i := range indexes {
		list = append(list, fmt.Sprint(i+1))
	}
	return strings.Join(list, ", ")
}
