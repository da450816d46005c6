package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/graph"
	"github.com/openova-io/esotree/object"
)

// Holdings is what Tenants and Grants of a World say, looked up where the tenants are too many to be listed. It is asked from several
// goroutines.
type Holdings interface {
	// NamespaceOwner returns the tenant whose own a namespace is, "" where it is no tenant's.
	NamespaceOwner(namespace string) string
	// KeyOwner returns who has a key as its own, whatever it begins with; "" where nobody has. Of several it is the one that is asked
	// about, else the first.
	KeyOwner(key, asked string) string
	// PrefixOwner returns who has the longest prefix of a key, "" where nobody has one.
	PrefixOwner(key string) string
	// Granted reports whether a tenant may read a key of another one.
	Granted(key, to string) bool
}

// listed is the Holdings of a World that lists them.
type listed struct {
	namespaces map[string]string
	keys       map[string][]string
	prefixes   map[string]string
	granted    map[[2]string]bool
}

// holdingsOf returns nil where no tenant has a namespace, since then none has an object.
func holdingsOf(w *World) Holdings {
	if w.Holdings != nil {
		return w.Holdings
	}
	l := &listed{map[string]string{}, map[string][]string{}, map[string]string{}, map[[2]string]bool{}}
	for _, tenant := range w.Tenants {
		for _, n := range tenant.Namespaces {
			l.namespaces[n] = tenant.Name
		}
		for _, key := range tenant.Keys {
			l.keys[key] = append(l.keys[key], tenant.Name)
		}
		for _, prefix := range tenant.Prefixes {
			l.prefixes[prefix] = tenant.Name
		}
	}
	for _, g := range w.Grants {
		for _, to := range g.To {
			l.granted[[2]string{g.Key, to}] = true
		}
	}
	if len(l.namespaces) == 0 {
		return nil
	}
	return l
}

func (l *listed) NamespaceOwner(namespace string) string { return l.namespaces[namespace] }

func (l *listed) KeyOwner(key, asked string) string {
	switch owners := l.keys[key]; {
	case len(owners) == 0:
		return ""
	case slices.Contains(owners, asked):
		return asked
	default:
		return owners[0]
	}
}

func (l *listed) PrefixOwner(key string) string { return LongestPrefix(l.prefixes, key) }

func (l *listed) Granted(key, to string) bool { return l.granted[[2]string{key, to}] }

// LongestPrefix returns what a map has for the longest prefix of a key, "" where it has none.
func LongestPrefix(prefixes map[string]string, key string) string {
	for end := len(key); end > 0; end-- {
		if owner, ok := prefixes[key[:end]]; ok {
			return owner
		}
	}
	return ""
}

// ownerOf is whose a key is; asked is who may have it. What counts is the form that is the same for all ways to write it: a tenant that
// describes another's key in a way of its own has only that spelling.
func ownerOf(h Holdings, written, key, asked string) string {
	owner := h.KeyOwner(key, asked)
	if owner == "" && key != written {
		owner = h.KeyOwner(written, asked)
	}
	if owner == "" {
		owner = h.PrefixOwner(key)
	}
	return owner
}

// granted reports whether a tenant may read a key of its owner. A spelling that another has described is not the owner's to grant.
func granted(h Holdings, written, key, owner, to string) bool {
	if h.Granted(key, to) {
		return true
	}
	if key == written || !h.Granted(written, to) {
		return false
	}
	by := h.KeyOwner(written, owner)
	return by == "" || by == owner
}

// several reports whether there are two tenants or more, the platform not counted.
func several(w *World) bool {
	count := 0
	for _, tenant := range w.Tenants {
		if tenant.Name != Platform {
			count++
		}
	}
	return count > 1
}

// foreign is a remote key in a tenant's namespace that is not its own; owner is "" where the key is nobody's.
type foreign struct {
	remote
	tenant, owner string
}

// foreigners are the remote keys in tenants' namespaces that are not their own, each field once. What the platform puts into a tenant's
// namespace is the platform's to decide.
func (p *Pass) foreigners() []foreign {
	if p.shared.foreign != nil {
		return p.shared.foreign
	}
	p.shared.foreign = []foreign{}
	held := p.linter.holdings
	if held == nil {
		return nil
	}
	type field struct {
		object *object.Object
		path   string
	}
	told := map[field]bool{}
	var last remote
	var namespace, owner string
	tenant := held.NamespaceOwner("")
	eachRemote(p.Graph, func(r *remote) {
		if r.object.Namespace != namespace {
			last, namespace = remote{}, r.object.Namespace
			tenant = held.NamespaceOwner(namespace)
		}
		if tenant != "" && (r.key != last.key || r.place.Key != last.place.Key) { // most objects name one key, in several stores
			owner = ownerOf(held, r.key, r.place.Key, tenant)
		}
		last = *r
		if tenant == "" {
			return
		}
		if owner == tenant || !r.write && granted(held, r.key, r.place.Key, owner, tenant) {
			return
		}
		if told[field{r.object, r.path}] || computed(r.key) || p.World.Owner != nil && p.World.Owner(r.object) == Platform {
			return
		}
		told[field{r.object, r.path}] = true
		p.shared.foreign = append(p.shared.foreign, foreign{*r, tenant, owner})
	})
	return p.shared.foreign
}

// whose names an owner.
func whose(owner string) string {
	if owner == Platform {
		return "the platform"
	}
	return fmt.Sprintf("tenant %q", owner)
}

// pathOutsideTenant finds keys that are nobody's, and writes to those of others.
func pathOutsideTenant(p *Pass) {
	for _, f := range p.foreigners() {
		if f.owner == "" || f.write {
			p.Report(f.object, f.path, fmt.Sprintf("%s of tenant %q uses %q, which is not under its own prefix", title(f.object), f.tenant, f.key), "use a key of the tenant, or ask its owner for a grant")
		}
	}
}

// grantMissing finds reads of another tenant's keys.
func grantMissing(p *Pass) {
	for _, f := range p.foreigners() {
		if f.owner != "" && !f.write {
			p.Report(f.object, f.path, fmt.Sprintf("%s of tenant %q reads %q, which is %s's and is not granted", title(f.object), f.tenant, f.key, whose(f.owner)), whose(f.owner)+" must grant it")
		}
	}
}

// storeOpenToAll finds ClusterSecretStores that any namespace may use.
func storeOpenToAll(p *Pass) {
	if !p.linter.several {
		return
	}
	for _, s := range p.Graph.Stores {
		if !s.Clustered() || len(s.Conditions) > 0 || !p.wants(s.Object) {
			continue
		}
		severity := p.rule.Severity
		if p.World.Shared {
			severity = diag.Note
		}
		p.ReportAs(severity, s.Object, "spec", title(s.Object)+" is open to every namespace, and so each tenant reads the keys of all", "name the namespaces in spec.conditions, or give each tenant a store of its own")
	}
}

// namespaceSquatted finds objects of one tenant in the namespace of another.
func namespaceSquatted(p *Pass) {
	if p.World.Owner == nil || p.linter.holdings == nil {
		return
	}
	namespace, tenant := "", p.linter.holdings.NamespaceOwner("")
	for _, o := range p.Graph.Objects {
		owner := p.World.Owner(o)
		if owner == "" || owner == Platform {
			continue
		}
		if o.Namespace != namespace {
			namespace, tenant = o.Namespace, p.linter.holdings.NamespaceOwner(o.Namespace)
		}
		if tenant != "" && owner != tenant {
			p.Report(o, "metadata.namespace", fmt.Sprintf("%s of tenant %q stands in a namespace of tenant %q", title(o), owner, tenant), "")
		}
	}
}

// regionReadsRemoteStore finds services that read another region's store.
func regionReadsRemoteStore(p *Pass) {
	if p.World.Nearest == nil {
		return
	}
	var cluster, nearest string
	var own *graph.Store
	for i, pull := range p.Graph.Pulls {
		if i == 0 || pull.Object.Cluster != cluster {
			cluster = pull.Object.Cluster
			nearest = p.World.Nearest(cluster)
			own = p.Graph.Store(cluster, "", graph.StoreRef{Name: nearest, Kind: "ClusterSecretStore"})
		}
		if nearest == "" || own == nil || pull.Remembers() || bootstrap(pull) {
			continue
		}
		told := map[string]bool{}
		for _, r := range pull.Reads {
			if r.Store == nil || r.Store.Identity == own.Identity || told[r.RefPath] || strings.HasPrefix(r.Ref.Name, nearest+"-") {
				continue
			}
			told[r.RefPath] = true
			p.Report(pull.Object, r.RefPath, fmt.Sprintf("%s reads %s, which is not the nearest store of %q", title(pull.Object), title(r.Store.Object), pull.Object.Cluster), fmt.Sprintf("read %q, to which the value is pushed", nearest))
		}
	}
}

// storeAuthForeignCluster finds stores whose Kubernetes auth mount is used from two clusters.
func storeAuthForeignCluster(p *Pass) {
	first := map[[2]string]*graph.Store{}
	for _, s := range p.Graph.Stores {
		mount := s.Field("auth.kubernetes.mountPath")
		if mount == "" || !isVault(s) {
			continue
		}
		id := [2]string{s.Field("server") + "\x00" + s.Field("namespace"), mount}
		was := first[id]
		if was == nil {
			first[id] = s
			continue
		}
		if was.Object.Cluster == s.Object.Cluster {
			continue
		}
		p.Report(s.Object, "spec.provider."+s.Provider+".auth.kubernetes.mountPath", fmt.Sprintf("%s of cluster %q logs in at mount %q, as cluster %q does: a mount trusts the tokens of one cluster", title(s.Object), s.Object.Cluster, mount, was.Object.Cluster),
			"give each cluster an auth mount of its own", at(was.Object, "spec.provider."+was.Provider+".auth.kubernetes.mountPath", "the other cluster's"))
	}
}
