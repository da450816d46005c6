package diag

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode"
)

func printed(t *testing.T, format string, opts WriteOptions, findings ...Finding) string {
	t.Helper()
	var s Set
	s.Add(findings...)
	var b bytes.Buffer
	if err := Write(&b, format, &s, opts); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// span finds a text in a file.
func span(f *File, text string) Span {
	i := strings.Index(string(f.Data), text)
	return at(f, i, i+len(text))
}

func acme() Finding {
	f := NewFile("tenants/acme.yaml", []byte(strings.Repeat("#\n", 13)+"        DATABASE_URL: postgress/url\n"))
	return Finding{
		Code: "unknown-secret", Message: `tenant "acme" has no secret "postgress"`, Hint: `did you mean "postgres"?`, Span: span(f, "postgress"),
		Path: "spec.services[0].data.DATABASE_URL", Object: ObjectRef{APIVersion: "v1", Kind: "Tenant", Name: "acme"},
		Related: []Related{{Span: at(f, 0, 1), Message: "secrets are declared here"}, {Message: "nowhere"}},
	}
}

func TestText(t *testing.T) {
	tabs := NewFile("t.yaml", []byte("\tä\t漢字: value # e\u0301\n"))
	long := NewFile("l.yaml", []byte(strings.Repeat("a", 300)+"HERE"+strings.Repeat("b", 300)))
	evil := NewFile("e\x1b[2J.yaml", []byte("a: \x1b[31m\u202eb\xff\n"))
	multi := NewFile("m.yaml", []byte("a:\n  b: 1\n  c: 2\r\n"))
	for name, c := range map[string]struct {
		finding Finding
		want    string
	}{
		"as in the design": {acme(), `tenants/acme.yaml:14:23: error: tenant "acme" has no secret "postgress" [unknown-secret]
   14 |         DATABASE_URL: postgress/url
      |                       ^^^^^^^^^ did you mean "postgres"?
  related: tenants/acme.yaml:1:1: secrets are declared here
  related: nowhere
`},
		"tabs and wide runes": {Finding{Code: "c", Severity: Warning, Message: "m", Span: span(tabs, "value")}, "t.yaml:1:13: warning: m [c]\n    1 |     ä    漢字: value # e\u0301\n      |                ^^^^^\n"},
		"under wide runes":    {Finding{Code: "c", Message: "m", Span: span(tabs, "漢字")}, "t.yaml:1:5: error: m [c]\n    1 |     ä    漢字: value # e\u0301\n      |          ^^^^\n"},
		"a long line": {Finding{Code: "c", Message: "m", Hint: "h", Span: span(long, "HERE")}, "l.yaml:1:301: error: m [c]\n    1 | …" + strings.Repeat("a", 59) + "HERE" + strings.Repeat("b", 95) + "…\n      | " +
			strings.Repeat(" ", 60) + "^^^^ h\n"},
		"a long span":         {Finding{Code: "c", Message: "m", Hint: "h", Span: at(long, 0, 604)}, "l.yaml:1:1: error: m [c]\n    1 | " + strings.Repeat("a", 159) + "…\n      | " + strings.Repeat("^", 160) + "\n  hint: h\n"},
		"control characters":  {Finding{Code: "c", Message: "x\x1b]0;\x07\ny", Hint: "\u202e", Span: span(evil, "b")}, `e\x1b[2J.yaml:1:12: error: x\x1b]0;\x07\ny [c]` + "\n" + `    1 | a: \x1b[31m\u202eb\xff` + "\n      |                  ^ \\u202e\n"},
		"over several lines":  {Finding{Code: "c", Message: "m", Span: at(multi, 5, 18)}, "m.yaml:2:3: error: m [c]\n    2 |   b: 1\n      |   ^^^^\n"},
		"at the end":          {Finding{Code: "c", Message: "m", Span: at(multi, 18, 18)}, "m.yaml:4:1: error: m [c]\n    4 | \n      | ^\n"},
		"empty span":          {Finding{Code: "c", Message: "m", Span: at(multi, 5, 5)}, "m.yaml:2:3: error: m [c]\n    2 |   b: 1\n      |   ^\n"},
		"file only":           {Finding{Code: "c", Severity: Note, Message: "m", File: "x.yaml", Hint: "h"}, "x.yaml: note: m [c]\n  hint: h\n"},
		"object only":         {Finding{Code: "c", Message: "m", Object: ObjectRef{Kind: "Secret", Namespace: "n", Name: "s"}, Path: "data.a"}, "Secret n/s data.a: error: m [c]\n"},
		"path only":           {Finding{Code: "c", Message: "m", Path: "spec.a"}, "spec.a: error: m [c]\n"},
		"nothing is known":    {Finding{Code: "c", Message: "m"}, "error: m [c]\n"},
		"stands for several":  {Finding{Code: "c", Message: "m", File: "f", Count: 8}, "f: error: m [c] (and 7 more like this)\n"},
		"past the end of all": {Finding{Code: "c", Message: "m", Span: at(multi, 500, 600)}, "m.yaml:4:483: error: m [c]\n    4 | \n      | ^\n"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := printed(t, "text", WriteOptions{}, c.finding); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
	colored := printed(t, "text", WriteOptions{Color: true}, acme())
	if want := "\x1b[1mtenants/acme.yaml:14:23\x1b[0m: \x1b[1;31merror:\x1b[0m tenant"; !strings.HasPrefix(colored, want) {
		t.Errorf("got %q", colored)
	}
}

func TestJSON(t *testing.T) {
	got := printed(t, "json", WriteOptions{}, acme(), Finding{Code: "a", Severity: Note, Message: "<m\u009b>", File: "f", Count: 3})
	want := `{
  "findings": [
    {
      "code": "a",
      "severity": "note",
      "message": "<m\u009b>",
      "file": "f",
      "count": 3
    },
    {
      "code": "unknown-secret",
      "severity": "error",
      "message": "tenant \"acme\" has no secret \"postgress\"",
      "hint": "did you mean \"postgres\"?",
      "file": "tenants/acme.yaml",
      "line": 14,
      "column": 23,
      "path": "spec.services[0].data.DATABASE_URL",
      "object": {
        "apiVersion": "v1",
        "kind": "Tenant",
        "name": "acme"
      },
      "related": [
        {
          "file": "tenants/acme.yaml",
          "line": 1,
          "column": 1,
          "message": "secrets are declared here"
        },
        {
          "message": "nowhere"
        }
      ]
    }
  ]
}
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := printed(t, "json", WriteOptions{}); got != "{\n  \"findings\": []\n}\n" {
		t.Errorf("an empty set is %q", got)
	}
}

func TestSARIF(t *testing.T) {
	f := NewFile("dir with/ü:a.yaml", []byte("\ufeffüü: value\r\n"))
	got := printed(t, "sarif", WriteOptions{
		Version: "1.2.3",
		Rules:   map[string]Rule{"b": {Short: "short", Help: "**help**", URI: "https://example.com/b"}, "z": {}},
	}, Finding{Code: "c", Severity: Note, Message: "m", Object: ObjectRef{Kind: "Secret", Name: "s"}, Path: "p", Count: 4},
		Finding{Code: "b", Severity: Warning, Message: "m", Hint: "h", Span: span(f, "value"), Related: []Related{{Span: span(f, "üü"), Message: "r"}}})
	want := `{
  "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
  "version": "2.1.0",
  "runs": [{
    "tool": {"driver": {"name": "esotree", "version": "1.2.3", "informationUri": "https://github.com/openova-io/esotree", "rules": [
      {"id": "b", "shortDescription": {"text": "short"}, "help": {"text": "**help**", "markdown": "**help**"}, "helpUri": "https://example.com/b"},
      {"id": "c"}, {"id": "z"}
    ]}},
    "columnKind": "unicodeCodePoints",
    "results": [
      {"ruleId": "c", "ruleIndex": 1, "level": "note", "message": {"text": "m"}, "occurrenceCount": 4,
       "locations": [{"logicalLocations": [{"fullyQualifiedName": "Secret s", "kind": "resource"}, {"fullyQualifiedName": "p", "kind": "member"}]}]},
      {"ruleId": "b", "ruleIndex": 0, "level": "warning", "message": {"text": "m (h)"},
       "locations": [{"physicalLocation": {"artifactLocation": {"uri": "dir%20with/%C3%BC:a.yaml"}, "region": {"startLine": 1, "startColumn": 5, "endLine": 1, "endColumn": 10}}}],
       "relatedLocations": [{"id": 1, "message": {"text": "r"},
         "physicalLocation": {"artifactLocation": {"uri": "dir%20with/%C3%BC:a.yaml"}, "region": {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 3}}}]}
    ]
  }]
}`
	compact := func(s string) string {
		var v any
		if err := json.Unmarshal([]byte(s), &v); err != nil {
			t.Fatal(err)
		}
		b, _ := json.MarshalIndent(v, "", " ")
		return string(b)
	}
	if compact(got) != compact(want) {
		t.Errorf("got\n%s", got)
	}
	if empty := printed(t, "sarif", WriteOptions{}); !strings.Contains(empty, `"results": []`) || !strings.Contains(empty, `"rules": []`) {
		t.Errorf("an empty set is %s", empty)
	}
}

func TestGitHub(t *testing.T) {
	f := NewFile("a,b:c.yaml", []byte("x: 100%\ny: 1\n"))
	for _, c := range []struct {
		finding Finding
		want    string
	}{
		{acme(), `::error file=tenants/acme.yaml,line=14,col=23,endColumn=32,title=unknown-secret::tenant "acme" has no secret "postgress"%0Adid you mean "postgres"?` +
			"%0Arelated: tenants/acme.yaml:1:1: secrets are declared here%0Arelated: nowhere\n"},
		{Finding{Code: "c", Severity: Note, Message: "50%\n::error::", Span: at(f, 3, 12)}, `::notice file=a%2Cb%3Ac.yaml,line=1,col=4,title=c::50%25\n::error::` + "\n"},
		{Finding{Code: "c", Severity: Warning, Message: "m", Object: ObjectRef{Kind: "Secret", Name: "s"}, Count: 2}, "::warning title=c::Secret s: m (and 1 more like this)\n"},
	} {
		if got := printed(t, "github", WriteOptions{}, c.finding); got != c.want {
			t.Errorf("got  %q\nwant %q", got, c.want)
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestWriteFails(t *testing.T) {
	var s Set
	if err := Write(&bytes.Buffer{}, "xml", &s, WriteOptions{}); err == nil || !strings.Contains(err.Error(), `"xml"`) {
		t.Errorf("xml: %v", err)
	}
	s.Add(acme())
	for _, format := range Formats() {
		if err := Write(full{}, format, &s, WriteOptions{}); err == nil {
			t.Errorf("%s: a full disk is no error", format)
		}
	}
}

// FuzzWrite: no format lets a control character through, and the json ones stay JSON that says the same.
func FuzzWrite(f *testing.F) {
	f.Add("name", "a: b\n", "message", "hint", 3, 1)
	f.Add("\x1b", "\x00\t漢\u202e\xff", "\u009b\n%", "\U000e0001,", 1, 100)
	f.Fuzz(func(t *testing.T, name, text, message, hint string, start, length int) {
		file := NewFile(name, []byte(text))
		start = min(max(start, 0), len(text))
		end := start + min(max(length, 0), len(text)-start)
		s := at(file, start, end)
		finding := Finding{Code: "c", Message: message, Hint: hint, Span: s, Path: hint, Related: []Related{{Span: s, Message: message}}}
		for _, format := range Formats() {
			out := printed(t, format, WriteOptions{}, finding)
			if i := strings.IndexFunc(out, func(r rune) bool { return r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) }); i >= 0 {
				t.Errorf("%s: %q holds a control character at %d", format, out, i)
			}
			switch format {
			case "json":
				var got struct{ Findings []struct{ Message string } }
				if err := json.Unmarshal([]byte(out), &got); err != nil || validText(message) && got.Findings[0].Message != message {
					t.Errorf("json: %q, %v", out, err)
				}
			case "sarif":
				if !json.Valid([]byte(out)) {
					t.Errorf("sarif: %q", out)
				}
			case "github":
				if strings.Count(out, "\n") != 1 {
					t.Errorf("github: %q", out)
				}
			}
		}
	})
}

func validText(s string) bool { return strings.ToValidUTF8(s, "") == s }
