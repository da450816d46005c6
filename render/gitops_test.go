package render

import (
	"context"
	"reflect"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/openova-io/esotree/model"
	"github.com/openova-io/esotree/object"
	"github.com/openova-io/esotree/schema"
)

const gitopsPlatform = `apiVersion: esotree.openova.io/v1alpha1
kind: Platform
metadata: {name: p}
spec:
  regions: [{name: one, store: {provider: {vault: {server: "https://one.example.com", version: v2, path: secret}}}}]
  environments: [{name: prod}]
  gitops: {engine: ArgoCD, repoURL: "https://git.example.com/p.git"}
---
apiVersion: esotree.openova.io/v1alpha1
kind: Tenant
metadata: {name: acme}
spec: {secrets: [{name: s, generator: {kind: UUID}}]}
---
apiVersion: esotree.openova.io/v1alpha1
kind: Tenant
metadata: {name: globex}
spec: {secrets: [{name: s, generator: {kind: UUID}}]}
`

// TestGitOpsOnce: the engine's objects are the same whatever was rendered before them, and what was rendered is not rendered again.
func TestGitOpsOnce(t *testing.T) {
	d, findings, err := schema.Load(context.Background(), fstest.MapFS{"all.yaml": {Data: []byte(gitopsPlatform)}}, []string{"."})
	if err != nil || findings.HasErrors() {
		t.Fatal(err, findings.All())
	}
	m, _, err := model.Link(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	names := func(r *Renderer) []string {
		folders, findings := r.GitOps()
		if len(findings) > 0 {
			t.Fatal(findings)
		}
		var out []string
		for _, f := range folders {
			for _, o := range f.Objects {
				out = append(out, o.String())
			}
		}
		slices.Sort(out)
		return out
	}
	first, later := New(m), New(m)
	for _, tenant := range m.Tenants() {
		later.Tenant(tenant)
	}
	later.Platform()
	want := names(first)
	if len(want) != 6 || !reflect.DeepEqual(names(later), want) {
		t.Errorf("first %v, later %v", want, names(later))
	}

	told := New(m)
	told.note("acme", nil) // as if it had rendered to nothing
	if got := names(told); slices.Contains(got, object.ID{APIVersion: "argoproj.io/v1alpha1", Kind: "ApplicationSet", Namespace: "argocd", Name: "acme"}.String()) || len(got) != 4 {
		t.Errorf("a tenant is rendered once more: %v", got)
	}
}
