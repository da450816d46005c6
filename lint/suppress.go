package lint

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"github.com/openova-io/esotree/diag"
)

const ignoreMark = "esotree:ignore "

// suppressed reports whether a comment on the finding's line, or in the comments right above it, takes the finding away. A
// comment that is over, or gives no reason, does not; the finding's hint then says so.
func suppressed(f *diag.Finding, now time.Time) bool {
	if !f.Span.IsValid() {
		return false
	}
	_, line, _ := f.Span.Location()
	for n := line; n >= 1; n-- {
		text := bytes.TrimSpace(f.Span.File.Line(n))
		if n < line && !bytes.HasPrefix(text, []byte("#")) {
			return false
		}
		_, comment, found := bytes.Cut(text, []byte("# "+ignoreMark))
		if !found {
			continue
		}
		fields := strings.Fields(string(comment))
		if len(fields) == 0 || !slices.Contains(strings.Split(fields[0], ","), f.Code) {
			continue
		}
		reason := fields[1:]
		ended := false
		if len(reason) > 0 {
			if until, ok := strings.CutPrefix(reason[0], "until="); ok {
				day, err := time.Parse(time.DateOnly, until)
				if err != nil {
					f.Hint = addHint(f.Hint, "the comment that ignores it says until="+until+", which is no date such as 2027-01-31")
					return false
				}
				reason = reason[1:]
				ended = !now.IsZero() && !now.Before(day.AddDate(0, 0, 1))
				if ended {
					f.Hint = addHint(f.Hint, "it was ignored until "+until)
				}
			}
		}
		if len(reason) == 0 {
			f.Hint = addHint(f.Hint, "the comment that ignores it gives no reason, so it does not count")
			return false
		}
		return !ended
	}
	return false
}

func addHint(hint, more string) string {
	if hint == "" {
		return more
	}
	return hint + "; " + more
}
