package model

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/internal/yamlsrc"
)

const formerField = "formerRemoteKeys"

// FormerPrefix is that of the keys that an origin finds under the i-th of a secret's former keys, from 0; it never reaches a store.
func FormerPrefix(i int) string { return fmt.Sprintf("former%d_", i+1) }

// formerKeys takes the keys that the secret names, else what the Platform's former patterns make where its pattern makes the key.
func (l *secretLinker) formerKeys() {
	o := l.out
	own := l.spec.FormerRemoteKeys
	if len(o.Ask) == 0 || o.Origin != Generated && o.Origin != Bootstrap {
		if len(own) > 0 {
			l.fail("invalid-value", formerField, "no store is asked for secret "+quote(o.Name)+", so a former key means nothing", "drop it")
		}
		return
	}
	switch {
	case own != nil:
		l.formerList(l.expander, own, formerField)
	case l.spec.RemoteKey == "" && !l.scope.Model.unread.defaults:
		l.formerPatterns()
	}
	for i := range o.Former {
		for _, k := range o.Keys {
			if strings.HasPrefix(k.Name, FormerPrefix(i)) {
				*l.findings = append(*l.findings, l.place.keyFinding("invalid-name", fieldOf("keys", k.Name), "the key "+quote(k.Name)+" is taken by what is found under a former key", "give it another name"))
			}
		}
	}
}

// formerPatterns takes what the Platform's former patterns make, and under each name that the tenant had the present one too.
func (l *secretLinker) formerPatterns() {
	m := l.scope.Model
	defaults := &m.Platform.Spec.Defaults
	e := l.expander
	e.place = place{{m.Platform.Source, ""}}
	if l.scope.Environment == nil {
		l.formerList(e, defaults.FormerPlatformRemoteKeys, "spec.defaults.formerPlatformRemoteKeys")
		return
	}
	l.formerList(e, defaults.FormerRemoteKeys, "spec.defaults."+formerField)
	for _, r := range m.Platform.Spec.RenamedTenants {
		if r.To != l.scope.Tenant {
			continue
		}
		e.names = l.names.with("tenant", r.From)
		namespace, _ := e.names.expand(or(defaults.Namespace, DefaultNamespace))
		e.names = e.names.with("namespace", namespace)
		if l.out.Namespace != l.scope.Namespace {
			namespace, _ = e.names.expand(l.spec.Namespace)
			e.names = e.names.with("namespace", namespace)
		}
		l.formerList(e, []string{m.keyPattern()}, "spec.defaults.remoteKey")
		l.formerList(e, defaults.FormerRemoteKeys, "spec.defaults."+formerField)
	}
}

// formerList takes the keys that a list of patterns makes. What is not the secret's own list is found at the secret.
func (l *secretLinker) formerList(e expander, list []string, field string) {
	o := l.out
	for i, text := range list {
		before := len(*l.findings)
		key := e.text(yamlsrc.Index(field, i), text)
		if len(*l.findings) > before || key == o.RemoteKey || slices.Contains(o.Former, key) {
			continue
		}
		message, _ := l.illegalKey(key)
		if key == "" {
			message = "an empty text is no key"
		}
		if message != "" {
			at := formerField
			if field == formerField {
				at = yamlsrc.Index(field, i)
			}
			l.fail("remote-key-illegal", at, message, "no value can have been there: drop it from "+field)
			continue
		}
		o.Former = append(o.Former, key)
		o.formerAt = append(o.formerAt, i)
	}
}

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

// FormerPattern returns the pattern that makes the secret's key, and the field of the Platform's spec.defaults in which it stands once
// another one does; "" for a key that the secret names itself.
func (s *Secret) FormerPattern() (field, text string) {
	defaults := &s.Scope.Model.Platform.Spec.Defaults
	switch {
	case s.place.has("remoteKey") || s.Origin == Remote || s.RemoteKey == "":
		return "", ""
	case s.Scope.Environment == nil:
		return "formerPlatformRemoteKeys", or(defaults.PlatformRemoteKey, DefaultPlatformRemoteKey)
	}
	return formerField, or(defaults.RemoteKey, DefaultRemoteKey)
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
