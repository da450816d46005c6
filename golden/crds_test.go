package golden_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/santhosh-tekuri/jsonschema/v5"
	"sigs.k8s.io/yaml"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/internal/eso"
)

// crds are the schemas of ESO's own bundle for one release, by apiVersion and kind.
type crds struct {
	schemas  map[string]map[string]any
	compiled map[string]*jsonschema.Schema
}

// bundle reads the bundle of the newest release. It is no part of the repository: ESOTREE_CRDS names the folder that it
// is in, which is else looked for beside the repository.
func bundle(t *testing.T) *crds {
	t.Helper()
	folder := os.Getenv("ESOTREE_CRDS")
	if folder == "" {
		folder = "../../shared/crds"
	}
	name := filepath.Join(folder, "external-secrets-v2.9.0.yaml")
	if _, err := os.Stat(name); err != nil {
		t.Skipf("without ESO's CRD bundle: %v", err)
	}
	return schemasOf(t, name)
}

// schemasOf reads a bundle.
func schemasOf(t *testing.T, name string) *crds {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	out := &crds{map[string]map[string]any{}, map[string]*jsonschema.Schema{}}
	for doc := range bytes.SplitSeq(data, []byte("\n---\n")) {
		var crd struct {
			Kind string
			Spec struct {
				Group    string
				Names    struct{ Kind string }
				Versions []struct {
					Name   string
					Schema struct{ OpenAPIV3Schema map[string]any }
				}
			}
		}
		if err := yaml.Unmarshal(doc, &crd); err != nil {
			t.Fatal(err)
		}
		if crd.Kind != "CustomResourceDefinition" {
			continue
		}
		for _, v := range crd.Spec.Versions {
			out.schemas[crd.Spec.Group+"/"+v.Name+" "+crd.Spec.Names.Kind] = v.Schema.OpenAPIV3Schema
		}
	}
	if len(out.schemas) == 0 {
		t.Fatalf("%s holds no CRD", name)
	}
	return out
}

// closed refuses fields that the schema does not have, as the API server's strict validation does.
func closed(schema any) {
	switch schema := schema.(type) {
	case map[string]any:
		if properties, ok := schema["properties"].(map[string]any); ok && schema["x-kubernetes-preserve-unknown-fields"] != true {
			if _, open := schema["additionalProperties"]; !open {
				schema["additionalProperties"] = false
			}
			for _, p := range properties {
				closed(p)
			}
		}
		if schema["x-kubernetes-int-or-string"] == true {
			delete(schema, "type")
		}
		closed(schema["items"])
		closed(schema["additionalProperties"])
	}
}

func (c *crds) validate(t *testing.T, objects []map[string]any) {
	t.Helper()
	for _, o := range objects {
		name := fmt.Sprint(o["apiVersion"], " ", o["kind"])
		schema, known := c.compiled[name]
		if !known {
			raw, ok := c.schemas[name]
			if !ok {
				if strings.Contains(name, eso.Group) {
					t.Errorf("the bundle has no %s", name)
				}
				continue
			}
			raw = maps.Clone(raw)
			properties := maps.Clone(raw["properties"].(map[string]any))
			properties["metadata"] = map[string]any{"type": "object"}
			raw["properties"] = properties
			closed(raw)
			text, err := json.Marshal(raw)
			if err != nil {
				t.Fatal(err)
			}
			if schema, err = jsonschema.CompileString("crd.json", string(text)); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			c.compiled[name] = schema
		}
		if err := schema.Validate(any(o)); err != nil {
			t.Errorf("%s: %#v", label(o), err)
		}
	}
}

// TestCRDs holds that the API server of the newest release takes all that the fixtures render to.
func TestCRDs(t *testing.T) {
	c := bundle(t)
	read := func(name string) []byte {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	features := fstest.MapFS{}
	for _, name := range []string{"platform.yaml", "acme.yaml", "globex.yaml"} {
		data := bytes.Replace(read("testdata/features/"+name), []byte(`version: "0.20"`), []byte(`version: "2.9"`), 1)
		features[name] = &fstest.MapFile{Data: data}
	}
	for name, files := range map[string]fstest.MapFS{"openova": openova(t), "seed": description(t, ""), "features": features} {
		t.Run(name, func(t *testing.T) {
			for _, region := range []string{"region1", "region2", "one", "two"} {
				c.validate(t, objects(t, files, region))
			}
		})
	}
}

// example makes the smallest value that a schema takes.
func example(schema map[string]any) any {
	if enum, ok := schema["enum"].([]any); ok {
		return enum[0]
	}
	if schema["default"] != nil {
		return schema["default"]
	}
	if schema["x-kubernetes-int-or-string"] == true {
		return "1"
	}
	switch schema["type"] {
	case "object":
		out := map[string]any{}
		properties, _ := schema["properties"].(map[string]any)
		required, _ := schema["required"].([]any)
		for _, name := range required {
			out[name.(string)] = example(properties[name.(string)].(map[string]any))
		}
		if least, ok := schema["minProperties"].(float64); ok && len(out) < int(least) {
			for _, name := range slices.Sorted(maps.Keys(properties)) {
				if len(out) < int(least) {
					out[name] = example(properties[name].(map[string]any))
				}
			}
		}
		return out
	case "array":
		if least, ok := schema["minItems"].(float64); ok && least > 0 {
			return []any{example(schema["items"].(map[string]any))}
		}
		return []any{}
	case "integer", "number":
		if least, ok := schema["minimum"].(float64); ok {
			return least
		}
		return 1.0
	case "boolean":
		return true
	default:
		if pattern, _ := schema["pattern"].(string); strings.Contains(pattern, "https") {
			return "https://example.com"
		}
		return "x"
	}
}

func below(schema map[string]any, path ...string) map[string]any {
	for _, name := range path {
		properties, _ := schema["properties"].(map[string]any)
		schema, _ = properties[name].(map[string]any)
	}
	return schema
}

// TestEveryProvider renders a store of every provider of the newest release, with a spec that its CRD takes: what comes
// out is what was put in, and the CRD takes it.
func TestEveryProvider(t *testing.T) {
	c := bundle(t)
	newest := eso.Releases()[len(eso.Releases())-1]
	for _, p := range eso.Providers() {
		if !p.In(newest) {
			continue
		}
		t.Run(p.Name, func(t *testing.T) {
			schema := below(c.schemas["external-secrets.io/v1 ClusterSecretStore"], "spec", "provider", p.Name)
			if schema == nil {
				t.Fatal("the bundle does not have it")
			}
			spec := example(schema)
			key := "KEY"
			if p.Name == "scaleway" {
				key = "name:key"
			} else if p.Name == "kubernetes" {
				key = "key"
			}
			files := platformOf(t, map[string]any{p.Name: spec}, map[string]any{"name": "s", "namespace": "x", "remote": map[string]any{"key": key}, "keys": map[string]any{"a": map[string]any{}}, "regions": "All"})
			if p.WriteOnly {
				delete(files, "secrets.yaml")
			}
			got, found := compiled(t, files)
			for _, f := range found {
				if f.Severity == diag.Error && !(p.WriteOnly && f.Code == "pull-unsupported") {
					t.Errorf("%s [%s]", f.Message, f.Code)
				}
			}
			c.validate(t, got["one"])
			for _, o := range got["one"] {
				if o["kind"] != "ClusterSecretStore" {
					continue
				}
				provider := o["spec"].(map[string]any)["provider"].(map[string]any)
				if a, b := leaves(spec), leaves(provider[p.Name]); !within(a, b) {
					t.Errorf("%v became %v", a, b)
				}
			}
		})
	}
}

// TestEveryGenerator renders every generator kind of the newest release with a spec that its CRD takes.
func TestEveryGenerator(t *testing.T) {
	c := bundle(t)
	for _, g := range eso.Generators() {
		t.Run(g.Kind, func(t *testing.T) {
			schema := below(c.schemas["generators.external-secrets.io/v1alpha1 "+g.Kind], "spec")
			if schema == nil {
				t.Fatal("the bundle does not have it")
			}
			spec := example(schema)
			secret := map[string]any{"name": "s", "namespace": "x", "generator": map[string]any{"kind": g.Kind, "spec": spec}}
			if g.OpenOutputs {
				secret["keys"] = map[string]any{"a": map[string]any{}}
				if g.OutputsField != "" {
					spec.(map[string]any)["data"] = map[string]any{"a": "x"}
				}
			}
			got, found := compiled(t, platformOf(t, map[string]any{"vault": map[string]any{"server": "https://vault.example.com"}}, secret))
			for _, f := range found {
				if f.Severity == diag.Error {
					t.Errorf("%s [%s]", f.Message, f.Code)
				}
			}
			c.validate(t, got["one"])
			kinds := map[any]bool{}
			for _, o := range got["one"] {
				kinds[o["kind"]] = true
				if o["kind"] == g.Kind && !within(leaves(spec), leaves(o["spec"])) {
					t.Errorf("%v became %v", spec, o["spec"])
				}
				if es, ok := o["spec"].(map[string]any)["target"].(map[string]any); ok && o["kind"] == "ExternalSecret" && !g.OpenOutputs {
					data := es["template"].(map[string]any)["data"].(map[string]any)
					for _, output := range g.Outputs {
						if _, ok := data[output]; !ok {
							t.Errorf("the Secret does not have the output %s", output)
						}
					}
				}
			}
			if !kinds[g.Kind] || !kinds["ExternalSecret"] || kinds["PushSecret"] != g.Rotatable {
				t.Errorf("rendered are %v", kinds)
			}
		})
	}
}

func within(a, b map[string]string) bool {
	for field, value := range a {
		held := equal(b[field], value)
		for other := range b {
			held = held || value == "{}" && strings.HasPrefix(other, field)
		}
		if !held {
			return false
		}
	}
	return true
}

// platformOf is a platform of one region with a store and a secret.
func platformOf(t *testing.T, provider, secret map[string]any) fstest.MapFS {
	t.Helper()
	spec := map[string]any{"regions": []any{map[string]any{"name": "one", "store": map[string]any{"provider": provider}}}, "secrets": []any{secret}}
	data, err := yaml.Marshal(map[string]any{"apiVersion": "esotree.openova.io/v1alpha1", "kind": "Platform", "metadata": map[string]any{"name": "p"}, "spec": spec})
	if err != nil {
		t.Fatal(err)
	}
	return fstest.MapFS{"platform.yaml": {Data: data}}
}
