package secretscan

import (
	"strings"
	"testing"
)

// FuzzCandidates holds the one pass over a text to what it stands for.
func FuzzCandidates(f *testing.F) {
	if len(known) > 64 {
		f.Fatal("the formats do not fit into the bits")
	}
	for _, k := range known {
		f.Add("a" + k.marks[0] + "b")
	}
	f.Fuzz(func(t *testing.T, text string) {
		bits := candidates(text)
		for i, k := range known {
			want := false
			for _, m := range k.marks {
				want = want || strings.Contains(text, m)
			}
			if got := bits&(1<<i) != 0; got != want {
				t.Errorf("%s in %q: %v", k.kind, text, got)
			}
		}
	})
}
