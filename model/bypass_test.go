package model_test

import (
	"context"
	"strings"
	"testing"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/model"
	"github.com/openova-io/esotree/schema"
)

// TestRemoteIsNoWayRoundAGrant holds that a tenant can't read what another pushes by calling it remote.
func TestRemoteIsNoWayRoundAGrant(t *testing.T) {
	const text = `apiVersion: esotree.openova.io/v1alpha1
kind: Platform
metadata: {name: p}
spec:
  regions:
    - {name: one, store: {provider: {vault: {server: "https://one.example.com", version: v2, path: secret}}}}
  environments: [{name: prod}]
---
apiVersion: esotree.openova.io/v1alpha1
kind: Tenant
metadata: {name: acme}
spec:
  secrets: [{name: other, remote: {key: KEY}, keys: {uuid: {}}}]
---
apiVersion: esotree.openova.io/v1alpha1
kind: Tenant
metadata: {name: globex}
spec:
  secrets: [{name: id, generator: {kind: UUID}}]
`
	for key, want := range map[string]int{"globex/id": 1, "legacy/id": 0} {
		var d schema.Description
		if findings := d.Read(diag.NewFile("all.yaml", []byte(strings.Replace(text, "KEY", key, 1))), true); len(findings) > 0 {
			t.Fatal(findings)
		}
		_, findings, err := model.Link(context.Background(), &d)
		if err != nil {
			t.Fatal(err)
		}
		missing := 0
		for _, f := range findings {
			if f.Code == "grant-missing" && f.Path == "spec.secrets[0].remote.key" {
				missing++
			}
		}
		if missing != want {
			t.Errorf("remote key %s: %d findings, want %d: %v", key, missing, want, findings)
		}
	}
}

// TestNamespacesHaveOwners holds that a tenant's objects can't stand in another's namespace or the platform's.
func TestNamespacesHaveOwners(t *testing.T) {
	const text = `apiVersion: esotree.openova.io/v1alpha1
kind: Platform
metadata: {name: p}
spec:
  regions:
    - {name: one, store: {provider: {vault: {server: "https://one.example.com", version: v2, path: secret}}}}
  environments: [{name: prod}]
  secrets: [{name: id, namespace: flux-system, generator: {kind: UUID}}]
---
apiVersion: esotree.openova.io/v1alpha1
kind: Tenant
metadata: {name: acme}
spec:
  secrets: [{name: id, namespace: WHERE, generator: {kind: UUID}}]
  services: [{name: web, namespace: WHERE, data: {ID: id/uuid}}]
---
apiVersion: esotree.openova.io/v1alpha1
kind: Tenant
metadata: {name: globex}
spec: {}
`
	for where, want := range map[string]int{"globex-prod": 2, "flux-system": 2, "acme-prod": 0, "acme-jobs": 0} {
		var d schema.Description
		if findings := d.Read(diag.NewFile("all.yaml", []byte(strings.ReplaceAll(text, "WHERE", where))), true); len(findings) > 0 {
			t.Fatal(findings)
		}
		m, findings, err := model.Link(context.Background(), &d)
		if err != nil {
			t.Fatal(err)
		}
		_, more := m.Scopes(d.Tenants[0])
		squatted := map[string]bool{}
		for _, f := range append(findings, more...) {
			if f.Code == "namespace-squatted" {
				squatted[f.Path] = true
			}
		}
		if len(squatted) != want {
			t.Errorf("%s: %v, want %d", where, squatted, want)
		}
	}
}
