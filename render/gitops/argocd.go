package gitops

import (
	"maps"
	"slices"

	"github.com/openova-io/esotree/object"
)

// ArgoCD is how Argo CD finds the tree. Each region's own Argo CD applies it to its own cluster.
type ArgoCD struct {
	RepoURL, TargetRevision string
	// Project of the platform's own Applications; with OwnProject it is rendered.
	Project    string
	OwnProject bool
}

const (
	argo      = "argoproj.io/v1alpha1"
	inCluster = "https://kubernetes.default.svc"
)

// Applications are an Application for each root of the platform, the stores' in an earlier wave, and for each tenant an
// ApplicationSet over its environments, in an AppProject that allows the namespaces and kinds of its folders and no others.
func (a ArgoCD) Applications(t Tree) []*object.Object {
	var out []*object.Object
	var own []Root
	tenants := map[string][]Root{}
	for _, r := range t.Roots {
		if r.Tenant != "" {
			tenants[r.Tenant] = append(tenants[r.Tenant], r)
			continue
		}
		own = append(own, r)
		order := wave("0")
		if r.isStores() {
			order = wave("-1")
		}
		out = append(out, t.object(argo, "Application", t.RootName(r), order, a.application(a.Project, t.folder(r), r.Namespace)))
	}
	if a.OwnProject && len(own) > 0 {
		out = append(out, t.object(argo, "AppProject", a.Project, wave("-2"), a.project("what the platform owns", own)))
	}
	for _, tenant := range slices.Sorted(maps.Keys(tenants)) {
		roots := tenants[tenant]
		out = append(out, t.object(argo, "AppProject", tenant, wave("-2"), a.project("the secrets of tenant "+tenant, roots)), a.tenant(t, tenant, roots))
	}
	return out
}

// tenant is expanded with Go templates: only this object's own text is, never the manifests that it points at.
func (a ArgoCD) tenant(t Tree, tenant string, roots []Root) *object.Object {
	var elements []any
	for _, r := range roots {
		elements = append(elements, map[string]any{"environment": r.Leaf, "path": t.folder(r), "namespace": r.Namespace})
	}
	return t.object(argo, "ApplicationSet", tenant, wave("0"), map[string]any{
		"goTemplate": true, "goTemplateOptions": []any{"missingkey=error"},
		"generators": []any{map[string]any{"list": map[string]any{"elements": elements}}},
		"template": map[string]any{
			"metadata": map[string]any{"name": tenant + ".{{ .environment }}"},
			"spec":     a.application(tenant, "{{ .path }}", "{{ .namespace }}"),
		},
		// An environment that leaves the list keeps what it has in the cluster until somebody deletes it.
		"syncPolicy": map[string]any{"preserveResourcesOnDeletion": true},
	})
}

// application has the namespace of its folder as destination, for Argo CD refuses it where its project does not list that one. The
// stores have none.
func (a ArgoCD) application(project, path, namespace string) map[string]any {
	return map[string]any{
		"project":     project,
		"source":      map[string]any{"repoURL": a.RepoURL, "targetRevision": a.TargetRevision, "path": path},
		"destination": destination(namespace),
		"syncPolicy": map[string]any{
			"automated":   map[string]any{"prune": true, "selfHeal": true},
			"syncOptions": []any{"ServerSideApply=true"},
			"retry":       map[string]any{"limit": int64(5), "backoff": map[string]any{"duration": "10s", "factor": int64(2), "maxDuration": "5m"}},
		},
	}
}

// destination is the region's own cluster. In a project one without a namespace allows no object that has one.
func destination(namespace string) map[string]any {
	out := map[string]any{"server": inCluster}
	if namespace != "" {
		out["namespace"] = namespace
	}
	return out
}

// wave is when an object is applied, by the Application that applies the engine's folder.
func wave(n string) map[string]any { return map[string]any{"argocd.argoproj.io/sync-wave": n} }

func (a ArgoCD) project(description string, roots []Root) map[string]any {
	namespaces, namespaced, clustered := map[string]bool{}, map[Kind]bool{}, map[Kind]bool{}
	for _, r := range roots {
		namespaces[r.Namespace] = true
		for _, namespace := range r.Namespaces {
			namespaces[namespace] = true
		}
		for _, kind := range r.Namespaced {
			namespaced[kind] = true
		}
		for _, kind := range r.Clustered {
			clustered[kind] = true
		}
	}
	var destinations []any
	for _, namespace := range slices.Sorted(maps.Keys(namespaces)) {
		destinations = append(destinations, destination(namespace))
	}
	spec := map[string]any{"description": description, "sourceRepos": []any{a.RepoURL}, "destinations": destinations}
	if len(namespaced) > 0 { // else no destination allows any
		spec["namespaceResourceWhitelist"] = kinds(namespaced)
	}
	if len(clustered) > 0 {
		spec["clusterResourceWhitelist"] = kinds(clustered)
	}
	return spec
}

func kinds(set map[Kind]bool) []any {
	out := []any{}
	for _, k := range sortedKinds(set) {
		out = append(out, map[string]any{"group": k.Group, "kind": k.Kind})
	}
	return out
}
