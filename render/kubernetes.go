package render

import (
	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/model"
	"github.com/openova-io/esotree/object"
)

// namespaces adds a Namespace object for each namespace that the scope's objects of a cluster stand in, unless another scope has it.
func (w *writer) namespaces(cluster *model.Region) {
	seen := map[string]bool{}
	for _, o := range w.objects[cluster] {
		if o.Namespace == "" || seen[o.Namespace] || !w.s.HasNamespace(cluster, o.Namespace) {
			continue
		}
		seen[o.Namespace] = true
		w.add(cluster, &object.Object{ID: object.ID{APIVersion: "v1", Kind: "Namespace", Name: o.Namespace}, Origin: object.At(o.Span("")),
			Value: map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": o.Namespace}}})
	}
}

// gitRepository is Flux's own object, with the description's spec.
func (w *writer) gitRepository(g model.GitRepository) {
	id := object.ID{APIVersion: "source.toolkit.fluxcd.io/v1", Kind: "GitRepository", Namespace: g.Namespace, Name: g.Name}
	w.add(g.Region, &object.Object{ID: id, Origin: origin(func(string) diag.Span { return g.Span }),
		Value: map[string]any{"apiVersion": id.APIVersion, "kind": id.Kind,
			"metadata": map[string]any{"name": g.Name, "namespace": g.Namespace}, "spec": g.Spec}})
}
