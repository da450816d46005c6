package yamlsrc

import (
	"testing"

	"github.com/openova-io/esotree/diag"
)

// A Document is an object.Origin, which this package can't import.
var _ interface{ Span(string) diag.Span } = (*Document)(nil)

// one reads a text of one document that has nothing wrong.
func one(t testing.TB, text string) *Document {
	t.Helper()
	documents, findings := Read(diag.NewFile("f.yaml", []byte(text)), Limits{Aliases: true})
	if len(findings) > 0 || len(documents) != 1 {
		t.Fatalf("%d documents, findings %s", len(documents), showAll(findings))
	}
	return documents[0]
}

func text(s diag.Span) string { return string(s.File.Data[s.Start:s.End]) }

const sample = bom + "# ü comment\r\n" +
	"apiVersion: v1 # ü\r\n" +
	"kind: 'Se''cret'\r\n" +
	"metadata: {name: \"ü \\\" x\", \"labels\": {}, list: [ 1, [2, 3 ] ] }\r\n" +
	"tagged: !!str &a  12\r\n" +
	"alias: *a\r\n" +
	"empty:\r\n" +
	"data:\r\n" +
	"  tls.crt: |-  # block\r\n" +
	"    a\r\n" +
	"  \"a b\": two\r\n" +
	"    lines\r\n" +
	"  url: http://x:1/#y # z\r\n" +
	"items:\r\n" +
	"- a: 1\r\n" +
	"  b: 2\r\n" +
	"-   - c\r\n"

func TestSpan(t *testing.T) {
	d := one(t, sample)
	for _, c := range []struct{ path, value, key string }{
		{"", "apiVersion", "apiVersion"},
		{"apiVersion", "v1", "apiVersion"},
		{"kind", "'Se''cret'", "kind"},
		{"metadata.name", `"ü \" x"`, "name"},
		{"metadata.labels", "{}", `"labels"`},
		{"metadata.labels.app", "{}", `"labels"`},
		{"metadata.list", "[ 1, [2, 3 ] ]", "list"},
		{"metadata.list[1]", "[2, 3 ]", "[2, 3 ]"},
		{"metadata.list[1][0]", "2", "2"},
		{"metadata.list[9]", "[ 1, [2, 3 ] ]", "list"},
		{"tagged", "12", "tagged"},
		{"alias", "*a", "alias"},
		{"empty", "empty", "empty"},
		{"empty.more[3]", "empty", "empty"},
		{`data["tls.crt"]`, "|-", "tls.crt"},
		{`data["a b"]`, "two", `"a b"`},
		{"data.url", "http://x:1/#y", "url"},
		{"data.none", "tls.crt: |-  # block\r\n    a\r\n  \"a b\": two\r\n    lines\r\n  url: http://x:1/#y", "data"},
		{"items[0]", "a: 1\r\n  b: 2", "a: 1\r\n  b: 2"},
		{"items[0].b", "2", "b"},
		{"items[1][0]", "c", "c"},
		{"none.at.all", "apiVersion", "apiVersion"},
		{"kind.deeper", "'Se''cret'", "kind"},
	} {
		if got := text(d.Span(c.path)); got != c.value {
			t.Errorf("Span(%s) is %q, want %q", c.path, got, c.value)
		}
		if got := text(d.KeySpan(c.path)); got != c.key {
			t.Errorf("KeySpan(%s) is %q, want %q", c.path, got, c.key)
		}
	}
	if _, line, column := d.Span("metadata.list").Location(); line != 4 || column != 49 {
		t.Errorf("metadata.list is at %d:%d", line, column)
	}
}

func TestSpanOfLaterDocuments(t *testing.T) {
	documents, _ := Read(diag.NewFile("f.yaml", []byte("a: ü\u2028\r\n---\n# c\nb: [1]\n--- x\n")), Limits{})
	if len(documents) != 2 && len(documents) != 3 {
		t.Fatalf("%d documents", len(documents))
	}
	last := documents[len(documents)-1]
	if got := text(last.Span("")); got != "x" {
		t.Errorf("the last document is %q", got)
	}
	if got := text(documents[len(documents)-2].Span("b[0]")); got != "1" {
		t.Errorf("b[0] is %q", got)
	}
}

func TestValue(t *testing.T) {
	d := one(t, sample)
	for _, c := range []struct {
		path, want string
		ok         bool
	}{
		{"kind", "Se'cret", true},
		{"metadata.name", `ü " x`, true},
		{"metadata.list[1][1]", "3", true},
		{"alias", "12", true},
		{"empty", "", true},
		{`data["a b"]`, "two lines", true},
		{"metadata", "", false},
		{"none", "", false},
	} {
		if got, ok := d.Value(c.path); got != c.want || ok != c.ok {
			t.Errorf("Value(%s) is %q, %t", c.path, got, ok)
		}
		if d.Has(c.path) != (c.path != "none") {
			t.Errorf("Has(%s) is %t", c.path, d.Has(c.path))
		}
	}
	want := diag.ObjectRef{APIVersion: "v1", Kind: "Se'cret", Name: `ü " x`}
	if got := d.Ref(); got != want {
		t.Errorf("Ref() is %+v", got)
	}
}

func TestMergeKeys(t *testing.T) {
	d := one(t, "base: &b {x: 1, w: 2}\nmore: &m {w: 3, z: 4}\na:\n  w: 0\n  <<: [*b, *m]\n")
	got, err := d.JSON()
	want := `{"base":{"x":1,"w":2},"more":{"w":3,"z":4},"a":{"w":0,"x":1,"z":4}}`
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v\nwant %s", got, err, want)
	}
	if s := text(d.Span("a.z")); s != "4" {
		t.Errorf("a.z is %q", s)
	}
}

func TestPaths(t *testing.T) {
	for _, c := range []struct {
		path     string
		elements []string
	}{
		{"spec.secrets[0].keys.url.template", []string{"spec", "secrets", "0", "keys", "url", "template"}},
		{`data["tls.crt"]`, []string{"data", "tls.crt"}},
		{`["a\"].b"].c`, []string{`a"].b`, "c"}},
		{`a[""]`, []string{"a", ""}},
	} {
		got := Split(c.path)
		if len(got) != len(c.elements) {
			t.Errorf("Split(%s) is %q", c.path, got)
			continue
		}
		for i := range got {
			if got[i] != c.elements[i] {
				t.Errorf("Split(%s) is %q", c.path, got)
			}
		}
	}
	for path, want := range map[string]string{"": "", "spec": "", "spec.secrets": "spec", "spec.secrets[0]": "spec.secrets",
		`spec.secrets[0]["a.b"]`: "spec.secrets[0]", `["a"].b`: `["a"]`} {
		if got := Parent(path); got != want {
			t.Errorf("Parent(%s) is %q, want %q", path, got, want)
		}
	}
	if got := Index(Join(Join("", "spec"), "a.b"), 3); got != `spec["a.b"][3]` {
		t.Errorf("got %s", got)
	}
}

func FuzzPath(f *testing.F) {
	f.Add("spec", "tls.crt")
	f.Add("", "\xff")
	f.Fuzz(func(t *testing.T, a, b string) {
		got := Split(Join(Join("", a), b))
		if len(got) != 2 || got[0] != a || got[1] != b {
			t.Errorf("%q, %q became %q", a, b, got)
		}
		if path := Join(a, b); Parent(path) != a && isBare(a) {
			t.Errorf("the parent of %q is %q", path, Parent(path))
		}
		Split(a)
		Parent(a)
	})
}

func TestClosest(t *testing.T) {
	candidates := []string{"secrets", "services", "service", "postgres", "namespace", "to"}
	for name, want := range map[string]string{
		"postgress": "postgres", "postrges": "postgres", "Services": "services", "secret": "secrets", "nameSpace": "namespace",
		"zebra": "", "": "", "x": "", "servicex": "service", "secrets": "",
	} {
		if got := Closest(name, candidates); got != want {
			t.Errorf("Closest(%q) is %q, want %q", name, got, want)
		}
	}
}

func fileOf(text []byte) *diag.File { return diag.NewFile("f.yaml", text) }
