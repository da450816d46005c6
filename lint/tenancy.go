package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/graph"
	"github.com/openova-io/esotree/object"
)

// tenants is the World by namespace, key and prefix.
type tenants struct {
	namespaces map[string]string
	keys       map[string][]string
	prefixes   map[string]string
	granted    map[[2]string]bool
}

// Indexed returns the same World, whose Tenants and Grants are looked up faster from the second run on. They must not change any
// more; Owner and Nearest may.
func (w *World) Indexed() *World {
	again := *w
	t := w.tenants()
	again.indexed = &t
	return &again
}

func (w *World) tenants() tenants {
	if w.indexed != nil {
		return *w.indexed
	}
	t := tenants{map[string]string{}, map[string][]string{}, map[string]string{}, map[[2]string]bool{}}
	for _, tenant := range w.Tenants {
		for _, n := range tenant.Namespaces {
			t.namespaces[n] = tenant.Name
		}
		for _, key := range tenant.Keys {
			t.keys[key] = append(t.keys[key], tenant.Name)
		}
		for _, prefix := range tenant.Prefixes {
			t.prefixes[prefix] = tenant.Name
		}
	}
	for _, g := range w.Grants {
		for _, to := range g.To {
			t.granted[[2]string{g.Key, to}] = true
		}
	}
	return t
}

// owners returns the tenants of a key: those that have it as their own, else the one with the longest prefix.
func (t tenants) owners(key string) []string {
	if own := t.keys[key]; len(own) > 0 {
		return own
	}
	for end := len(key); end > 0; end-- {
		if tenant, ok := t.prefixes[key[:end]]; ok {
			return []string{tenant}
		}
	}
	return nil
}

// eachForeign calls f for each remote key in a tenant's namespace that is not its own; owner is "" where the key is nobody's.
// What the platform puts into a tenant's namespace is the platform's to decide.
func eachForeign(p *Pass, f func(o *object.Object, path, key, tenant, owner string, write bool)) {
	t := p.World.tenants()
	if len(t.namespaces) == 0 {
		return
	}
	told := map[*object.Object]map[string]bool{}
	eachRemote(p.Graph, func(o *object.Object, path, key string, s *graph.Store, write bool) {
		tenant := t.namespaces[o.Namespace]
		plain := s.Key(key)
		owners := t.keys[key]
		if len(owners) == 0 {
			owners = t.owners(plain)
		}
		if p.World.Owner != nil && p.World.Owner(o) == Platform {
			return
		}
		if tenant == "" || slices.Contains(owners, tenant) || told[o][path] || !write && (t.granted[[2]string{plain, tenant}] || t.granted[[2]string{key, tenant}]) {
			return
		}
		if told[o] == nil {
			told[o] = map[string]bool{}
		}
		told[o][path] = true
		owner := ""
		if len(owners) > 0 {
			owner = owners[0]
		}
		f(o, path, key, tenant, owner, write)
	})
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
	eachForeign(p, func(o *object.Object, path, key, tenant, owner string, write bool) {
		if owner == "" || write {
			p.Report(o, path, fmt.Sprintf("%s of tenant %q uses %q, which is not under its own prefix", title(o), tenant, key), "use a key of the tenant, or ask its owner for a grant")
		}
	})
}

// grantMissing finds reads of another tenant's keys.
func grantMissing(p *Pass) {
	eachForeign(p, func(o *object.Object, path, key, tenant, owner string, write bool) {
		if owner != "" && !write {
			p.Report(o, path, fmt.Sprintf("%s of tenant %q reads %q, which is %s's and is not granted", title(o), tenant, key, whose(owner)), whose(owner)+" must grant it")
		}
	})
}

// storeOpenToAll finds ClusterSecretStores that any namespace may use.
func storeOpenToAll(p *Pass) {
	tenants := 0
	for _, t := range p.World.Tenants {
		if t.Name != Platform {
			tenants++
		}
	}
	if tenants < 2 {
		return
	}
	for _, s := range p.Graph.Stores {
		if !s.Clustered() || len(s.Conditions) > 0 {
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
	if p.World.Owner == nil {
		return
	}
	t := p.World.tenants()
	for _, o := range p.Graph.Objects {
		owner, tenant := p.World.Owner(o), t.namespaces[o.Namespace]
		if owner != "" && owner != Platform && tenant != "" && owner != tenant {
			p.Report(o, "metadata.namespace", fmt.Sprintf("%s of tenant %q stands in a namespace of tenant %q", title(o), owner, tenant), "")
		}
	}
}

// regionReadsRemoteStore finds services that read another region's store.
func regionReadsRemoteStore(p *Pass) {
	if p.World.Nearest == nil {
		return
	}
	for _, pull := range p.Graph.Pulls {
		nearest := p.World.Nearest(pull.Object.Cluster)
		if nearest == "" || pull.Remembers() || bootstrap(pull) {
			continue
		}
		own := p.Graph.Store(pull.Object.Cluster, pull.Object.Namespace, graph.StoreRef{Name: nearest, Kind: "ClusterSecretStore"})
		told := map[string]bool{}
		for _, r := range pull.Reads {
			if r.Store == nil || own == nil || r.Store.Identity == own.Identity || told[r.RefPath] || strings.HasPrefix(r.Ref.Name, nearest+"-") {
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
