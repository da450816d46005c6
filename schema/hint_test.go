package schema_test

import (
	"testing"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/schema"
)

// TestHints holds what is said beside a value of the wrong kind, and beside fields that are known to be looked for in the wrong place.
func TestHints(t *testing.T) {
	for text, want := range map[string]string{
		"secrets: [{name: a, keys: [main]}]":                            `such as {password: {}, url: {template: "postgresql://app:{{ .password | urlquery }}@postgres:5432/app"}}`,
		"secrets: [{name: a, keys: {main: x}}]":                         "such as {}",
		"secrets: [{name: a, rotation: 90d}]":                           `such as {epoch: "2026-11-23", every: 90d}`,
		"secrets: [{name: a, bootstrap: true}]":                         "such as {prompt: Payment provider API key}",
		"secrets: [{name: a, regions: all}]":                            "such as [region1]",
		"secrets: [{name: a, immutable: never}]":                        "",
		"secrets: [{name: a, generator: {kind: Password, length: 3}}]":  "the generator's own fields go into its spec: {…}",
		"secrets: [{name: a, value: x}]":                                "no value ever stands in a description: bootstrap: {prompt: …} asks a person for it",
		"overrides: [{environment: e, secrets: [{name: a, data: {}}]}]": "no value ever stands in a description: bootstrap: {prompt: …} asks a person for it",
		"services: [{name: a, values: {}}]":                             "",
		"services: [{name: a, dataFrom: [db]}]":                         "such as {secret: session, prefix: SESSION_}",
		"services: [{name: a, data: [x]}]":                              `such as {DATABASE_URL: postgres/url, SMTP_PASSWORD: "globex:smtp/password"}`,
		"grants: [{secret: a, to: globex}]":                             "such as [globex]",
		"vars: {a: 1}":                                                  `quote it: "1"`,
	} {
		d := &schema.Description{}
		findings := d.Read(diag.NewFile("t.yaml", []byte("apiVersion: esotree.openova.io/v1alpha1\nkind: Tenant\nmetadata: {name: t}\nspec:\n  "+text+"\n")), true)
		if len(findings) != 1 || findings[0].Hint != want {
			t.Errorf("%s: %v, want the hint %q", text, findings, want)
		}
	}
}
