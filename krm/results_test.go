package krm_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/krm"
	"github.com/openova-io/esotree/lint"
)

// secret has a warning, and with a closed world an error.
const secret = `apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  name: db
  namespace: app
spec: # as a person wrote it
  refreshInterval: 1h
  secretStoreRef: {kind: SecretStore, name: gone}
  target: {creationPolicy: Orphan}
  data:
    - {secretKey: a, remoteRef: {key: a, property: p}}
`

func TestResults(t *testing.T) {
	written := files()
	written["manifests/db.yaml"] = &fstest.MapFile{Data: []byte("# first\n---\n" + secret)}
	written["mistake.yaml"] = &fstest.MapFile{Data: []byte(strings.Replace(acme, "postgres/password", "postgress/password", 1))}
	f := krm.Function{Files: written}
	tests := []struct {
		name, input string
		code        int
		want        []string
	}{
		{"an item that is a file", list(linting("{closed: true, rules: {target-copies-labels: 'off'}}"), at(secret, "manifests/db.yaml", "1")), 1, []string{
			`{"message":"manifests/db.yaml:10:45: ...","severity":"error",
			"resourceRef":{"apiVersion":"external-secrets.io/v1","kind":"ExternalSecret","name":"db","namespace":"app"},
			"field":{"path":"spec.secretStoreRef.name"},"file":{"path":"manifests/db.yaml"},"tags":{"rule":"store-missing","line":"10","column":"45"}}`}},
		{"an item without a file", list(linting("{closed: true, rules: {target-copies-labels: 'off'}}"), secret), 1, []string{
			`{"message":"...","severity":"error","resourceRef":{"apiVersion":"external-secrets.io/v1","kind":"ExternalSecret","name":"db","namespace":"app"},
			"field":{"path":"spec.secretStoreRef.name"},"tags":{"rule":"store-missing"}}`}},
		{"a warning", list(linting("{rules: {store-missing: 'off'}}"), secret), 0, []string{
			`{"message":"...","severity":"warning","resourceRef":{"apiVersion":"external-secrets.io/v1","kind":"ExternalSecret","name":"db","namespace":"app"},
			"field":{"path":"spec.target"},"tags":{"rule":"target-copies-labels"}}`}},
		{"a warning that fails", list(linting("{failOn: warning, rules: {store-missing: 'off'}}"), secret), 1, []string{
			`{"message":"...","severity":"warning","resourceRef":{"apiVersion":"external-secrets.io/v1","kind":"ExternalSecret","name":"db","namespace":"app"},
			"field":{"path":"spec.target"},"tags":{"rule":"target-copies-labels"}}`}},
		{"a note", list(linting("{rules: {store-missing: 'off', target-copies-labels: note}}"), secret), 0, []string{
			`{"message":"...","severity":"info","resourceRef":{"apiVersion":"external-secrets.io/v1","kind":"ExternalSecret","name":"db","namespace":"app"},
			"field":{"path":"spec.target"},"tags":{"rule":"target-copies-labels"}}`}},
		{"nothing", list(linting("{rules: {store-missing: 'off', target-copies-labels: 'off'}}"), secret), 0, nil},
		{"a description in a file", list(render("{paths: [description/platform.yaml, mistake.yaml], region: east}"), other), 1, []string{
			`{"message":"mistake.yaml:14:28: ... (did you mean \"postgres\"?)","severity":"error","resourceRef":{"apiVersion":"esotree.openova.io/v1alpha1","kind":"Tenant","name":"acme"},
			"field":{"path":"spec.services[0].data.DATABASE_PASSWORD"},"file":{"path":"mistake.yaml"},"tags":{"rule":"unknown-secret","line":"14","column":"28"}}`}},
		{"a tenant twice", list(render("{paths: [description], region: east}"), acme), 1, []string{
			`{"message":"tenant \"acme\" is described twice","severity":"error","resourceRef":{"apiVersion":"esotree.openova.io/v1alpha1","kind":"Tenant","name":"acme"},"field":{"path":"metadata.name"},"tags":{"rule":"duplicate-name"}}`}},
		{"a wrong option", list(linting("{rules: {store-missing: off}}")), 1, []string{
			`{"message":"a string is wanted, found off, ... (quote it: \"off\")","severity":"error","resourceRef":{"apiVersion":"esotree.openova.io/v1alpha1","kind":"Lint","name":"secrets"},
			"field":{"path":"spec.rules.store-missing"},"tags":{"rule":"wrong-type"}}`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := call(t, f, test.input)
			if a.code != test.code {
				t.Fatalf("exit %d: %s", a.code, a.stderr)
			}
			if !same(a.raw, itemsOf(t, test.input)) {
				t.Errorf("the items are not as they came in:\n%s", a.stdout)
			}
			if (a.stderr == "") != (len(a.results) == 0) {
				t.Errorf("standard error says %q, results say %v", a.stderr, a.results)
			}
			var got []string
			for _, r := range a.results {
				text, err := json.Marshal(r)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, string(text))
			}
			if len(got) != len(test.want) {
				t.Fatalf("results %v", got)
			}
			for i, w := range test.want {
				var g, wanted finding
				if err := json.Unmarshal([]byte(w), &wanted); err != nil {
					t.Fatal(err)
				}
				if err := json.Unmarshal([]byte(got[i]), &g); err != nil {
					t.Fatal(err)
				}
				start, end, _ := strings.Cut(wanted.Message, "...")
				if !strings.HasPrefix(g.Message, start) || !strings.HasSuffix(g.Message, end) || g.Message == "" || strings.Contains(g.Message, "\n") {
					t.Errorf("the message is %q", g.Message)
				}
				g.Message, wanted.Message = "", ""
				if a, b := must(t, g), must(t, wanted); !bytes.Equal(a, b) {
					t.Errorf("got  %s\nwant %s", a, b)
				}
			}
		})
	}
}

func must(t *testing.T, v any) []byte {
	t.Helper()
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// The results of an earlier function of the same pipeline are not this one's.
func TestResultsOfOthers(t *testing.T) {
	a := call(t, krm.Function{}, list(linting("{}"), other)+"results:\n  - {message: theirs}\n")
	if a.code != 0 || len(a.results) != 0 {
		t.Errorf("exit %d, results %v", a.code, a.results)
	}
}

// A further rule runs, can be set by code, and what it says of odd text is one line.
func TestRules(t *testing.T) {
	rule := lint.Rule{Code: "always", Severity: diag.Warning, Run: func(p *lint.Pass) {
		p.Report(p.Graph.Objects[0], "metadata.name", "a\nb\x00\xff", "")
	}}
	f := krm.Function{Rules: []lint.Rule{rule}}
	a := call(t, f, list(linting("{}"), other))
	if a.code != 0 || len(a.results) != 1 || a.results[0].Message != "a b \ufffd" {
		t.Errorf("exit %d: %+v", a.code, a.results)
	}
	if a := call(t, f, list(linting("{rules: {always: 'off'}}"), other)); a.code != 0 || len(a.results) != 0 {
		t.Errorf("exit %d: %+v", a.code, a.results)
	}
	if a := call(t, krm.Function{}, list(linting("{rules: {always: 'off'}}"), other)); a.code != 1 {
		t.Errorf("exit %d for a rule that is not there", a.code)
	}
}

// A suppression in a file that a person wrote holds until its day.
func TestSuppression(t *testing.T) {
	fsys := files()
	fsys["db.yaml"] = &fstest.MapFile{Data: []byte(strings.Replace(secret, "  target:", "  # esotree:ignore target-copies-labels until=2027-01-31 the labels are wanted\n  target:", 1))}
	for day, results := range map[string]int{"2026-11-24": 0, "2027-02-01": 1} {
		now, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		a := call(t, krm.Function{Files: fsys, Now: now}, list(linting("{rules: {store-missing: 'off'}}"), at(secret, "db.yaml", "0")))
		got := 0
		for _, r := range a.results {
			if r.Tags["rule"] == "target-copies-labels" {
				got++
			}
		}
		if got != results {
			t.Errorf("on %s: %+v", day, a.results)
		}
	}
}

// What is no ResourceList is refused with its place, and nothing is put out.
func TestInput(t *testing.T) {
	for input, message := range map[string]string{
		"":                                     "0 documents where one ResourceList is wanted",
		"a: 1\n---\nb: 1\n":                    "2 documents where one ResourceList is wanted",
		"kind: List\n":                         "a ResourceList of config.kubernetes.io/v1 is wanted",
		"apiVersion: v1\nkind: ResourceList\n": "a ResourceList of config.kubernetes.io/v1 is wanted",
		"items: [\n":                           "standard input:",
		"- 1\n":                                "a ResourceList",
		strings.Replace(list(""), "items:", "items: 1", 1):       "a list of items is wanted",
		list("") + "functionConfig: Render\n":                    "standard input:4:17: error: the configuration must be a map",
		list("") + "functionConfig: [a]\n":                       "the configuration must be a map",
		strings.Replace(list(""), "items:", "items: [a, {}]", 1): "an item must be a map",
		"\x00": "standard input:",
	} {
		a := call(t, krm.Function{}, input)
		if a.code != 1 || a.stdout != "" {
			t.Errorf("exit %d for %q: %s", a.code, input, a.stdout)
		}
		want(t, "standard error", a.stderr, message)
	}
	for _, input := range []string{
		list(linting("{}")), strings.Replace(list(linting("{}")), "items:", "items: []", 1), strings.Replace(list(linting("{}")), "items:", "items: ~", 1),
		strings.Replace(list(linting("{}")), "config.kubernetes.io/v1", "config.kubernetes.io/v1beta1", 1), flow(t, list(linting("{}"), other)),
		strings.ReplaceAll(list(linting("{}"), other), "\n", "\r\n"),
	} {
		if a := call(t, krm.Function{}, input); a.code != 0 || a.stderr != "" || !same(a.raw, itemsOf(t, input)) {
			t.Errorf("exit %d for %q: %s", a.code, input, a.stderr)
		}
	}
}

// Anchors that are shared between items are resolved, not lost.
func TestAnchors(t *testing.T) {
	input := list(linting("{}"), "kind: ConfigMap\napiVersion: v1\nmetadata: &m {name: a}\ndata: &d {x: '1'}\n", "kind: ConfigMap\napiVersion: v1\nmetadata: {name: b}\ndata: *d\n")
	a := call(t, krm.Function{}, input)
	if a.code != 0 || !same(a.raw, itemsOf(t, input)) {
		t.Errorf("exit %d: %s\n%s", a.code, a.stderr, a.stdout)
	}
}

// In a build of kustomize the items' paths are made up: nobody finds such a file.
func TestLabel(t *testing.T) {
	item := strings.Replace(at(secret, "app/externalsecret_db.yaml", "0"), "annotations: {", "annotations: {kustomize.config.k8s.io/id: '1', ", 1)
	a := call(t, krm.Function{}, list(linting("{closed: true}"), item))
	if strings.Contains(a.stderr, "externalsecret_db.yaml") {
		t.Errorf("a made-up path is named:\n%s", a.stderr)
	}
	want(t, "standard error", a.stderr, "ExternalSecret app/db:")
	a = call(t, krm.Function{}, list(linting("{closed: true}"), at(secret, "db.yaml", "0")))
	want(t, "standard error", a.stderr, "db.yaml (as the function got it):")
}

// kustomize does not say which file a configuration is from: it is found among those that the kustomization lists.
func TestConfigFile(t *testing.T) {
	fsys := files()
	fsys["kustomization.yaml"] = &fstest.MapFile{Data: []byte("generators:\n  - other.yaml\n  - |-\n    kind: Render\n  - render.yaml\ntransformers: [lint.yaml]\n")}
	fsys["render.yaml"] = &fstest.MapFile{Data: []byte("# what to render\n" + render("{region: east, paths: [gone]}"))}
	fsys["lint.yaml"] = &fstest.MapFile{Data: []byte("# first\n---\n" + linting("{}") + "---\n" + strings.Replace(linting("{esso: '2.9'}"), "name: secrets", "name: again", 1))}
	f := krm.Function{Files: fsys}
	a := call(t, f, list(render("{paths: [gone], region: east}")))
	want(t, "standard error", a.stderr, "render.yaml:6:29: error: reading failed: ", "spec: {region: east, paths: [gone]}")
	if len(a.results) != 1 || a.results[0].File == nil || a.results[0].File.Path != "render.yaml" || a.results[0].Tags["line"] != "6" {
		t.Errorf("results %+v", a.results)
	}
	a = call(t, f, list(strings.Replace(linting("{esso: '2.9'}"), "name: secrets", "name: again", 1)))
	want(t, "standard error", a.stderr, `lint.yaml:13:8: error: unknown field "esso"`, `did you mean "eso"?`)
	a = call(t, f, list(render("{paths: [lost], region: east}"))) // in no file
	want(t, "standard error", a.stderr, "Render secrets:5:15: error: reading failed: ")
}
