package main

import (
	"bytes"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"k8s.io/kube-openapi/pkg/validation/spec"
	"sigs.k8s.io/kustomize/kyaml/openapi"
	"sigs.k8s.io/yaml"

	"github.com/openova-io/esotree/internal/eso"
)

// The committed files are what the generator writes.
func TestCommitted(t *testing.T) {
	for _, f := range files() {
		want, err := f.make()
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile("../pack/" + f.name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("pack/%s is not what the generator writes: run go generate ./kustomize-plugin", f.name)
		}
	}
}

func packed(t *testing.T) spec.Swagger {
	t.Helper()
	text, err := schema()
	if err != nil {
		t.Fatal(err)
	}
	var out spec.Swagger
	if err := out.UnmarshalJSON(text); err != nil {
		t.Fatal(err)
	}
	return out
}

// Every list of every kind of Kubernetes that kustomize merges is in the pack with the same strategy and keys, and no other.
func TestKubernetesMergesAsBefore(t *testing.T) {
	before, after := openapi.Schema().Definitions, packed(t).Definitions
	kinds, lists := 0, 0
	type pair struct{ before, after string }
	done := map[pair]bool{}
	var compare func(path string, a, b *spec.Schema)
	compare = func(path string, a, b *spec.Schema) {
		if name := refName(a); name != "" {
			key := pair{before: name}
			if b != nil {
				switch key.after = refName(b); {
				case key.after == "" && b.Extensions[strategyExtension] == nil:
					b = nil // nothing below is merged, which the comparison goes on to check
				case key.after != name:
					t.Errorf("%s refers to %q, with the pack to %q", path, name, key.after)
					return
				}
			}
			if done[key] {
				return
			}
			done[key] = true
			target := before[name]
			a = &target
			if b != nil {
				reduced := after[key.after]
				b = &reduced
			}
		}
		got := openapi.ResourceSchema{Schema: &spec.Schema{}}
		if b != nil {
			got.Schema = b
		}
		strategy, keys := (&openapi.ResourceSchema{Schema: a}).PatchStrategyAndKeyList()
		gotStrategy, gotKeys := got.PatchStrategyAndKeyList()
		if strategy != gotStrategy || !slices.Equal(keys, gotKeys) {
			t.Errorf("%s is merged by %q %v, with the pack by %q %v", path, strategy, keys, gotStrategy, gotKeys)
		}
		if strategy != "" {
			lists++
			if b == nil || !slices.Equal(a.Type, b.Type) {
				t.Errorf("%s has lost its type", path)
			}
		}
		at := func(s *spec.Schema, name string) *spec.Schema {
			if s == nil {
				return nil
			}
			if property, ok := s.Properties[name]; ok {
				return &property
			}
			return nil
		}
		for _, name := range slices.Sorted(maps.Keys(a.Properties)) {
			property := a.Properties[name]
			compare(path+"."+name, &property, at(b, name))
		}
		if a.Items != nil && a.Items.Schema != nil {
			var items *spec.Schema
			if b != nil && b.Items != nil {
				items = b.Items.Schema
			}
			compare(path+"[]", a.Items.Schema, items)
		}
		if a.AdditionalProperties != nil && a.AdditionalProperties.Schema != nil {
			var values *spec.Schema
			if b != nil && b.AdditionalProperties != nil {
				values = b.AdditionalProperties.Schema
			}
			compare(path+"{}", a.AdditionalProperties.Schema, values)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(before)) {
		definition := before[name]
		if _, kind := definition.Extensions[gvkExtension]; !kind || !strings.HasPrefix(name, "io.k8s.") {
			continue
		}
		kinds++
		reduced, ok := after[name]
		if !ok {
			t.Errorf("the kind %s is missing", name)
			continue
		}
		compare(name, &definition, &reduced)
	}
	if kinds < 100 || lists < 50 {
		t.Errorf("only %d kinds and %d lists were compared", kinds, lists)
	}
}

// A merge key must be a field that ESO requires, or kustomize loses the items without it.
func TestMergeKeysAreFields(t *testing.T) {
	for kind, lists := range mergeKeys() {
		for path, key := range lists {
			if !eso.Latest().HasField(kind, path+"[]."+key) {
				t.Errorf("%s has no field %s[].%s", kind, path, key)
			}
		}
	}
}

func TestScopes(t *testing.T) {
	paths := packed(t).Paths.Paths
	for _, kind := range eso.Kinds() {
		found := false
		for path := range paths {
			if strings.HasPrefix(path, "/apis/"+kind.Group+"/") && strings.HasSuffix(path, "/"+kind.Plural+"/{name}") {
				found = true
				if strings.Contains(path, "/namespaces/{namespace}/") != kind.Namespaced {
					t.Errorf("%s has the wrong scope", path)
				}
			}
		}
		if !found {
			t.Errorf("%s has no scope", kind.Name)
		}
	}
}

// Every reference is a field of ESO, and every field of ESO that is called name is either a reference or known to be none.
func TestReferences(t *testing.T) {
	text, err := references()
	if err != nil {
		t.Fatal(err)
	}
	var config struct {
		NameReference []struct {
			Kind       string
			FieldSpecs []struct{ Group, Kind, Path string }
		}
	}
	if err := yaml.UnmarshalStrict(text, &config); err == nil {
		t.Fatal("version and group are expected in the file")
	}
	if err := yaml.Unmarshal(text, &config); err != nil {
		t.Fatal(err)
	}
	by := map[string][]string{}
	for _, r := range config.NameReference {
		for _, s := range r.FieldSpecs {
			by[s.Kind+" "+s.Path] = append(by[s.Kind+" "+s.Path], r.Kind)
		}
	}
	tests := []struct {
		field string
		want  []string
	}{
		{"ExternalSecret spec/secretStoreRef/name", []string{"ClusterSecretStore", "SecretStore"}},
		{"ExternalSecret spec/dataFrom/sourceRef/storeRef/name", []string{"ClusterSecretStore", "SecretStore"}},
		{"ExternalSecret spec/target/name", []string{"ExternalSecret"}},
		{"ClusterExternalSecret spec/externalSecretName", []string{"ClusterExternalSecret"}},
		{"ClusterExternalSecret spec/externalSecretSpec/target/name", []string{"ClusterExternalSecret"}},
		{"ExternalSecret spec/target/template/templateFrom/configMap/name", []string{"ConfigMap"}},
		{"PushSecret spec/secretStoreRefs/name", []string{"ClusterSecretStore", "SecretStore"}},
		{"PushSecret spec/dataTo/storeRef/name", []string{"ClusterSecretStore", "SecretStore"}},
		{"PushSecret spec/selector/secret/name", []string{"ClusterExternalSecret", "ExternalSecret", "Secret"}},
		{"ClusterPushSecret spec/pushSecretSpec/selector/secret/name", []string{"ClusterExternalSecret", "ExternalSecret", "Secret"}},
		{"SecretStore spec/provider/vault/auth/tokenSecretRef/name", []string{"ClusterExternalSecret", "ExternalSecret", "Secret"}},
		{"SecretStore spec/provider/vault/caProvider/name", []string{"ClusterExternalSecret", "ConfigMap", "ExternalSecret", "Secret"}},
		{"ClusterSecretStore spec/provider/vault/auth/kubernetes/serviceAccountRef/name", []string{"ServiceAccount"}},
		{"Webhook spec/secrets/secretRef/name", []string{"ClusterExternalSecret", "ExternalSecret", "Secret"}},
		{"Deployment spec/template/spec/volumes/secret/secretName", []string{"ClusterExternalSecret", "ExternalSecret"}},
		{"ExternalSecret spec/dataFrom/find/name", nil},
		{"GitlabDeployToken spec/name", nil},
		{"SecretStore spec/provider/ngrok/vault/name", nil},
	}
	for _, test := range tests {
		got := by[test.field]
		slices.Sort(got)
		if !slices.Equal(got, test.want) {
			t.Errorf("%s refers to %v, want %v", test.field, got, test.want)
		}
	}
	generators := by["ExternalSecret spec/dataFrom/sourceRef/generatorRef/name"]
	if !slices.Contains(generators, "Password") || !slices.Contains(generators, "ClusterGenerator") || slices.Contains(generators, "GeneratorState") {
		t.Errorf("generatorRef refers to %v", generators)
	}
	for field := range by {
		kind, path, _ := strings.Cut(field, " ")
		if !strings.HasPrefix(path, "spec/") {
			continue
		}
		dotted := strings.ReplaceAll(path, "/", ".")
		if _, since := eso.Since(kind, dotted); !since && slices.ContainsFunc(eso.Kinds(), func(k eso.Kind) bool { return k.Name == kind }) {
			t.Errorf("%s is not a field of any release", field)
		}
	}
}
