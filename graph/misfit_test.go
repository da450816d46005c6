package graph_test

import (
	"testing"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/graph"
	"github.com/openova-io/esotree/object"
)

// TestMisfits checks that what the API server would refuse is told with the field, and is in no other list.
func TestMisfits(t *testing.T) {
	for text, want := range map[string]string{
		"apiVersion: external-secrets.io/v1\nkind: SecretStore\nmetadata: {name: n}\n":                                                                         "metadata.name text boolean",
		"apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: a}\nspec: {data: [{secretKey: a}, {secretKey: 1, remoteRef: {key: a}}]}\n": "spec.data[1].secretKey text number",
		"apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: a}\nspec: {data: {secretKey: a}}\n":                                        "spec.data list object",
		"apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: a}\nspec: {target: {template: {data: {a.b: [x]}}}}\n":                      `spec.target.template.data["a.b"] text list`,
		"apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: a}\nspec: {data: [{remoteRef: {key: a, version: 1}}]}\n":                   "spec.data[0].remoteRef.version text number",
		"apiVersion: external-secrets.io/v1alpha1\nkind: PushSecret\nmetadata: {name: a}\nspec: {refreshInterval: 0}\n":                                        "spec.refreshInterval text number",
		"apiVersion: generators.external-secrets.io/v1alpha1\nkind: Password\nmetadata: {name: a}\nspec: [a]\n":                                                "spec object list",
		"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {template: {spec: {containers: {a: b}}}}\n":                                         "spec.template.spec.containers list object",
		"apiVersion: example.com/v1\nkind: Job\nmetadata: {name: a}\nspec: {template: a}\n":                                                                    "",
		"apiVersion: external-secrets.io/v1\nkind: SecretStore\nmetadata: {name: a}\nspec: {provider: {}}\n":                                                   "",
	} {
		objects, _ := object.ReadFile(diag.NewFile("a.yaml", []byte(text)), object.ReadOptions{})
		g := graph.New(objects)
		got := ""
		for _, m := range g.Misfits {
			got += m.Path + " " + m.Want + " " + m.Got
			if len(g.Stores)+len(g.Pulls)+len(g.Pushes)+len(g.Generators) > 0 {
				t.Errorf("%s: is in the graph", text)
			}
		}
		if got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}
