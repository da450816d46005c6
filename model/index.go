package model

import (
	"maps"
	"slices"
	"strings"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/internal/yamlsrc"
	"github.com/openova-io/esotree/schema"
)

// index is what crosses tenants. It is filled by Link and only read afterwards. Of a secret it has little: there may be millions, and
// who has to say something about another tenant's secret links that tenant again.
type index struct {
	tenants map[string]bool
	granted map[grantID]bool
	// lent are the secrets that tenants may read of others: the platform's, and those that are granted to somebody.
	lent map[secretID]*entry
	// own is the platform with its secrets.
	own *Scope
	// written are the keys that are pushed, and by whom; kept are those that secrets have in the stores without a push.
	written, kept holders
	// former are the keys that secrets had before, with the stores that are asked for them.
	former holders
	stores storeSets
	// uses is which shared stores the objects in a cluster name.
	uses map[storeUse]bool
	// namespaces are whose they are: of the scope that they are the default of, or of the platform ("").
	namespaces map[string]string
	// spaces are the scopes that have the Namespace object of a namespace in a cluster: the first that has an object there.
	spaces map[space]string
	// guests are secrets in a namespace that is not their scope's own.
	guests []guest
	// remotes are secrets that are read from the stores, to be held against what others write there.
	remotes []remote
	// formers are keys that secrets had before, to be held against whose they are.
	formers []former
	// platform are the names of the objects of the platform's secrets.
	platform map[objectKind]map[string]claimant
	// owners are the scopes that have stores of their own, by the stores' names.
	owners map[string]storeOwner
	// broken are secrets that are described but could not be linked.
	broken map[secretID]bool
}

// storeOwner is a scope with stores of its own.
type storeOwner struct {
	label  string
	source *schema.Source
}

// remote is a secret that is read from some stores.
type remote struct {
	secretRef
	key    string
	stores int32
}

// guest is a secret in a namespace.
type guest struct {
	secretRef
	namespace string
}

// space is a namespace of a cluster.
type space struct {
	cluster   *Region
	namespace string
}

// storeUse is a cluster whose objects name the store of a region.
type storeUse struct{ cluster, of *Region }

type grantID struct{ owner, secret, reader string }

func newIndex() index {
	return index{tenants: map[string]bool{}, granted: map[grantID]bool{}, lent: map[secretID]*entry{}, stores: newStoreSets(), uses: map[storeUse]bool{}, namespaces: map[string]string{},
		spaces: map[space]string{}, owners: map[string]storeOwner{}, broken: map[secretID]bool{}}
}

// tenant notes a tenant, of which only the name may be known.
func (x *index) tenant(t *schema.Tenant) []diag.Finding {
	x.tenants[t.Metadata.Name] = true
	if t.Metadata.Name == "platform" {
		at := place{{t.Source, ""}}
		return []diag.Finding{at.finding("invalid-name", "metadata.name", `a tenant can't be called "platform"`, "platform:secret/key refers to the platform's own secrets")}
	}
	return nil
}

func (s *Scope) id(name string) secretID {
	id := secretID{tenant: s.Tenant, name: name}
	if s.Environment != nil {
		id.environment = s.Environment.Name
	}
	return id
}

// secrets notes the secrets of a scope, which is a tenant's or the platform's.
func (x *index) secrets(m *Model, s *Scope, tenant int32) []diag.Finding {
	var findings []diag.Finding
	if !s.OwnStores() {
		for _, cluster := range s.serviceRegions() {
			x.uses[storeUse{cluster, cluster}] = true
		}
	} else if other, taken := x.owners[s.Tenant+"-"+s.Environment.Name]; taken {
		f := place{{s.Source, ""}}.finding("duplicate-name", "metadata.name", "the stores of "+s.Label()+" and of "+other.label+" would have the same names", "rename the tenant or the environment")
		f.Related = []diag.Related{{Span: other.source.Span("metadata.name"), Message: "the other one"}}
		findings = append(findings, f)
	} else {
		x.owners[s.Tenant+"-"+s.Environment.Name] = storeOwner{s.Label(), s.Source.Lean()}
	}
	if other, taken := x.namespaces[s.Namespace]; s.Namespace != "" && taken && other != "" && other != s.Tenant {
		top := place{{s.Source, ""}}
		findings = append(findings, top.finding("namespace-squatted", "metadata.name", "namespace "+quote(s.Namespace)+" of "+s.Label()+" is also "+namespaceOwner(other)+"'s",
			"set spec.defaults.namespace of the Platform to a pattern that keeps them apart"))
	} else if s.Namespace != "" {
		x.namespaces[s.Namespace] = s.Tenant // also where the platform has put a secret into it, which it may
	}
	x.inhabit(m, s)
	identity := make([]int32, len(s.Regions)) // of the regions' stores
	for i, r := range s.Regions {
		identity[i] = x.stores.id(m.storeIdentity(r, s), tenant)
	}
	for _, name := range s.broken {
		x.broken[s.id(strings.Clone(name))] = true
	}
	at := secretRef{tenant: tenant, environment: int32(slices.Index(m.Environments, s.Environment))}
	for nth, secret := range s.Secrets {
		at.nth = int32(nth)
		if !s.OwnStores() {
			for _, cluster := range s.Regions {
				secret.Uses(cluster, func(of *Region) { x.uses[storeUse{cluster, of}] = true })
			}
		}
		if s.tenant == nil {
			x.namespaces[secret.Namespace] = ""
			x.lent[s.id(secret.Name)] = newEntry(secret)
		} else if secret.Namespace != s.Namespace {
			x.guests = append(x.guests, guest{at, strings.Clone(secret.Namespace)})
		}
		for _, key := range secret.Former {
			x.formerly(secret, at, key, identity)
		}
		if secret.Origin == Remote {
			x.remotes = append(x.remotes, remote{at, strings.Clone(secret.RemoteKey), x.stores.set(identity)})
		}
		var to []int32
		for _, r := range secret.PushTo {
			store := identity[slices.Index(s.Regions, r)]
			if slices.Contains(to, store) {
				continue
			}
			writer, taken := x.writer(store, secret.RemoteKey)
			if !taken {
				to = append(to, store)
				continue
			}
			other := m.secretAt(writer)
			if other == nil || other.Scope.id(other.Name) == s.id(secret.Name) { // the tenant is described twice
				continue
			}
			if !m.unread.defaults || secret.place.has("remoteKey") {
				findings = append(findings, clash(secret, newEntry(other), r))
			}
			break
		}
		switch {
		case len(to) > 0:
			x.written.add(secret.RemoteKey, holder{at, x.stores.set(to)})
		case secret.RemoteKey != "":
			x.kept.add(secret.RemoteKey, holder{secretRef: at})
		}
	}
	return findings
}

// unscoped notes the secrets of a tenant in environments that could not be linked, and in those that it may be meant to have.
func (x *index) unscoped(m *Model, t *schema.Tenant, scopes []*Scope) {
	meant := slices.ContainsFunc(t.Spec.Environments, func(name string) bool { return !m.hasEnvironment(name) })
	note := func(environment string, secrets []schema.Secret) {
		for _, s := range secrets {
			x.broken[secretID{t.Metadata.Name, environment, strings.Clone(s.Name)}] = true
		}
	}
	if len(m.Environments) == 0 {
		note("", t.Spec.Secrets)
	}
	for _, e := range m.Environments {
		linked := slices.ContainsFunc(scopes, func(s *Scope) bool { return s.Environment == e })
		if linked || !meant && e.Home != nil {
			continue
		}
		note(e.Name, t.Spec.Secrets)
		for _, o := range t.Spec.Overrides {
			if o.Environment == e.Name {
				note(e.Name, o.Secrets)
			}
		}
	}
}

// inhabit notes in which namespaces of which clusters the scope has objects, when their Namespace objects are asked for.
func (x *index) inhabit(m *Model, s *Scope) {
	if m.Namespaces != schema.NamespacesRender {
		return
	}
	claim := func(namespace string, in []*Region) {
		for _, r := range in {
			if _, taken := x.spaces[space{r, namespace}]; !taken {
				x.spaces[space{r, namespace}] = s.Label()
			}
		}
	}
	for _, secret := range s.Secrets {
		claim(secret.Namespace, secret.In)
	}
	var unheeded []diag.Finding // what is wrong with the services is reported when they are linked
	for _, item := range s.services {
		if s.Environment != nil && item.Environments != nil && !slices.Contains(item.Environments, s.Environment.Name) {
			continue
		}
		e := expander{s.names(nil).with("service", item.Name), item.place, &unheeded}
		claim(e.text("namespace", or(item.Namespace, s.Namespace)), s.regionsOf(item, &unheeded))
	}
}

// HasNamespace reports whether the scope has the Namespace object of a namespace in a cluster: each is there once, so that no
// scope's removal takes another's namespace away.
func (s *Scope) HasNamespace(cluster *Region, namespace string) bool {
	return s.Model.index.spaces[space{cluster, namespace}] == s.Label()
}

// squats is the finding about an object of a tenant in a namespace that is somebody else's; it has no code when the
// namespace is free.
func (x *index) squats(s *Scope, p place, what, name, namespace string) (f diag.Finding) {
	owner, owned := x.namespaces[namespace]
	if !owned || owner == s.Tenant || s.tenant == nil {
		return f
	}
	return p.finding("namespace-squatted", "namespace", what+" "+quote(name)+" of tenant "+quote(s.Tenant)+" stands in namespace "+quote(namespace)+", which is "+namespaceOwner(owner)+"'s",
		"let the owner read it through a grant")
}

func namespaceOwner(tenant string) string {
	if tenant == "" {
		return "the platform"
	}
	return "tenant " + quote(tenant)
}

// bypasses finds what would go round a grant: a remote secret that another owner writes, or wrote before, a secret in another's namespace.
func (x *index) bypasses(m *Model) []diag.Finding {
	var findings []diag.Finding
	for _, g := range x.guests {
		if owner, owned := x.namespaces[g.namespace]; !owned || owner == m.tenantName(g.tenant) {
			continue
		}
		if secret := m.secretAt(g.secretRef); secret != nil {
			findings = append(findings, x.squats(secret.Scope, secret.place, "secret", secret.Name, secret.Namespace))
		}
	}
	for _, r := range x.remotes {
		for _, store := range x.stores.sets[r.stores] {
			at, written := x.writer(store, r.key)
			if !written {
				at, written = x.holder(&x.former, store, r.key)
			}
			if !written || m.tenantName(at.tenant) == m.tenantName(r.tenant) {
				continue
			}
			secret, writer := m.secretAt(r.secretRef), m.secretAt(at)
			if secret == nil || writer == nil {
				break
			}
			e := newEntry(writer)
			owner := or(e.tenant, "platform")
			f := secret.place.finding("grant-missing", "remote.key", "secret "+quote(secret.Name)+" reads "+quote(r.key)+", which is secret "+quote(e.name)+" of "+e.owner(),
				"drop this secret and let the service read "+owner+":"+e.name+"/<key>, which its owner has to grant")
			f.Related = []diag.Related{{Span: e.span(), Message: "the secret"}}
			findings = append(findings, f)
			break
		}
	}
	return findings
}

func clash(s *Secret, other *entry, r *Region) diag.Finding {
	hint := "give one of them a remoteKey of its own"
	if other.tenant == s.Scope.Tenant && other.name == s.Name && s.Scope.Tenant != "" {
		hint = "two environments share a store: put $(environment) in spec.defaults.remoteKey of the Platform, or a var that is empty where values live already: a key that changes makes new ones"
	}
	f := s.place.finding("remote-key-clash", "remoteKey",
		"secret "+quote(s.Name)+" of "+s.Scope.Label()+" is pushed to "+quote(s.RemoteKey)+" in the store of "+r.Name+", and so is "+quote(other.name)+" of "+other.label(), hint)
	f.Related = []diag.Related{{Span: other.span(), Message: "the other one"}}
	return f
}

// grants notes what an owner lets others read of its secrets.
func (x *index) grants(source *schema.Source, owner string, grants []schema.Grant, m *Model, own holding) []diag.Finding {
	var findings []diag.Finding
	for i, g := range grants {
		at := place{{source, yamlsrc.Index("spec.grants", i)}}
		if !x.owns(own, owner, g.Secret) && !m.unread.secrets[owner] && (g.Secret != "" || at.has("secret")) {
			f := at.finding("unknown-secret", "secret", "the grant names "+quote(g.Secret)+", but there is no such secret", "")
			if near := yamlsrc.Closest(g.Secret, x.secretNames(own, owner, "")); near != "" {
				f.Hint = "did you mean " + quote(near) + "?"
			}
			findings = append(findings, f)
		}
		for j, reader := range g.To {
			if !x.tenants[reader] && !m.unread.tenants {
				f := at.finding("unknown-tenant", yamlsrc.Index("to", j), "there is no tenant "+quote(reader), "")
				if near := yamlsrc.Closest(reader, slices.Sorted(maps.Keys(x.tenants))); near != "" {
					f.Hint = "did you mean " + quote(near) + "?"
				}
				findings = append(findings, f)
			}
			x.granted[grantID{owner, strings.Clone(g.Secret), strings.Clone(reader)}] = true
		}
		for _, s := range own {
			if secret := s.secret(g.Secret); secret != nil && len(g.To) > 0 {
				x.lent[s.id(secret.Name)] = newEntry(secret).lean()
			}
		}
	}
	return findings
}

// owns reports whether an owner has a secret, of whatever environment.
func (x *index) owns(own holding, tenant, name string) bool {
	return own.has(name) || slices.Contains(x.secretNames(nil, tenant, ""), name)
}

// secretNames are the secrets of an owner, of one environment where one is given.
func (x *index) secretNames(own holding, tenant, environment string) []string {
	set := map[string]bool{}
	for id := range x.broken {
		if id.tenant == tenant && (environment == "" || id.environment == environment) {
			set[id.name] = true
		}
	}
	for _, s := range own {
		for _, secret := range s.Secrets {
			if id := s.id(secret.Name); environment == "" || id.environment == environment {
				set[id.name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(set))
}

// storeIdentity tells stores apart by what they are, not by their name: two regions may share one.
func (m *Model) storeIdentity(r *Region, s *Scope) string {
	provider, _ := r.spec.Store.Provider[r.Provider.Name].(map[string]any)
	parts := []string{r.Provider.Name}
	known := false
	for _, field := range r.Provider.Address {
		value, _ := at(provider, strings.Split(field, "."))
		text, ok := value.(string)
		if strings.Contains(text, "$(") {
			names := s.names(r)
			text, _ = names.expand(text)
		}
		known = known || ok
		parts = append(parts, text)
	}
	if !known {
		parts = append(parts, r.Name)
	}
	return strings.Join(parts, "\x00")
}

func at(v any, path []string) (any, bool) {
	for _, field := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil, false
		}
		if v, ok = m[field]; !ok {
			return nil, false
		}
	}
	return v, true
}

// serviceRegions are the regions in which services of the scope read their store. What is wrong with the services is
// reported when they are linked.
func (s *Scope) serviceRegions() []*Region {
	var unheeded []diag.Finding
	var out []*Region
	for _, item := range s.services {
		if len(item.Data)+len(item.DataFrom) == 0 || s.Environment != nil && item.Environments != nil && !slices.Contains(item.Environments, s.Environment.Name) {
			continue
		}
		for _, r := range s.regionsOf(item, &unheeded) {
			if !slices.Contains(out, r) {
				out = append(out, r)
			}
		}
	}
	return out
}
