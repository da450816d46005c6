package canon

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	yaml2 "go.yaml.in/yaml/v2"
	yaml3 "go.yaml.in/yaml/v3"
	yaml4 "go.yaml.in/yaml/v4"
	"sigs.k8s.io/yaml"
)

// readers fails the test unless every reader gets want, a value of encoding/json, from the text.
func readers(t *testing.T, text []byte, want any) {
	t.Helper()
	for name, unmarshal := range map[string]func([]byte, any) error{
		"sigs.k8s.io/yaml": func(b []byte, v any) error { return yaml.UnmarshalStrict(b, v) },
		"yaml 1.1":         func(b []byte, v any) error { return yaml2.UnmarshalStrict(b, v) },
		"yaml 1.2 (v3)":    func(b []byte, v any) error { return yaml3.Unmarshal(b, v) },
		"yaml 1.2 (v4)":    func(b []byte, v any) error { return yaml4.Unmarshal(b, v) },
	} {
		var got any
		if err := unmarshal(text, &got); err != nil {
			t.Errorf("%s: %v in %q", name, err, text)
		} else if got = plain(got); !reflect.DeepEqual(got, plain(want)) {
			t.Errorf("%s: got %#v, want %#v from %q", name, got, want, text)
		}
	}
}

// plain brings the values of the readers to one form: maps by text, numbers as float64.
func plain(v any) any {
	switch v := v.(type) {
	case map[any]any:
		m := make(map[string]any, len(v))
		for k, x := range v {
			text, ok := k.(string)
			if !ok {
				text = fmt.Sprintf("%T %v", k, k)
			}
			m[text] = plain(x)
		}
		return m
	case map[string]any:
		m := make(map[string]any, len(v))
		for k, x := range v {
			m[k] = plain(x)
		}
		return m
	case []any:
		l := make([]any, len(v))
		for i, x := range v {
			l[i] = plain(x)
		}
		return l
	case int:
		return float64(v)
	case int64:
		return float64(v)
	case uint64:
		return float64(v)
	case float64:
		return v + 0 // -0 is 0
	}
	return v
}

// pruned is what the encoder is meant to keep of an object.
func pruned(v any, root bool) any {
	switch v := v.(type) {
	case map[string]any:
		m := make(map[string]any, len(v))
		for k, x := range v {
			if x != nil && !(root && k == "status") {
				m[k] = pruned(x, false)
			}
		}
		return m
	case []any:
		l := make([]any, len(v))
		for i, x := range v {
			l[i] = pruned(x, false)
		}
		return l
	}
	return v
}

// laws checks one object: every reader gets it back, a second round gives the same bytes, and so does an encoder that is
// used again.
func laws(t *testing.T, v map[string]any) {
	t.Helper()
	want := pruned(v, true).(map[string]any)
	var e Encoder
	first, err := e.Append(nil, v)
	if err != nil {
		if longest(v) <= MaxKey/4 {
			t.Fatal(err)
		}
		return
	}
	readers(t, first, want)
	var back map[string]any
	if err := yaml.Unmarshal(first, &back); err != nil {
		t.Fatal(err)
	}
	second, err := e.Append(nil, back)
	if err != nil || !bytes.Equal(first, second) {
		t.Errorf("a second round gives %q, %v; the first %q", second, err, first)
	}
	for line := range strings.Lines(string(first)) {
		if !strings.HasSuffix(line, "\n") || strings.ContainsAny(line, "\r\ufeff\u0085\u2028\u2029") {
			t.Errorf("line %q", line)
		}
	}
}

func longest(v any) int {
	n := 0
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			n = max(n, len(k), longest(x))
		}
	case []any:
		for _, x := range v {
			n = max(n, longest(x))
		}
	}
	return n
}

// FuzzText: any text comes back from every reader as a value, a key, an item and within a deep object.
func FuzzText(f *testing.F) {
	for _, s := range []string{"", "a", "yes", "0x1", "1:30", "a\nb\n", "\n", " a\n b", "a\n\n\n", "a: b", "{{ .x }}", "\u0085", "a\u2028", "\ufeff", "---\n", "a\n---\nb",
		"\t", "a\n\tb", "'", `"`, "\x00", "\x7f", "\U0001f600", "a\n ", "a\n \n", "%YAML 1.1", "|", "- ", "<<", "=", "1e3", ".5", "2001-01-01", "!!str", "a #", "\r\n", "a\r", "NaN", "+.inf", "0b1", "0o1", "1_0", "0_X30"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = strings.ToValidUTF8(s, "\ufffd")
		laws(t, map[string]any{"k": s, "l": []any{s, []any{s, s}, map[string]any{"a": s, "b": s}}, "spec": map[string]any{"z": map[string]any{"z": s}}, "z": s})
		if len(s) <= MaxKey/4 && s != "status" {
			laws(t, map[string]any{s: s})
			laws(t, map[string]any{"spec": map[string]any{s: map[string]any{s: []any{map[string]any{s: "x"}}}}})
		}
	})
}

// FuzzObject: any JSON object comes back from every reader.
func FuzzObject(f *testing.F) {
	f.Add([]byte(`{"apiVersion":"v1","kind":"K","metadata":{"name":"n","creationTimestamp":null},"spec":{"a":[1,2.5,1e30,{"b":[]},[[{}]]],"b":null},"status":{}}`))
	f.Add([]byte(`{"a":{"":{"b":[null,true,false,-0,1e-9]}}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var v map[string]any
		if json.Unmarshal(b, &v) != nil || v == nil || !finite(v) {
			return
		}
		laws(t, v)
		// The same as raw JSON means the same, in another order.
		raw, err := Append(nil, json.RawMessage(b))
		if err != nil {
			return // a key twice, or a long one
		}
		readers(t, raw, pruned(v, true))
	})
}

// finite leaves out the numbers that no two readers agree about: integers between 64 bits and float64's exactness.
func finite(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		for _, x := range v {
			if !finite(x) {
				return false
			}
		}
	case []any:
		for _, x := range v {
			if !finite(x) {
				return false
			}
		}
	case float64:
		return math.Abs(v) < 1<<53
	}
	return true
}
