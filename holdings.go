package esotree

import (
	"cmp"

	"github.com/openova-io/esotree/lint"
	"github.com/openova-io/esotree/model"
)

// unlisted is World for as many tenants as there may be: what they have is looked up in the model, which has it already.
func (c *Compilation) unlisted() *lint.World {
	w := c.regions()
	w.Tenants = append(w.Tenants, lint.Tenant{Name: lint.Platform})
	for _, t := range c.Model.Tenants() {
		w.Tenants = append(w.Tenants, lint.Tenant{Name: t.Metadata.Name})
	}
	h := &holdings{c.Model, c.Model.KeyPrefixes(), map[[2]string]bool{}}
	for _, g := range c.Model.Grants() {
		for _, to := range g.To {
			h.granted[[2]string{g.Key, to}] = true
		}
	}
	w.Holdings = h
	return w
}

// holdings are what the tenants of a model have.
type holdings struct {
	*model.Model
	prefixes map[string]string
	granted  map[[2]string]bool
}

// KeyOwner implements lint.Holdings, as do NamespaceOwner of the model and the rest.
func (h *holdings) KeyOwner(key, asked string) string {
	owner, owned := h.Model.KeyOwner(key, asked)
	if !owned {
		return ""
	}
	return cmp.Or(owner, lint.Platform)
}

func (h *holdings) PrefixOwner(key string) string { return lint.LongestPrefix(h.prefixes, key) }

func (h *holdings) Granted(key, to string) bool { return h.granted[[2]string{key, to}] }
