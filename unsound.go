package esotree

import (
	"slices"
	"strings"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/schema"
)

// unsound is where a description has errors, and where it depends on what has: what the rules would say there would be a guess.
type unsound struct {
	// everywhere: the Platform has errors, or nobody knows whose they are.
	everywhere bool
	tenants    map[string]bool
}

// add notes whose the errors among findings are. An error in what could be read neither as the Platform nor as a Tenant is
// nobody's: a tenant that is not known takes from what others are told, and adds nothing.
func (u *unsound) add(d *schema.Description, findings []diag.Finding) {
	var errors []diag.Finding
	files := map[string]bool{}
	for _, f := range findings {
		if f.Severity != diag.Error {
			continue
		}
		errors = append(errors, f)
		if f.Span.File != nil {
			files[f.Span.File.Name] = true
		}
	}
	if len(errors) == 0 {
		return
	}
	in := writtenIn(d, files)
	for _, f := range errors {
		if u.everywhere = u.everywhere || !f.Span.IsValid() || f.Code == "many-platforms"; !u.everywhere {
			u.note(f, in[f.Span.File.Name])
		}
	}
	if !u.everywhere {
		u.spread(d)
	}
}

func (u *unsound) note(f diag.Finding, in []written) {
	if len(in) == 0 {
		return
	}
	of := in[0].tenant
	for _, w := range in {
		if w.at <= f.Span.Start {
			of = w.tenant
		}
	}
	if of == "" {
		u.everywhere = true
		return
	}
	u.tenant(of)
}

func (u *unsound) tenant(name string) {
	if u.tenants == nil {
		u.tenants = map[string]bool{}
	}
	u.tenants[name] = true
}

// spread adds the tenants that read from tenants with errors, or from some that are not known.
func (u *unsound) spread(d *schema.Description) {
	known := map[string]bool{"platform": true}
	owners := map[string][]string{}
	for _, t := range d.Tenants {
		name := t.Metadata.Name
		known[name] = true
		whole, err := t.Whole()
		if err != nil {
			u.tenant(name)
			continue
		}
		owners[name] = append(owners[name], ownersOf(whole)...)
	}
	guess := func(owner string) bool { return u.tenants[owner] || !known[owner] }
	for again := true; again; {
		again = false
		for name, of := range owners {
			if !u.tenants[name] && slices.ContainsFunc(of, guess) {
				u.tenant(name)
				again = true
			}
		}
	}
}

// ownersOf are the other owners whose secrets a tenant's services read.
func ownersOf(t *schema.Tenant) []string {
	var out []string
	add := func(reference string) {
		if owner, _, cross := strings.Cut(reference, ":"); cross {
			out = append(out, owner) // one that is $(…) is not known, and makes the tenant one to pass over
		}
	}
	services := slices.Clone(t.Spec.Services)
	for _, o := range t.Spec.Overrides {
		services = append(services, o.Services...)
	}
	for _, s := range services {
		for _, reference := range s.Data {
			add(reference)
		}
		for _, from := range s.DataFrom {
			add(from.Secret)
		}
	}
	return out
}

// written is where the document of a tenant begins, or with "" that of the Platform.
type written struct {
	at     int32
	tenant string
}

// writtenIn are the documents of some files, in the order of the file.
func writtenIn(d *schema.Description, files map[string]bool) map[string][]written {
	out := map[string][]written{}
	add := func(s *schema.Source, tenant string) {
		if file := s.File(); files[file] {
			out[file] = append(out[file], written{s.Span("").Start, tenant})
		}
	}
	add(d.Platform.Source, "")
	for _, t := range d.Tenants {
		add(t.Source, t.Metadata.Name)
	}
	for _, in := range out {
		slices.SortFunc(in, func(a, b written) int { return int(a.at - b.at) })
	}
	return out
}
