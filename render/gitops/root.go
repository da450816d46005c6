// Package gitops makes the objects that tie the folders of a rendered tree to Flux or Argo CD. It imports neither: the fields
// that it writes are few, and are held against the projects' released CRDs by a test.
package gitops

import (
	"cmp"
	"encoding/json"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/object"
)

// External is the annotation of objects that wait for what somebody else makes or types in.
const External = "esotree.openova.io/external"

// Root is one folder of the tree: a kustomization that an engine applies by itself.
type Root struct {
	// Path in the tree; Tenant is "" for the platform's own.
	Path, Tenant string
	// Leaf is the path's last part: stores, a namespace, or an environment.
	Leaf string
	// Namespace is the folder's own; "" for the stores.
	Namespace string
	// Namespaces that its objects stand in, and the kinds with and without one, sorted.
	Namespaces            []string
	Namespaced, Clustered []Kind
	secrets               []secret
	stores                []object.ID
	externalKeys          map[string]bool
}

// Kind is a group and a kind.
type Kind struct{ Group, Kind string }

// secret is an ExternalSecret with the store keys that it reads.
type secret struct {
	id   object.ID
	keys []string
}

// view is what decides whether an object becomes ready by itself.
type view struct {
	Metadata struct {
		Annotations map[string]string `json:"annotations"`
	} `json:"metadata"`
	Spec struct {
		Data []struct {
			RemoteRef remoteKey `json:"remoteRef"`
			Match     struct {
				RemoteRef remoteKey `json:"remoteRef"`
			} `json:"match"`
		} `json:"data"`
		DataFrom []struct {
			Extract remoteKey `json:"extract"`
		} `json:"dataFrom"`
	} `json:"spec"`
}

type remoteKey struct {
	Key       string `json:"key"`
	RemoteKey string `json:"remoteKey"`
}

// NewRoot sums up a rendered folder.
func NewRoot(f object.Folder) Root {
	r := Root{Path: f.Path, Tenant: f.Tenant, Leaf: path.Base(f.Path), Namespace: f.Namespace, externalKeys: map[string]bool{}}
	namespaces, namespaced, clustered := map[string]bool{}, map[Kind]bool{}, map[Kind]bool{}
	for _, o := range f.Objects {
		group, _, found := strings.Cut(o.APIVersion, "/")
		if !found {
			group = ""
		}
		kind := Kind{group, o.Kind}
		if o.Namespace == "" {
			clustered[kind] = true
		} else {
			namespaced[kind] = true
			namespaces[o.Namespace] = true
		}
		r.take(o)
	}
	r.Namespaces = slices.Sorted(maps.Keys(namespaces))
	r.Namespaced, r.Clustered = sortedKinds(namespaced), sortedKinds(clustered)
	return r
}

func sortedKinds(kinds map[Kind]bool) []Kind {
	return slices.SortedFunc(maps.Keys(kinds), func(a, b Kind) int {
		return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(a.Kind, b.Kind))
	})
}

// take notes what an object says about readiness.
func (r *Root) take(o *object.Object) {
	switch o.Kind {
	case "ClusterSecretStore":
		r.stores = append(r.stores, o.ID)
	case "ExternalSecret", "PushSecret":
		text, err := o.JSON()
		var in view
		if err != nil || json.Unmarshal(text, &in) != nil {
			return
		}
		var keys []string
		for _, d := range in.Spec.Data {
			keys = append(keys, d.RemoteRef.Key+d.Match.RemoteRef.RemoteKey)
		}
		for _, d := range in.Spec.DataFrom {
			if d.Extract.Key != "" {
				keys = append(keys, d.Extract.Key)
			}
		}
		if _, external := in.Metadata.Annotations[External]; external {
			for _, key := range keys {
				r.externalKeys[key] = true
			}
			return
		}
		if o.Kind == "ExternalSecret" {
			r.secrets = append(r.secrets, secret{o.ID, keys})
		}
	}
}

// Platform is what all roots of a tree have in common.
type Platform struct {
	Name, Namespace, Path string
	// Stores are the names of the nearest stores by region: another region's outage must not hold this one up.
	Stores map[string]string
	Span   diag.Span
}

// Tree is the roots of one region.
type Tree struct {
	Platform
	Region string
	Roots  []Root
	// External are the keys, of all regions, whose values somebody types in or makes: what reads them is not ready by itself.
	External map[string]bool
}

// Trees sorts roots by region.
func Trees(p Platform, roots []Root) []Tree {
	external := map[string]bool{}
	byRegion := map[string][]Root{}
	for _, r := range roots {
		maps.Copy(external, r.externalKeys)
		region, _, _ := strings.Cut(r.Path, "/")
		byRegion[region] = append(byRegion[region], r)
	}
	var out []Tree
	for _, region := range slices.Sorted(maps.Keys(byRegion)) {
		list := byRegion[region]
		slices.SortFunc(list, func(a, b Root) int { return cmp.Compare(a.Path, b.Path) })
		out = append(out, Tree{p, region, list, external})
	}
	return out
}

// isStores reports whether the root holds the region's shared stores.
func (r Root) isStores() bool { return r.Tenant == "" && strings.Count(r.Path, "/") == 1 }

// RootName is the name of the Kustomization or Application for a root. Tenants, environments and namespaces hold no dot, so it
// is the root's alone.
func (t Tree) RootName(r Root) string {
	if r.Tenant != "" {
		return r.Tenant + "." + r.Leaf
	}
	return t.Name + "." + r.Leaf
}

// folder is the root's path in the repository.
func (t Tree) folder(r Root) string { return path.Join(t.Path, r.Path) }

// hasStores reports whether the region has shared stores.
func (t Tree) hasStores() bool { return slices.ContainsFunc(t.Roots, Root.isStores) }

func (t Tree) object(apiVersion, kind, name string, annotations map[string]any, spec map[string]any) *object.Object {
	metadata := map[string]any{"name": name, "namespace": t.Namespace}
	if len(annotations) > 0 {
		metadata["annotations"] = annotations
	}
	return &object.Object{ID: object.ID{APIVersion: apiVersion, Kind: kind, Namespace: t.Namespace, Name: name}, Cluster: t.Region, Origin: object.At(t.Span),
		Value: map[string]any{"apiVersion": apiVersion, "kind": kind, "metadata": metadata, "spec": spec}}
}
