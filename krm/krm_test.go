package krm_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"sigs.k8s.io/yaml"

	"github.com/openova-io/esotree/krm"
)

const platform = `apiVersion: esotree.openova.io/v1alpha1
kind: Platform
metadata:
  name: demo
spec:
  regions:
    - name: east
      store:
        provider:
          vault: {server: "https://vault.east.example.com", path: secret, version: v2, auth: {kubernetes: {mountPath: kubernetes, role: eso}}}
    - name: west
      store:
        provider:
          vault: {server: "https://vault.west.example.com", path: secret, version: v2, auth: {kubernetes: {mountPath: kubernetes, role: eso}}}
        fromOtherClusters:
          vault: {auth: {kubernetes: {mountPath: kubernetes-$(cluster)}}}
  environments:
    - {name: prod, regions: [east, west]}
    - {name: staging, regions: [east]}
  defaults: {remoteKey: $(tenant)/$(environment)/$(secret)}
`

const acme = `apiVersion: esotree.openova.io/v1alpha1
kind: Tenant
metadata:
  name: acme
spec:
  # the only comment
  secrets:
    - name: postgres
      class: database-password
      rotation: {since: "2026-02-07"}
  services:
    - name: web
      data:
        DATABASE_PASSWORD: postgres/password
`

// files are the descriptions as a person wrote them.
func files() fstest.MapFS {
	return fstest.MapFS{
		"description/platform.yaml": {Data: []byte(platform)},
		"description/acme.yaml":     {Data: []byte(acme)},
		"description/globex.yaml":   {Data: []byte(strings.Replace(acme, "name: acme", "name: globex", 1))},
	}
}

// list is a ResourceList with a configuration and items, each a document.
func list(config string, items ...string) string {
	var b strings.Builder
	b.WriteString("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n")
	if config != "" {
		b.WriteString("functionConfig:\n" + indent(config, "  "))
	}
	b.WriteString("items:\n")
	for _, item := range items {
		b.WriteString("-\n" + indent(item, "  "))
	}
	return b.String()
}

func indent(text, by string) string {
	return by + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n"+by) + "\n"
}

// render and linting are configurations.
func render(spec string) string {
	return "apiVersion: esotree.openova.io/v1alpha1\nkind: Render\nmetadata:\n  name: secrets\nspec: " + spec + "\n"
}

func linting(spec string) string {
	return strings.Replace(render(spec), "kind: Render", "kind: Lint", 1)
}

// at puts path annotations on an item.
func at(item, path, index string) string {
	metadata := "metadata:\n  annotations: {internal.config.kubernetes.io/path: " + path + ", internal.config.kubernetes.io/index: '" + index +
		"', config.kubernetes.io/path: " + path + ", config.kubernetes.io/index: '" + index + "'}"
	return strings.Replace(item, "metadata:", metadata, 1)
}

// object is an item of a list.
type object struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name        string            `json:"name"`
		Namespace   string            `json:"namespace"`
		Annotations map[string]string `json:"annotations"`
	} `json:"metadata"`
}

func (o object) String() string { return o.Kind + " " + o.Metadata.Namespace + "/" + o.Metadata.Name }

func (o object) path() string { return o.Metadata.Annotations["internal.config.kubernetes.io/path"] }

// finding is an entry of results.
type finding struct {
	Message     string `json:"message"`
	Severity    string `json:"severity"`
	ResourceRef *struct {
		APIVersion, Kind, Namespace, Name string
	} `json:"resourceRef"`
	Field *struct{ Path string } `json:"field"`
	File  *struct{ Path string } `json:"file"`
	Tags  map[string]string      `json:"tags"`
}

// answer is what the function did.
type answer struct {
	code           int
	stdout, stderr string
	raw            []json.RawMessage
	items          []object
	results        []finding
}

// call runs the function and demands that what it put out is one ResourceList, or nothing.
func call(t testing.TB, f krm.Function, input string, args ...string) answer {
	t.Helper()
	var stdout, stderr bytes.Buffer
	a := answer{code: f.Run(t.Context(), strings.NewReader(input), &stdout, &stderr, args)}
	a.stdout, a.stderr = stdout.String(), stderr.String()
	if len(args) > 0 || a.stdout == "" {
		return a
	}
	data, err := yaml.YAMLToJSONStrict(stdout.Bytes())
	if err != nil {
		t.Fatalf("standard output is no YAML: %v\n%s", err, a.stdout)
	}
	var out struct {
		Kind    string
		Items   []json.RawMessage
		Results []finding
	}
	if err := json.Unmarshal(data, &out); err != nil || out.Kind != "ResourceList" {
		t.Fatalf("standard output is no ResourceList: %v\n%s", err, a.stdout)
	}
	a.raw, a.results = out.Items, out.Results
	for _, raw := range out.Items {
		var o object
		if json.Unmarshal(raw, &o) != nil {
			continue // an item with odd metadata, which the fuzzer makes
		}
		a.items = append(a.items, o)
	}
	return a
}

// names are the items, sorted.
func (a answer) names() []string {
	var out []string
	for _, o := range a.items {
		out = append(out, o.String())
	}
	slices.Sort(out)
	return out
}

// itemsOf are the items of a list as JSON.
func itemsOf(t testing.TB, input string) []json.RawMessage {
	t.Helper()
	data, err := yaml.YAMLToJSON([]byte(input))
	if err != nil {
		t.Fatal(err)
	}
	var in struct{ Items []json.RawMessage }
	if err := json.Unmarshal(data, &in); err != nil {
		t.Fatal(err)
	}
	return in.Items
}

func same(a, b []json.RawMessage) bool {
	return slices.EqualFunc(a, b, func(x, y json.RawMessage) bool { return bytes.Equal(x, y) })
}

func want(t *testing.T, what, text string, wanted ...string) {
	t.Helper()
	for _, w := range wanted {
		if !strings.Contains(text, w) {
			t.Errorf("%s lacks %q:\n%s", what, w, text)
		}
	}
}

// noFiles is a file system on which nothing can be read.
type noFiles struct{}

func (noFiles) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
}

// failing fails to write or read.
type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("the disk is full") }
func (failing) Read([]byte) (int, error)  { return 0, errors.New("the pipe is broken") }

func TestStreams(t *testing.T) {
	f := krm.Function{Files: files()}
	input := list(render("{paths: [description], region: east}"))
	var stderr bytes.Buffer
	if code := f.Run(t.Context(), strings.NewReader(input), failing{}, &stderr, nil); code != 1 {
		t.Errorf("exit %d where standard output can't be written", code)
	}
	want(t, "standard error", stderr.String(), "standard output: the disk is full")
	var stdout bytes.Buffer
	if code := f.Run(t.Context(), failing{}, &stdout, &stderr, nil); code != 1 || stdout.Len() > 0 {
		t.Errorf("exit %d where standard input can't be read, %q", code, &stdout)
	}
	want(t, "standard error", stderr.String(), "reading failed: the pipe is broken")
	if code := f.Run(t.Context(), strings.NewReader(list(render("{paths: [gone]}"))), &stdout, failing{}, nil); code != 1 {
		t.Errorf("exit %d where standard error can't be written", code)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	stdout.Reset()
	if code := f.Run(ended, strings.NewReader(input), &stdout, &stderr, nil); code != 1 || strings.Contains(stdout.String(), "ExternalSecret") {
		t.Errorf("exit %d of a run that was ended:\n%s", code, &stdout)
	}
	if a := call(t, krm.Function{Files: noFiles{}}, input); a.code != 1 || len(a.items) != 0 {
		t.Errorf("exit %d where no file can be read", a.code)
	}
	if a := call(t, krm.Function{}, input); a.code != 1 || !strings.Contains(a.stderr, "no files can be read here") {
		t.Errorf("exit %d without a file system: %s", a.code, a.stderr)
	}
}

// The zero Function renders what it is given as items and inline.
func TestZero(t *testing.T) {
	a := call(t, krm.Function{}, list("", at(platform, "platform.yaml", "0"), at(acme, "acme.yaml", "0")))
	if a.code != 0 || !slices.Contains(a.names(), "PushSecret acme-prod/push-postgres-east") {
		t.Fatalf("exit %d: %s%v", a.code, a.stderr, a.names())
	}
	inline := render("{region: west, platform: " + flow(t, platform) + ", tenants: [" + flow(t, acme) + "]}")
	a = call(t, krm.Function{}, list(inline))
	if got := a.names(); a.code != 0 || !slices.Contains(got, "ExternalSecret acme-prod/web-secrets") || slices.Contains(got, "PushSecret acme-prod/push-postgres-east") {
		t.Fatalf("exit %d: %s%v", a.code, a.stderr, got)
	}
}

// flow is YAML as JSON.
func flow(t testing.TB, text string) string {
	t.Helper()
	data, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
