package yamledit_test

import (
	"strings"
	"testing"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/internal/yamledit"
)

const epoch = "spec.secrets[0].rotation.epoch"

func TestSet(t *testing.T) {
	for _, c := range []struct {
		name, in, path, value, want string
		after                       []string
	}{
		{name: "double quotes and a comment stay",
			in:   "spec:\n  secrets:\n  - name: a\n    rotation:\n      epoch: \"1\" # the day\n",
			path: epoch, value: "2",
			want: "spec:\n  secrets:\n  - name: a\n    rotation:\n      epoch: \"2\" # the day\n"},
		{name: "single quotes stay",
			in:   "spec: {secrets: [{name: a, rotation: {epoch: '1'}}]}\n",
			path: epoch, value: "2",
			want: "spec: {secrets: [{name: a, rotation: {epoch: '2'}}]}\n"},
		{name: "a plain epoch becomes quoted",
			in:   "spec:\n  secrets:\n    - name: a\n      rotation:\n        epoch: v1\n",
			path: epoch, value: "2026-11-24",
			want: "spec:\n  secrets:\n    - name: a\n      rotation:\n        epoch: \"2026-11-24\"\n"},
		{name: "an epoch is added to a rotation",
			in:   "spec:\n  secrets:\n    - name: a\n      rotation:\n        every: 90d # a quarter\n      # the next one\n    - name: b\n",
			path: epoch, value: "2",
			want: "spec:\n  secrets:\n    - name: a\n      rotation:\n        every: 90d # a quarter\n        epoch: \"2\"\n      # the next one\n    - name: b\n"},
		{name: "an epoch is added in brackets",
			in:   "spec:\n  secrets:\n    - {name: a, rotation: { every: 90d }}\n",
			path: epoch, value: "2",
			want: "spec:\n  secrets:\n    - {name: a, rotation: { epoch: \"2\", every: 90d }}\n"},
		{name: "empty brackets",
			in:   "spec:\n  secrets:\n    - name: a\n      rotation: {}\n",
			path: epoch, value: "2",
			want: "spec:\n  secrets:\n    - name: a\n      rotation: {epoch: \"2\"}\n"},
		{name: "a null",
			in:   "spec:\n  secrets:\n    - name: a\n      rotation: # none yet\n      class: b\n",
			path: epoch, value: "2",
			want: "spec:\n  secrets:\n    - name: a\n      rotation: {epoch: \"2\"} # none yet\n      class: b\n"},
		{name: "a rotation is added behind the class",
			in:   "spec:\n  secrets:\n    - name: a\n      class: database-password # by commit\n\n      keys:\n        password: {}\n",
			path: epoch, value: "2", after: []string{"generator", "class", "name"},
			want: "spec:\n  secrets:\n    - name: a\n      class: database-password # by commit\n      rotation:\n        epoch: \"2\"\n\n      keys:\n        password: {}\n"},
		{name: "a rotation is added behind a nested value",
			in:   "spec:\n  secrets:\n    - name: a\n      keys:\n        url:\n          template: |\n            # not a comment\n            {{ .a }}\n\n    # b\n    - name: b\n",
			path: epoch, value: "2",
			want: "spec:\n  secrets:\n    - name: a\n      keys:\n        url:\n          template: |\n            # not a comment\n            {{ .a }}\n      rotation:\n        epoch: \"2\"\n\n    # b\n    - name: b\n"},
		{name: "behind a text that keeps its line breaks, the new entry comes first",
			in:   "spec:\n  secrets:\n    - text: |+\n        a\n\n\n    - name: b\n",
			path: epoch, value: "2",
			want: "spec:\n  secrets:\n    - rotation:\n        epoch: \"2\"\n      text: |+\n        a\n\n\n    - name: b\n"},
		{name: "a list in the column of its key",
			in:   "spec:\n  secrets:\n  - name: a\n    regions:\n    - r1\n    - r2\n  - name: b\n",
			path: epoch, value: "2",
			want: "spec:\n  secrets:\n  - name: a\n    regions:\n    - r1\n    - r2\n    rotation:\n      epoch: \"2\"\n  - name: b\n"},
		{name: "no line break at the end",
			in:   "spec:\n  secrets:\n    - name: a",
			path: epoch, value: "2",
			want: "spec:\n  secrets:\n    - name: a\n      rotation:\n        epoch: \"2\""},
		{name: "CRLF and a byte order mark",
			in:   "\ufeffspec:\r\n  secrets:\r\n    - name: a\r\n    - name: b\r\n",
			path: epoch, value: "2",
			want: "\ufeffspec:\r\n  secrets:\r\n    - name: a\r\n      rotation:\r\n        epoch: \"2\"\r\n    - name: b\r\n"},
		{name: "an override",
			in:   "spec:\n  overrides:\n    - environment: staging\n      secrets: [{name: a, rotation: {epoch: \"1\"}}]\n",
			path: "spec.overrides[0].secrets[0].rotation.epoch", value: "2",
			want: "spec:\n  overrides:\n    - environment: staging\n      secrets: [{name: a, rotation: {epoch: \"2\"}}]\n"},
		{name: "a list that is not there",
			in:   "spec:\n  environments: [staging] # first\n",
			path: "spec.overrides[0].environment", value: "staging",
			want: "spec:\n  environments: [staging] # first\n  overrides:\n    - environment: \"staging\"\n"},
		{name: "one more element of a list",
			in:   "spec:\n  secrets:\n    - name: a\n      keys:\n        - b\n\n# the end\n",
			path: "spec.secrets[1].name", value: "c",
			want: "spec:\n  secrets:\n    - name: a\n      keys:\n        - b\n    - name: \"c\"\n\n# the end\n"},
		{name: "one more element in brackets",
			in:   "spec: {secrets: [{name: a}]}\n",
			path: "spec.secrets[1].name", value: "c",
			want: "spec: {secrets: [{name: a}, {name: \"c\"}]}\n"},
		{name: "JSON",
			in:   `{"spec": {"secrets": [{"name": "a"}]}}`,
			path: epoch, value: "2",
			want: `{"spec": {"secrets": [{rotation: {epoch: "2"}, "name": "a"}]}}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := yamledit.Set("a.yaml", []byte(c.in), yamledit.Edit{Path: c.path, Value: c.value, After: c.after})
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestSetSeveral(t *testing.T) {
	in := "kind: A\n---\n# two\nkind: B\nspec: {a: '1'}\n---\n\n---\nkind: C\n"
	f := diag.NewFile("a.yaml", []byte(in))
	second := yamledit.DocumentAt(f, int32(strings.Index(in, "spec")))
	third := yamledit.DocumentAt(f, int32(strings.Index(in, "kind: C")))
	got, err := yamledit.Set("a.yaml", []byte(in),
		yamledit.Edit{Document: second, Path: "spec.a", Value: "2"}, yamledit.Edit{Document: third, Path: "spec.a", Value: "3"})
	if err != nil {
		t.Fatal(err)
	}
	if want := "kind: A\n---\n# two\nkind: B\nspec: {a: '2'}\n---\n\n---\nkind: C\nspec:\n  a: \"3\"\n"; string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestSetRefuses(t *testing.T) {
	for _, c := range []struct{ name, in, path, message string }{
		{"a map", "a: {b: c}\n", "a", "a map or list stands there"},
		{"a scalar on the way", "a: b\n", "a.c", "something else stands on its way"},
		{"a gap in a list", "a: [b]\n", "a[2]", "no element 2"},
		{"a block scalar", "a: |\n  b\n", "a", "change it by hand"},
		{"a plain scalar over lines", "a: b\n  c\n", "a", "change it by hand"},
		{"broken YAML", "a: [\n", "a", "not free of faults"},
		{"an alias", "b: &x c\na: *x\n", "a", "not free of faults"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := yamledit.Set("a.yaml", []byte(c.in), yamledit.Edit{Path: c.path, Value: "2"})
			if err == nil {
				t.Fatalf("got %q, want an error", got)
			}
			if !strings.Contains(err.Error(), c.message) || !strings.HasPrefix(err.Error(), "a.yaml: ") {
				t.Errorf("got %q, want a.yaml and %q", err, c.message)
			}
		})
	}
	if _, err := yamledit.Set("a.yaml", nil, yamledit.Edit{Document: 3, Path: "a"}); err == nil {
		t.Error("a document that is not there was edited")
	}
}
