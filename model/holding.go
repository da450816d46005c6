package model

import (
	"slices"
	"strings"
	"sync"

	"github.com/openova-io/esotree/schema"
)

// holding is all scopes of one owner, with their secrets linked. Two descriptions of one tenant count as one.
type holding []*Scope

// secret returns the secret of a name.
func (s *Scope) secret(name string) *Secret {
	i, found := slices.BinarySearchFunc(s.Secrets, name, func(secret *Secret, name string) int { return strings.Compare(secret.Name, name) })
	if !found {
		return nil
	}
	return s.Secrets[i]
}

func (h holding) has(name string) bool {
	return slices.ContainsFunc(h, func(s *Scope) bool { return s.secret(name) != nil })
}

// secret returns a secret by its ID, which names the holding's owner.
func (h holding) secret(id secretID) *Secret {
	for _, s := range h {
		if s.id(id.name) != id {
			continue
		}
		if secret := s.secret(id.name); secret != nil {
			return secret
		}
	}
	return nil
}

// described are the descriptions of a tenant, as indices of m.tenants: one, unless two of them have its name.
func (m *Model) described(tenant string) (from, to int) {
	from, _ = slices.BinarySearchFunc(m.tenants, tenant, func(t *schema.Tenant, name string) int { return strings.Compare(t.Metadata.Name, name) })
	for to = from; to < len(m.tenants) && m.tenants[to].Metadata.Name == tenant; to++ {
	}
	return from, to
}

// beside are the scopes of a description, and those of others of the same tenant.
func (m *Model) beside(t *schema.Tenant, scopes []*Scope) holding {
	h := holding(slices.Clip(scopes))
	for i, to := m.described(t.Metadata.Name); i < to; i++ {
		if m.tenants[i] != t {
			h = append(h, m.linked(int32(i))...)
		}
	}
	return h
}

// holding is what an owner has, for what is to be said about it to another one. What is wrong with it is said elsewhere.
func (m *Model) holding(tenant string) holding {
	if tenant == "" {
		return holding{m.index.own}
	}
	var h holding
	for i, to := m.described(tenant); i < to; i++ {
		h = append(h, m.linked(int32(i))...)
	}
	return h
}

// again are the tenants that were linked again last. Many who make the same mistake are often told of the same tenant, and what two
// have in common is said of both in turn.
type again struct {
	mu     sync.Mutex
	recent [2]relinked // the last one first
}

type relinked struct {
	done   bool
	tenant int32
	scopes []*Scope
}

// linked links the secrets of a tenant again. The scopes are not to be changed. There are none where the tenant can't be read any more.
func (m *Model) linked(tenant int32) []*Scope {
	m.again.mu.Lock()
	defer m.again.mu.Unlock()
	recent := &m.again.recent
	if recent[0].done && recent[0].tenant == tenant {
		return recent[0].scopes
	}
	recent[0], recent[1] = recent[1], recent[0]
	if recent[0].done && recent[0].tenant == tenant {
		return recent[0].scopes
	}
	recent[0] = relinked{done: true, tenant: tenant}
	if whole, err := m.tenants[tenant].Whole(); err == nil {
		recent[0].scopes = m.secretsOf(whole).scopes
	}
	return recent[0].scopes
}

// tenantName is that of a tenant, "" for the platform.
func (m *Model) tenantName(tenant int32) string {
	if tenant == platformRef {
		return ""
	}
	return m.tenants[tenant].Metadata.Name
}

// secretAt returns a secret; nil where it can't be read any more.
func (m *Model) secretAt(at secretRef) *Secret {
	if at.tenant == platformRef {
		return m.index.own.Secrets[at.nth]
	}
	for _, s := range m.linked(at.tenant) {
		if s.Environment == m.Environments[at.environment] && int(at.nth) < len(s.Secrets) {
			return s.Secrets[at.nth]
		}
	}
	return nil
}

// entry is what a service of the scope may know of a secret; nil where there is none. What is not the scope's own and is lent to nobody
// is there for those who are told that they may not read it.
func (s *Scope) entry(id secretID) *entry {
	if id.tenant == "" || id.tenant != s.Tenant {
		e := s.Model.index.lent[id]
		if e == nil && id.tenant != "" {
			if secret := s.Model.holding(id.tenant).secret(id); secret != nil {
				e = newEntry(secret)
			}
		}
		return e
	}
	secret := s.beside.secret(id)
	if secret == nil {
		return nil
	}
	if e := s.entries[secret]; e != nil {
		return e
	}
	if s.entries == nil {
		s.entries = make(map[*Secret]*entry, len(s.Secrets))
	}
	e := newEntry(secret)
	s.entries[secret] = e
	return e
}

// holdingOf is what an owner has, which may be the scope's own.
func (s *Scope) holdingOf(tenant string) holding {
	if tenant != "" && tenant == s.Tenant {
		return s.beside
	}
	return s.Model.holding(tenant)
}
