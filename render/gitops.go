package render

import (
	"bytes"
	"encoding/json"
	"path"
	"slices"
	"strconv"
	"sync"

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

// roots are what the engine's objects need to know of the folders that were rendered, by tenant; the platform's own by "".
type roots struct {
	mu       sync.Mutex
	byTenant map[string][]gitops.Root
}

// note sums up folders for the engine's objects, the first time that they are rendered.
func (r *Renderer) note(tenant string, folders []object.Folder) {
	if r.model.GitOps == nil {
		return
	}
	if _, done := r.noted(tenant); done {
		return
	}
	list := make([]gitops.Root, 0, len(folders))
	for _, f := range folders {
		list = append(list, gitops.NewRoot(f))
	}
	r.roots.mu.Lock()
	defer r.roots.mu.Unlock()
	if r.roots.byTenant == nil {
		r.roots.byTenant = map[string][]gitops.Root{}
	}
	r.roots.byTenant[tenant] = list
}

func (r *Renderer) noted(tenant string) (list []gitops.Root, ok bool) {
	r.roots.mu.Lock()
	defer r.roots.mu.Unlock()
	list, ok = r.roots.byTenant[tenant]
	return list, ok
}

// GitOps renders the objects of the GitOps engine where the description asks for them: a folder per region. They tell of all
// other folders, so ask for them last: what was not rendered before is rendered for them, and its findings are not told here.
func (r *Renderer) GitOps() ([]object.Folder, []diag.Finding) {
	g := r.model.GitOps
	if g == nil {
		return nil, nil
	}
	if _, ok := r.noted(""); !ok {
		r.Platform()
	}
	own, _ := r.noted("")
	all := slices.Clone(own)
	for _, t := range r.model.Tenants() {
		if _, ok := r.noted(t.Metadata.Name); !ok {
			r.Tenant(t)
		}
		list, _ := r.noted(t.Metadata.Name)
		all = append(all, list...)
	}
	p := gitops.Platform{Name: r.model.Name, Namespace: g.Namespace, Path: g.Path, Stores: map[string]string{}, Span: g.Span}
	for _, region := range r.model.Regions {
		p.Stores[region.Name] = region.Store
	}
	var out []object.Folder
	var findings []diag.Finding
	for _, tree := range gitops.Trees(p, all) {
		var objects []*object.Object
		kind := "Application"
		if g.Engine == schema.EngineFlux {
			kind = "Kustomization"
			objects = gitops.Flux{SourceRef: g.SourceRef, Interval: g.Interval}.Kustomizations(tree)
		} else {
			objects = gitops.ArgoCD{RepoURL: g.RepoURL, TargetRevision: g.TargetRevision, Project: g.Project, OwnProject: g.OwnProject}.Applications(tree)
		}
		for _, root := range tree.Roots {
			if name := tree.RootName(root); len(name) > longestName {
				findings = append(findings, diag.Finding{Code: "invalid-name", Severity: diag.Error, Span: g.Span, Path: "spec.gitops",
					Message: "the name " + strconv.Quote(name) + " of the " + kind + " is longer than " + strconv.Itoa(longestName) + " characters",
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
	if !flux {
		return
	}
	if text, err := json.Marshal(o.Value); err == nil && bytes.Contains(text, []byte("${")) { // o.JSON would be kept, and is not final
		switch value := o.Value.(type) {
		case metav1.Object:
			annotate(value, "kustomize.toolkit.fluxcd.io/substitute", "disabled")
		case map[string]any:
			u := unstructured.Unstructured{Object: value}
			annotate(&u, "kustomize.toolkit.fluxcd.io/substitute", "disabled")
		}
	}
}

// annotate leaves the map that is there alone: a store's is that of the description, which all clusters share.
func annotate(o metav1.Object, name, value string) {
	o.SetAnnotations(overlay(o.GetAnnotations(), map[string]string{name: value}))
}
