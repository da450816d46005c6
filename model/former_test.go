package model_test

import (
	"context"
	"strings"
	"testing"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/model"
	"github.com/openova-io/esotree/schema"
)

// TestFormerKeysOfATenant holds that a key outside of the tenant is taken from the platform team's word only, wherever the tenant says
// it, and also where the text that it was read from is gone.
func TestFormerKeysOfATenant(t *testing.T) {
	const text = `apiVersion: esotree.openova.io/v1alpha1
kind: Platform
metadata: {name: p}
spec:
  regions:
    - {name: one, store: {provider: {vault: {server: "https://one.example.com", version: v2, path: secret}}}}
  environments: [{name: prod}]
  defaults: {formerRemoteKeys: [pattern/$(secret)]}
  classes: {inherited: {generator: {kind: UUID}, formerRemoteKeys: [class/$(secret)]}}
---
apiVersion: esotree.openova.io/v1alpha1
kind: Tenant
metadata: {name: acme}
spec:
  secrets: [SECRET]
  overrides: [OVERRIDE]
`
	const own, plain, inherited = "formerRemoteKeys: [else/where]", "{name: id, generator: {kind: UUID}}", "{name: id, class: inherited}"
	over := func(fields string) string { return "{environment: prod, secrets: [{name: id, " + fields + "}]}" }
	with := func(secret string) string { return strings.TrimSuffix(secret, "}") + ", " + own + "}" }
	for _, c := range []struct {
		secret, override string
		trusted          bool
	}{
		{plain, "", true},
		{inherited, "", true},
		{plain, over("class: inherited"), true},
		{inherited, over("labels: {a: b}"), true},
		{with(plain), "", false},
		{with(inherited), "", false},
		{with(plain), over("class: inherited"), false},
		{plain, over(own), false},
		{inherited, over(own), false},
		{with(inherited), over("labels: {a: b}"), false},
	} {
		for _, gone := range []bool{false, true} {
			var d schema.Description
			if findings := d.Read(diag.NewFile("all.yaml", []byte(strings.NewReplacer("SECRET", c.secret, "OVERRIDE", c.override).Replace(text))), true); len(findings) > 0 {
				t.Fatal(findings)
			}
			if gone {
				d.Tenants[0].Source = nil
			}
			_, findings, err := model.Link(context.Background(), &d)
			if err != nil {
				t.Fatal(err)
			}
			if c.trusted != (len(findings) == 0) || !c.trusted && (len(findings) != 1 || findings[0].Code != "path-outside-tenant") {
				t.Errorf("%s, overridden by %q, text gone %t: %v", c.secret, c.override, gone, findings)
			}
		}
	}
}
