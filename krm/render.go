package krm

import (
	"context"
	"path"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/openova-io/esotree"
	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/internal/canon"
	"github.com/openova-io/esotree/internal/yamlsrc"
	"github.com/openova-io/esotree/lint"
	"github.com/openova-io/esotree/object"
	"github.com/openova-io/esotree/schema"
)

const (
	onlyPlatform = "Platform"
	onlyTenants  = "Tenants"

	defaultOutput = "rendered"
)

// render renders the descriptions and returns the items with what came out.
func (r *run) render(ctx context.Context, c *config) ([]*item, bool) {
	d, ok := r.descriptions(ctx, c)
	if !ok {
		return nil, false
	}
	compilation, findings, err := esotree.Link(ctx, d)
	if err != nil {
		return nil, false
	}
	r.findings.Add(findings.All()...)
	if compilation == nil || !r.checkSelection(c, compilation) || r.findings.HasErrors() {
		return nil, false
	}
	linted, err := compilation.Lint(ctx, lint.Options{Rules: slices.Concat(lint.Rules(), r.Rules), Now: r.Now})
	if err != nil {
		return nil, false
	}
	for _, f := range linted.All() {
		if f.Severity != diag.Note {
			r.findings.Add(f)
		}
	}
	var made []rendered
	for part := range compilation.Select(ctx, func(tenant string) bool { return c.render.wantsTenant(tenant) }) {
		r.findings.Add(part.Findings...)
		for _, folder := range part.Folders {
			if !c.render.wants(folder.Path) || r.in.kustomize() && isGitOps(folder.Path) {
				continue
			}
			for _, o := range folder.Objects {
				made = append(made, rendered{folder, o})
			}
		}
	}
	if r.findings.HasErrors() {
		return nil, false
	}
	if len(made) == 0 {
		r.findings.Add(diag.Finding{Code: "empty-render", Message: "nothing is rendered for this selection", Span: c.doc.Span("spec"), Path: "spec",
			Hint: "check region, environment, tenant and only; an overlay that needs nothing should not run the function"})
		return nil, false
	}
	return r.merge(c, compilation, made)
}

// descriptions collects the descriptions from the items, the configuration and the files it names.
func (r *run) descriptions(ctx context.Context, c *config) (*schema.Description, bool) {
	d := &schema.Description{}
	if len(c.render.Paths) > 0 {
		if r.Files == nil {
			r.findings.Add(diag.Finding{Code: "io", Message: "no files can be read here", Span: c.doc.Span("spec.paths"), Path: "spec.paths"})
			return nil, false
		}
		loaded, findings, err := esotree.Load(ctx, r.Files, c.render.Paths)
		if err != nil {
			r.findings.Add(diag.Finding{Code: "io", Message: "reading failed: " + err.Error(), Span: c.doc.Span("spec.paths"), Path: "spec.paths",
				Hint: "paths begin in the folder of the kustomization.yaml that lists the function; under kustomize fn run and kpt, in the folder they were started in"})
			return nil, false
		}
		d = loaded
		for _, f := range findings.All() {
			r.noteFile(f.Span.File)
			if f.Code != "no-platform" { // it may be inline, which the check below finds
				r.findings.Add(f)
			}
		}
		if d.Platform != nil {
			r.noteSource(d.Platform.Source, schema.KindPlatform, d.Platform.Metadata.Name)
		}
		for _, t := range d.Tenants {
			r.noteSource(t.Source, schema.KindTenant, t.Metadata.Name)
		}
	}
	add := func(doc *yamlsrc.Document, prefix string) {
		r.described = append(r.described, description{doc.Span(""), doc.Ref()})
		for _, f := range d.Read(doc.File(), true) {
			if prefix != "" && f.Path != "" {
				f.Path = prefix + "." + f.Path
			}
			r.findings.Add(f)
		}
	}
	for _, it := range r.in.items {
		if it.isDescription() {
			if r.in.kustomize() { // a namespace: of the kustomization is set on everything
				it = &item{node: without(it.node, "namespace"), ref: it.ref, path: it.path, annotations: it.annotations}
				it.ref.Namespace = ""
			}
			add(it.document(r), "")
		}
	}
	if c.render.Platform != nil {
		add(inline(child(c.node, "spec", "platform"), "spec.platform", schema.KindPlatform), "spec.platform")
	}
	for i := range c.render.Tenants {
		at := yamlsrc.Index("spec.tenants", i)
		add(inline(child(c.node, "spec", "tenants").Content[i], at, schema.KindTenant), at)
	}
	for _, f := range d.Check() {
		if f.Code == "no-platform" {
			f.Span, f.Path, f.File = c.doc.Span("spec"), "spec", ""
			f.Hint = "name its file in paths, write it out as platform, or have it among the items"
		}
		r.findings.Add(f)
	}
	for _, f := range r.findings.All() {
		if f.Code == schema.CodeSecretLiteral {
			return nil, false // a later message might repeat it
		}
	}
	return d, d.Platform != nil
}

// noteFile remembers that a file is one that a person wrote.
func (r *run) noteFile(f *diag.File) {
	if f == nil {
		return
	}
	if r.texts == nil {
		r.texts = map[string]*diag.File{}
	}
	r.texts[f.Name] = f
}

func (r *run) noteSource(s *schema.Source, kind, name string) {
	r.noteFile(s.Span("").File)
	r.described = append(r.described, description{s.Span(""), diag.ObjectRef{APIVersion: schema.APIVersion, Kind: kind, Name: name}})
}

// description is a Platform or Tenant that was read, or the configuration, and where it begins.
type description struct {
	start diag.Span
	ref   diag.ObjectRef
}

// owner is the description that a place is in.
func (r *run) owner(at diag.Span) (ref diag.ObjectRef) {
	start := int32(-1)
	for _, d := range r.described {
		if at.IsValid() && d.start.File == at.File && d.start.Start <= at.Start && d.start.Start > start {
			start, ref = d.start.Start, d.ref
		}
	}
	return ref
}

// inline makes a document of a part of the configuration.
func inline(n *yaml.Node, at, kind string) *yamlsrc.Document {
	if n.Kind == yaml.MappingNode {
		whole := *n
		whole.Content = slices.Clone(n.Content)
		for _, f := range [...]field{{"kind", quoted(kind)}, {"apiVersion", quoted(schema.APIVersion)}} {
			if child(n, f.name) == nil {
				whole.Content = append([]*yaml.Node{plain(f.name), f.value}, whole.Content...)
			}
		}
		n = &whole
	}
	docs, _ := yamlsrc.Read(diag.NewFile("functionConfig "+at, (&item{node: n}).text()), yamlsrc.DefaultLimits())
	if len(docs) == 0 {
		docs, _ = yamlsrc.Read(diag.NewFile("functionConfig "+at, []byte("{}\n")), yamlsrc.DefaultLimits())
	}
	return docs[0]
}

// wantsTenant reports whether anything of a tenant is selected; "" is the platform's own part.
func (s *renderSpec) wantsTenant(tenant string) bool {
	switch {
	case tenant == "":
		return s.Tenant == "" && s.Only != onlyTenants
	case s.Tenant != "":
		return tenant == s.Tenant
	}
	return s.Only != onlyPlatform
}

// wants reports whether a folder of the tree is selected.
func (s *renderSpec) wants(folder string) bool {
	region, tenant, environment := place(folder)
	return (s.Region == "" || s.Region == region) && s.wantsTenant(tenant) &&
		(s.Environment == "" || environment == "" || s.Environment == environment)
}

// place takes a folder of the tree apart; tenant and environment are "" for the platform's own.
func place(folder string) (region, tenant, environment string) {
	parts := strings.Split(folder, "/")
	if len(parts) == 4 && parts[1] == "tenants" {
		return parts[0], parts[2], parts[3]
	}
	return parts[0], "", ""
}

// isGitOps reports whether a folder holds the objects by which an engine finds the tree in Git. A build has no tree.
func isGitOps(folder string) bool {
	return strings.Count(folder, "/") == 1 && path.Base(folder) == "gitops"
}

// checkSelection checks that what is selected exists, and that a build of kustomize gets one cluster only.
func (r *run) checkSelection(c *config, compilation *esotree.Compilation) bool {
	m := compilation.Model
	var regions, environments, tenants []string
	for _, region := range m.Regions {
		regions = append(regions, region.Name)
	}
	for _, e := range m.Environments {
		environments = append(environments, e.Name)
	}
	for _, t := range m.Tenants() {
		tenants = append(tenants, t.Metadata.Name)
	}
	ok := true
	for _, s := range [...]struct {
		name, got string
		known     []string
	}{{"region", c.render.Region, regions}, {"environment", c.render.Environment, environments}, {"tenant", c.render.Tenant, tenants}} {
		if s.got == "" || slices.Contains(s.known, s.got) {
			continue
		}
		ok = false
		at := c.field(s.name)
		f := diag.Finding{Code: "unknown-" + s.name, Span: c.doc.Span(at), Path: at, Message: "there is no " + s.name + " " + strconv.Quote(s.got),
			Hint: "known: " + strings.Join(s.known, ", ")}
		if near := yamlsrc.Closest(s.got, s.known); near != "" {
			f.Hint = "did you mean " + strconv.Quote(near) + "?"
		}
		r.findings.Add(f)
	}
	if c.render.Region == "" && len(regions) > 1 && r.in.kustomize() {
		ok = false
		at := c.field("region")
		r.findings.Add(diag.Finding{Code: "missing-field", Span: c.doc.Span(at), Path: at,
			Message: "a build is for one cluster, and the platform has the regions " + strings.Join(regions, ", "), Hint: "add region: " + regions[0]})
	}
	return ok
}

// field is the path of an option.
func (c *config) field(name string) string {
	if child(c.node, "data") != nil {
		return "data." + name
	}
	return "spec." + name
}

// rendered is one object with the folder it belongs to.
type rendered struct {
	folder object.Folder
	object *object.Object
}

// file is the object's path below the output folder.
func (m rendered) file() string {
	name := m.object.Name
	if ns := m.object.Namespace; ns != "" && ns != m.folder.Namespace {
		name = ns + "." + name
	}
	return path.Join(m.folder.Path, strings.ToLower(m.object.Kind)+"-"+name+".yaml")
}

// item is the object as an item.
func (m rendered) item() (*item, error) {
	text, err := canon.Append(nil, m.object.Value)
	if err != nil {
		return nil, err
	}
	docs, findings := yamlsrc.Read(diag.NewFile(m.file(), text), yamlsrc.Limits{Comments: true})
	if len(docs) != 1 {
		return nil, &unreadable{m.object.ID, findings}
	}
	return newItem(docs[0].Commented()), nil
}

type unreadable struct {
	id       object.ID
	findings []diag.Finding
}

func (u *unreadable) Error() string {
	out := u.id.String() + " can't be written as YAML"
	for _, f := range u.findings {
		out += "; " + f.Message
	}
	return out
}

// identity is what makes two items of a package the same object.
type identity struct {
	region string
	id     diag.ObjectRef
}

// merge puts what was made among the items.
func (r *run) merge(c *config, compilation *esotree.Compilation, made []rendered) ([]*item, bool) {
	kustomize := r.in.kustomize()
	earlier := map[identity]*item{}
	var items []*item
	foreign := map[diag.ObjectRef]*item{}
	for _, it := range r.in.items {
		platform, folder, ours := strings.Cut(it.annotations[RenderedAnnotation], ":")
		switch {
		case kustomize && it.isDescription():
			continue
		case ours && platform == compilation.Model.Name && c.render.wants(folder):
			region, tenant, _ := place(folder)
			if tenant == "" || compilation.Has(tenant) {
				earlier[identity{region, it.ref}] = it
				continue
			}
			r.findings.Add(diag.Finding{Code: "tenant-gone", Severity: diag.Warning, File: it.path, Object: it.ref,
				Message: "tenant " + strconv.Quote(tenant) + " has rendered objects and no description", Hint: "delete its files when it is gone for good"})
		case !ours:
			foreign[it.ref] = it
		}
		items = append(items, it)
	}
	output := c.render.Output
	if output == "" {
		output = defaultOutput
	}
	ok := true
	for _, m := range made {
		it, err := m.item()
		if err != nil {
			r.fail("io", "", "%v", err)
			return nil, false
		}
		file, index := path.Join(output, m.file()), "0"
		if old := earlier[identity{m.folder.Region, it.ref}]; old != nil && old.path != "" {
			file, index = old.path, strconv.Itoa(old.index)
		}
		if other := foreign[it.ref]; other != nil && (kustomize || other.path == file) {
			ok = false
			r.findings.Add(diag.Finding{Code: "file-foreign", Object: it.ref, Span: m.object.Span(""), File: other.path,
				Message: strconv.Quote(it.ref.String()) + " is among the resources already, and esotree did not render it", Hint: "rename or remove one of the two"})
			continue
		}
		if !kustomize {
			for _, a := range [...][2]string{{legacyIndexAnnotation, index}, {legacyPathAnnotation, file}, {indexAnnotation, index}, {pathAnnotation, file},
				{RenderedAnnotation, compilation.Model.Name + ":" + m.folder.Path}} {
				annotate(it.node, a[0], a[1])
			}
		}
		items = append(items, it)
	}
	return items, ok
}
