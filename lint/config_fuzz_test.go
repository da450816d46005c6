package lint

import (
	"testing"

	"github.com/openova-io/esotree/diag"
)

// FuzzReadConfig: a configuration that is accepted sets levels of known rules only, and every finding has a place.
func FuzzReadConfig(f *testing.F) {
	for _, seed := range []string{
		"", "rules: {secret-literal: off}\n", "rules: {secret-litral: off}\n", "rules: {secret-literal: loud}\n",
		"paths:\n- match: [tenants/**]\n  rules: {store-open-to-all: warning}\n- match: ['[']\n  rules: {}\n", "rules: [a]\n", "paths: {}\n",
		"rules: &r {secret-literal: off}\npaths: [{match: ['a'], rules: *r}]\n", "---\n---\nrules: {}\n", "rules: {~: off, 1: note}\n",
	} {
		f.Add(seed, "tenants/acme/prod.yaml")
	}
	rules := Rules()
	known := map[string]bool{}
	for _, r := range rules {
		known[r.Code] = true
	}
	f.Fuzz(func(t *testing.T, text, name string) {
		config, findings := ReadConfig(diag.NewFile(".esotree/lint.yaml", []byte(text)), rules)
		if config == nil {
			t.Fatal("there is no configuration")
		}
		for _, found := range findings {
			if !found.Span.IsValid() || found.Message == "" || found.Code == "" {
				t.Errorf("%q: %+v", text, found)
			}
		}
		if len(findings) > 0 {
			return
		}
		levels := config.Rules
		check := func() {
			for code, level := range levels {
				if !known[code] || level != Off && level != AsNote && level != AsWarning && level != AsError {
					t.Errorf("%q sets %s: %s", text, code, level)
				}
			}
		}
		check()
		for _, p := range config.Paths {
			levels = p.Rules
			check()
		}
	})
}
