package graph_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/graph"
	"github.com/openova-io/esotree/object"
)

// TestBuilderKeepsGraphsApart: what one graph says of an object that several have, such as that it is pushed to, is of that graph.
func TestBuilderKeepsGraphsApart(t *testing.T) {
	read := func(text string) []*object.Object {
		objects, findings := object.ReadFile(diag.NewFile("a.yaml", []byte(text)), object.ReadOptions{})
		if len(findings) > 0 {
			t.Fatal(findings)
		}
		return objects
	}
	common := read(`apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata: {name: vault}
spec: {provider: {vault: {server: https://vault.example.com, path: kv, version: v2}}}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: shared, namespace: a}
spec: {secretStoreRef: {name: vault, kind: ClusterSecretStore}, dataFrom: [{extract: {key: a/db}}]}
---
apiVersion: external-secrets.io/v1alpha1
kind: PushSecret
metadata: {name: shared, namespace: a}
spec: {secretStoreRefs: [{name: vault, kind: ClusterSecretStore}], selector: {secret: {name: shared}}, data: [{match: {remoteRef: {remoteKey: a/copy}}}]}
`)
	pull, push := common[1], common[2]
	builder := graph.NewBuilder(common)
	var workers sync.WaitGroup
	for i := range 8 {
		workers.Go(func() {
			own := read(fmt.Sprintf(`apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: own, namespace: a}
spec: {secretStoreRef: {name: vault, kind: ClusterSecretStore}, target: {template: {data: {k: "{{ .v%d }}"}}}, data: [{secretKey: v%[1]d, remoteRef: {key: a/copy}}]}
`, i))
			objects := append([]*object.Object{common[0], pull}, own...)
			if i%2 == 0 {
				objects = append(objects, push)
			}
			g := builder.Build(objects)
			if got, want := g.Stores[0].Pushed, i%2 == 0; got != want {
				t.Errorf("%d: the store is pushed to: %v", i, got)
			}
			if got := len(g.Pulls[0].Reads); got != 1 {
				t.Errorf("%d: the shared pull has %d reads", i, got)
			}
			for _, p := range g.Pushes {
				if len(p.Writes) != 1 || p.Source != g.Secret(graph.Spot{Namespace: "a", Name: "shared"}) {
					t.Errorf("%d: the shared push has %d writes, or pushes a Secret of another graph", i, len(p.Writes))
				}
			}
			if uses, ok := g.TemplateUses(fmt.Sprintf("{{ .v%d }}", i)); !ok || len(uses) != 1 || uses[0].Key != fmt.Sprint("v", i) {
				t.Errorf("%d: uses %v", i, uses)
			}
		})
	}
	workers.Wait()
}
