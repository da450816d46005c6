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
	var parts map[*diag.File][]written
	for _, f := range findings {
		if f.Severity != diag.Error {
			continue
		}
		if parts == nil {
			parts = writtenIn(d)
		}
		u.note(f, parts[f.Span.File])
	}
	if parts != nil && !u.everywhere {
		u.spread(d)
	}
}

func (u *unsound) note(f diag.Finding, in []written) {
	if !f.Span.IsValid() || f.Code == "many-platforms" {
		u.everywhere = true
	}
	if u.everywhere || len(in) == 0 {
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
	for _, t := range d.Tenants {
		known[t.Metadata.Name] = true
	}
	for again := true; again; {
		again = false
		for _, t := range d.Tenants {
			guess := func(owner string) bool { return u.tenants[owner] || !known[owner] }
			if !u.tenants[t.Metadata.Name] && slices.ContainsFunc(ownersOf(t), guess) {
				u.tenant(t.Metadata.Name)
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

// writtenIn are the documents of each file, in the order of the file.
func writtenIn(d *schema.Description) map[*diag.File][]written {
	out := map[*diag.File][]written{}
	add := func(s *schema.Source, tenant string) {
		span := s.Span("")
		out[span.File] = append(out[span.File], written{span.Start, tenant})
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
