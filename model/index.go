package model

import (
	"maps"
	"slices"
	"strings"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/internal/yamlsrc"
	"github.com/openova-io/esotree/schema"
)

// index is what crosses tenants. It is filled by Link and only read afterwards.
type index struct {
	byName  map[secretID]*entry
	owned   map[[2]string]bool // tenant and secret, of whatever environment
	granted map[grantID]bool
	tenants map[string]bool
	// written is who pushes a key, and to which stores.
	written map[string][]write
	// uses is which shared stores the objects in a cluster name.
	uses map[storeUse]bool
	// namespaces are whose they are: of the scope that they are the default of, or of the platform ("").
	namespaces map[string]string
	// spaces are the scopes that have the Namespace object of a namespace in a cluster: the first that has an object there.
	spaces map[space]string
	// guests are secrets in a namespace that is not their scope's own.
	guests []*Secret
	// remotes are secrets that are read from the stores, to be held against what others write there.
	remotes []remote
	// platform are the names of the objects of the platform's secrets.
	platform map[objectName]claim
	// stores are the names of the stores that scopes have of their own.
	stores map[string]storeOwner
	// texts and lists are those of the entries, each once: they would hold on to the text that they were cut from.
	texts map[string]string
	lists map[string][]string
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
	secret *Secret
	keys   []storeKey
}

// space is a namespace of a cluster.
type space struct {
	cluster   *Region
	namespace string
}

// storeUse is a cluster whose objects name the store of a region.
type storeUse struct{ cluster, of *Region }

type secretID struct{ tenant, environment, name string }

type grantID struct{ owner, secret, reader string }

type storeKey struct{ store, key string }

// write is a store that a secret is pushed to.
type write struct {
	store string
	by    *entry
}

// writer is who pushes a key to a store.
func (x *index) writer(at storeKey) (*entry, bool) {
	for _, w := range x.written[at.key] {
		if w.store == at.store {
			return w.by, true
		}
	}
	return nil, false
}

// entry is what others may know of a secret.
type entry struct {
	secretID
	origin    Origin
	remoteKey string
	keys      []string
	epoch     string             // "" when no epoch travels with the value
	bare      []*Region          // whose stores have it as a bare value
	closed    map[*Region]string // whose stores it can't be read from, and why
	unread    bool               // its keys are not all known
	at        layer              // where it is written
}

// span is the place of the secret's name. It is looked up when somebody is told of it.
func (e *entry) span() diag.Span {
	span, _ := place{e.at}.at("name")
	return span
}

func newIndex() index {
	return index{byName: map[secretID]*entry{}, owned: map[[2]string]bool{}, granted: map[grantID]bool{}, tenants: map[string]bool{}, written: map[string][]write{}, uses: map[storeUse]bool{}, broken: map[secretID]bool{}, stores: map[string]storeOwner{}, texts: map[string]string{}, lists: map[string][]string{}, namespaces: map[string]string{}, spaces: map[space]string{}}
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

// text returns the one copy of a text that many entries have.
func (x *index) text(text string) string {
	if known, ok := x.texts[text]; ok {
		return known
	}
	text = strings.Clone(text)
	x.texts[text] = text
	return text
}

// list returns the one copy of a list that many entries have.
func (x *index) list(list []string) []string {
	id := strings.Join(list, "\x00")
	known, ok := x.lists[id]
	if !ok {
		for _, text := range list {
			known = append(known, x.text(text))
		}
		x.lists[id] = known
	}
	return known
}

func (s *Scope) id(name string) secretID {
	id := secretID{tenant: s.Tenant, name: name}
	if s.Environment != nil {
		id.environment = s.Environment.Name
	}
	return id
}

func (x *index) secrets(m *Model, s *Scope) []diag.Finding {
	var findings []diag.Finding
	if !s.OwnStores() {
		for _, cluster := range s.serviceRegions() {
			x.uses[storeUse{cluster, cluster}] = true
		}
	} else if other, taken := x.stores[s.Tenant+"-"+s.Environment.Name]; taken {
		f := place{{s.Source, ""}}.finding("duplicate-name", "metadata.name", "the stores of "+s.Label()+" and of "+other.label+" would have the same names", "rename the tenant or the environment")
		f.Related = []diag.Related{{Span: other.source.Span("metadata.name"), Message: "the other one"}}
		findings = append(findings, f)
	} else {
		x.stores[s.Tenant+"-"+s.Environment.Name] = storeOwner{s.Label(), s.Source.Lean()}
	}
	if other, taken := x.namespaces[s.Namespace]; s.Namespace != "" && taken && other != "" && other != s.Tenant {
		top := place{{s.Source, ""}}
		findings = append(findings, top.finding("namespace-squatted", "metadata.name", "namespace "+quote(s.Namespace)+" of "+s.Label()+" is also "+namespaceOwner(other)+"'s",
			"set spec.defaults.namespace of the Platform to a pattern that keeps them apart"))
	} else if s.Namespace != "" {
		x.namespaces[s.Namespace] = s.Tenant // also where the platform has put a secret into it, which it may
	}
	x.inhabit(m, s)
	lean := s.Source.Lean()
	identity := make([]string, len(s.Regions)) // of the regions' stores
	for i, r := range s.Regions {
		identity[i] = x.text(m.storeIdentity(r, s))
	}
	for _, name := range s.broken {
		name = x.text(name)
		x.broken[s.id(name)] = true
		x.owned[[2]string{s.Tenant, name}] = true
	}
	for _, secret := range s.Secrets {
		if !s.OwnStores() {
			for _, cluster := range s.Regions {
				secret.Uses(cluster, func(of *Region) { x.uses[storeUse{cluster, of}] = true })
			}
		}
		if s.tenant == nil {
			x.namespaces[secret.Namespace] = ""
		} else if secret.Namespace != s.Namespace {
			x.guests = append(x.guests, secret)
		}
		e := &entry{secretID: s.id(x.text(secret.Name)), origin: secret.Origin, remoteKey: strings.Clone(secret.RemoteKey),
			keys: secret.storeKeys(), at: layer{lean, secret.place[0].path},
			unread: secret.place.misread("generator", "keys", "rotation")}
		for _, r := range s.Regions {
			if secret.Bare(r) {
				e.bare = append(e.bare, r)
			}
			if why := secret.unreadable(r); why != "" {
				if e.closed == nil {
					e.closed = map[*Region]string{}
				}
				e.closed[r] = why
			}
		}
		if len(secret.broken) > 0 {
			e.keys = slices.Sorted(slices.Values(append(e.keys, secret.broken...)))
		}
		e.keys = x.list(e.keys)
		if secret.Marked() {
			e.epoch = x.text(secret.Rotation.Epoch)
		}
		x.byName[e.secretID] = e
		x.owned[[2]string{e.tenant, e.name}] = true
		if secret.Origin == Remote {
			r := remote{secret: secret}
			for _, of := range s.Regions {
				r.keys = append(r.keys, storeKey{identity[slices.Index(s.Regions, of)], secret.RemoteKey})
			}
			x.remotes = append(x.remotes, r)
		}
		for _, r := range secret.PushTo {
			key := storeKey{identity[slices.Index(s.Regions, r)], e.remoteKey}
			if other, taken := x.writer(key); taken && other.secretID != e.secretID {
				if !m.unread.defaults || secret.place.has("remoteKey") {
					findings = append(findings, clash(secret, other, r))
				}
				break
			} else if !taken {
				x.written[key.key] = append(x.written[key.key], write{key.store, e})
			}
		}
	}
	return findings
}

// unscoped notes the secrets of a tenant in environments that could not be linked, and in those that it may be meant to have.
func (x *index) unscoped(m *Model, t *schema.Tenant, scopes []*Scope) {
	meant := slices.ContainsFunc(t.Spec.Environments, func(name string) bool { return !m.hasEnvironment(name) })
	note := func(environment string, secrets []schema.Secret) {
		for _, s := range secrets {
			x.broken[secretID{t.Metadata.Name, environment, s.Name}] = true
			x.owned[[2]string{t.Metadata.Name, s.Name}] = true
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
	items := platformServices(m.Platform)
	if s.tenant != nil {
		items = s.tenantServices(&unheeded)
	}
	for _, item := range items {
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

// bypasses finds what would go round a grant: a remote secret that another owner writes, a secret in another's namespace.
func (x *index) bypasses() []diag.Finding {
	var findings []diag.Finding
	for _, secret := range x.guests {
		if f := x.squats(secret.Scope, secret.place, "secret", secret.Name, secret.Namespace); f.Code != "" {
			findings = append(findings, f)
		}
	}
	for _, r := range x.remotes {
		for _, key := range r.keys {
			e, written := x.writer(key)
			if !written || e.tenant == r.secret.Scope.Tenant {
				continue
			}
			owner := or(e.tenant, "platform")
			f := r.secret.place.finding("grant-missing", "remote.key", "secret "+quote(r.secret.Name)+" reads "+quote(r.secret.RemoteKey)+", which is secret "+quote(e.name)+" of "+e.owner(),
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

func (e *entry) label() string {
	if e.tenant == "" {
		return "the platform"
	}
	return e.tenant + "/" + e.environment
}

func (x *index) grants(source *schema.Source, owner string, grants []schema.Grant, m *Model) []diag.Finding {
	var findings []diag.Finding
	for i, g := range grants {
		at := place{{source, yamlsrc.Index("spec.grants", i)}}
		if !x.owned[[2]string{owner, g.Secret}] && !m.unread.secrets[owner] && (g.Secret != "" || at.has("secret")) {
			f := at.finding("unknown-secret", "secret", "the grant names "+quote(g.Secret)+", but there is no such secret", "")
			if near := yamlsrc.Closest(g.Secret, x.secretNames(owner, "")); near != "" {
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
			x.granted[grantID{owner, x.text(g.Secret), x.text(reader)}] = true
		}
	}
	return findings
}

// secretNames are the secrets of a tenant, of one environment where one is given.
func (x *index) secretNames(tenant, environment string) []string {
	set := map[string]bool{}
	for id := range x.broken {
		if id.tenant == tenant && (environment == "" || id.environment == environment) {
			set[id.name] = true
		}
	}
	for id := range x.byName {
		if id.tenant == tenant && (environment == "" || id.environment == environment) {
			set[id.name] = true
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
			text, _ = s.names(r).expand(text)
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
	items := platformServices(s.Model.Platform)
	if s.tenant != nil {
		items = s.tenantServices(&unheeded)
	}
	var out []*Region
	for _, item := range items {
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
