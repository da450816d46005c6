package esotree

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// TestUnlisted: what is looked up in the model is what World lists.
func TestUnlisted(t *testing.T) {
	const platform = `apiVersion: esotree.openova.io/v1alpha1
kind: Platform
metadata: {name: p}
spec:
  regions: [{name: one, store: {provider: {vault: {server: "https://one.example.com", path: secret, version: v2}}}}]
  environments: [{name: prod}, {name: dev}]
  defaults: {remoteKey: PATTERN}
  secrets: [{name: smtp, namespace: mail, generator: {kind: UUID}}]
  grants: [{secret: smtp, to: [acme]}]
---
apiVersion: esotree.openova.io/v1alpha1
kind: Tenant
metadata: {name: acme}
spec: {secrets: [{name: a, generator: {kind: UUID}}, {name: ldap, remote: {key: shared/ldap}, keys: {k: {}}}], grants: [{secret: a, to: [globex]}]}
---
apiVersion: esotree.openova.io/v1alpha1
kind: Tenant
metadata: {name: acme-b}
spec: {secrets: [{name: a, generator: {kind: UUID}, remoteKey: elsewhere/$(environment)}]}
---
apiVersion: esotree.openova.io/v1alpha1
kind: Tenant
metadata: {name: globex}
spec: {environments: [dev], secrets: [{name: ldap, remote: {key: shared/ldap}, keys: {k: {}}}]}
`
	for _, pattern := range []string{"$(tenant)/$(environment)/$(secret)", "$(tenant)-$(environment)/$(secret)", "$(environment)-$(secret)-$(tenant)"} {
		fsys := fstest.MapFS{"all.yaml": {Data: []byte(strings.Replace(platform, "PATTERN", pattern, 1))}}
		c, findings, err := Compile(context.Background(), fsys, []string{"."})
		if err != nil || findings.HasErrors() {
			t.Fatal(err, findings.All())
		}
		listed, held := c.World(), c.unlisted().Holdings
		var names, keys []string
		for _, tenant := range listed.Tenants {
			names = append(names, tenant.Name)
			keys = append(keys, append(tenant.Keys, tenant.Prefixes...)...)
			for _, namespace := range tenant.Namespaces {
				if got := held.NamespaceOwner(namespace); got != tenant.Name {
					t.Errorf("%s: namespace %s is of %q, want %q", pattern, namespace, got, tenant.Name)
				}
			}
		}
		if len(keys) < 6 || len(listed.Grants) < 2 {
			t.Fatalf("%d keys, %d grants", len(keys), len(listed.Grants))
		}
		for _, key := range append(keys, "unknown", "acme/prod/unknown") {
			var owners []string
			longest, owner := "", ""
			for _, tenant := range listed.Tenants {
				if slices.Contains(tenant.Keys, key) {
					owners = append(owners, tenant.Name)
				}
				for _, prefix := range tenant.Prefixes {
					if strings.HasPrefix(key, prefix) && len(prefix) > len(longest) {
						longest, owner = prefix, tenant.Name
					}
				}
			}
			if got := held.PrefixOwner(key); got != owner {
				t.Errorf("%s: the prefix of %s is of %q, want %q", pattern, key, got, owner)
			}
			for _, asked := range append(names, "nobody") {
				want := ""
				if slices.Contains(owners, asked) {
					want = asked
				} else if len(owners) > 0 {
					want = owners[0]
				}
				if got := held.KeyOwner(key, asked); got != want {
					t.Errorf("%s: %s is of %q for %s, want %q", pattern, key, got, asked, want)
				}
				granted := false
				for _, g := range listed.Grants {
					granted = granted || g.Key == key && slices.Contains(g.To, asked)
				}
				if got := held.Granted(key, asked); got != granted {
					t.Errorf("%s: %s is granted to %s: %t, want %t", pattern, key, asked, got, granted)
				}
			}
		}
	}
}
