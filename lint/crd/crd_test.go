package crd_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/graph"
	"github.com/openova-io/esotree/lint"
	"github.com/openova-io/esotree/lint/crd"
	"github.com/openova-io/esotree/object"
)

func small(t testing.TB) *crd.Bundle {
	t.Helper()
	b, err := crd.Load(os.DirFS("testdata"), "bundle.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func found(t *testing.T, b *crd.Bundle, release string, files ...*diag.File) []diag.Finding {
	t.Helper()
	var objects []*object.Object
	for _, f := range files {
		read, findings := object.ReadFile(f, object.ReadOptions{})
		for _, finding := range findings {
			t.Fatalf("%s: %s", f.Name, finding.Message)
		}
		objects = append(objects, read...)
	}
	rules, err := b.Rules(release)
	if err != nil {
		t.Fatal(err)
	}
	g := graph.New(objects)
	g.Misfits = nil // another rule's
	set, err := lint.Run(context.Background(), g, lint.Options{Rules: rules})
	if err != nil {
		t.Fatal(err)
	}
	return set.All()
}

// TestRules runs every fixture, which is named for its rule: files under bad/ have a comment "want CODE COLUMN PATH" at each line
// where a finding begins, and those under good/ have none. Those under before/ have none either, in the release that its first
// file names, since the rule is younger.
func TestRules(t *testing.T) {
	b := small(t)
	rules, err := b.Rules("")
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range rules {
		t.Run(rule.Code, func(t *testing.T) {
			if rule.Doc == "" {
				t.Error("it has no page")
			}
			archive, err := txtar.ParseFile(filepath.Join("testdata", rule.Code+".txtar"))
			if err != nil {
				t.Fatal(err)
			}
			seen := 0
			for _, side := range []string{"bad/", "good/", "before/"} {
				var files []*diag.File
				var want []string
				release := ""
				for _, f := range archive.Files {
					if !strings.HasPrefix(f.Name, side) {
						continue
					}
					if text, ok := strings.CutPrefix(string(f.Data), "release: "); ok {
						release = strings.Trim(strings.TrimSpace(text), `"`)
						continue
					}
					files = append(files, diag.NewFile(f.Name, f.Data))
					for i, line := range strings.Split(string(f.Data), "\n") {
						if _, comment, ok := strings.Cut(line, "# want "); ok {
							want = append(want, fmt.Sprintf("%s:%d: %s", f.Name, i+1, comment))
						}
					}
				}
				if len(files) == 0 && side != "before/" || (len(want) > 0) != (side == "bad/") {
					t.Fatalf("%s: %d files want %d findings", side, len(files), len(want))
				}
				var got, text []string
				for _, f := range found(t, b, release, files...) {
					file, line, column := f.Span.Location()
					got = append(got, fmt.Sprintf("%s:%d: %s %d %s", file, line, f.Code, column, f.Path))
					text = append(text, fmt.Sprintf("%s:%d:%d: %s (%s; %s) [%s]", file, line, column, f.Message, f.Path, f.Hint, f.Code))
					if f.Severity != diag.Error || f.Code != rule.Code {
						t.Errorf("%s: %s [%s]", f.Severity, f.Message, f.Code)
					}
					seen++
				}
				slices.Sort(got)
				slices.Sort(want)
				if !slices.Equal(got, want) {
					t.Errorf("%s\ngot\n%s\nwant\n%s", side, strings.Join(text, "\n"), strings.Join(want, "\n"))
				}
			}
			if seen == 0 {
				t.Error("no finding")
			}
		})
	}
}

// TestCovers holds that one mistake has one finding, where another rule says less of it.
func TestCovers(t *testing.T) {
	const text = `apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: a, namespace: x}
spec:
  secretStoreRef: {name: s}
  data:
  - {secretKey: k, remoteRef: {key: a}}
  - {secretKey: k, remoteRef: {key: b}}
---
apiVersion: external-secrets.io/v1beta1
kind: ExternalSecret
metadata: {name: b, namespace: x}
---
apiVersion: external-secrets.io/v1
kind: PushSecret
metadata: {name: b, namespace: x}
`
	b := small(t)
	rules, err := b.Rules("")
	if err != nil {
		t.Fatal(err)
	}
	objects, _ := object.ReadFile(diag.NewFile("a.yaml", []byte(text)), object.ReadOptions{})
	for _, c := range []struct {
		rules []lint.Rule
		want  string
	}{
		{lint.Rules(), "duplicate-secret-key api-not-served api-not-served "},
		{append(lint.Rules(), rules...), "webhook-duplicate-key crd-version-not-served api-not-served crd-kind-missing "},
	} {
		set, err := lint.Run(context.Background(), graph.New(objects), lint.Options{Rules: c.rules})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, f := range set.All() {
			got += f.Code + " "
		}
		if got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}

// TestMessages pins the sentences and the hints.
func TestMessages(t *testing.T) {
	const text = `apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: a, namespace: x}
spec:
  refreshIntervall: 1h
  refreshPolicy: OnChanged
  data:
  - {secretKey: hunter2hunter2, remoteRef: {key: [hunter2hunter2]}}
  - {remoteRef: {key: a}}
`
	want := []string{
		`the CRD has no field "spec.refreshIntervall": the API server drops it from ExternalSecret "x/a" without a word; did you mean "refreshInterval"?`,
		`the API server refuses ExternalSecret "x/a": "spec.refreshPolicy" is none of "CreatedOnce", "Periodic", "OnChange"; did you mean "OnChange"?`,
		`the API server refuses ExternalSecret "x/a": "spec.data[0].remoteRef.key": must be of type string, not array; `,
		`the API server refuses ExternalSecret "x/a": "spec.data[1].secretKey" is missing; `,
	}
	var got []string
	for _, f := range found(t, small(t), "", diag.NewFile("a.yaml", []byte(text))) {
		got = append(got, f.Message+"; "+f.Hint)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

const definition = `{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"a"},"spec":{"group":"a.example.com",` +
	`"names":{"kind":"A"},"scope":"Cluster","versions":[{"name":"v1","served":true,"schema":{"openAPIV3Schema":{"type":"object"}}}]}}`

// TestLoad holds which bundles are read, and what is said of those that are not.
func TestLoad(t *testing.T) {
	for name, c := range map[string]struct {
		files fstest.MapFS
		paths []string
		want  string // "" for none
	}{
		"a file":              {fstest.MapFS{"a.yaml": {Data: []byte(definition)}}, []string{"a.yaml"}, ""},
		"any name":            {fstest.MapFS{"a.txt": {Data: []byte(definition)}}, []string{"a.txt"}, ""},
		"a folder":            {fstest.MapFS{"x/y/a.json": {Data: []byte(definition)}, "x/NOTES.md": {Data: []byte("{")}, "x/.z/b.yaml": {Data: []byte("{")}}, []string{"."}, ""},
		"the same twice":      {fstest.MapFS{"a.yaml": {Data: []byte(definition)}, "b.yaml": {Data: []byte("---\n" + definition + "\n---\nkind: Other\n")}}, []string{"a.yaml", "b.yaml"}, ""},
		"two that differ":     {fstest.MapFS{"a.yaml": {Data: []byte(definition)}, "b.yaml": {Data: []byte(strings.Replace(definition, "Cluster", "Namespaced", 1))}}, []string{"."}, "b.yaml:1:2: A of a.example.com is defined otherwise in a.yaml:1:2: name one bundle only"},
		"empty":               {fstest.MapFS{"a.yaml": {}}, []string{"a.yaml"}, "a.yaml holds no CustomResourceDefinition"},
		"an empty folder":     {fstest.MapFS{"a.yaml": {Data: []byte(definition)}, "b/c.txt": {}}, []string{"a.yaml", "b"}, "b holds no CustomResourceDefinition"},
		"other objects":       {fstest.MapFS{"a.yaml": {Data: []byte("apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n")}}, []string{"a.yaml"}, "a.yaml holds no CustomResourceDefinition"},
		"absent":              {fstest.MapFS{}, []string{"a.yaml"}, "open a.yaml: file does not exist"},
		"no YAML":             {fstest.MapFS{"a.yaml": {Data: []byte("a: 1\nb: [\n")}}, []string{"a.yaml"}, "a.yaml:"},
		"no object":           {fstest.MapFS{"a.yaml": {Data: []byte("- 1\n---\n3\n")}}, []string{"a.yaml"}, "a.yaml holds no CustomResourceDefinition"},
		"v1beta1":             {fstest.MapFS{"a.yaml": {Data: []byte("\n" + strings.Replace(definition, "k8s.io/v1", "k8s.io/v1beta1", 1))}}, []string{"a.yaml"}, "a.yaml:2:2: a CustomResourceDefinition of apiextensions.k8s.io/v1beta1, which Kubernetes does not serve since 1.22; apiextensions.k8s.io/v1 is read"},
		"a wrong type":        {fstest.MapFS{"a.yaml": {Data: []byte(strings.Replace(definition, `"scope":"Cluster"`, `"scope":1`, 1))}}, []string{"a.yaml"}, "a.yaml:1:2: the CustomResourceDefinition can't be read: spec.scope is a number"},
		"without a kind":      {fstest.MapFS{"a.yaml": {Data: []byte(strings.Replace(definition, `"kind":"A"`, `"kind":""`, 1))}}, []string{"a.yaml"}, "a.yaml:1:2: a CustomResourceDefinition without spec.group, spec.names.kind or spec.versions"},
		"without a schema":    {fstest.MapFS{"a.yaml": {Data: []byte(strings.Replace(definition, `"openAPIV3Schema":{"type":"object"}`, ``, 1))}}, []string{"a.yaml"}, `a.yaml:1:2: version "v1" of A: it has no schema`},
		"not structural":      {fstest.MapFS{"a.yaml": {Data: []byte(strings.Replace(definition, `{"type":"object"}`, `{"type":"object","properties":{"a":{"$ref":"#/b"}}}`, 1))}}, []string{"a.yaml"}, `a.yaml:1:2: version "v1" of A: `},
		"a broken CEL rule":   {fstest.MapFS{"a.yaml": {Data: []byte(strings.Replace(definition, `{"type":"object"}`, `{"type":"object","x-kubernetes-validations":[{"rule":"self."}]}`, 1))}}, []string{"a.yaml"}, ""},
		"a pattern of no use": {fstest.MapFS{"a.yaml": {Data: []byte(strings.Replace(definition, `{"type":"object"}`, `{"type":"object","properties":{"a":{"type":"string","pattern":"("}}}`, 1))}}, []string{"a.yaml"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := crd.Load(c.files, c.paths...)
			got := ""
			if err != nil {
				got = err.Error()
			}
			if c.want == "" && got != "" || !strings.HasPrefix(got, c.want) {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// TestRelease holds that a text that is no release is an error.
func TestRelease(t *testing.T) {
	if _, err := small(t).Rules("newest"); err == nil || err.Error() != `release of ESO: `+strings.TrimPrefix(err.Error(), "release of ESO: ") {
		t.Error(err)
	}
}
