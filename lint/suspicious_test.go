package lint

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/openova-io/esotree/internal/secretscan"
	"github.com/openova-io/esotree/object"
)

// FuzzSuspicious checks that the quick look at the strings of an object misses nothing that the look at each string in its place finds.
func FuzzSuspicious(f *testing.F) {
	token := "AKIA" + strings.Repeat("Z7QW", 4)
	for _, text := range []string{`{}`, `{"a":"b"}`, `{"a":["x","postgresql://app:Hx7Qm2Lp9Rt4@db:5432/app"]}`, `{"a":{"b\"c":"\u0041KIA` + token[4:] + `"}}`, `"\\"`, `{"a":"` + token + `"}`} {
		f.Add(text)
	}
	suspicious := func(value string) bool {
		_, found := secretscan.Scan(value)
		return found
	}
	f.Fuzz(func(t *testing.T, text string) {
		var in any
		if json.Unmarshal([]byte(text), &in) != nil {
			return
		}
		quick := slices.Collect((&object.Object{Value: json.RawMessage(text)}).Strings())
		eachString(in, "", func(_, value string) {
			if suspicious(value) && !slices.Contains(quick, value) {
				t.Errorf("%q is passed over", value)
			}
		})
	})
}
