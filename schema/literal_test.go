package schema

import (
	"bytes"
	"strings"
	"testing"

	"github.com/openova-io/esotree/diag"
)

// TestLiterals holds that what looks like a secret is refused where it stands, and that nothing that is printed repeats it.
// The values are put together here, so that no such text stands in the repository.
func TestLiterals(t *testing.T) {
	token := "gh" + "p_" + strings.Repeat("a1B2c3", 6)
	key := "-----BEGIN " + "PRIVATE KEY-----"
	random := "q7Zt" + "R2mX9v" + "LbK4wN8sYc" + "D3hJ6"
	cases := map[string]struct{ text, path string }{
		"a token as a reference": {"services: [{name: a, data: {TOKEN: " + token + "}}]", "spec.services[0].data.TOKEN"},
		"a token in a provider":  {"services: [{name: a, target: {template: {data: {x: " + token + "}}}}]", "spec.services[0].target.template.data.x"},
		"a private key":          {"vars: {key: '" + key + "'}", "spec.vars.key"},
		"random text in a var":   {"vars: {password: " + random + "}", "spec.vars.password"},
		"a token in a prompt":    {"secrets: [{name: a, bootstrap: {prompt: 'it is " + token + "'}}]", "spec.secrets[0].bootstrap.prompt"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			text := "apiVersion: " + APIVersion + "\nkind: Tenant\nmetadata: {name: acme}\nspec:\n  " + c.text + "\n"
			set := &diag.Set{}
			set.Add((&Description{}).Read(diag.NewFile("t.yaml", []byte(text)), true)...)
			found := false
			for _, f := range set.All() {
				found = found || f.Code == "secret-literal" && f.Path == c.path
			}
			if !found {
				t.Errorf("no secret-literal at %s: %v", c.path, set.All())
			}
			for _, format := range diag.Formats() {
				var out bytes.Buffer
				if err := diag.Write(&out, format, set, diag.WriteOptions{}); err != nil {
					t.Fatal(err)
				}
				for _, secret := range []string{token, key, random} {
					if strings.Contains(out.String(), secret) {
						t.Errorf("%s repeats the value", format)
					}
				}
			}
		})
	}
}

// TestUnreadLiterals holds the same for texts that can't be parsed or are none of esotree's: their lines are shown too.
func TestUnreadLiterals(t *testing.T) {
	token := "gh" + "p_" + strings.Repeat("a1B2c3", 6)
	head := "apiVersion: " + APIVersion + "\nkind: Tenant\nmetadata: {name: acme}\nspec:\n"
	for name, text := range map[string]string{
		"an open quote":        head + "  vars: {a: \"" + token + "\n",
		"an open bracket":      head + "  vars: {a: " + token + "\n",
		"a colon too many":     head + "  vars: b: " + token + "\n",
		"a tab":                head + "\ttoken: " + token + "\n",
		"an anchor":            head + "  vars: &" + token + " {a: b}\n",
		"no UTF-8":             head + "  vars: {a: " + token + ", b: \xff}\n",
		"a key twice":          head + "  vars: {" + token + ": a, " + token + ": b}\n",
		"another kind":         "apiVersion: " + APIVersion + "\nkind: " + token + "\n",
		"another apiVersion":   "apiVersion: esotree.openova.io/" + token + "\nkind: Tenant\n",
		"nothing of esotree's": "apiVersion: " + token + "\nkind: Tenant\n",
	} {
		set := &diag.Set{}
		set.Add((&Description{}).Read(diag.NewFile("t.yaml", []byte(text)), true)...)
		if set.Len() == 0 {
			t.Errorf("%s: nothing is found", name)
		}
		for _, format := range diag.Formats() {
			var out bytes.Buffer
			if err := diag.Write(&out, format, set, diag.WriteOptions{}); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(out.String(), token) {
				t.Errorf("%s: %s repeats the value:\n%s", name, format, &out)
			}
		}
	}
}

// TestNoLiterals holds that ordinary descriptions are not accused.
func TestNoLiterals(t *testing.T) {
	for _, text := range []string{
		"vars: {host: pg-primary.region1.databases.example.com, id: 6f1c2a34-9b1d-4a57-8f0e-1c2d3e4f5a6b}",
		"services: [{name: a, data: {DATABASE_URL: postgres/url, API_KEY: api-keys/main}}]",
		"secrets: [{name: a, generator: {kind: Password, spec: {symbolCharacters: '~!@#$%^&*()_+-={}[]:;<>?,./', length: 32}}}]",
		"secrets: [{name: a, remote: {key: acme/production/eu-central-1/payment-provider-credentials}}]",
	} {
		doc := "apiVersion: " + APIVersion + "\nkind: Tenant\nmetadata: {name: acme}\nspec:\n  " + text + "\n"
		for _, f := range (&Description{}).Read(diag.NewFile("t.yaml", []byte(doc)), true) {
			t.Errorf("%s: %s [%s]", text, f.Message, f.Code)
		}
	}
}
