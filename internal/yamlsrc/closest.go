package yamlsrc

import "strings"

// Closest returns the candidate that name was probably meant to be, or "" when none is near. Case is ignored; among equally
// near candidates the first in byte order wins, so the order of candidates does not matter.
func Closest(name string, candidates []string) string {
	const longest = 100 // beyond this nobody mistypes one letter, and the work is quadratic
	if name == "" || len(name) > longest {
		return ""
	}
	best, bestDistance := "", -1
	for _, c := range candidates {
		if c == name || c == "" || len(c) > longest {
			continue
		}
		d := distance([]rune(strings.ToLower(name)), []rune(strings.ToLower(c)))
		if d > max(len(name), len(c))/3 {
			continue
		}
		if bestDistance < 0 || d < bestDistance || d == bestDistance && c < best {
			best, bestDistance = c, d
		}
	}
	return best
}

// distance counts insertions, deletions, replacements and swaps of neighbours (optimal string alignment).
func distance(a, b []rune) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			replace := last[j-1]
			if a[i-1] != b[j-1] {
				replace++
			}
			row[j] = min(replace, last[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
