package schema_test

import (
	"testing"
	"time"

	"github.com/openova-io/esotree/schema"
)

func TestDuration(t *testing.T) {
	const day = 24 * time.Hour
	for text, want := range map[string]time.Duration{
		"0": 0, "0s": 0, "30s": 30 * time.Second, "1h": time.Hour, "1h30m": 90 * time.Minute, "1.5h": 90 * time.Minute, "2160h": 90 * day,
		"250ms": 250 * time.Millisecond, "90d": 90 * day, "1d12h": 36 * time.Hour, "0d": 0, "1h0m0s": time.Hour, "1d1h1m1s1ms": day + time.Hour + time.Minute + time.Second + time.Millisecond,
		"9999d999999.999h9999999.999m999999999.999s999999999ms": 9999*day + 999999*time.Hour + 999*3600*time.Millisecond +
			9999999*time.Minute + 999*60*time.Millisecond + 999999999*time.Second + 999*time.Millisecond + 999999999*time.Millisecond,
	} {
		if got, err := schema.Duration(text).Parse(); err != nil || got != want {
			t.Errorf("%s: got %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "1", "h", "-1h", "+1h", "1x", "1 h", " 1h", "1h ", "1m1h", "1h1h", "1us", ".5h", "1.h", "1,5h", "1.5d", "10000d", "1e3s", "$(x)", "90d\n", "1d-1h", "٣h"} {
		if got, err := schema.Duration(text).Parse(); err == nil {
			t.Errorf("%q is accepted as %v", text, got)
		}
	}
}

// FuzzDuration: what is accepted is not negative, and is what the time package makes of it where that reads it too.
func FuzzDuration(f *testing.F) {
	for _, text := range []string{"1h", "90d", "1d12h", "0", "9999d999999h", "1.5m", "x"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := schema.Duration(text).Parse()
		if err != nil {
			return
		}
		if got < 0 {
			t.Errorf("%q is %v", text, got)
		}
		if want, err := time.ParseDuration(text); err == nil && got != want {
			t.Errorf("%q is %v, not %v", text, got, want)
		}
		if again, err := schema.Duration(got.String()).Parse(); err == nil && again != got {
			t.Errorf("%q is %v, and that is %v", text, got, again)
		}
	})
}
