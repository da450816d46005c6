package schema

import "testing"

// TestBudget: it is short when what was read does not fit, and as soon as it is seen that the rest will not.
func TestBudget(t *testing.T) {
	for name, c := range map[string]struct {
		most, files int64
		texts       []int64
		want        int // how many texts are taken before it is short; all when it never is
	}{
		"fits":              {100, 4, []int64{25, 25, 25, 25}, 4},
		"one too large":     {100, 4, []int64{25, 101}, 1},
		"too many":          {100, 100, []int64{10, 10, 10, 10}, 2},
		"the first is long": {100, 100, []int64{25, 0, 0, 0}, 4},
		"nothing at all":    {0, 2, []int64{0, 1}, 1},
	} {
		b := budget{most: c.most, files: c.files}
		got := 0
		for _, text := range c.texts {
			if b.take(text); b.short.Load() {
				break
			}
			got++
		}
		if got != c.want {
			t.Errorf("%s: short after %d, want %d", name, got, c.want)
		}
	}
}
