package gitops

import (
	"slices"
	"time"

	"github.com/openova-io/esotree/object"
)

// Flux is how Flux finds the tree.
type Flux struct {
	SourceRef map[string]any
	Interval  time.Duration
}

// ready is the CEL expression under which Flux calls an ESO object current. It goes on waiting for one that is not, and for one that
// has no conditions yet, of which it says that the expression can't be evaluated.
const ready = "status.conditions.exists(e, e.type == 'Ready' && e.status == 'True')"

// Kustomizations are one Flux Kustomization for each root; all but the stores' wait for the stores. Each checks what becomes
// ready by itself: the region's own store, and the ExternalSecrets that read nothing that a person or another controller
// brings.
func (f Flux) Kustomizations(t Tree) []*object.Object {
	var out []*object.Object
	for _, r := range t.Roots {
		spec := map[string]any{
			"interval": f.Interval.String(), "retryInterval": "1m0s", "timeout": "5m0s", "prune": true,
			"path": "./" + t.folder(r), "sourceRef": f.SourceRef,
		}
		checks := t.healthy(r)
		if len(checks) > 0 {
			spec["healthChecks"], spec["healthCheckExprs"] = healthChecks(checks)
		}
		if !r.isStores() && t.hasStores() {
			spec["dependsOn"] = []any{map[string]any{"name": t.Name + ".stores"}}
		}
		out = append(out, t.object("kustomize.toolkit.fluxcd.io/v1", "Kustomization", t.RootName(r), nil, spec))
	}
	return out
}

// healthy are the objects of a root that become ready by themselves.
func (t Tree) healthy(r Root) []object.ID {
	var out []object.ID
	for _, id := range r.stores {
		if id.Name == t.Stores[t.Region] {
			out = append(out, id)
		}
	}
	for _, s := range r.secrets {
		if !slices.ContainsFunc(s.keys, func(key string) bool { return t.External[key] }) {
			out = append(out, s.id)
		}
	}
	return out
}

func healthChecks(ids []object.ID) (checks, exprs []any) {
	seen := map[[2]string]bool{}
	for _, id := range ids {
		check := map[string]any{"apiVersion": id.APIVersion, "kind": id.Kind, "name": id.Name}
		if id.Namespace != "" {
			check["namespace"] = id.Namespace
		}
		checks = append(checks, check)
		if kind := [2]string{id.APIVersion, id.Kind}; !seen[kind] {
			seen[kind] = true
			exprs = append(exprs, map[string]any{"apiVersion": id.APIVersion, "kind": id.Kind, "current": ready})
		}
	}
	return checks, exprs
}
