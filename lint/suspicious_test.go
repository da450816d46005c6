package lint

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/openova-io/esotree/internal/secretscan"
	"github.com/openova-io/esotree/object"
)

// FuzzSuspicious checks that the quick look at an object misses nothing that the look at each string finds.
func FuzzSuspicious(f *testing.F) {
	token := "AKIA" + strings.Repeat("Z7QW", 4)
	for _, text := range []string{`{}`, `{"a":"b"}`, `{"a":["x","postgresql://app:Hx7Qm2Lp9Rt4@db:5432/app"]}`, `{"a":{"b\"c":"\u0041KIA` + token[4:] + `"}}`, `"\\"`, `{"a":"` + token + `"}`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		o := &object.Object{Value: json.RawMessage(text)}
		var in any
		if json.Unmarshal([]byte(text), &in) != nil {
			suspicious(o)
			return
		}
		found := false
		eachString(in, "", func(_, value string) {
			_, is := secretscan.Scan(value)
			found = found || is
		})
		if found && !suspicious(o) {
			t.Errorf("%q is passed over", text)
		}
	})
}
