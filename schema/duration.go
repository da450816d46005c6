package schema

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Duration is days, hours, minutes, seconds and milliseconds, each at most once and in this order: 90d, 1h30m, 1.5h; or 0.
// It is kept as text, since it may hold $(…).
type Duration string

// The bounds on the digits keep every sum within a time.Duration, some 290 years.
const (
	hours   = `[0-9]{1,6}(\.[0-9]{1,3})?h`
	minutes = `[0-9]{1,7}(\.[0-9]{1,3})?m`
	seconds = `[0-9]{1,9}(\.[0-9]{1,3})?s`
	millis  = `[0-9]{1,9}ms`
)

// DurationPattern is the regular expression of a Duration whose $(…) are expanded. RE2 and ECMAScript read it alike.
const DurationPattern = `^(0` +
	`|[0-9]{1,4}d(` + hours + `)?(` + minutes + `)?(` + seconds + `)?(` + millis + `)?` +
	`|` + hours + `(` + minutes + `)?(` + seconds + `)?(` + millis + `)?` +
	`|` + minutes + `(` + seconds + `)?(` + millis + `)?` +
	`|` + seconds + `(` + millis + `)?` +
	`|` + millis + `)$`

var durationForm = regexp.MustCompile(DurationPattern)

var units = map[byte]time.Duration{'d': 24 * time.Hour, 'h': time.Hour, 'm': time.Minute, 's': time.Second}

// Parse returns the duration. The error says what a duration looks like.
func (d Duration) Parse() (time.Duration, error) {
	text := string(d)
	if n := len(text) - 1; n > 0 && n < 5 { // such as 1h, which nearly all are
		if unit, known := units[text[n]]; known {
			if count, err := strconv.ParseUint(text[:n], 10, 16); err == nil {
				return time.Duration(count) * unit, nil
			}
		}
	}
	if !durationForm.MatchString(text) {
		return 0, fmt.Errorf("%q is not a duration such as 30s, 1h or 90d", text)
	}
	var days time.Duration
	if count, rest, ok := strings.Cut(text, "d"); ok {
		n, err := strconv.ParseUint(count, 10, 16)
		if err != nil {
			return 0, err
		}
		days = time.Duration(n) * 24 * time.Hour
		if text = rest; text == "" {
			return days, nil
		}
	}
	rest, err := time.ParseDuration(text)
	return days + rest, err
}
