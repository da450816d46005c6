package model

import (
	"maps"
	"slices"
	"strings"

	"github.com/openova-io/esotree/schema"
)

// Owner is who owns namespaces and keys in the stores: a tenant, or the platform.
type Owner struct {
	// Tenant is "" for the platform.
	Tenant string
	// Namespaces that are the tenant's own, sorted; none for the platform, which may be in all.
	Namespaces []string
	// Prefixes of all keys that the platform's pattern gives the tenant, sorted; none where keys don't begin with the tenant.
	Prefixes []string
	// Keys are those of its secrets, present and former, sorted.
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
	for _, held := range []*holders{&m.index.written, &m.index.kept, &m.index.former} {
		for key := range held.byKey {
			for _, by := range held.of(key) {
				owner := all[m.tenantName(by.tenant)]
				owner.Keys = append(owner.Keys, key)
			}
		}
	}
	heads := m.keyHeads(m.keyPattern())
	for _, t := range m.tenants {
		owner := all[t.Metadata.Name]
		owner.Prefixes = append(owner.Prefixes, m.keyPrefixes(t, heads)...)
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

// KeyPrefixes are those of all tenants, with their owners. Of two tenants with the same prefix, as where acme-b has an environment c and
// acme one that is called b-c, it is the last one's.
func (m *Model) KeyPrefixes() map[string]string { return m.prefixesOf(m.keyHeads(m.keyPattern())) }

// keyPattern makes tenants' keys.
func (m *Model) keyPattern() string {
	return or(m.Platform.Spec.Defaults.RemoteKey, DefaultRemoteKey)
}

// keyPattern makes the keys of the scope's secrets. field is where it stands in the Platform's spec.defaults.
func (s *Scope) keyPattern() (field, text string) {
	if s.Environment == nil {
		return "platformRemoteKey", or(s.Model.Platform.Spec.Defaults.PlatformRemoteKey, DefaultPlatformRemoteKey)
	}
	return "remoteKey", s.Model.keyPattern()
}

// namespaceText is the pattern of a tenant's namespace in an environment.
func (m *Model) namespaceText() string {
	return or(m.Platform.Spec.Defaults.Namespace, DefaultNamespace)
}

// prefixesOf are the prefixes that heads give to tenants, with their owners.
func (m *Model) prefixesOf(heads map[string][]string) map[string]string {
	out := map[string]string{}
	for _, t := range m.tenants {
		for _, prefix := range m.keyPrefixes(t, heads) {
			out[prefix] = t.Metadata.Name
		}
	}
	return out
}

// keyPrefixes are those of a tenant in its environments.
func (m *Model) keyPrefixes(t *schema.Tenant, heads map[string][]string) []string {
	environments := t.Spec.Environments
	if len(environments) == 0 {
		for _, e := range m.Environments {
			environments = append(environments, e.Name)
		}
	}
	var out []string
	for _, environment := range environments {
		for _, head := range heads[environment] {
			out = append(out, strings.ReplaceAll(head, tenantMark, t.Metadata.Name))
		}
	}
	return out
}

// tenantMark stands for the tenant's name.
const tenantMark = "\x00"

// keyHeads are what patterns make all keys of an environment begin with, as far as the Platform says it: a tenant's own
// var may lead its keys elsewhere, but gives it no prefix. A pattern that does not tell tenants apart by that has none.
func (m *Model) keyHeads(patterns ...string) map[string][]string {
	out := map[string][]string{}
	spec := &m.Platform.Spec
	for _, e := range m.Environments {
		n := names{vars: []varLayer{e.vars, {values: spec.Vars}}}.with("platform", m.Name, "tenant", tenantMark, "environment", e.Name)
		if namespace, problems := n.expand(m.namespaceText()); len(problems) == 0 {
			n = n.with("namespace", namespace)
		}
		for _, pattern := range patterns {
			head := n.head(pattern)
			if strings.Contains(head, tenantMark) && !strings.HasSuffix(head, tenantMark) { // acme would be a prefix of acme2's
				out[e.Name] = append(out[e.Name], head)
			}
		}
	}
	return out
}

// head is what a pattern gives up to the first name that is not known.
func (n names) head(pattern string) string {
	head := ""
	for _, part := range strings.SplitAfter(pattern, ")") {
		text, problems := n.expand(part)
		if len(problems) > 0 {
			text, _, _ = strings.Cut(part, "$(")
			return head + text
		}
		head += text
	}
	return head
}

// formerPrefixes are whose keys begin with what, by the Platform's patterns, present and former. What is below a folder of the tenant's
// name is the tenant's, whatever the environment.
func (m *Model) formerPrefixes() map[string]string {
	heads := m.keyHeads(append([]string{m.keyPattern()}, m.Platform.Spec.Defaults.FormerRemoteKeys...)...)
	for _, list := range heads {
		for i, head := range list {
			if before, _, folder := strings.Cut(head, tenantMark+"/"); folder {
				list[i] = before + tenantMark + "/"
			}
		}
	}
	out := m.prefixesOf(heads)
	for _, r := range m.Platform.Spec.RenamedTenants {
		if m.index.tenants[r.From] {
			continue
		}
		from, to := m.described(r.To)
		for _, t := range m.tenants[from:to] {
			was := *t
			was.Metadata.Name = r.From
			for _, prefix := range m.keyPrefixes(&was, heads) {
				out[prefix] = r.To
			}
		}
	}
	return out
}

// ownerByPrefix is the tenant with the longest prefix of a key.
func ownerByPrefix(prefixes map[string]string, key string) (tenant string, ok bool) {
	for end := len(key); end > 0; end-- {
		if tenant, ok := prefixes[key[:end]]; ok {
			return tenant, true
		}
	}
	return "", false
}

// Writers are the tenants that push a key to some store, "" for the platform, in the order of Tenants.
func (m *Model) Writers(remoteKey string) []string {
	var out []string
	for _, by := range m.index.written.of(remoteKey) {
		if name := m.tenantName(by.tenant); len(out) == 0 || out[len(out)-1] != name {
			out = append(out, name)
		}
	}
	return out
}

// KeyOwner is whose a key in the stores is, "" being the platform; false where nobody has it. Of several, as of a key that all of them
// read, it is the one that is asked about, else the first.
func (m *Model) KeyOwner(key, asked string) (owner string, owned bool) {
	first := int32(len(m.tenants))
	from, to := m.described(asked)
	if asked == "" {
		from, to = platformRef, platformRef+1
	}
	for _, held := range []*holders{&m.index.written, &m.index.kept, &m.index.former} {
		list := held.of(key)
		if len(list) == 0 {
			continue
		}
		first = min(first, list[0].tenant)
		for tenant := from; tenant < to; tenant++ {
			if held.has(key, int32(tenant)) {
				return asked, true
			}
		}
	}
	if int(first) == len(m.tenants) {
		return "", false
	}
	return m.tenantName(first), true
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
	for id, e := range m.index.lent {
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
