package model

import (
	"maps"
	"slices"
	"strings"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/internal/yamlsrc"
)

// renamed finds tenants that can't have been renamed.
func (x *index) renamed(m *Model) []diag.Finding {
	var findings []diag.Finding
	for i, r := range m.Platform.Spec.RenamedTenants {
		at := place{{m.Platform.Source, yamlsrc.Index("spec.renamedTenants", i)}}
		if x.tenants[r.From] {
			findings = append(findings, at.finding("duplicate-name", "from", "there is a tenant "+quote(r.From)+", and what it has is its own", "a tenant that was renamed is gone"))
		}
		if !x.tenants[r.To] && !m.unread.tenants && at.has("to") {
			f := at.finding("unknown-tenant", "to", "there is no tenant "+quote(r.To), "")
			if near := yamlsrc.Closest(r.To, slices.Sorted(maps.Keys(x.tenants))); near != "" {
				f.Hint = "did you mean " + quote(near) + "?"
			}
			findings = append(findings, f)
		}
	}
	return findings
}

// former is a key that a secret had in the stores before.
type former struct {
	secretRef
	key    string
	stores int32 // of storeSets.sets
	// trusted says that the platform team names it, and not the tenant.
	trusted bool
}

// formerly notes a former key of a secret. identity has the stores of its scope's regions.
func (x *index) formerly(secret *Secret, at secretRef, key string, identity []int32) {
	var stores []int32
	for _, r := range secret.Ask {
		stores = append(stores, identity[slices.Index(secret.Scope.Regions, r)])
	}
	f := former{at, strings.Clone(key), x.stores.set(stores), at.tenant == platformRef || !secret.formerOwn}
	x.former.add(f.key, holder{at, f.stores})
	x.formers = append(x.formers, f)
}

// formerClashes finds former keys that are not their secret's to read: those of another owner, and those that would make one value
// that of two secrets.
func (x *index) formerClashes(m *Model) []diag.Finding {
	if len(x.formers) == 0 {
		return nil
	}
	var findings []diag.Finding
	prefixes := m.formerPrefixes()
	for _, f := range x.formers {
		tenant := m.tenantName(f.tenant)
		owner, owned := ownerByPrefix(prefixes, f.key)
		if f.tenant != platformRef && owner != tenant && (owned || !f.trusted) {
			if s := m.secretAt(f.secretRef); s != nil {
				findings = append(findings, s.formerFinding("path-outside-tenant", f.key, "secret "+quote(s.Name)+" of tenant "+quote(tenant)+" can't have been under "+quote(f.key)+": no pattern of the Platform gives the tenant that key",
					prefixHint(prefixes, tenant)))
			}
			continue
		}
		for _, store := range x.stores.sets[f.stores] {
			at, taken := x.writer(store, f.key)
			first := x.firstFormer(store, f.key)
			if (!taken || at == f.secretRef) && first == f.secretRef {
				continue
			}
			written := taken && at != f.secretRef
			if !written {
				at = first
			}
			s, other := m.secretAt(f.secretRef), m.secretAt(at)
			if s == nil || other == nil || s.Scope.id(s.Name) == other.Scope.id(other.Name) { // the tenant is described twice
				continue
			}
			entitled := owned && owner == tenant || f.tenant == platformRef && !(owned && owner == other.Scope.Tenant)
			findings = append(findings, s.formerClash(f.key, newEntry(other), written, entitled))
			break
		}
	}
	return findings
}

// firstFormer is the first secret that a store is asked for under a former key.
func (x *index) firstFormer(store int32, key string) secretRef {
	for _, h := range x.among(&x.former, store, key) {
		if slices.Contains(x.stores.sets[h.stores], store) {
			return h.secretRef
		}
	}
	return secretRef{}
}

// formerFinding is about a former key, at the line that names it.
func (s *Secret) formerFinding(code, key, message, hint string) diag.Finding {
	field := "name"
	if s.place.has(formerField) { // else a pattern of the Platform makes it
		field = yamlsrc.Index(formerField, s.formerAt[slices.Index(s.Former, key)])
	}
	return s.place.finding(code, field, message, hint)
}

// formerClash is the finding about a former key that another secret is pushed to, or had before too. Whose key it is says who has to
// give way.
func (s *Secret) formerClash(key string, other *entry, written, entitled bool) diag.Finding {
	would := "secret " + quote(s.Name) + " of " + newEntry(s).label() + " would take the value under " + quote(key)
	var f diag.Finding
	switch {
	case !written:
		f = s.formerFinding("remote-key-clash", key, would+", and so would "+quote(other.name)+" of "+other.label(), "say "+formerField+": [] on the one that was never under that key")
	case other.tenant == s.Scope.Tenant:
		f = s.formerFinding("remote-key-clash", key, would+", which is that of "+quote(other.name)+" of "+other.label(), "a former key is of a secret that has another one now, or is gone")
	case entitled && other.tenant != "":
		f = place{other.at}.finding("remote-key-clash", "remoteKey", "secret "+quote(other.name)+" of "+other.label()+" is pushed to "+quote(key)+", under which secret "+quote(s.Name)+" of "+newEntry(s).label()+" was",
			"give it another remoteKey, until the former key is named no more")
		f.Related = []diag.Related{{Span: s.formerFinding("", key, "", "").Span, Message: "named here"}}
		return f
	default:
		f = s.formerFinding("grant-missing", key, "secret "+quote(s.Name)+" names the former key "+quote(key)+", which is that of secret "+quote(other.name)+" of "+other.owner(), "name keys of its own only")
	}
	f.Related = []diag.Related{{Span: other.span(), Message: "the other one"}}
	return f
}

func prefixHint(prefixes map[string]string, tenant string) string {
	var own []string
	for prefix, of := range prefixes {
		if of == tenant {
			own = append(own, quote(prefix+"…"))
		}
	}
	slices.Sort(own)
	if len(own) == 0 {
		return "let the platform team name it: spec.defaults." + formerField + " of the Platform, or a class"
	}
	return "its keys are " + strings.Join(own, ", ") + "; others can be named by the platform team: spec.defaults." + formerField + " of the Platform, or a class"
}
