package tree

import (
	"bytes"
	"slices"
)

// edit replaces the lines from a up to aEnd of the old text by those from b up to bEnd of the new one.
type edit struct{ a, aEnd, b, bEnd int }

// maxEdits bounds the search for the shortest difference; texts that differ more are shown as replaced.
const maxEdits = 1000

// compareLines returns the shortest list of edits that turns a into b, by Myers' algorithm ("An O(ND) Difference Algorithm
// and Its Variations", 1986).
func compareLines(a, b [][]byte) []edit {
	start := 0
	for start < min(len(a), len(b)) && bytes.Equal(a[start], b[start]) {
		start++
	}
	end := 0
	for end < min(len(a), len(b))-start && bytes.Equal(a[len(a)-1-end], b[len(b)-1-end]) {
		end++
	}
	a, b = a[start:len(a)-end], b[start:len(b)-end]
	if len(a) == 0 && len(b) == 0 {
		return nil
	}
	edits := shortest(a, b)
	for i := range edits {
		e := &edits[i]
		e.a, e.aEnd, e.b, e.bEnd = e.a+start, e.aEnd+start, e.b+start, e.bEnd+start
	}
	return edits
}

func shortest(a, b [][]byte) []edit {
	all := []edit{{0, len(a), 0, len(b)}}
	if len(a) == 0 || len(b) == 0 {
		return all
	}
	// furthest[d][k+d] is how far in a one gets with d edits on diagonal k, which is where a is k lines ahead of b.
	var furthest [][]int
	for d := 0; d <= min(len(a)+len(b), maxEdits); d++ {
		row := make([]int, 2*d+1)
		for k := -d; k <= d; k += 2 {
			x := 0
			if d > 0 {
				x = step(furthest[d-1], d, k)
			}
			y := x - k
			for x < len(a) && y >= 0 && y < len(b) && bytes.Equal(a[x], b[y]) {
				x, y = x+1, y+1
			}
			row[k+d] = x
			if x >= len(a) && y >= len(b) {
				return trace(append(furthest, row), len(a), len(b))
			}
		}
		furthest = append(furthest, row)
	}
	return all
}

// step returns how far one gets with the d-th edit onto diagonal k, from the row before.
func step(row []int, d, k int) int {
	if down(row, d, k) {
		return row[k+1+d-1]
	}
	return row[k-1+d-1] + 1
}

// down reports whether the d-th edit onto diagonal k is an insertion.
func down(row []int, d, k int) bool {
	return k == -d || k != d && row[k-1+d-1] < row[k+1+d-1]
}

// trace walks back from the end and joins neighbouring edits.
func trace(furthest [][]int, x, y int) []edit {
	var edits []edit
	for d := len(furthest) - 1; d > 0; d-- {
		row, k := furthest[d-1], x-y
		insert := down(row, d, k)
		k--
		if insert {
			k += 2
		}
		fromX := row[k+d-1]
		fromY := fromX - k
		e := edit{fromX, fromX + 1, fromY, fromY}
		if insert {
			e = edit{fromX, fromX, fromY, fromY + 1}
		}
		if n := len(edits); n > 0 && edits[n-1].a == e.aEnd && edits[n-1].b == e.bEnd {
			edits[n-1].a, edits[n-1].b = e.a, e.b
		} else {
			edits = append(edits, e)
		}
		x, y = fromX, fromY
	}
	slices.Reverse(edits)
	return edits
}
