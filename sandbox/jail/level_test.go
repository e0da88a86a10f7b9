package jail

import "testing"

func TestParseLevel(t *testing.T) {
	for in, want := range map[string]Level{"": 0, "A": LevelA, "b": LevelB, "C": LevelC} {
		if got, err := ParseLevel(in); err != nil || got != want {
			t.Errorf("%q is %v, %v; want %v", in, got, err, want)
		}
	}
	for _, in := range []string{"D", "AB", " ", "1"} {
		if got, err := ParseLevel(in); err == nil {
			t.Errorf("%q is %v, want an error", in, got)
		}
	}
}
