package lint_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/graph"
	"github.com/openova-io/esotree/lint"
	"github.com/openova-io/esotree/object"
	"github.com/rogpeppe/go-internal/txtar"
)

// world is the one of the fixtures of tenancy and regions.
func world(o *object.Object) string {
	switch {
	case strings.HasPrefix(o.Name, "acme-"):
		return "acme"
	case strings.HasPrefix(o.Name, "globex-"):
		return "globex"
	}
	return ""
}

func run(t *testing.T, opts lint.Options, files ...*diag.File) *diag.Set {
	t.Helper()
	var objects []*object.Object
	for _, f := range files {
		read, findings := object.ReadFile(f, object.ReadOptions{Cluster: func(f *diag.File) string {
			first, _, found := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(f.Name, "good/"), "bad/"), "/")
			if !found {
				return ""
			}
			return first
		}})
		for _, finding := range findings {
			t.Fatalf("%s: %s", f.Name, finding.Message)
		}
		objects = append(objects, read...)
	}
	set, err := lint.Run(context.Background(), graph.New(objects), opts)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// TestRules runs every fixture, which is named for its rule (CODE.txtar, CODE.variant.txtar): files under bad/ have a comment "want CODE COLUMN PATH" at each line
// where a finding begins, and those under good/ have none of any rule. The archive's comment may say closed, tenants, spellings or nearest.
// A rule without a fixture and a fixture without a rule fail.
func TestRules(t *testing.T) {
	rules := map[string]lint.Rule{}
	for _, rule := range lint.Rules() {
		rules[rule.Code] = rule
		if _, err := os.Stat(filepath.Join("testdata", rule.Code+".txtar")); err != nil {
			t.Errorf("rule %s has no fixture", rule.Code)
		}
	}
	fixtures, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(fixtures) == 0 {
		t.Fatal(fixtures, err)
	}
	for _, fixture := range fixtures {
		name := strings.TrimSuffix(filepath.Base(fixture), ".txtar")
		code, _, _ := strings.Cut(name, ".")
		t.Run(name, func(t *testing.T) {
			rule, found := rules[code]
			if !found {
				t.Fatal("there is no such rule")
			}
			archive, err := txtar.ParseFile(fixture)
			if err != nil {
				t.Fatal(err)
			}
			opts := fixtureOptions(archive.Comment)
			for _, side := range []string{"bad/", "good/"} {
				files, want := wanted(archive, side)
				if len(files) == 0 || (len(want) > 0) != (side == "bad/") {
					t.Fatalf("%s: %d files want %d findings", side, len(files), len(want))
				}
				var got, text []string
				for _, f := range run(t, opts, files...).All() {
					file, line, column := f.Span.Location()
					got = append(got, fmt.Sprintf("%s:%d: %s %d %s", file, line, f.Code, column, f.Path))
					text = append(text, fmt.Sprintf("%s:%d:%d: %s: %s (%s) [%s]", file, line, column, f.Severity, f.Message, f.Path, f.Code))
					severity := rule.Severity
					switch {
					case rule.ClosedWorld && !opts.Closed, rule.Code == "delete-policy-loses-data": // the fixture's value is remembered
						severity = diag.Warning
					}
					if f.Code == rule.Code && f.Severity != severity {
						t.Errorf("%s: severity %s, want %s", f.Message, f.Severity, severity)
					}
				}
				slices.Sort(got)
				slices.Sort(want)
				if !slices.Equal(got, want) {
					t.Errorf("%s\ngot\n%s\nwant\n%s", side, strings.Join(text, "\n"), strings.Join(want, "\n"))
				}
				if side == "bad/" && !slices.ContainsFunc(want, func(line string) bool { return strings.Contains(line, ": "+code+" ") }) {
					t.Errorf("nothing is wanted of the rule itself")
				}
			}
		})
	}
}

func fixtureOptions(comment []byte) lint.Options {
	w := &lint.World{}
	if bytes.Contains(comment, []byte("tenants")) {
		w.Tenants = []lint.Tenant{{Name: "acme", Namespaces: []string{"acme-prod"}, Prefixes: []string{"acme/"}}, {Name: "globex", Namespaces: []string{"globex-prod"}, Prefixes: []string{"globex/"}}}
		w.Grants = []lint.Grant{{Key: "acme/smtp", To: []string{"globex"}}}
		w.Owner = world
	}
	if bytes.Contains(comment, []byte("spellings")) { // acme has keys of globex in forms of its own
		w.Tenants[0].Keys = []string{"/globex/pg", "secret/globex/pg", "secret/data/globex/pg", "/legacy"}
		w.Tenants[1].Keys = []string{"globex/pg", "secret/globex/smtp"}
		w.Tenants = append(w.Tenants, lint.Tenant{Name: "initech", Namespaces: []string{"initech-prod"}, Prefixes: []string{"initech/"}})
		w.Grants = []lint.Grant{{Key: "/globex/pg", To: []string{"initech"}}, {Key: "secret/globex/smtp", To: []string{"initech"}}}
	}
	if bytes.Contains(comment, []byte("nearest")) {
		w.Nearest = func(cluster string) string { return "vault-" + cluster }
	}
	return lint.Options{Closed: bytes.Contains(comment, []byte("closed")), World: w}
}

// wanted returns the files of one side of a fixture, and the findings that their comments want.
func wanted(archive *txtar.Archive, side string) (files []*diag.File, want []string) {
	for _, f := range archive.Files {
		if !strings.HasPrefix(f.Name, side) {
			continue
		}
		files = append(files, diag.NewFile(f.Name, f.Data))
		for i, line := range strings.Split(string(f.Data), "\n") {
			_, comment, _ := strings.Cut(line, "# want ")
			for text := range strings.SplitSeq(comment, ", ") {
				if text != "" {
					want = append(want, fmt.Sprintf("%s:%d: %s", f.Name, i+1, text))
				}
			}
		}
	}
	return files, want
}

// TestDocs checks that each rule has a text, and each text a rule.
func TestDocs(t *testing.T) {
	text, err := os.ReadFile("rules.md")
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, r := range lint.Rules() {
		codes = append(codes, r.Code)
		if len(r.Doc) < 40 {
			t.Errorf("%s has no text", r.Code)
		}
	}
	var headings []string
	for line := range strings.SplitSeq(string(text), "\n") {
		code, ok := strings.CutPrefix(line, "## ")
		if !ok || strings.HasPrefix(code, "crd-") || strings.HasPrefix(code, "webhook-") { // of lint/crd, which has rules of its own
			continue
		}
		headings = append(headings, code)
	}
	if !slices.Equal(codes, headings) {
		t.Errorf("rules %v\ntexts %v", codes, headings)
	}
}

const cycle = `apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: a, namespace: ns}
spec:
  secretStoreRef: {name: s, kind: ClusterSecretStore}
  %s
  refreshInterval: 5s
  data: [{secretKey: a, remoteRef: {key: a}}]
`

func TestSuppression(t *testing.T) {
	now := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	for comment, want := range map[string]string{
		"# esotree:ignore refresh-too-fast a test environment":                        "",
		"# esotree:ignore other,refresh-too-fast until=2026-11-24 until it is mended": "",
		"# esotree:ignore refresh-too-fast until=2026-11-23 until it is mended":       "ignored until 2026-11-23",
		"# esotree:ignore refresh-too-fast until=tomorrow for now":                    "no date",
		"# esotree:ignore refresh-too-fast":                                           "no reason",
		"# esotree:ignore key-not-pushed a reason":                                    "1m",
	} {
		set := run(t, lint.Options{Now: now}, diag.NewFile("a.yaml", fmt.Appendf(nil, cycle, comment)))
		hint := ""
		for _, f := range set.All() {
			hint += f.Hint
		}
		if (want == "") != (set.Len() == 0) || !strings.Contains(hint, want) {
			t.Errorf("%s: %d findings, hint %q, want %q", comment, set.Len(), hint, want)
		}
	}
}

func TestConfig(t *testing.T) {
	text := "rules: {refresh-too-fast: error}\npaths:\n- match: ['test/**/*.yaml']\n  rules: {refresh-too-fast: off}\n"
	config, findings := lint.ReadConfig(diag.NewFile("lint.yaml", []byte(strings.Replace(text, ": off", ": \"off\"", 1))), lint.Rules())
	if len(findings) > 0 {
		t.Fatal(findings[0].Message)
	}
	data := fmt.Appendf(nil, cycle, "")
	set := run(t, lint.Options{Config: config}, diag.NewFile("test/x/y/a.yaml", data))
	if set.Len() != 0 {
		t.Errorf("%d findings where the rule is off", set.Len())
	}
	set = run(t, lint.Options{Config: config}, diag.NewFile("prod/a.yaml", data))
	if set.Len() != 1 || !set.HasErrors() {
		t.Errorf("%d findings, error %t", set.Len(), set.HasErrors())
	}
	_, findings = lint.ReadConfig(diag.NewFile("lint.yaml", []byte("rules: {refresh-to-fast: error, key-not-pushed: loud}\n")), lint.Rules())
	if len(findings) != 2 {
		t.Errorf("%d findings about a wrong configuration, want 2", len(findings))
	}
}
