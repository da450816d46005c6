package canon

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
)

type meta struct {
	Name              string            `json:"name,omitempty"`
	GenerateName      string            `json:"generateName,omitempty"`
	Namespace         string            `json:"namespace,omitempty"`
	CreationTimestamp *string           `json:"creationTimestamp"`
	Labels            map[string]string `json:"labels,omitempty"`
	Annotations       map[string]string `json:"annotations,omitempty"`
}

type externalSecret struct {
	Kind       string             `json:"kind,omitempty"`
	APIVersion string             `json:"apiVersion,omitempty"`
	Metadata   meta               `json:"metadata"`
	Spec       externalSecretSpec `json:"spec,omitempty"`
	Status     struct {
		Conditions []string `json:"conditions"`
	} `json:"status"`
}

type storeRef struct {
	Name string `json:"name,omitempty"`
	Kind string `json:"kind,omitempty"`
}

type remoteRef struct {
	Key                string `json:"key"`
	MetadataPolicy     string `json:"metadataPolicy,omitempty"`
	Property           string `json:"property,omitempty"`
	ConversionStrategy string `json:"conversionStrategy,omitempty"`
	DecodingStrategy   string `json:"decodingStrategy,omitempty"`
}

type externalSecretSpec struct {
	StoreRef storeRef `json:"secretStoreRef,omitempty"`
	Target   struct {
		Name           string `json:"name,omitempty"`
		CreationPolicy string `json:"creationPolicy,omitempty"`
		DeletionPolicy string `json:"deletionPolicy,omitempty"`
		Template       *struct {
			Type          string            `json:"type,omitempty"`
			EngineVersion string            `json:"engineVersion,omitempty"`
			Metadata      struct{}          `json:"metadata"`
			Data          map[string]string `json:"data,omitempty"`
		} `json:"template,omitempty"`
		Immutable bool `json:"immutable,omitempty"`
	} `json:"target,omitempty"`
	RefreshPolicy   string `json:"refreshPolicy,omitempty"`
	RefreshInterval string `json:"refreshInterval,omitempty"`
	Data            []data `json:"data,omitempty"`
	DataFrom        []from `json:"dataFrom,omitempty"`
}

type data struct {
	SecretKey string    `json:"secretKey"`
	RemoteRef remoteRef `json:"remoteRef"`
}

type from struct {
	Extract   *remoteRef `json:"extract,omitempty"`
	Rewrite   []rewrite  `json:"rewrite,omitempty"`
	SourceRef *sourceRef `json:"sourceRef,omitempty"`
}

type rewrite struct {
	Regexp struct {
		Source string `json:"source"`
		Target string `json:"target"`
	} `json:"regexp"`
}

type sourceRef struct {
	StoreRef     *storeRef `json:"storeRef,omitempty"`
	GeneratorRef *storeRef `json:"generatorRef,omitempty"`
}

// example is an origin with an epoch, as the renderer makes it.
func example() *externalSecret {
	o := &externalSecret{Kind: "ExternalSecret", APIVersion: "external-secrets.io/v1"}
	o.Metadata = meta{Name: "postgres", Namespace: "acme-prod", Annotations: map[string]string{"z": "on", "a": "1h"}}
	o.Spec.RefreshPolicy, o.Spec.RefreshInterval = "OnChange", "1h0m0s"
	o.Spec.Target.Name, o.Spec.Target.CreationPolicy, o.Spec.Target.DeletionPolicy = "postgres", "CreateOrMerge", "Merge"
	o.Spec.Target.Template = new(struct {
		Type          string            `json:"type,omitempty"`
		EngineVersion string            `json:"engineVersion,omitempty"`
		Metadata      struct{}          `json:"metadata"`
		Data          map[string]string `json:"data,omitempty"`
	})
	o.Spec.Target.Template.EngineVersion = "v2"
	o.Spec.Target.Template.Data = map[string]string{
		"_epoch":   "2",
		"password": `{{ ternary (index . "password") "" (eq (index . "_epoch" | default "1") "2") | default .new_password }}`,
		"url":      `postgresql://app:{{ .password | urlquery }}@postgres.databases:5432/app?a=1&b=<2>`,
		"motd":     "it's\n  a <b>block</b>\n",
	}
	new1 := from{SourceRef: &sourceRef{GeneratorRef: &storeRef{Name: "postgres-generator", Kind: "Password"}}, Rewrite: make([]rewrite, 1)}
	new1.Rewrite[0].Regexp.Source, new1.Rewrite[0].Regexp.Target = "(.*)", "new_$1"
	o.Spec.DataFrom = []from{new1,
		{Extract: &remoteRef{Key: "acme/postgres", ConversionStrategy: "Default", DecodingStrategy: "None", MetadataPolicy: "None"},
			SourceRef: &sourceRef{StoreRef: &storeRef{Name: "vault-region2", Kind: "ClusterSecretStore"}}},
		{Extract: &remoteRef{Key: "acme/postgres", ConversionStrategy: "Default", DecodingStrategy: "None", MetadataPolicy: "None"},
			SourceRef: &sourceRef{StoreRef: &storeRef{Name: "vault-region1", Kind: "ClusterSecretStore"}}},
	}
	return o
}

const exampleYAML = `apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  name: postgres
  namespace: acme-prod
  annotations:
    a: 1h
    z: 'on'
spec:
  secretStoreRef: {}
  target:
    name: postgres
    creationPolicy: CreateOrMerge
    deletionPolicy: Merge
    template:
      engineVersion: v2
      metadata: {}
      data:
        _epoch: '2'
        motd: |
          it's
            a <b>block</b>
        password: '{{ ternary (index . "password") "" (eq (index . "_epoch" | default "1") "2") | default .new_password }}'
        url: postgresql://app:{{ .password | urlquery }}@postgres.databases:5432/app?a=1&b=<2>
  refreshPolicy: OnChange
  refreshInterval: 1h0m0s
  dataFrom:
  - rewrite:
    - regexp:
        source: (.*)
        target: new_$1
    sourceRef:
      generatorRef:
        name: postgres-generator
        kind: Password
  - extract:
      key: acme/postgres
      metadataPolicy: None
      conversionStrategy: Default
      decodingStrategy: None
    sourceRef:
      storeRef:
        name: vault-region2
        kind: ClusterSecretStore
  - extract:
      key: acme/postgres
      metadataPolicy: None
      conversionStrategy: Default
      decodingStrategy: None
    sourceRef:
      storeRef:
        name: vault-region1
        kind: ClusterSecretStore
`

func TestTyped(t *testing.T) {
	got, err := Append(nil, example())
	if err != nil || string(got) != exampleYAML {
		t.Errorf("got %v\n%s", err, got)
	}
}

func TestObjects(t *testing.T) {
	type m = map[string]any
	for name, c := range map[string]struct {
		value any
		want  string
	}{
		"order": {m{"zeta": 1, "alpha": 2, "spec": m{"b": 1, "a": 2}, "kind": "K", "metadata": m{"uid": "u", "annotations": m{"b": "1", "a": "2"},
			"labels": m{"x": "y"}, "namespace": "ns", "name": "n", "finalizers": []string{"f"}}, "apiVersion": "v1"},
			"apiVersion: v1\nkind: K\nmetadata:\n  name: 'n'\n  namespace: ns\n  labels:\n    x: 'y'\n  annotations:\n    a: '2'\n    b: '1'\n  finalizers:\n  - f\n  uid: u\nspec:\n  a: 2\n  b: 1\nalpha: 2\nzeta: 1\n"},
		"raw keeps its order":       {json.RawMessage(` {"spec": {"b": 1, "a": {"metadata": {"z": 1, "name": 2}}}, "kind": "K"} `), "kind: K\nspec:\n  b: 1\n  a:\n    metadata:\n      z: 1\n      name: 2\n"},
		"status and nulls":          {m{"status": m{"a": []int{1}, "b": "}\"{"}, "a": nil, "metadata": m{"creationTimestamp": nil}, "spec": m{"status": m{"x": nil}}}, "metadata: {}\nspec:\n  status: {}\n"},
		"status of other kinds":     {json.RawMessage(`{"status":[[{}],"]"],"a":1}`), "a: 1\n"},
		"status last":               {json.RawMessage(`{"a":1,"status":true}`), "a: 1\n"},
		"nothing":                   {m{}, "{}\n"},
		"nothing left":              {m{"status": 1, "a": nil}, "{}\n"},
		"empty values":              {m{"a": m{}, "b": []int{}, "c": ""}, "a: {}\nb: []\nc: ''\n"},
		"lists in lists":            {m{"a": []any{[]any{1, []any{2}}, []any{}, m{}, m{"x": nil}, nil, m{"b": 1, "c": []any{2}}, "d"}}, "a:\n- - 1\n  - - 2\n- []\n- {}\n- {}\n- null\n- b: 1\n  c:\n  - 2\n- d\n"},
		"numbers":                   {json.RawMessage(`{"a":[0,-1,1.5,1e5,1E+5,-2.5e-7,1e21,-0,12345678901234567890]}`), "a:\n- 0\n- -1\n- 1.5\n- 1.0e+5\n- 1.0e+5\n- -2.5e-7\n- 1.0e+21\n- 0\n- 12345678901234567890\n"},
		"float64":                   {m{"a": 1e21, "b": 1e-7, "c": math.MaxFloat64, "d": 0.1}, "a: 1.0e+21\nb: 1.0e-7\nc: 1.7976931348623157e+308\nd: 0.1\n"},
		"booleans":                  {m{"a": true, "b": false}, "a: true\nb: false\n"},
		"html":                      {m{"a": "<&>", "b": "a\u2028b"}, "a: <&>\nb: \"a\\u2028b\"\n"},
		"escaped html in raw":       {json.RawMessage(`{"a":"\u003c\u0026\u003E\/"}`), "a: <&>/\n"},
		"surrogates":                {json.RawMessage(`{"a":"\ud83d\ude00","b":"\ud800x","c":"\ud800\u0041","d":"\udc00"}`), "a: \U0001f600\nb: \ufffdx\nc: \ufffdA\nd: \ufffd\n"},
		"invalid UTF-8":             {json.RawMessage("{\"a\":\"x\xffy\"}"), "a: x\ufffdy\n"},
		"keys":                      {m{"": 1, "yes": 1, "a: b": 1, "12": 1, "a\nb": 1, "<<": 1, "é": 1, "'": 1}, "'': 1\n'''': 1\n'12': 1\n'<<': 1\n\"a\\nb\": 1\n'a: b': 1\n'yes': 1\né: 1\n"},
		"block in a list":           {m{"a": []any{"x\ny\n", m{"b": "x\n\ny"}, []any{"x\ny\n\n\n"}}}, "a:\n- |\n  x\n  y\n- b: |-\n    x\n\n    y\n- - |+\n    x\n    y\n\n\n"},
		"equal keys elsewhere":      {json.RawMessage(`{"b":{"b":1,"a":1},"a":{"b":1,"a":1}}`), "b:\n  b: 1\n  a: 1\na:\n  b: 1\n  a: 1\n"},
		"deep":                      {json.RawMessage(strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40)), deep(40)},
		"a null that would be last": {json.RawMessage(`{"a":1,"b":null}`), "a: 1\n"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Append([]byte("# head\n"), c.value)
			if err != nil || string(got) != "# head\n"+c.want {
				t.Errorf("got  %q, %v\nwant %q", got, err, c.want)
			}
		})
	}
}

func deep(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat("  ", i) + "a:")
		if i < n-1 {
			b.WriteString("\n")
		}
	}
	return b.String() + " 1\n"
}

func TestTexts(t *testing.T) {
	for text, want := range map[string]string{
		// plain
		"abc": "abc", "a b": "a b", "/a": "/a", "a:b": "a:b", "a#b": "a#b", "https://x:8200": "https://x:8200", "1h0m0s": "1h0m0s", "(.*)": "(.*)",
		"$1": "$1", "-a": "-a", "<none>": "<none>", "a'b\"": "a'b\"", `a\b`: `a\b`, "yesterday": "yesterday", "no one": "no one", "truely": "truely",
		"v1.2.3": "v1.2.3", "ümläut 漢字 😀": "ümläut 漢字 😀", "a, [b]": "a, [b]", "_x": "_x", "10.0.0.0/8": "10.0.0.0/8", "NaN": "NaN",
		"2c26b46b68ff": "2c26b46b68ff",
		// words and numbers of some reader
		"": "''", "y": "'y'", "Yes": "'Yes'", "NO": "'NO'", "on": "'on'", "Off": "'Off'", "True": "'True'", "null": "'null'", "~": "'~'",
		"1": "'1'", "-1": "'-1'", "+1": "'+1'", "1e3": "'1e3'", "0x1F": "'0x1F'", "0_X30": "'0_X30'", "-_0x1": "'-_0x1'", "0xyz": "0xyz", "012": "'012'", "0o7": "'0o7'", "0b1": "'0b1'", "1_000": "'1_000'", "1:30": "'1:30'",
		".5": "'.5'", "1.": "'1.'", ".inf": "'.inf'", "-.INF": "'-.INF'", ".NaN": "'.NaN'", "2026-11-23": "'2026-11-23'", "2026-11-23T10:00:00Z": "'2026-11-23T10:00:00Z'",
		"2026-11-23 10:00:00 +1": "'2026-11-23 10:00:00 +1'", "=": "'='", "<<": "'<<'", "1,000": "'1,000'", "10.0.0.1": "'10.0.0.1'", "1e1000": "'1e1000'", "-": "'-'", "--": "'--'",
		// indicators
		"{{ .x }}": "'{{ .x }}'", "[a]": "'[a]'", "- a": "'- a'", "? a": "'? a'", "a: b": "'a: b'", "a:": "'a:'", "a #b": "'a #b'", "#a": "'#a'", "&a": "'&a'", "*a": "'*a'",
		"!a": "'!a'", "|": "'|'", ">a": "'>a'", "'a": "'''a'", "it's: x": "'it''s: x'", `"a"`: `'"a"'`, "%a": "'%a'", "@a": "'@a'", "`a": "'`a'", ", a": "', a'", ":a": "':a'",
		"---": "'---'", "--- a": "'--- a'", "...": "'...'", "... a": "'... a'",
		" a": "' a'", "a ": "'a '", " ": "' '",
		// not printable
		"a\tb": `"a\tb"`, "\x00": `"\x00"`, "a\x1bb": `"a\x1bb"`, "\x7f": `"\x7f"`, "a\u0085b": `"a\x85b"`, "a\u00a0b": `"a\xa0b"`, "a\u2028b": `"a\u2028b"`, "\ufeffa": `"\ufeffa"`,
		"\u202ea": `"\u202ea"`, "\ue000": `"\ue000"`, "\U000e0001": `"\U000e0001"`, "\"\\\r": `"\"\\\r"`, "\uffff": `"\uffff"`, "\U0010ffff": `"\U0010ffff"`,
		// several lines
		"a\nb": "|-\n  a\n  b", "a\nb\n": "|\n  a\n  b\n", "a\n\n": "|+\n  a\n\n", "a\n\n\n": "|+\n  a\n\n\n", "a\n  b\n": "|\n  a\n    b\n", "a\tb\nc": "|-\n  a\tb\n  c", "a\n# b": "|-\n  a\n  # b",
		"---\na": "|-\n  ---\n  a", "a \nb": "|-\n  a \n  b", "\na": `"\na"`, " a\nb": `" a\nb"`, "\n": `"\n"`, "a\r\nb": `"a\r\nb"`, "\ta\nb": `"\ta\nb"`, "a\n\tb": `"a\n\tb"`, "a\n\u2028": `"a\n\u2028"`,
	} {
		got, err := Append(nil, map[string]any{"k": text})
		if want = "k: " + strings.TrimSuffix(want, "\n") + "\n"; strings.HasPrefix(want, "k: |+") {
			want += "\n"
		}
		if strings.HasPrefix(want, "k: |+\n  a\n\n") {
			want = "k: |+\n  a" + strings.Repeat("\n", len(text)-1)
		}
		if err != nil || string(got) != want {
			t.Errorf("%q: got %q, want %q, %v", text, got, want, err)
		}
		readers(t, got, map[string]any{"k": text})
	}
}

func TestErrors(t *testing.T) {
	many := `{"z":1`
	for i := range 40 {
		many += `,"` + strings.Repeat("k", i+1) + `":1`
	}
	for name, c := range map[string]struct {
		value any
		want  string
	}{
		"a list":                {json.RawMessage(`[]`), "not an object"},
		"a text":                {"x", "not an object"},
		"nothing":               {nil, "not an object"},
		"no JSON":               {json.RawMessage(`{"a"`), "unexpected end"},
		"no value of JSON":      {map[string]any{"a": math.Inf(1)}, "unsupported value"},
		"a key twice":           {json.RawMessage(`{"a":{"b":1,"c":2,"b":3}}`), `"b" stands twice`},
		"a key twice, escaped":  {json.RawMessage(`{"b":1,"\u0062":3}`), `"b" stands twice`},
		"a key twice as a null": {json.RawMessage(`{"b":1,"b":null}`), `"b" stands twice`},
		"a key twice in many":   {json.RawMessage(many + `,"z":1}`), `"z" stands twice`},
		"a long key":            {map[string]any{strings.Repeat("k", 1001): 1}, "longer than 1000 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			var e Encoder
			got, err := e.Append([]byte("x"), c.value)
			if err == nil || !strings.Contains(err.Error(), c.want) || string(got) != "x" {
				t.Errorf("got %q, %v", got, err)
			}
			if again, err := e.Append(nil, example()); err != nil || string(again) != exampleYAML {
				t.Errorf("after an error: %v\n%s", err, again)
			}
		})
	}
	if _, err := Append(nil, json.RawMessage(many+"}")); err != nil {
		t.Errorf("many keys, each once: %v", err)
	}
	if _, err := Append(nil, map[string]any{strings.Repeat("k", 1000): 1}); err != nil {
		t.Errorf("a key of 1000 bytes: %v", err)
	}
}
