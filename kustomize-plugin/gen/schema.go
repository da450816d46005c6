package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"k8s.io/kube-openapi/pkg/validation/spec"
	"sigs.k8s.io/kustomize/kyaml/openapi"

	"github.com/openova-io/esotree/internal/eso"
)

// The extensions that kustomize reads.
const (
	gvkExtension      = "x-kubernetes-group-version-kind"
	strategyExtension = "x-kubernetes-patch-strategy"
	mergeKeyExtension = "x-kubernetes-patch-merge-key"
	mapKeysExtension  = "x-kubernetes-list-map-keys"
)

// mergeKeys are the lists of ESO's kinds whose items a required field of their own tells apart, by kind and path. Lists that are
// not here are replaced by a patch as a whole, as without the pack. kustomize drops every item of a list when one of them lacks
// the key, so the stores of a PushSecret, which may be chosen by label, are not among them; items of dataFrom, of a PushSecret's
// data and of a store's conditions have no such field.
func mergeKeys() map[string]map[string]string {
	return map[string]map[string]string{
		"ExternalSecret":        {"spec.data": "secretKey"},
		"ClusterExternalSecret": {"spec.externalSecretSpec.data": "secretKey"},
		"SecretStore":           {"spec.provider.webhook.secrets": "name"},
		"ClusterSecretStore":    {"spec.provider.webhook.secrets": "name"},
		"Webhook":               {"spec.secrets": "name"},
		"ClusterGenerator":      {"spec.generator.webhookSpec.secrets": "name"},
	}
}

// node is a JSON object with its keys sorted by the encoder.
type node = map[string]any

// schema makes the OpenAPI document. An openapi file takes the place of kustomize's own schema, so Kubernetes' part is in it
// too, reduced to what a merge depends on. Scopes are paths; kustomize knows Kubernetes' scopes without them.
func schema() ([]byte, error) {
	definitions := kubernetes(openapi.Schema().Definitions)
	paths := node{}
	keys := mergeKeys()
	for _, kind := range eso.Kinds() {
		for _, version := range versions(kind) {
			gvk := node{"group": kind.Group, "version": version, "kind": kind.Name}
			name := "io.external-secrets." + strings.TrimSuffix(strings.TrimSuffix(kind.Group, "external-secrets.io"), ".")
			name = strings.TrimSuffix(name, ".") + "." + version + "." + kind.Name
			definition := node{"type": "object", gvkExtension: []any{gvk}}
			for _, path := range slices.Sorted(maps.Keys(keys[kind.Name])) {
				list(definition, strings.Split(path, "."), keys[kind.Name][path])
			}
			definitions[name] = definition
			at := "/apis/" + kind.Group + "/" + version + "/"
			if kind.Namespaced {
				at += "namespaces/{namespace}/"
			}
			paths[at+kind.Plural+"/{name}"] = node{"get": node{gvkExtension: gvk, "responses": node{}}}
		}
	}
	return document(definitions, paths)
}

// versions are all versions of a kind that any release serves, sorted.
func versions(kind eso.Kind) []string {
	var out []string
	for _, r := range eso.Releases() {
		p, _ := eso.For(r)
		out = append(out, p.Served(kind.Group, kind.Name)...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// list adds a list that is merged by a key.
func list(at node, path []string, key string) {
	for i, name := range path {
		properties, ok := at["properties"].(node)
		if !ok {
			properties = node{}
			at["properties"] = properties
		}
		next, ok := properties[name].(node)
		if !ok {
			next = node{"type": "object"}
			properties[name] = next
		}
		if at = next; i == len(path)-1 {
			maps.Copy(at, node{"type": "array", "items": node{"type": "object"}, strategyExtension: "merge", mergeKeyExtension: key})
		}
	}
}

// kubernetes reduces the definitions of Kubernetes' kinds: what says nothing about merging is left out, and so are definitions
// that no kind leads to.
func kubernetes(all spec.Definitions) node {
	useful := map[string]bool{}
	for changed := true; changed; {
		changed = false
		for name, definition := range all {
			if !useful[name] && merges(&definition, useful) {
				useful[name], changed = true, true
			}
		}
	}
	out := node{}
	var add func(name string)
	add = func(name string) {
		if _, done := out[name]; done {
			return
		}
		definition := all[name]
		out[name] = node{}
		refs := []string{}
		out[name] = reduce(&definition, useful, &refs)
		for _, ref := range refs {
			add(ref)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if _, kind := all[name].Extensions[gvkExtension]; kind && strings.HasPrefix(name, "io.k8s.") {
			add(name)
		}
	}
	return out
}

// merges reports whether anything in a schema has a merge strategy.
func merges(s *spec.Schema, useful map[string]bool) bool {
	if _, ok := s.Extensions[strategyExtension]; ok || useful[refName(s)] {
		return true
	}
	if s.Items != nil && s.Items.Schema != nil && merges(s.Items.Schema, useful) {
		return true
	}
	if s.AdditionalProperties != nil && s.AdditionalProperties.Schema != nil && merges(s.AdditionalProperties.Schema, useful) {
		return true
	}
	for _, property := range s.Properties {
		if merges(&property, useful) {
			return true
		}
	}
	return false
}

// reduce writes down what a merge depends on, and collects the definitions that it refers to.
func reduce(s *spec.Schema, useful map[string]bool, refs *[]string) node {
	out := node{}
	for _, name := range []string{gvkExtension, strategyExtension, mergeKeyExtension, mapKeysExtension} {
		if value, ok := s.Extensions[name]; ok {
			out[name] = value
		}
	}
	if name := refName(s); name != "" { // kustomize goes on with what is referred to, and forgets what stands beside
		*refs = append(*refs, name)
		out["$ref"] = s.Ref.String()
		return out
	}
	if len(s.Type) == 1 {
		out["type"] = s.Type[0]
	}
	if s.Items != nil && s.Items.Schema != nil {
		if merges(s.Items.Schema, useful) {
			out["items"] = reduce(s.Items.Schema, useful, refs)
		} else if _, ok := s.Extensions[strategyExtension]; ok {
			out["items"] = node{}
		}
	}
	if s.AdditionalProperties != nil && s.AdditionalProperties.Schema != nil && merges(s.AdditionalProperties.Schema, useful) {
		out["additionalProperties"] = reduce(s.AdditionalProperties.Schema, useful, refs)
	}
	properties := node{}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		if property := s.Properties[name]; merges(&property, useful) {
			properties[name] = reduce(&property, useful, refs)
		}
	}
	if len(properties) > 0 {
		out["properties"] = properties
	}
	return out
}

// refName is the name of the definition that a schema refers to, or "".
func refName(s *spec.Schema) string {
	name, _ := strings.CutPrefix(s.Ref.String(), "#/definitions/")
	return name
}

// document writes each definition and each path on a line of its own, so that a change is a readable diff.
func document(definitions, paths node) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(`{"swagger": "2.0", "info": {"title": "Merge keys and scopes of Kubernetes and External Secrets Operator kinds, generated by esotree", "version": "v1"},` + "\n")
	for i, part := range []struct {
		name string
		node node
	}{{"definitions", definitions}, {"paths", paths}} {
		b.WriteString(`"` + part.name + "\": {\n")
		names := slices.Sorted(maps.Keys(part.node))
		for j, name := range names {
			text, err := json.Marshal(part.node[name])
			if err != nil {
				return nil, err
			}
			b.WriteString(`"` + name + `": `)
			b.Write(text)
			if j < len(names)-1 {
				b.WriteByte(',')
			}
			b.WriteByte('\n')
		}
		b.WriteString([]string{"},\n", "}}\n"}[i])
	}
	return b.Bytes(), nil
}
