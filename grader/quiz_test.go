package grader

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/brokerlab/brokerlab/labs"
)

// choice is a quiz whose options are right where the letters are capitals.
func choice(kind, options string) *labs.Quiz {
	q := &labs.Quiz{Kind: kind}
	for _, r := range options {
		q.Options = append(q.Options, labs.Option{Correct: r >= 'A' && r <= 'Z'})
	}
	return q
}

func TestChoicesAreGraded(t *testing.T) {
	tests := []struct {
		name, kind, options string
		chosen              []int
		verdict             labs.QuizVerdict
		points, of          int
	}{
		{"the right one", labs.Single, "aBc", []int{1}, labs.QuizRight, 1, 1},
		{"another one", labs.Single, "aBc", []int{2}, labs.QuizWrong, 0, 1},
		{"the right one, sent twice", labs.Single, "aBc", []int{1, 1}, labs.QuizRight, 1, 1},
		{"all that are right", labs.Multiple, "AbCd", []int{2, 0}, labs.QuizRight, 2, 2},
		{"half of them", labs.Multiple, "AbCd", []int{0}, labs.QuizPartly, 1, 2},
		{"one too many", labs.Multiple, "AbCd", []int{0, 1, 2}, labs.QuizPartly, 1, 2},
		{"one right, one wrong", labs.Multiple, "AbCd", []int{0, 1}, labs.QuizWrong, 0, 2},
		{"every one", labs.Multiple, "AbCd", []int{0, 1, 2, 3}, labs.QuizWrong, 0, 2},
		{"only wrong ones: not below zero", labs.Multiple, "AbCd", []int{1, 3}, labs.QuizWrong, 0, 2},
		{"every one, and all are right", labs.Multiple, "AB", []int{0, 1}, labs.QuizRight, 2, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Quiz(choice(tt.kind, tt.options), labs.QuizAnswer{Options: tt.chosen})
			if err != nil {
				t.Fatal(err)
			}
			if got.Verdict != tt.verdict || got.Points != tt.points || got.Of != tt.of {
				t.Errorf("chose %v of %s: %s, %d of %d; want %s, %d of %d", tt.chosen, tt.options, got.Verdict, got.Points, got.Of, tt.verdict, tt.points, tt.of)
			}
		})
	}
}

func TestEachOptionIsMarked(t *testing.T) {
	got, err := Quiz(choice(labs.Multiple, "AbCd"), labs.QuizAnswer{Options: []int{0, 3}})
	want := labs.QuizResult{Verdict: labs.QuizWrong, Of: 2, Found: 1, Astray: 1, Options: []labs.QuizMark{
		{Chosen: true, Correct: true}, {}, {Correct: true}, {Chosen: true},
	}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

func TestNumbersAreGraded(t *testing.T) {
	exact := labs.Quiz{Kind: labs.Numeric, Value: 11, Unit: "ms"}
	near := labs.Quiz{Kind: labs.Numeric, Value: 0.3, Tolerance: labs.Tolerance{Size: 0.1}}
	share := labs.Quiz{Kind: labs.Numeric, Value: -200, Tolerance: labs.Tolerance{Size: 0.05, Relative: true}}
	tests := []struct {
		quiz labs.Quiz
		text string
		off  int
	}{
		{exact, "11", 0}, {exact, " 11 ", 0}, {exact, "11.0", 0}, {exact, "11,0", 0}, {exact, "+11", 0}, {exact, "011", 0},
		{exact, "11 ms", 0}, {exact, "11ms", 0}, {exact, "11,", 0}, {exact, "1 1", 0},
		{exact, "10", -1}, {exact, "12", 1}, {exact, "11.001", 1}, {exact, "-11", -1},
		{near, "0,4", 0}, {near, ".2", 0}, {near, ",2", 0}, {near, "0.41", 1}, {near, "0.19", -1},
		{share, "-190", 0}, {share, "\u2212210", 0}, {share, "-211", -1}, {share, "-189", 1},
		{labs.Quiz{Kind: labs.Numeric, Value: 1280}, "1\u00a0280", 0},
	}
	for _, tt := range tests {
		got, err := Quiz(&tt.quiz, labs.QuizAnswer{Number: tt.text})
		right := tt.off == 0
		if err != nil || got.Off != tt.off || (got.Verdict == labs.QuizRight) != right || got.Points != 1-abs(tt.off) || got.Of != 1 {
			t.Errorf("%q at %v±%v: %+v, %v; want off by %d", tt.text, tt.quiz.Value, tt.quiz.Tolerance, got, err, tt.off)
		}
	}
}

func abs(n int) int { return max(n, -n) }

func TestAnswersThatCannotBeGraded(t *testing.T) {
	number := &labs.Quiz{Kind: labs.Numeric, Value: 11, Unit: "ms"}
	single, multiple := choice(labs.Single, "aB"), choice(labs.Multiple, "AB")
	tests := []struct {
		quiz   *labs.Quiz
		answer labs.QuizAnswer
		want   error
	}{
		{single, labs.QuizAnswer{}, ErrNoAnswer},
		{multiple, labs.QuizAnswer{}, ErrNoAnswer},
		{single, labs.QuizAnswer{Options: []int{2}}, ErrNoOption},
		{multiple, labs.QuizAnswer{Options: []int{0, -1}}, ErrNoOption},
		{single, labs.QuizAnswer{Options: []int{0, 1}}, ErrOneOption},
		{single, labs.QuizAnswer{Number: "1"}, ErrOtherKind},
		{number, labs.QuizAnswer{Options: []int{0}}, ErrOtherKind},
		{number, labs.QuizAnswer{}, ErrNoAnswer},
		{number, labs.QuizAnswer{Number: " \t"}, ErrNoAnswer},
		{number, labs.QuizAnswer{Number: "many"}, ErrNotNumber},
		{number, labs.QuizAnswer{Number: "ms"}, ErrNotNumber},
		{number, labs.QuizAnswer{Number: "1,280.5"}, ErrNotNumber},
		{number, labs.QuizAnswer{Number: "1.2.3"}, ErrNotNumber},
		{number, labs.QuizAnswer{Number: "1e3"}, ErrNotNumber},
		{number, labs.QuizAnswer{Number: "0x10"}, ErrNotNumber},
		{number, labs.QuizAnswer{Number: "NaN"}, ErrNotNumber},
		{number, labs.QuizAnswer{Number: "-"}, ErrNotNumber},
		{number, labs.QuizAnswer{Number: ","}, ErrNotNumber},
		{number, labs.QuizAnswer{Number: strings.Repeat("1", labs.MaxNumber+1)}, ErrNotNumber},
	}
	for _, tt := range tests {
		if got, err := Quiz(tt.quiz, tt.answer); !errors.Is(err, tt.want) {
			t.Errorf("%s answered %+v: %+v, %v; want %v", tt.quiz.Kind, tt.answer, got, err, tt.want)
		}
	}
}

// TestPointsAreFair: points stay between nothing and all, all of them mean that
// exactly the right options were chosen, and correcting one option never costs any.
func TestPointsAreFair(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		correct := rapid.SliceOfN(rapid.Bool(), 2, labs.MaxOptions).Draw(t, "correct")
		chosen := rapid.SliceOfN(rapid.Bool(), len(correct), len(correct)).Draw(t, "chosen")
		if !slices.Contains(correct, true) || !slices.Contains(chosen, true) {
			t.Skip("no quiz, or no answer")
		}
		q := &labs.Quiz{Kind: labs.Multiple}
		for _, c := range correct {
			q.Options = append(q.Options, labs.Option{Correct: c})
		}
		r, err := Quiz(q, answerOf(chosen))
		if err != nil {
			t.Fatal(err)
		}
		if r.Points < 0 || r.Points > r.Of || (r.Points == r.Of) != slices.Equal(correct, chosen) {
			t.Fatalf("%d of %d for %v, right is %v", r.Points, r.Of, chosen, correct)
		}
		for i := range chosen {
			better := slices.Clone(chosen)
			better[i] = correct[i]
			if next, err := Quiz(q, answerOf(better)); err == nil && next.Points < r.Points {
				t.Fatalf("correcting option %d of %v costs points: %d, then %d", i, chosen, r.Points, next.Points)
			}
		}
	})
}

func answerOf(chosen []bool) labs.QuizAnswer {
	var a labs.QuizAnswer
	for i, c := range chosen {
		if c {
			a.Options = append(a.Options, i)
		}
	}
	return a
}

// TestBothDecimalMarksReadTheSame, and a number that is read is the one that was written.
func TestBothDecimalMarksReadTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Float64Range(-1e9, 1e9).Draw(t, "value")
		point := fmt.Sprintf("%.6f", v)
		a, errA := readNumber(point)
		b, errB := readNumber(strings.Replace(point, ".", ",", 1))
		if errA != nil || errB != nil || a != b || fmt.Sprintf("%.6f", a) != point {
			t.Fatalf("%s: %v, %v; %v, %v", point, a, errA, b, errB)
		}
	})
}

// TestAnyTextIsReadOrRefused: nothing that is typed panics or becomes no number.
func TestAnyTextIsReadOrRefused(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := &labs.Quiz{Kind: labs.Numeric, Value: 1, Unit: rapid.SampledFrom([]string{"", "ms", "%"}).Draw(t, "unit")}
		r, err := Quiz(q, labs.QuizAnswer{Number: rapid.String().Draw(t, "text")})
		if err == nil && (r.Number != r.Number || r.Number-r.Number != 0) {
			t.Fatalf("read as %v", r.Number)
		}
	})
}
