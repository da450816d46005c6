package object

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
)

type meta struct {
	Metadata struct {
		Name   string            `json:"name"`
		Labels map[string]string `json:"labels"`
	} `json:"metadata"`
}

// view has a field of each kind.
type view struct {
	meta
	Spec struct {
		Text     string                     `json:"text"`
		Optional *string                    `json:"optional"`
		Flag     bool                       `json:"flag"`
		Number   int                        `json:"number"`
		Raw      json.RawMessage            `json:"raw"`
		Parts    map[string]json.RawMessage `json:"parts"`
		Open     map[string]any             `json:"open"`
		Names    []string                   `json:"names"`
		Any      Text                       `json:"any"`
		List     []struct {
			A string  `json:"a"`
			B *string `json:"b"`
		} `json:"list"`
		Inner *struct {
			meta
			X any `json:"x"`
		} `json:"inner"`
	} `json:"spec"`
}

func decodesAlike(t *testing.T, text string) {
	t.Helper()
	var compact bytes.Buffer
	if json.Compact(&compact, []byte(text)) != nil {
		return // no JSON
	}
	for _, text := range []string{text, compact.String()} {
		var got, want view
		err, wantErr := decode([]byte(text), &got), json.Unmarshal([]byte(text), &want)
		if (err == nil) != (wantErr == nil) || err != nil && err.Error() != wantErr.Error() {
			t.Fatalf("%s: %v, and json.Unmarshal says %v", text, err, wantErr)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%s:\ngot  %#v\nwant %#v", text, got, want)
		}
	}
}

var viewTexts = []string{
	`{}`, `null`, `[]`, `{"metadata":{"name":"a","labels":{"b":"c","d":""}},"kind":"K","spec":null}`,
	`{"spec":{"text":"a\"b\u00e9","optional":"x","flag":true,"number":3,"raw":{"a":[1,"}",{}]},"parts":{"x":[1],"y":null},"open":{"a":1.5,"b":[null]},"names":["a","b"],"list":[{"a":"1","b":null},{"b":"2","c":[{}]}],"inner":{"metadata":{"name":"n"},"x":{"y":1}}}}`,
	`{"spec":{"any":"a\"b"}}`, `{"spec":{"any":null}}`, `{"spec":{"any":1}}`, `{"spec":{"any":{}}}`, `{"spec":{"any":["a"]}}`,
	`{"spec":{"names":[],"list":[],"optional":null,"flag":false,"raw":null,"parts":{},"open":null,"inner":null}}`,
	`{"spec":{"text":1}}`, `{"spec":{"flag":"x"}}`, `{"spec":{"list":{}}}`, `{"spec":[]}`, `{"Spec":{"TEXT":"a"}}`, `{"\u0073pec":{"text":"a"}}`, `{"spec":{"text":"a","text":"b"}}`, `{"spec":{"parts":{"a":1,"a":2}}}`,
	`{"spec":{"text":"` + "\xff" + `"}}`, `{"metadata":{"labels":{"ü":"ö"}}}`, `{"spec":{"text":"a"}} `, `{"spec":{"number":1e400}}`, `{"ſpec":{"text":"a"}}`,
}

// TestDecode: what decode does itself is what json.Unmarshal does.
func TestDecode(t *testing.T) {
	for _, text := range viewTexts {
		decodesAlike(t, text)
	}
	for _, text := range append(viewTexts[3:7], viewTexts[10]) {
		v := reflect.ValueOf(&view{}).Elem()
		if d := (viewDecoder{text: []byte(text)}); !d.value(formOf(v.Type()), v) {
			t.Errorf("%s is left to json.Unmarshal", text)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, text := range viewTexts {
		f.Add(text)
	}
	f.Fuzz(decodesAlike)
}
