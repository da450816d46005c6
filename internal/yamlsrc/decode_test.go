package yamlsrc

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
)

// even reads itself.
type even int

func (e *even) UnmarshalJSON(b []byte) error {
	var i int
	if err := json.Unmarshal(b, &i); err != nil || i%2 != 0 {
		return errors.New("an even number is wanted.")
	}
	*e = even(i)
	return nil
}

func (e even) MarshalJSON() ([]byte, error) { return json.Marshal(int(e)) }

type level int

func (l *level) UnmarshalText(b []byte) error {
	if string(b) != "high" {
		return errors.New("the level must be high")
	}
	*l = 1
	return nil
}

func (l level) MarshalText() ([]byte, error) { return []byte("high"), nil }

type Common struct {
	APIVersion string `json:"apiVersion,omitempty"`
	Kind       string `json:"kind,omitempty"`
}

type sampleInner struct {
	Name  string   `json:"name" esotree:"required"`
	Ports []uint16 `json:"ports,omitempty"`
	Even  even     `json:"even,omitempty"`
	Level *level   `json:"level,omitempty"`
}

type sampleStruct struct {
	Common  `json:",inline"`
	*Pooled `json:",inline"`
	Flag    *bool                  `json:"flag,omitempty"`
	Ratio   float64                `json:"ratio,omitempty"`
	Count   int                    `json:"count,omitempty"`
	Byte    int8                   `json:"byte,omitempty"`
	Text    map[string]string      `json:"text,omitempty"`
	Inner   sampleInner            `json:"inner"`
	List    []*sampleInner         `json:"list,omitempty"`
	ByName  map[string]sampleInner `json:"byName,omitempty"`
	Raw     json.RawMessage        `json:"raw,omitempty"`
	Any     any                    `json:"any,omitempty"`
	Hidden  string                 `json:"-"`
	private string
}

type Pooled struct {
	Pool string `json:"pool,omitempty"`
}

func TestDecode(t *testing.T) {
	var got sampleStruct
	d := one(t, `
apiVersion: v1
pool: p
flag: false
ratio: 3
count: 0x10
byte: -128
text: {a: "1", b: x}
inner: {name: m, ports: [80, 65535], even: 4, level: high}
list: [{name: a}, null]
byName: {"x.y": {name: b}}
raw: {z: 1, a: [true]}
any: {i: 1, f: 1.5, s: x, none: null, l: [18446744073709551615]}
`)
	if findings := Decode(d, &got); len(findings) > 0 {
		t.Fatal(showAll(findings))
	}
	no, high := false, level(1)
	want := sampleStruct{
		Common: Common{APIVersion: "v1"}, Pooled: &Pooled{"p"}, Flag: &no, Ratio: 3, Count: 16, Byte: -128,
		Text:   map[string]string{"a": "1", "b": "x"},
		Inner:  sampleInner{Name: "m", Ports: []uint16{80, 65535}, Even: 4, Level: &high},
		List:   []*sampleInner{{Name: "a"}, nil},
		ByName: map[string]sampleInner{"x.y": {Name: "b"}},
		Raw:    json.RawMessage(`{"z":1,"a":[true]}`),
		Any:    map[string]any{"i": int64(1), "f": 1.5, "s": "x", "none": nil, "l": []any{uint64(18446744073709551615)}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestDecodeReports(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"unknown field":         {"inner: {name: a}\ncuont: 1\n", `2:1: unknown-field: unknown field "cuont" (did you mean "count"?) cuont`},
		"unknown, nothing near": {"inner: {name: a}\nzebra: 1\n", `2:1: unknown-field: unknown field "zebra" zebra`},
		"fields of Go":          {"inner: {name: a}\nHidden: 1\nprivate: 1\nCommon: {}\n", "2:1: unknown-field: unknown field \"Hidden\" Hidden\n3:1: unknown-field: unknown field \"private\" private\n4:1: unknown-field: unknown field \"Common\" Common"},
		"case matters":          {"inner: {Name: a}\n", "1:9: unknown-field: unknown field \"Name\" (did you mean \"name\"?) inner.Name"},
		"number for string":     {"kind: 12\ninner: {name: a}\n", `1:7: wrong-type: a string is wanted, found a number (quote it: "12") kind`},
		"bool for string":       {"kind: true\ninner: {name: a}\n", `1:7: wrong-type: a string is wanted, found true (quote it: "true") kind`},
		"norway":                {"kind: no\ninner: {name: a}\n", `1:7: wrong-type: a string is wanted, found no, which YAML reads as false (quote it: "no") kind`},
		"list for string":       {"kind: [a]\ninner: {name: a}\n", `1:7: wrong-type: a string is wanted, found a list kind`},
		"string for list":       {"list: a\ninner: {name: a}\n", `1:7: wrong-type: a list is wanted, found a string list`},
		"string for map":        {"inner: a\n", `1:8: wrong-type: a map is wanted, found a string inner`},
		"string for number":     {"ratio: 'a'\ncount: x\ninner: {name: a}\n", "1:8: wrong-type: a number is wanted, found a string ratio\n2:8: wrong-type: a whole number is wanted, found a string count"},
		"fraction":              {"count: 1.5\ninner: {name: a}\n", `1:8: wrong-type: a whole number is wanted, found a number count`},
		"range":                 {"byte: 128\ninner: {name: a, ports: [-1, 65536]}\n", "1:7: wrong-type: the number 128 is out of range byte\n2:26: wrong-type: the number -1 is out of range inner.ports[0]\n2:30: wrong-type: the number 65536 is out of range inner.ports[1]"},
		"string for bool":       {"flag: 'true'\ninner: {name: a}\n", `1:7: wrong-type: true or false is wanted, found a string flag`},
		"a type's own error":    {"inner: {name: a, even: 3, level: low}\n", "1:24: wrong-type: an even number is wanted inner.even\n1:34: wrong-type: the level must be high inner.level"},
		"a key that is no text": {"text: {yes: a, 1: b}\ninner: {name: a}\n", "1:8: wrong-type: a key must be a string, found yes, which YAML reads as true (quote it: \"yes\") text.true\n1:16: wrong-type: a key must be a string, found a number (quote it: \"1\") text.1"},
		"missing":               {"count: 1\ninner: {}\nlist:\n- ports: []\n- name:\nbyName: {x: {}}\n", "2:1: missing-field: the field \"name\" is missing (add name: …) inner.name\n4:3: missing-field: the field \"name\" is missing (add name: …) list[0].name\n5:3: missing-field: the field \"name\" is missing (add name: …) list[1].name\n6:10: missing-field: the field \"name\" is missing (add name: …) byName.x.name"},
		"not a map":             {"[a]\n", `1:1: wrong-type: a map is wanted, found a list `},
		"everything in one run": {"kind: 1\nflag: x\nzebra: 1\ninner: {name: {}}\n", "1:7: wrong-type: a string is wanted, found a number (quote it: \"1\") kind\n2:7: wrong-type: true or false is wanted, found a string flag\n3:1: unknown-field: unknown field \"zebra\" zebra\n4:15: wrong-type: a string is wanted, found a map inner.name"},
	} {
		t.Run(name, func(t *testing.T) {
			var into sampleStruct
			var got []string
			for _, f := range Decode(one(t, c.in), &into) {
				got = append(got, show(f)+" "+f.Path)
			}
			if strings.Join(got, "\n") != c.want {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), c.want)
			}
		})
	}
}

func TestDecodeIntoNothing(t *testing.T) {
	d := one(t, "a: 1")
	for _, into := range []any{nil, sampleStruct{}, (*sampleStruct)(nil)} {
		if len(Decode(d, into)) == 0 {
			t.Errorf("%T was accepted", into)
		}
	}
}

// FuzzDecode: what is encoded as JSON or YAML is decoded to the same value.
func FuzzDecode(f *testing.F) {
	f.Add("a", "yes", 1.5, int64(3), uint16(80), true)
	f.Add("tls.crt", "|\n x", -0.0, int64(-1), uint16(0), false)
	f.Add("", "\u2028\t", 1e300, int64(1)<<62, uint16(1), false)
	f.Fuzz(func(t *testing.T, a, b string, ratio float64, count int64, port uint16, flag bool) {
		want := sampleStruct{
			Common: Common{Kind: b}, Flag: &flag, Ratio: ratio, Count: int(count), Text: map[string]string{a: b},
			Inner: sampleInner{Name: a, Even: even(count * 2)}, List: []*sampleInner{{Name: b, Ports: []uint16{port}}},
			ByName: map[string]sampleInner{b: {Name: a}}, Any: map[string]any{"x": []any{a, count, flag}},
		}
		text, err := json.Marshal(want)
		if err != nil {
			return
		}
		var clean sampleStruct // the strings as JSON holds them, where they were not UTF-8
		if json.Unmarshal(text, &clean) != nil {
			return
		}
		if again, err := json.Marshal(clean); err != nil || string(again) != string(text) {
			return
		}
		documents, findings := Read(fileOf(text), Limits{})
		if len(findings) > 0 {
			if strings.ContainsFunc(a+b, func(r rune) bool { return r < 0x20 || r >= 0x7f }) {
				return // JSON may hold what YAML does not allow unescaped
			}
			first, _ := json.Marshal(a)
			second, _ := json.Marshal(b) // which escapes more than strconv.Quote
			if len(first) > 1024 || len(second) > 1024 {
				return // nor does YAML allow a longer key on one line
			}
			t.Fatalf("%s: %s", text, showAll(findings))
		}
		var got sampleStruct
		if findings := Decode(documents[0], &got); len(findings) > 0 {
			t.Fatalf("%s: %s", text, showAll(findings))
		}
		again, err := json.Marshal(got)
		if err != nil || string(again) != string(text) {
			t.Errorf("got  %s, %v\nwant %s", again, err, text)
		}
	})
}
