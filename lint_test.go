package esotree_test

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/openova-io/esotree"
	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/lint"
	"github.com/openova-io/esotree/object"
)

const twoTenants = `apiVersion: esotree.openova.io/v1alpha1
kind: Platform
metadata: {name: demo}
spec:
  defaults: {remoteKey: tenants/$(tenant)/$(environment)/$(secret)}
  regions:
    - name: east
      store: {provider: {vault: {server: https://vault.example.com, path: secret, version: v2, auth: {kubernetes: {mountPath: kubernetes, role: eso}}}}}
    - name: west
      store: {provider: {vault: {server: https://west.example.com, path: secret, version: v2, auth: {kubernetes: {mountPath: kubernetes, role: eso}}}}, fromOtherClusters: {vault: {auth: {kubernetes: {mountPath: "kubernetes-$(cluster)"}}}}}
  environments: [{name: prod, regions: [east, west]}]
  secrets: [{name: ca, namespace: platform, bootstrap: {prompt: CA}, keys: {ca: {}}}, {name: root, namespace: platform, bootstrap: {prompt: root}, keys: {ca: {}}}]
  grants: [{secret: ca, to: [acme]}]
---
apiVersion: esotree.openova.io/v1alpha1
kind: Tenant
metadata: {name: acme}
spec:
  secrets:
    - {name: db, class: database-password, rotation: {since: "2026-11-01"}}
    - {name: odd, class: database-password, remoteKey: elsewhere/odd, rotation: {since: "2026-11-01"}}
    - {name: shared, remote: {key: shared/license}, keys: {license: {}}}
  grants: [{secret: db, to: [globex]}]
---
apiVersion: esotree.openova.io/v1alpha1
kind: Tenant
metadata: {name: globex}
spec:
  secrets:
    - {name: shared, remote: {key: shared/license}, keys: {license: {}}}
  services: [{name: app, data: {PASSWORD: "acme:db/password"}}]
`

// TestWorld checks that a description makes the rules about tenants and regions precise for manifests that others wrote.
func TestWorld(t *testing.T) {
	ctx := context.Background()
	c, findings, err := esotree.Compile(ctx, fstest.MapFS{"a.yaml": {Data: []byte(twoTenants)}}, []string{"a.yaml"})
	if err != nil || findings.HasErrors() {
		t.Fatal(err, findings.All())
	}
	for _, test := range []struct{ namespace, store, key, want string }{
		{"globex-prod", "vault-east", "tenants/acme/prod/db", ""}, // granted
		{"globex-prod", "vault-east", "elsewhere/odd", "grant-missing spec.data[0].remoteRef.key"},
		{"globex-prod", "vault-east", "tenants/acme/prod/other", "grant-missing spec.data[0].remoteRef.key"}, // by its prefix
		{"globex-prod", "vault-east", "shared/license", ""},                                                  // of both
		{"globex-prod", "vault-east", "nobody/key", "path-outside-tenant spec.data[0].remoteRef.key"},
		{"globex-prod", "vault-east", "platform/ca", "grant-missing spec.data[0].remoteRef.key"},
		{"acme-prod", "vault-east", "platform/ca", ""}, // granted by the platform
		{"acme-prod", "vault-east", "platform/root", "grant-missing spec.data[0].remoteRef.key"},
		{"acme-prod", "vault-east", "elsewhere/odd", ""},
		{"acme-prod", "vault-west", "elsewhere/odd", "region-reads-remote-store spec.secretStoreRef.name"},
		{"elsewhere", "vault-east", "nobody/key", ""}, // no tenant's namespace
	} {
		text := "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: by-hand, namespace: " + test.namespace + "}\nspec:\n" +
			"  secretStoreRef: {name: " + test.store + ", kind: ClusterSecretStore}\n  data: [{secretKey: a, remoteRef: {key: " + test.key + ", property: password}}]\n"
		objects, _ := object.ReadFile(diag.NewFile("by-hand.yaml", []byte(text)), object.ReadOptions{Cluster: func(*diag.File) string { return "east" }})
		found, err := c.Lint(ctx, lint.Options{}, objects...)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range found.All() {
			if f.Span.IsValid() && f.Span.File.Name == "by-hand.yaml" && f.Code != "property-not-pushed" && f.Code != "key-not-pushed" {
				got = append(got, f.Code+" "+f.Path)
			} else if f.Severity == diag.Error {
				t.Errorf("%s %s", f.Code, f.Message)
			}
		}
		if strings.Join(got, ", ") != test.want {
			t.Errorf("%s in %s from %s: %q, want %q", test.key, test.namespace, test.store, got, test.want)
		}
	}
}

// TestWorldOfItself checks that what is rendered from a description fits its own world: notes at most.
func TestWorldOfItself(t *testing.T) {
	ctx := context.Background()
	c, _, err := esotree.Compile(ctx, fstest.MapFS{"a.yaml": {Data: []byte(twoTenants)}}, []string{"a.yaml"})
	if err != nil {
		t.Fatal(err)
	}
	found, err := c.Lint(ctx, lint.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found.All() {
		if f.Severity != diag.Note || f.Code != "store-open-to-all" {
			t.Errorf("%s %s: %s", f.Severity, f.Code, f.Message)
		}
	}
}
