package model

import (
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/internal/yamlsrc"
	"github.com/openova-io/esotree/schema"
)

// GitOps is what ties the rendered tree to Flux or Argo CD, with its defaults.
type GitOps struct {
	Engine schema.Engine
	// Namespace of the engine's objects.
	Namespace string
	// Path of the rendered tree in the Git repository.
	Path string
	// SourceRef and Interval are Flux's.
	SourceRef map[string]any
	Interval  time.Duration
	// RepoURL, TargetRevision and Project are Argo CD's; with OwnProject the AppProject is rendered, too.
	RepoURL, TargetRevision, Project string
	OwnProject                       bool
	// Span is where the description asks for it.
	Span diag.Span
}

func (l *linker) gitops(top place) {
	spec := l.m.Platform.Spec.GitOps
	if spec == nil {
		return
	}
	span, _ := top.nameAt("spec.gitops")
	g := &GitOps{Engine: spec.Engine, Namespace: spec.Namespace, Path: or(spec.Path, "rendered"), SourceRef: spec.SourceRef,
		RepoURL: spec.RepoURL, TargetRevision: or(spec.TargetRevision, "HEAD"), Project: or(spec.Project, l.m.Name), OwnProject: spec.Project == "", Span: span}
	interval, err := or(spec.Interval, "10m").Parse()
	if err == nil && interval <= 0 {
		l.add(top.finding("invalid-value", "spec.gitops.interval", quote(string(spec.Interval))+" is no interval", "such as 10m"))
	}
	g.Interval = interval
	namespace := "flux-system"
	switch spec.Engine {
	case schema.EngineFlux:
		if spec.SourceRef != nil || !top.hides("spec.gitops.sourceRef") {
			l.sourceRef(top, spec.SourceRef)
		}
	case schema.EngineArgoCD:
		namespace = "argocd"
		if spec.RepoURL == "" && !top.hides("spec.gitops.repoURL") {
			l.add(top.keyFinding("missing-field", "spec.gitops", "Argo CD needs to know which repository holds the rendered tree", "add repoURL: <the Git repository>"))
		}
		if l.m.Platform.Spec.APIDefaults == schema.APIDefaultsOmit {
			f := top.finding("argo-default-drift", "spec.apiDefaults", "Argo CD shows objects as out of sync where the API server fills in what the tree leaves out",
				"leave the field out: Explicit is the default under Argo CD")
			f.Severity = diag.Warning
			l.add(f)
		}
	}
	for _, field := range foreignFields[spec.Engine] {
		if at := "spec.gitops." + field; top.has(at) {
			l.add(top.keyFinding("unknown-field", at, quote(field)+" means nothing to the engine "+string(spec.Engine), "remove it"))
		}
	}
	g.Namespace = or(g.Namespace, namespace)
	if problem := checkLabel("namespace", g.Namespace); problem != "" {
		l.add(top.finding("invalid-name", "spec.gitops.namespace", problem, labelHint))
	}
	g.Path = strings.TrimSuffix(strings.TrimPrefix(g.Path, "./"), "/")
	if g.Path = or(g.Path, "."); !fs.ValidPath(g.Path) {
		l.add(top.finding("invalid-value", "spec.gitops.path", quote(spec.Path)+" is no folder of a repository", "a path from the repository's root, without ..: clusters/rendered"))
	}
	l.m.GitOps = g
}

// foreignFields are those of the other engine.
var foreignFields = map[schema.Engine][]string{
	schema.EngineFlux:   {"repoURL", "targetRevision", "project"},
	schema.EngineArgoCD: {"sourceRef", "interval"},
}

// sourceRef checks what the API server would refuse.
func (l *linker) sourceRef(top place, ref map[string]any) {
	at := "spec.gitops"
	if top.has(at + ".sourceRef") {
		at += ".sourceRef"
	}
	fields := []string{"apiVersion", "kind", "name", "namespace"}
	for _, field := range slices.Sorted(maps.Keys(ref)) {
		if !slices.Contains(fields, field) {
			l.add(top.keyFinding("unknown-field", at+"."+field, "a sourceRef has no field "+quote(field), known(field, fields)))
			return
		}
	}
	for _, field := range []string{"kind", "name"} {
		if text, _ := ref[field].(string); text == "" {
			l.add(top.keyFinding("missing-field", at, "Flux needs to know which source holds the rendered tree: sourceRef has no "+field,
				"such as sourceRef: {kind: GitRepository, name: platform}"))
			return
		}
	}
	kinds := []string{"GitRepository", "OCIRepository", "Bucket", "ExternalArtifact"}
	if kind, _ := ref["kind"].(string); !slices.Contains(kinds, kind) {
		l.add(top.finding("invalid-value", at+".kind", quote(kind)+" is no source of Flux", known(kind, kinds)))
	}
}

func known(name string, names []string) string {
	if near := yamlsrc.Closest(name, names); near != "" {
		return "did you mean " + quote(near) + "?"
	}
	return "known: " + strings.Join(names, ", ")
}
