package render

import (
	"cmp"
	"path"
	"slices"
	"strings"

	esv1 "github.com/external-secrets/external-secrets/apis/externalsecrets/v1"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/internal/eso"
	"github.com/openova-io/esotree/model"
	"github.com/openova-io/esotree/object"
	"github.com/openova-io/esotree/schema"
)

// Renderer renders one model. It is safe for concurrent use.
type Renderer struct {
	model    *model.Model
	clusters map[*model.Region]*cluster
	roots    roots
	// right are specs of generators in which nothing was found.
	right   memo[struct{}]
	ofClass classSpecs
	origins memo[originTexts]
	pushes  memo[map[string]string]
}

// New prepares a model for rendering.
func New(m *model.Model) *Renderer {
	r := &Renderer{model: m, clusters: map[*model.Region]*cluster{}}
	defaults := map[eso.Release]defaultsByKind{}
	for _, region := range m.Regions {
		release := region.ESO.Release()
		if m.APIDefaults == schema.APIDefaultsExplicit && defaults[release] == nil {
			defaults[release] = newDefaults(region.ESO)
		}
		r.clusters[region] = newCluster(region, defaults[release])
	}
	return r
}

// Tenant renders one tenant: a folder per region and environment, sorted by path.
func (r *Renderer) Tenant(t *schema.Tenant) ([]object.Folder, []diag.Finding) {
	scopes, findings := r.model.Scopes(t)
	var folders []object.Folder
	source := r.source(t.Source)
	for _, s := range scopes {
		w := newWriter(r, s)
		w.scope()
		findings = append(findings, w.findings...)
		for _, region := range r.model.Regions {
			objects := w.objects[region]
			if len(objects) == 0 {
				continue
			}
			folders = append(folders, object.Folder{
				Path:     path.Join(region.Name, "tenants", s.Tenant, s.Environment.Name),
				Platform: r.model.Name, Tenant: s.Tenant, Region: region.Name, Namespace: s.Namespace,
				Source: source, Objects: objects})
		}
	}
	r.note(t.Metadata.Name, folders)
	return sorted(folders), findings
}

// Platform renders what the platform owns: a folder of stores per region, and one per namespace of its secrets. Folders are
// sorted by path.
func (r *Renderer) Platform() ([]object.Folder, []diag.Finding) {
	s, findings := r.model.PlatformScope()
	w := newWriter(r, s)
	w.scope()
	repositories, more := r.model.GitRepositories(s)
	findings = append(findings, more...)
	for _, g := range repositories {
		w.gitRepository(g)
	}
	folder := func(region *model.Region, namespace string, objects []*object.Object, parts ...string) object.Folder {
		return object.Folder{Path: path.Join(append([]string{region.Name}, parts...)...), Platform: r.model.Name, Region: region.Name,
			Namespace: namespace, Source: r.source(s.Source), Objects: objects}
	}
	var folders []object.Folder
	for _, region := range r.model.Regions {
		byNamespace := map[string][]*object.Object{}
		for _, o := range w.objects[region] {
			namespace := o.Namespace
			if o.Kind == "Namespace" {
				namespace = o.Name
			}
			byNamespace[namespace] = append(byNamespace[namespace], o)
		}
		for namespace, objects := range byNamespace {
			folders = append(folders, folder(region, namespace, objects, "platform", namespace))
		}
		stores := newWriter(r, s)
		for _, of := range r.model.StoresIn(region) {
			stores.store(of, region)
		}
		findings = append(findings, stores.findings...)
		if objects := stores.objects[region]; len(objects) > 0 {
			folders = append(folders, folder(region, "", objects, "stores"))
		}
	}
	findings = append(findings, w.findings...)
	r.note("", folders)
	return sorted(folders), findings
}

// source names a description's file relative to the folder of the Platform's file, so that a tree does not depend on where
// it was rendered from.
func (r *Renderer) source(s *schema.Source) string {
	file := s.File()
	base := path.Dir(r.model.Platform.Source.File())
	up := ""
	for base != "." && base != "/" {
		if rest, ok := strings.CutPrefix(file, base+"/"); ok {
			return up + rest
		}
		up += "../"
		base = path.Dir(base)
	}
	return up + file
}

func sorted(folders []object.Folder) []object.Folder {
	slices.SortFunc(folders, func(a, b object.Folder) int { return cmp.Compare(a.Path, b.Path) })
	return folders
}

// writer collects the objects of one scope, by the cluster that gets them.
type writer struct {
	*Renderer
	s        *model.Scope
	objects  map[*model.Region][]*object.Object
	stores   map[*model.Region]*esv1.SecretStoreRef
	findings []diag.Finding
}

func newWriter(r *Renderer, s *model.Scope) *writer {
	return &writer{Renderer: r, s: s, objects: map[*model.Region][]*object.Object{}, stores: map[*model.Region]*esv1.SecretStoreRef{}}
}

func (w *writer) scope() {
	for _, s := range w.s.Secrets {
		switch s.Origin {
		case model.Generated:
			w.generator(s, w.s.Home)
			w.generated(s)
			w.push(s)
			w.mirrors(s)
		case model.Bootstrap:
			w.bootstrap(s)
			w.push(s)
			w.mirrors(s)
		case model.Referenced:
			w.push(s)
			w.mirrors(s)
		case model.Remote:
			for _, region := range s.In {
				w.mirror(s, region)
			}
		case model.Local:
			for _, region := range s.In {
				w.generator(s, region)
				w.local(s, region)
			}
		}
	}
	for _, s := range w.s.Services {
		for _, in := range s.In {
			w.service(s, in)
		}
	}
	for _, region := range w.s.Regions {
		if len(w.objects[region]) == 0 {
			continue
		}
		if w.s.OwnStores() {
			for _, of := range w.storesUsed(region) {
				w.store(of, region)
			}
		}
		if w.model.Namespaces == schema.NamespacesRender {
			w.namespaces(region)
		}
	}
}

// add puts an object into a cluster's tree.
func (w *writer) add(cluster *model.Region, o *object.Object) {
	w.protect(o)
	o.Value = w.clusters[cluster].defaults.apply(o.Kind, o.Value)
	w.put(cluster, o)
}

// put is add for an object that has all its fields.
func (w *writer) put(cluster *model.Region, o *object.Object) {
	o.Cluster = cluster.Name
	objects := w.objects[cluster]
	if objects == nil {
		objects = make([]*object.Object, 0, 3*len(w.s.Secrets)+len(w.s.Services))
	}
	w.objects[cluster] = append(objects, o)
}

// origin answers where a field of an object was written, as a function of the field's path.
type origin func(path string) diag.Span

// Span implements object.Origin.
func (o origin) Span(path string) diag.Span { return o(path) }
