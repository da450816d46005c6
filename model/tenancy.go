package model

import (
	"maps"
	"slices"
	"strings"
)

// Owner is who owns namespaces and keys in the stores: a tenant, or the platform.
type Owner struct {
	// Tenant is "" for the platform.
	Tenant string
	// Namespaces that are the tenant's own, sorted; none for the platform, which may be in all.
	Namespaces []string
	// Prefixes of all keys that the platform's pattern gives the tenant, sorted; none where keys don't begin with the tenant.
	Prefixes []string
	// Keys are those of its secrets, sorted.
	Keys []string
}

// Owners returns the platform, and then the tenants by name.
func (m *Model) Owners() []Owner {
	all := map[string]*Owner{"": {}}
	for name := range m.index.tenants {
		all[name] = &Owner{Tenant: name}
	}
	for namespace, tenant := range m.index.namespaces {
		if owner := all[tenant]; owner != nil && tenant != "" {
			owner.Namespaces = append(owner.Namespaces, namespace)
		}
	}
	for id, e := range m.index.byName {
		if owner := all[id.tenant]; owner != nil && e.remoteKey != "" {
			owner.Keys = append(owner.Keys, e.remoteKey)
		}
	}
	for _, t := range m.Tenants() {
		owner := all[t.Metadata.Name]
		environments := t.Spec.Environments
		if len(environments) == 0 {
			for _, e := range m.Environments {
				environments = append(environments, e.Name)
			}
		}
		for _, environment := range environments {
			if prefix := m.keyPrefix(t.Metadata.Name, environment); prefix != "" {
				owner.Prefixes = append(owner.Prefixes, prefix)
			}
		}
	}
	out := make([]Owner, 0, len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		owner := all[name]
		for _, list := range []*[]string{&owner.Namespaces, &owner.Prefixes, &owner.Keys} {
			slices.Sort(*list)
			*list = slices.Compact(*list)
		}
		out = append(out, *owner)
	}
	return out
}

// keyPrefix is what all keys of a tenant in an environment begin with; "" where that does not name the tenant.
func (m *Model) keyPrefix(tenant, environment string) string {
	const mark = "$(tenant)"
	text := strings.ReplaceAll(or(m.Platform.Spec.Defaults.RemoteKey, DefaultRemoteKey), "$(environment)", environment)
	head, _, _ := strings.Cut(strings.ReplaceAll(text, mark, "\x00"), "$(")
	if !strings.Contains(head, "\x00") || strings.HasSuffix(head, "\x00") { // acme would be a prefix of acme2's
		return ""
	}
	return strings.ReplaceAll(head, "\x00", tenant)
}

// Granted is a key in the stores that its owner lets others read.
type Granted struct {
	Key string
	// To are the tenants, sorted.
	To []string
}

// Grants returns all grants, sorted by key.
func (m *Model) Grants() []Granted {
	to := map[[2]string][]string{}
	for id := range m.index.granted {
		to[[2]string{id.owner, id.secret}] = append(to[[2]string{id.owner, id.secret}], id.reader)
	}
	byKey := map[string][]string{}
	for id, e := range m.index.byName {
		if readers := to[[2]string{id.tenant, id.name}]; len(readers) > 0 && e.remoteKey != "" {
			byKey[e.remoteKey] = append(byKey[e.remoteKey], readers...)
		}
	}
	var out []Granted
	for _, key := range slices.Sorted(maps.Keys(byKey)) {
		slices.Sort(byKey[key])
		out = append(out, Granted{key, slices.Compact(byKey[key])})
	}
	return out
}
