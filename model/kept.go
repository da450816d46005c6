package model

import (
	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/schema"
)

// linkedSecrets are the scopes of an owner with their secrets, and what is wrong with these. Nothing of it depends on other owners,
// and nothing of it is changed once it is made: several may link services to it at a time.
type linkedSecrets struct {
	scopes   []*Scope
	findings []diag.Finding
}

// kept is what Link has linked for the index, so that Scopes need not do it once more.
type kept struct {
	platform linkedSecrets
	tenants  map[*schema.Tenant]linkedSecrets
	secrets  int
}

// mostKept is up to how many secrets are kept: each takes some 1 KiB. As of descriptions it is all or none, so that a tenant takes
// as long among a hundred thousand as among ten thousand.
const mostKept = 20_000

// add keeps what is linked of a tenant, unless it is the only one that holds on to the tenant's description.
func (k *kept) add(t, whole *schema.Tenant, linked linkedSecrets) {
	if t != whole || k.secrets > mostKept {
		return
	}
	for _, s := range linked.scopes {
		k.secrets += len(s.Secrets)
	}
	if k.secrets > mostKept {
		k.tenants = nil
		return
	}
	if k.tenants == nil {
		k.tenants = map[*schema.Tenant]linkedSecrets{}
	}
	k.tenants[t] = linked
}

// secretsOf links the secrets of a tenant, unless that is kept.
func (m *Model) secretsOf(whole *schema.Tenant) linkedSecrets {
	if linked, ok := m.kept.tenants[whole]; ok {
		return linked
	}
	return m.tenantSecrets(whole)
}

// open returns a scope that services can be added to.
func (s *Scope) open() *Scope {
	scope := *s
	return &scope
}
