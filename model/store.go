package model

import (
	"maps"
	"slices"
	"strings"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/internal/yamlsrc"
	"github.com/openova-io/esotree/schema"
)

// Store is a region's store as one cluster sees it.
type Store struct {
	// Name of the ClusterSecretStore.
	Name string
	// Of is the region whose store it is.
	Of *Region
	// Provider is ESO's spec.provider.
	Provider map[string]any
	// Conditions is ESO's spec.conditions, RetrySettings its spec.retrySettings; nil where the description has none.
	Conditions          []any
	RetrySettings       map[string]any
	Labels, Annotations map[string]string
	Span                diag.Span
	// At returns the place of a field of the object's spec, or of its name, and the path of what says it in the description.
	At func(field string, name bool) (diag.Span, string)
}

// StoreName is the name by which objects of the scope refer to a region's store.
func (s *Scope) StoreName(of *Region) string {
	if s.OwnStores() {
		return of.Store + "-" + s.Tenant + "-" + s.Environment.Name
	}
	return of.Store
}

// OwnStores reports whether the scope has stores of its own.
func (s *Scope) OwnStores() bool {
	return s.Environment != nil && s.Model.Isolation == schema.IsolationPerTenant
}

// Store expands a region's store for a cluster. For the platform's scope it is the shared store.
func (s *Scope) Store(of, cluster *Region) (Store, []diag.Finding) {
	var findings []diag.Finding
	spec := of.spec.Store
	e := expander{s.names(of).with("cluster", cluster.Name), place{{s.Model.Platform.Source, of.path}}, &findings}
	e.names.origin = false
	out := Store{Name: s.StoreName(of), Of: of, Provider: e.open("store.provider", spec.Provider),
		RetrySettings: e.open("store.retrySettings", spec.RetrySettings), Labels: e.strings("store.labels", spec.Labels),
		Annotations: e.strings("store.annotations", spec.Annotations)}
	if of != cluster && spec.FromOtherClusters != nil {
		out.Provider = mergeOpen(out.Provider, e.open("store.fromOtherClusters", spec.FromOtherClusters))
	}
	for i, c := range spec.Conditions {
		out.Conditions = append(out.Conditions, e.open(yamlsrc.Index("store.conditions", i), c))
	}
	if s.OwnStores() {
		out.Provider = withRole(out.Provider, s.Tenant+"-"+s.Environment.Name)
		namespaces := make([]any, 0, 1)
		for _, n := range s.Namespaces() {
			namespaces = append(namespaces, n)
		}
		out.Conditions = []any{map[string]any{"namespaces": namespaces}}
	}
	out.Span, _ = e.place.at("store")
	out.At = func(field string, name bool) (diag.Span, string) {
		at := e.place
		if s.OwnStores() && strings.HasPrefix(field, "conditions") {
			return s.Model.Platform.Source.Span("spec.isolation"), "spec.isolation"
		}
		if rest, ok := strings.CutPrefix(field, "provider"); ok && of != cluster && s.Model.Platform.Source.Has(join(of.path, "store.fromOtherClusters"+rest)) {
			field = "fromOtherClusters" + rest
		}
		if name {
			return at.nameAt(join("store", field))
		}
		return at.at(join("store", field))
	}
	return out, findings
}

// withRole sets the role that a Vault store logs in with, where its auth method has one.
func withRole(provider map[string]any, role string) map[string]any {
	for _, name := range []string{"vault", "openBao"} {
		for _, method := range []string{"kubernetes", "jwt"} {
			if auth, ok := at(provider, []string{name, "auth", method}); ok {
				if _, ok := auth.(map[string]any); ok {
					return mergeOpen(provider, map[string]any{name: map[string]any{"auth": map[string]any{method: map[string]any{"role": role}}}})
				}
			}
		}
	}
	return provider
}

// Namespaces are those that the scope's objects stand in, sorted.
func (s *Scope) Namespaces() []string {
	set := map[string]bool{}
	if s.Namespace != "" {
		set[s.Namespace] = true
	}
	for _, secret := range s.Secrets {
		set[secret.Namespace] = true
	}
	for _, service := range s.Services {
		set[service.Namespace] = true
	}
	return slices.Sorted(maps.Keys(set))
}

// Uses calls found for each region whose store the secret's objects in a cluster name.
func (s *Secret) Uses(cluster *Region, found func(of *Region)) {
	if cluster == s.Scope.Home {
		for _, r := range s.PushTo { // which are those that it asks, too
			found(r)
		}
	}
	pulled := s.Origin == Remote || len(s.PushTo) > 0 && cluster != s.Scope.Home
	if pulled && slices.Contains(s.In, cluster) {
		found(cluster)
	}
}

// StoresIn are the regions whose shared stores the objects in a cluster name, in the platform's order.
func (m *Model) StoresIn(cluster *Region) []*Region {
	return slices.DeleteFunc(slices.Clone(m.Regions), func(of *Region) bool { return !m.index.uses[storeUse{cluster, of}] })
}
