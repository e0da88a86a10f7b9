package grader

import (
	"errors"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/brokerlab/brokerlab/labs"
)

// Errors of an answer that cannot be graded. It is not an attempt: the student
// is told and answers again.
var (
	ErrNoAnswer  = errors.New("the answer is empty")
	ErrNotNumber = errors.New("the answer is not a number")
	ErrNoOption  = errors.New("there is no such option")
	ErrOneOption = errors.New("only one option may be chosen")
	ErrOtherKind = errors.New("the answer is for another kind of question")
)

// Quiz grades an answer. The same answer to the same quiz always gets the same
// result; the errors are those above.
func Quiz(q *labs.Quiz, a labs.QuizAnswer) (labs.QuizResult, error) {
	if q.Kind == labs.Numeric {
		return gradeNumber(q, a)
	}
	return gradeOptions(q, a)
}

// gradeOptions grades a choice. Each right option of a multiple quiz is a point;
// a wrong one that was chosen takes one away, so that choosing all of them does
// not pay.
func gradeOptions(q *labs.Quiz, a labs.QuizAnswer) (labs.QuizResult, error) {
	switch {
	case a.Number != "":
		return labs.QuizResult{}, ErrOtherKind
	case len(a.Options) == 0:
		return labs.QuizResult{}, ErrNoAnswer
	case slices.ContainsFunc(a.Options, func(i int) bool { return i < 0 || i >= len(q.Options) }):
		return labs.QuizResult{}, ErrNoOption
	}
	r := labs.QuizResult{Of: q.Correct()}
	for i, o := range q.Options {
		mark := labs.QuizMark{Chosen: slices.Contains(a.Options, i), Correct: o.Correct}
		switch {
		case mark.Chosen && mark.Correct:
			r.Found++
		case mark.Chosen:
			r.Astray++
		}
		r.Options = append(r.Options, mark)
	}
	if q.Kind == labs.Single && r.Found+r.Astray > 1 {
		return labs.QuizResult{}, ErrOneOption
	}
	r.Points = max(0, r.Found-r.Astray)
	r.Verdict = verdictOf(r.Points, r.Of)
	return r, nil
}

func verdictOf(points, of int) labs.QuizVerdict {
	switch points {
	case of:
		return labs.QuizRight
	case 0:
		return labs.QuizWrong
	}
	return labs.QuizPartly
}

func gradeNumber(q *labs.Quiz, a labs.QuizAnswer) (labs.QuizResult, error) {
	if len(a.Options) > 0 {
		return labs.QuizResult{}, ErrOtherKind
	}
	text := strings.TrimSpace(a.Number)
	if text == "" {
		return labs.QuizResult{}, ErrNoAnswer
	}
	v, err := readNumber(strings.TrimSuffix(text, q.Unit))
	if err != nil {
		return labs.QuizResult{}, err
	}
	r := labs.QuizResult{Verdict: labs.QuizRight, Points: 1, Of: 1, Number: v}
	if math.Abs(v-q.Value) > q.Tolerance.Around(q.Value) {
		r.Verdict, r.Points, r.Off = labs.QuizWrong, 0, 1
		if v < q.Value {
			r.Off = -1
		}
	}
	return r, nil
}

// decimal is a number as people write it once its spaces are gone.
var decimal = regexp.MustCompile(`^[+-]?(\d+([.,]\d*)?|[.,]\d+)$`)

// readNumber reads a number with a decimal point or comma, spaces between the
// thousands and any of the signs for minus. A number with both marks, such as
// 1,280.5, is refused: what it means depends on where one went to school.
func readNumber(text string) (float64, error) {
	if len(text) > labs.MaxNumber {
		return 0, ErrNotNumber
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case unicode.IsSpace(r):
		case r == '\u2212' || r == '\u2013':
			b.WriteByte('-')
		default:
			b.WriteRune(r)
		}
	}
	if !decimal.MatchString(b.String()) {
		return 0, ErrNotNumber
	}
	v, err := strconv.ParseFloat(strings.Replace(b.String(), ",", ".", 1), 64)
	if err != nil {
		return 0, ErrNotNumber
	}
	return v, nil
}
