package eso

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// Release is a release line of ESO, such as 2.9. Patch releases of a line have the same API.
type Release struct{ Major, Minor int }

// ParseRelease reads "2.9", "v2.9.0", "0.20.4" or "2.9.0-rc1". The patch number and what follows it are ignored.
func ParseRelease(s string) (Release, error) {
	bad := fmt.Errorf("%q is not a release of the form 2.9 or v2.9.0", s)
	core, _, _ := strings.Cut(strings.TrimPrefix(s, "v"), "-")
	core, _, _ = strings.Cut(core, "+")
	parts := strings.Split(core, ".")
	if len(parts) < 2 || len(parts) > 3 {
		return Release{}, bad
	}
	var numbers [3]int
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 10, 16)
		if err != nil {
			return Release{}, bad
		}
		numbers[i] = int(n)
	}
	return Release{Major: numbers[0], Minor: numbers[1]}, nil
}

// String returns the line as "2.9".
func (r Release) String() string { return strconv.Itoa(r.Major) + "." + strconv.Itoa(r.Minor) }

// Compare returns -1, 0 or 1 as r is older than, the same as or newer than other.
func (r Release) Compare(other Release) int {
	if c := cmp.Compare(r.Major, other.Major); c != 0 {
		return c
	}
	return cmp.Compare(r.Minor, other.Minor)
}

// AtLeast reports whether r is other or newer.
func (r Release) AtLeast(other Release) bool { return r.Compare(other) >= 0 }
