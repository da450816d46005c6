package yamlsrc

import (
	"encoding/json"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/openova-io/esotree/diag"
	kyaml "sigs.k8s.io/yaml"
)

func TestJSONEqualsKubernetes(t *testing.T) {
	for _, s := range []string{
		"yes", "No", "on", "y", "N", "True", "tRue", "~", "null", "Null", "''", "'12'", `"true"`, "12", "+12", "-0", "0777", "0o17", "08", "0x1F", "0b11",
		"-0b11", "+0b11", "1_000", "1e3", "1.", ".5", "-.5", "+.5", ".", "1e400", "12345678901234567890", "123456789012345678901234567890", "-9223372036854775809", "1:30",
		"2026-01-31", "2026-01-31T10:00:00Z", "1.10", "0.1", "1e21", "1e-7", "100000000000000000000.0", "0x", "0b", "1__2", "_1", "!!str 12", `!!int "12"`, "!!float 3",
		`!!binary "aGk="`, "!custom x", "a\n b", "|\n a\n b\n", ">-\n a\n b\n", "é", "\"\\u2028<>&\\x01\"", "{1: a, 1.5: b, yes: c, 0x10: d, 2026-01-31: e}",
		"[a, [], {}, {b: }]", "!!null ''", "!!bool yes", "<<", "'<<'", "[<<]", "0.30000000000000004",
	} {
		text := "v: " + s + "\n"
		want, err := kyaml.YAMLToJSON([]byte(text))
		if err != nil {
			t.Errorf("%s: the oracle: %v", s, err)
			continue
		}
		got, err := one(t, text).JSON()
		if err != nil {
			t.Errorf("%s: %v", s, err)
			continue
		}
		if !sameJSON(got, want) {
			t.Errorf("%s: got %s, want %s", s, got, want)
		}
	}
}

func TestJSONKeepsOrderAndRefusesInfinity(t *testing.T) {
	got, err := one(t, "b: 1\na: {d: 1, c: 2}\n").JSON()
	if want := `{"b":1,"a":{"d":1,"c":2}}`; err != nil || string(got) != want {
		t.Errorf("got %s, %v", got, err)
	}
	for _, s := range []string{".inf", ".nan", "-.Inf"} {
		if got, err := one(t, "a: "+s).JSON(); err == nil {
			t.Errorf("%s became %s", s, got)
		}
	}
}

// sameJSON compares two JSON texts, numbers by their digits.
func sameJSON(a, b []byte) bool {
	decode := func(text []byte) (v any) {
		d := json.NewDecoder(strings.NewReader(string(text)))
		d.UseNumber()
		if d.Decode(&v) != nil {
			return text
		}
		return v
	}
	return reflect.DeepEqual(decode(a), decode(b))
}

// What the two readers mean differently on purpose: aliases and merge keys, explicit tags, several documents, directives.
var notCompared = regexp.MustCompile(`[&*!<]|---|\.\.\.|%`)

func FuzzRead(f *testing.F) {
	f.Add([]byte(sample))
	for _, s := range []string{
		"a: [1, {b: 'c'}]\n---\n- x\n", "\tx", "a:\r- b\r", "? a\n: b", "a: |2\n   x\n", "\u2028a: b", "a: &x [*x]", "{a: 1, a: 2}", "- - - a", "a: \"\\\n\"", "!!str &a b: *a",
		"a: !<x> &y\n  b", "#\n \n'a' : \"b\" #c", "a: [\n# ]\n]", "[a\n,b]: c", "? - a\n: {<<: {b: 1}}", "--- |\n x\n...\n", "{", "\"", "a: >-\n\n\n  b\n c: d", "\ufeff", "a: 'b''", "\u0085a: b",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 4096 {
			return
		}
		for _, aliases := range []bool{false, true} {
			documents, findings := Read(diag.NewFile("f", data), Limits{Aliases: aliases})
			for _, finding := range findings {
				checkSpan(t, data, finding.Span)
				if finding.Code == "" || finding.Message == "" {
					t.Errorf("an empty finding: %+v", finding)
				}
			}
			for _, d := range documents {
				checkNodes(t, d, data, "", 0)
				if b, err := d.JSON(); err == nil && !json.Valid(b) {
					t.Errorf("JSON is %q", b)
				}
				var into sampleStruct
				for _, finding := range Decode(d, &into) {
					checkSpan(t, data, finding.Span)
				}
			}
			if aliases && len(findings) == 0 && len(documents) == 1 && !notCompared.Match(data) {
				compare(t, documents[0], data)
			}
		}
	})
}

func compare(t *testing.T, d *Document, data []byte) {
	want, err := kyaml.YAMLToJSON(data)
	if err != nil {
		return
	}
	got, err := d.JSON()
	if err != nil {
		t.Errorf("kubectl reads it: %s, not we: %v", want, err)
	} else if !sameJSON(got, want) {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func checkSpan(t *testing.T, data []byte, s diag.Span) {
	if s.File == nil || s.Start < 0 || s.End < s.Start || int(s.End) > len(data) {
		t.Errorf("the span is %d to %d of %d", s.Start, s.End, len(data))
	}
}

func checkNodes(t *testing.T, d *Document, data []byte, path string, depth int) {
	if depth > 6 {
		return
	}
	if !d.Has(path) {
		t.Errorf("there is nothing at %s", path)
	}
	checkSpan(t, data, d.Span(path))
	checkSpan(t, data, d.KeySpan(path))
	_, value, _ := d.find(path)
	n := d.at(value)
	if d.nodes[n].kind == Map {
		list := d.pairs(n)
		for _, p := range list[:min(len(list), 3)] {
			checkNodes(t, d, data, Join(path, p.name), depth+1)
		}
	}
	if d.nodes[n].kind == List {
		for i := range min(d.children(n), 3) {
			checkNodes(t, d, data, Index(path, i), depth+1)
		}
	}
}
