package schema

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Duration is a Go duration such as 1h30m that may also count days: 90d, 1d12h. It is kept as text, since it may hold $(…).
type Duration string

// Parse returns the duration. The error says what a duration looks like. A bare 0 is zero.
func (d Duration) Parse() (time.Duration, error) {
	text := string(d)
	var days time.Duration
	if i := strings.IndexByte(text, 'd'); i > 0 {
		n, err := strconv.ParseUint(text[:i], 10, 16)
		if err != nil {
			return 0, errDuration(text)
		}
		days = time.Duration(n) * 24 * time.Hour
		if text = text[i+1:]; text == "" {
			return days, nil
		}
	}
	rest, err := time.ParseDuration(text)
	if err != nil || rest < 0 {
		return 0, errDuration(string(d))
	}
	return days + rest, nil
}

func errDuration(text string) error {
	return fmt.Errorf("%q is not a duration such as 30s, 1h or 90d", text)
}
