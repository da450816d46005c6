package validate

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/openova-io/esotree/diag"
	"github.com/santhosh-tekuri/jsonschema/v5"
)

const header = "apiVersion: esotree.openova.io/v1alpha1\n"

func TestFile(t *testing.T) {
	v, err := New()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ in, want string }{
		"a tenant":       {header + "kind: Tenant\nmetadata: {name: acme}\nspec: {}\n", ""},
		"two documents":  {header + "kind: Tenant\nmetadata: {name: acme}\nspec: {}\n---\n" + header + "kind: Tenant\nmetadata: {name: b}\nspec: 1\n", "9:7 wrong-type spec"},
		"unknown field":  {header + "kind: Tenant\nmetadata: {name: acme}\nspec:\n  secrets:\n  - name: a\n    colour: red\n", "6:5 unknown-field spec.secrets[0]"},
		"missing field":  {header + "kind: Tenant\nmetadata: {}\nspec: {}\n", "3:1 missing-field metadata"},
		"no kind":        {header + "metadata: {name: a}\nspec: {}\n", "1:1 missing-field "},
		"wrong kind":     {header + "kind: Secret\nmetadata: {name: a}\nspec: {}\n", "2:7 invalid-value kind"},
		"dotted key":     {header + "kind: Tenant\nmetadata: {name: a}\nspec:\n  vars: {a.b: 1, a/b: 2}\n", "5:15 wrong-type spec.vars[\"a.b\"]\n5:23 wrong-type spec.vars[\"a/b\"]"},
		"regions":        {header + "kind: Tenant\nmetadata: {name: a}\nspec:\n  secrets: [{name: a, regions: []}]\n", "5:32 wrong-type spec.secrets[0].regions"},
		"enumeration":    {header + "kind: Tenant\nmetadata: {name: a}\nspec:\n  secrets: [{name: a, recover: Some}]\n", "5:32 invalid-value spec.secrets[0].recover"},
		"infinite":       {header + "kind: Tenant\nmetadata: {name: a}\nspec: {services: [{name: a, target: {x: .inf}}]}\n", "1:1 wrong-type "},
		"not YAML":       {"a: b: c\n", "1:5 yaml-syntax "},
		"nothing at all": {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, f := range v.File(diag.NewFile("in.yaml", []byte(c.in))) {
				_, line, column := f.Span.Location()
				got = append(got, fmt.Sprintf("%d:%d %s %s", line, column, f.Code, f.Path))
				if f.Message == "" || strings.ContainsAny(f.Message, "'\n") {
					t.Errorf("message %q", f.Message)
				}
			}
			if strings.Join(got, "\n") != c.want {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), c.want)
			}
		})
	}
}

func TestJSON(t *testing.T) {
	v, err := New()
	if err != nil {
		t.Fatal(err)
	}
	tenant := `{"apiVersion":"esotree.openova.io/v1alpha1","kind":"Tenant","metadata":{"name":"a"},"spec":{}}`
	for name, c := range map[string]struct {
		kind, in string
		ok, rule bool // rule: it is the schema that refuses
	}{
		"its kind":       {"Tenant", tenant, true, false},
		"either":         {"", tenant, true, false},
		"the other kind": {"Platform", tenant, false, true},
		"unknown kind":   {"Secret", tenant, false, false},
		"not JSON":       {"", "{", false, false},
		"two values":     {"", tenant + tenant, false, false},
		"a large number": {"", `{"n": 123456789012345678901234567890}`, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			err := v.JSON(c.kind, []byte(c.in))
			var rule *jsonschema.ValidationError
			if (err == nil) != c.ok || errors.As(err, &rule) != c.rule {
				t.Errorf("got %v", err)
			}
		})
	}
}
