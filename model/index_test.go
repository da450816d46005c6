package model_test

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/model"
	"github.com/openova-io/esotree/schema"
)

const neighbours = twoRegions + `  secrets: [{name: smtp, namespace: mail, generator: {kind: UUID}}]
---
apiVersion: esotree.openova.io/v1alpha1
kind: Tenant
metadata: {name: acme}
spec:
  environments: [prod]
  secrets: [{name: a, generator: {kind: UUID}}, {name: ldap, remote: {key: shared/ldap}, keys: {k: {}}}]
  services: [{name: web, data: {KEY: "REFERENCE"}}]
---
apiVersion: esotree.openova.io/v1alpha1
kind: Tenant
metadata: {name: globex}
spec:
  environments: [prod, east]
  secrets: [{name: loan, generator: {kind: UUID}}, {name: private, generator: {kind: UUID}}, {name: ldap, remote: {key: shared/ldap}, keys: {k: {}}}]
  grants: [{secret: loan, to: [acme]}]
`

// TestSecretsOfOthers holds what is said about another's secret, which the index need not know.
func TestSecretsOfOthers(t *testing.T) {
	for reference, want := range map[string]string{
		"globex:loan/uuid":    "",
		"globex:loan/x":       "unknown-key its keys: uuid; the secret at loan",
		"globex:private/uuid": "grant-missing its owner adds grants: [{secret: private, to: [acme]}]; the secret at private",
		"globex:privat/uuid":  `unknown-secret did you mean "private"?`,
		"globex:a/uuid":       "unknown-secret it has ldap, loan, private",
		"private/uuid":        "unknown-secret it has a, ldap",
		"loan/uuid":           `unknown-secret did you mean "globex:loan/uuid"?`,
		"platform:smtp/uuid":  "grant-missing its owner adds grants: [{secret: smtp, to: [acme]}]; the secret at smtp",
		"platform:smt/uuid":   `unknown-secret did you mean "smtp"?`,
		"globax:loan/uuid":    `unknown-tenant did you mean "globex"?`,
		"a/uuid":              "",
		"a-uuid":              `wrong-type did you mean "a/uuid"?`,
	} {
		file := fstest.MapFile{Data: []byte(strings.Replace(neighbours, "REFERENCE", reference, 1))}
		d, set, err := schema.Load(context.Background(), fstest.MapFS{"all.yaml": &file}, []string{"."})
		if err != nil || set.HasErrors() {
			t.Fatal(err, set.All())
		}
		m, found, err := model.Link(context.Background(), d)
		if err != nil {
			t.Fatal(err)
		}
		for _, tenant := range m.Tenants() {
			_, more := m.Scopes(tenant)
			found = append(found, more...)
		}
		var got []string
		for _, f := range found {
			if f.Severity != diag.Error {
				continue
			}
			text := f.Code + " " + f.Hint
			for _, r := range f.Related {
				text += "; " + r.Message + " at " + string(r.Span.File.Data[r.Span.Start:r.Span.End])
			}
			got = append(got, text)
		}
		if strings.Join(got, "\n") != want {
			t.Errorf("%s: got %q, want %q", reference, got, want)
		}
	}
}

// TestKeyOwner holds whose a key is, and who writes it.
func TestKeyOwner(t *testing.T) {
	m, _ := link(t, strings.Replace(neighbours, "REFERENCE", "a/uuid", 1))
	for _, c := range []struct {
		key, asked, owner string
		owned             bool
		writers           string
	}{
		{"acme/prod/a", "globex", "acme", true, "acme"},
		{"globex/east/loan", "globex", "globex", true, "globex"},
		{"mail/smtp", "acme", "", true, ""},
		{"mail/smtp", "", "", true, ""},
		{"shared/ldap", "globex", "globex", true, "-"},
		{"shared/ldap", "acme", "acme", true, "-"},
		{"shared/ldap", "initech", "acme", true, "-"},
		{"acme/prod/b", "acme", "", false, "-"},
	} {
		owner, owned := m.KeyOwner(c.key, c.asked)
		if owner != c.owner || owned != c.owned {
			t.Errorf("%s, asked for %q: got %q %t, want %q %t", c.key, c.asked, owner, owned, c.owner, c.owned)
		}
		writers := "-"
		if list := m.Writers(c.key); list != nil {
			writers = strings.Join(list, " ")
		}
		if writers != c.writers {
			t.Errorf("%s is written by %q, want %q", c.key, writers, c.writers)
		}
	}
}
