package golden_test

import (
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// TestNamespaces holds that each namespace that objects stand in has its Namespace object in the cluster, once: with the
// platform where that is there too, else with the first tenant and environment.
func TestNamespaces(t *testing.T) {
	files := fstest.MapFS{"all.yaml": {Data: []byte(`apiVersion: esotree.openova.io/v1alpha1
kind: Platform
metadata: {name: p}
spec:
  namespaces: Render
  regions:
    - {name: one, store: {provider: {vault: {server: "https://one.example.com", version: v2, path: secret}}}}
    - {name: two, store: {provider: {vault: {server: "https://two.example.com", version: v2, path: secret}}}}
  environments: [{name: prod}, {name: staging, regions: [two]}]
  defaults: {namespace: $(tenant), remoteKey: $(tenant)/$(environment)/$(secret)}
  secrets:
    - {name: a, namespace: x, generator: {kind: UUID}}
    - {name: b, namespace: x, generator: {kind: UUID}}
    - {name: c, namespace: globex, generator: {kind: UUID}, regions: Home}
  services: [{name: relay, namespace: mail, data: {A: a/uuid}}]
---
apiVersion: esotree.openova.io/v1alpha1
kind: Tenant
metadata: {name: acme}
spec:
  secrets:
    - {name: d, generator: {kind: UUID}, names: {target: d-$(environment), externalSecret: d-$(environment), push: d-$(environment), generator: d-$(environment)}}
    - {name: e, environments: [prod], namespace: third, generator: {kind: UUID}}
  services: [{name: w, environments: [prod], data: {A: d/uuid}}, {name: far, namespace: far-$(environment), environments: [prod], regions: [two], data: {A: d/uuid}}]
---
apiVersion: esotree.openova.io/v1alpha1
kind: Tenant
metadata: {name: globex}
spec:
  secrets:
    - {name: f, environments: [prod], namespace: third, generator: {kind: UUID}}
    - {name: g, environments: [prod], generator: {kind: UUID}}
`)}}
	rendered := renderFiles(t, files)
	var got []string
	for name := range rendered {
		if strings.HasPrefix(path.Base(name), "namespace-") {
			got = append(got, name)
		}
	}
	slices.Sort(got)
	want := []string{
		"one/platform/globex/namespace-globex.yaml",
		"one/platform/mail/namespace-mail.yaml",
		"one/platform/x/namespace-x.yaml",
		"one/tenants/acme/prod/namespace-acme.yaml",
		"one/tenants/acme/prod/namespace-third.yaml",
		"two/platform/mail/namespace-mail.yaml",
		"two/platform/x/namespace-x.yaml",
		"two/tenants/acme/prod/namespace-acme.yaml",
		"two/tenants/acme/prod/namespace-far-prod.yaml",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}
