package schema_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/schema"
)

const (
	header   = "apiVersion: esotree.openova.io/v1alpha1\n"
	platform = header + "kind: Platform\nmetadata: {name: openova}\nspec: {regions: []}\n"
)

func tenant(name string) string {
	return header + "kind: Tenant\nmetadata: {name: " + name + "}\nspec: {}\n"
}

func places(findings []diag.Finding) string {
	var b strings.Builder
	for _, f := range findings {
		file, line, column := f.Span.Location()
		fmt.Fprintf(&b, "%s:%d:%d %s: %s", file, line, column, f.Code, f.Message)
		if f.Hint != "" {
			fmt.Fprintf(&b, " (%s)", f.Hint)
		}
		fmt.Fprintf(&b, " %s\n", f.Path)
	}
	return b.String()
}

func TestReadFindings(t *testing.T) {
	secret := func(fields string) string {
		return header + "kind: Tenant\nmetadata: {name: acme}\nspec:\n  secrets:\n  - name: a\n" + fields
	}
	for name, c := range map[string]struct{ in, want string }{
		"fine": {secret("    recover: None\n    regions: [a]\n    refreshInterval: $(vars.often)\n    keys: {password: {}}\n"), ""},
		"a field that lost its value": {secret("    rotation:\n      epoch:\n"),
			"in.yaml:8:7 wrong-type: a string is wanted, found nothing (leave it out) spec.secrets[0].rotation.epoch\n"},
		"nulls of every type": {secret("    rotation: ~\n    keys: {password: null}\n    environments:\n    regions:\n    immutable:\n    labels: {a: }\n"),
			"in.yaml:7:15 wrong-type: a map is wanted, found nothing (leave it out, or write {}) spec.secrets[0].rotation\n" +
				"in.yaml:8:22 wrong-type: a map is wanted, found nothing (leave it out, or write {}) spec.secrets[0].keys.password\n" +
				"in.yaml:9:5 wrong-type: a list is wanted, found nothing (leave it out, or write []) spec.secrets[0].environments\n" +
				"in.yaml:10:5 wrong-type: Home, All or a list of regions is wanted, found nothing (leave it out) spec.secrets[0].regions\n" +
				"in.yaml:11:5 wrong-type: true or false is wanted, found nothing (leave it out) spec.secrets[0].immutable\n" +
				"in.yaml:12:14 wrong-type: a string is wanted, found nothing (leave it out) spec.secrets[0].labels.a\n"},
		"null in a list":      {secret("    environments: [a, null]\n"), "in.yaml:7:23 wrong-type: a string is wanted, found nothing (leave it out) spec.secrets[0].environments[1]\n"},
		"null in regions":     {secret("    regions: [a, null]\n"), "in.yaml:7:14 wrong-type: Home, All or a list of regions is wanted (such as [region1]) spec.secrets[0].regions\n"},
		"null in an open one": {secret("    generator: {kind: Password, spec: {length: null}}\n"), ""},
		"infinite":            {secret("    generator: {kind: Password, spec: {length: .inf}}\n"), "in.yaml:7:39 wrong-type: a number that is infinite or not a number has no place in JSON spec.secrets[0].generator.spec\n"},
		"null where required": {secret("    remote: {key: null}\n"), "in.yaml:7:5 missing-field: the field \"key\" is missing (add key: …) spec.secrets[0].remote.key\n"},
		"enumeration":         {secret("    recover: none\n"), "in.yaml:7:14 invalid-value: recover can't be \"none\" (did you mean \"None\"?) spec.secrets[0].recover\n"},
		"far off":             {secret("    recover: Perhaps\n"), "in.yaml:7:14 invalid-value: recover can't be \"Perhaps\" (one of All, Home, None) spec.secrets[0].recover\n"},
		"empty enumeration":   {secret("    recover: \"\"\n"), "in.yaml:7:14 invalid-value: recover can't be \"\" (one of All, Home, None) spec.secrets[0].recover\n"},
		"reported once":       {secret("    recover: no\n"), "in.yaml:7:14 wrong-type: a string is wanted, found no, which YAML reads as false (quote it: \"no\") spec.secrets[0].recover\n"},
		"duration":            {secret("    pushInterval: 1 hour\n"), "in.yaml:7:19 invalid-value: \"1 hour\" is not a duration such as 30s, 1h or 90d spec.secrets[0].pushInterval\n"},
		"empty regions":       {secret("    regions: []\n"), "in.yaml:7:14 wrong-type: Home, All or a list of regions is wanted (such as [region1]) spec.secrets[0].regions\n"},
		"regions misspelt":    {secret("    regions: all\n"), "in.yaml:7:14 wrong-type: Home, All or a list of regions is wanted (such as [region1]) spec.secrets[0].regions\n"},
		"an alias":            {secret("    labels: &l {a: b}\n    annotations: *l\n"), "in.yaml:7:13 yaml-alias: anchors are not allowed here, found \"&l\" (write the value out) spec.secrets[0].labels\nin.yaml:8:18 yaml-alias: aliases are not allowed here, found \"*l\" (write the value out) spec.secrets[0].annotations\n"},
		"another kind":        {header + "kind: Tenent\n", "in.yaml:2:7 wrong-type: a description can't have kind \"Tenent\" (did you mean \"Tenant\"?) kind\n"},
		"another version":     {"apiVersion: esotree.openova.io/v1\nkind: Tenant\n", "in.yaml:1:13 wrong-type: a description can't have apiVersion \"esotree.openova.io/v1\" (did you mean \"esotree.openova.io/v1alpha1\"?) apiVersion\n"},
		"another group":       {"apiVersion: v1\nkind: Secret\n", "in.yaml:1:13 wrong-type: a description can't have apiVersion \"v1\" (use esotree.openova.io/v1alpha1) apiVersion\n"},
		"no kind":             {header, "in.yaml:1:1 missing-field: the document has no kind (a description has kind: Platform or Tenant) kind\n"},
		"nothing":             {"# only a comment\n", "in.yaml:1:1 missing-field: the file holds no description (a description has apiVersion esotree.openova.io/v1alpha1 and kind Platform or Tenant) \n"},
		"two platforms":       {platform + "---\n" + platform, "in.yaml:7:7 many-platforms: there is a second Platform; exactly one describes the shared part kind\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var d schema.Description
			findings := d.Read(diag.NewFile("in.yaml", []byte(c.in)), true)
			if d.Platform != nil {
				findings = append(findings, d.Check()...)
			}
			if got := places(findings); got != c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
		})
	}
}

func TestLoad(t *testing.T) {
	files := fstest.MapFS{}
	for name, text := range map[string]string{
		"d/platform.yaml":          "\ufeff" + strings.ReplaceAll(platform, "\n", "\r\n"),
		"d/tenants/b.yml":          tenant("b"),
		"d/tenants/two.yaml":       tenant("c") + "---\n" + tenant("a"),
		"d/other.yaml":             "apiVersion: v1\nkind: Secret\n# esotree.openova.io/\n",
		"d/broken.yaml":            "a: b: c\n",
		"d/fn.yaml":                header + "kind: Render\n",
		"d/readme.md":              header,
		"d/.hidden/x.yaml":         tenant("hidden"),
		"d/rendered/x.yaml":        tenant("output"),
		"d/written.yaml":           "# Code generated by esotree from tenants/b.yaml; DO NOT EDIT.\n" + tenant("written"),
		"apart/again.yaml":         tenant("a"),
		"apart/none/manifest.yaml": "apiVersion: v1\nkind: ConfigMap\n",
	} {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	load := func(paths ...string) (*schema.Description, *diag.Set) {
		t.Helper()
		d, set, err := schema.Load(context.Background(), files, paths, "d/rendered")
		if err != nil {
			t.Fatal(err)
		}
		return d, set
	}
	codes := func(set *diag.Set) (list []string) {
		for _, f := range set.All() {
			list = append(list, f.Code)
		}
		return list
	}
	names := func(d *schema.Description) (list []string) {
		for _, t := range d.Tenants {
			list = append(list, t.Metadata.Name)
		}
		return list
	}

	d, set := load("d", "d/platform.yaml", "d/tenants")
	if got := codes(set); got != nil {
		t.Errorf("findings %v", got)
	}
	if got, want := names(d), []string{"a", "b", "c"}; d.Platform == nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want a platform and %v", got, want)
	}
	if got := d.Tenants[1].Source.File(); got != "d/tenants/b.yml" {
		t.Errorf("tenant b is from %q", got)
	}
	if _, line, column := d.Platform.Source.Span("metadata.name").Location(); line != 3 || column != 18 {
		t.Errorf("the name of the platform is at %d:%d", line, column)
	}

	if _, set = load("d", "apart"); !reflect.DeepEqual(codes(set), []string{"duplicate-name"}) {
		t.Errorf("a tenant twice: %v", codes(set))
	}
	if _, set = load("apart"); !reflect.DeepEqual(codes(set), []string{"no-platform"}) {
		t.Errorf("no platform: %v", codes(set))
	}
	if _, set = load("d", "d/other.yaml"); !reflect.DeepEqual(codes(set), []string(nil)) {
		t.Errorf("a file is read once, as it came first: %v", codes(set))
	}
	if _, set = load("d/other.yaml", "d"); !reflect.DeepEqual(codes(set), []string{"wrong-type"}) {
		t.Errorf("a manifest that is named: %v", codes(set))
	}
	if _, set = load("d/fn.yaml", "d"); !reflect.DeepEqual(codes(set), []string{"wrong-type"}) {
		t.Errorf("a configuration that is named: %v", codes(set))
	}

	if _, _, err := schema.Load(context.Background(), files, []string{"absent"}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a path that is absent: %v", err)
	}
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := schema.Load(cancelled, files, []string{"d"}); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled context: %v", err)
	}
}

func TestSourceOfNothing(t *testing.T) {
	var s *schema.Source
	if s.File() != "" || s.Span("a").IsValid() || s.KeySpan("a").IsValid() || s.Has("a") {
		t.Error("a description built in Go has a source")
	}
}

func TestRegions(t *testing.T) {
	for _, text := range []string{`"All"`, `"Home"`, `["a","b"]`, `[""]`} {
		var r schema.Regions
		if err := r.UnmarshalJSON([]byte(text)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if got, err := r.MarshalJSON(); err != nil || string(got) != text {
			t.Errorf("%s became %s, %v", text, got, err)
		}
	}
	for _, text := range []string{`"all"`, `""`, `null`, `[]`, `[null]`, `[1]`, `{}`, `1`, `true`, ``} {
		if err := new(schema.Regions).UnmarshalJSON([]byte(text)); err == nil {
			t.Errorf("%s is accepted", text)
		}
	}
}
