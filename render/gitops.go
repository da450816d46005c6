package render

import (
	"bytes"
	"path"
	"strconv"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	esv1alpha1 "github.com/external-secrets/external-secrets/apis/externalsecrets/v1alpha1"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/object"
	"github.com/openova-io/esotree/render/gitops"
	"github.com/openova-io/esotree/schema"
)

// longestName is that of a label's value, which both engines put an object's name into.
const longestName = 63

// gitops are the folders with the engine's objects. Which folders there are is known when all is rendered, so the tenants
// are rendered once more for it, one at a time; their findings are told elsewhere.
func (r *Renderer) gitops(own []object.Folder) ([]object.Folder, []diag.Finding) {
	g := r.model.GitOps
	if g == nil {
		return nil, nil
	}
	var roots []gitops.Root
	for _, f := range own {
		roots = append(roots, gitops.NewRoot(f))
	}
	for _, t := range r.model.Tenants() {
		folders, _ := r.Tenant(t)
		for _, f := range folders {
			roots = append(roots, gitops.NewRoot(f))
		}
	}
	p := gitops.Platform{Name: r.model.Name, Namespace: g.Namespace, Path: g.Path, Stores: map[string]string{}, Span: g.Span}
	for _, region := range r.model.Regions {
		p.Stores[region.Name] = region.Store
	}
	var out []object.Folder
	var findings []diag.Finding
	for _, tree := range gitops.Trees(p, roots) {
		var objects []*object.Object
		if g.Engine == schema.EngineFlux {
			objects = gitops.Flux{SourceRef: g.SourceRef, Interval: g.Interval}.Kustomizations(tree)
		} else {
			objects = gitops.ArgoCD{RepoURL: g.RepoURL, TargetRevision: g.TargetRevision, Project: g.Project, OwnProject: g.OwnProject}.Applications(tree)
		}
		for _, o := range objects {
			if len(o.Name) > longestName {
				findings = append(findings, diag.Finding{Code: "invalid-name", Severity: diag.Error, Span: g.Span, Path: "spec.gitops",
					Message: "the name " + strconv.Quote(o.Name) + " of a " + o.Kind + " is longer than " + strconv.Itoa(longestName) + " characters",
					Hint:    "it is made of the tenant and the environment, or of the platform and the namespace: shorten one"})
			}
		}
		out = append(out, object.Folder{Path: path.Join(tree.Region, "gitops"), Platform: r.model.Name, Region: tree.Region, Namespace: g.Namespace,
			Source: r.source(r.model.Platform.Source), Objects: objects})
	}
	return out, findings
}

// protect annotates what the engine must not read or remove: Flux's substitution leaves texts with ${ alone, and a push that
// deletes from the store when it goes is not pruned.
func (w *writer) protect(o *object.Object) {
	g := w.model.GitOps
	if g == nil {
		return
	}
	flux := g.Engine == schema.EngineFlux
	if ps, ok := o.Value.(*esv1alpha1.PushSecret); ok && ps.Spec.DeletionPolicy == esv1alpha1.PushSecretDeletionPolicyDelete {
		if flux {
			annotate(ps, "kustomize.toolkit.fluxcd.io/prune", "disabled")
		} else {
			annotate(ps, "argocd.argoproj.io/sync-options", "Prune=false,Delete=false")
		}
	}
	if text, err := o.JSON(); flux && err == nil && bytes.Contains(text, []byte("${")) {
		switch value := o.Value.(type) {
		case metav1.Object:
			annotate(value, "kustomize.toolkit.fluxcd.io/substitute", "disabled")
		case map[string]any:
			u := unstructured.Unstructured{Object: value}
			annotate(&u, "kustomize.toolkit.fluxcd.io/substitute", "disabled")
		}
	}
}

func annotate(o metav1.Object, name, value string) {
	annotations := o.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[name] = value
	o.SetAnnotations(annotations)
}
