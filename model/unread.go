package model

import (
	"slices"

	"github.com/openova-io/esotree/schema"
)

// unread says which lists of the description could not be read to the end. A name that is not among those that were read may be
// meant there: nothing is said about it, since the one mistake that hides it has its own finding.
type unread struct {
	tenants, environments, regions, classes, defaults bool
	// secrets and grants by tenant, "" for the platform's.
	secrets, grants map[string]bool
}

func newUnread(d *schema.Description) unread {
	spec := &d.Platform.Spec
	u := unread{tenants: d.Unread(), secrets: map[string]bool{}, grants: map[string]bool{}}
	source := d.Platform.Source
	u.environments = lost(source, len(spec.Environments))
	for _, e := range spec.Environments {
		u.environments = u.environments || checkLabel("environment", e.Name) != ""
	}
	u.regions = lost(source, len(spec.Regions))
	u.regions = u.regions || slices.ContainsFunc(spec.Regions, func(r schema.Region) bool { return r.Name == "" })
	u.classes = lost(source, len(spec.Classes)) || source.Misread("spec.classes")
	u.defaults = source.Misread("spec.defaults") || lost(source, 0) && !source.Has("spec.defaults")
	u.lists("", source, spec.Secrets, spec.Grants)
	u.tenants = u.tenants || slices.ContainsFunc(d.Tenants, func(t *schema.Tenant) bool { return checkLabel("tenant", t.Metadata.Name) != "" })
	return u
}

// tenant notes the lists of a tenant. Two descriptions of one tenant count as one.
func (u *unread) tenant(t *schema.Tenant) {
	if checkLabel("tenant", t.Metadata.Name) != "" {
		return
	}
	u.lists(t.Metadata.Name, t.Source, t.Spec.Secrets, t.Spec.Grants)
	if hidesSecrets(t) {
		u.secrets[t.Metadata.Name] = true
	}
}

// hidesSecrets reports whether the names of a tenant's secrets are not all known.
func hidesSecrets(t *schema.Tenant) bool {
	return lost(t.Source, len(t.Spec.Secrets)) || nameless(t.Spec.Secrets) ||
		slices.ContainsFunc(t.Spec.Overrides, func(o schema.Override) bool { return nameless(o.Secrets) })
}

// lists notes the secrets and the grants of an owner.
func (u *unread) lists(tenant string, source *schema.Source, secrets []schema.Secret, grants []schema.Grant) {
	if lost(source, len(secrets)) || nameless(secrets) {
		u.secrets[tenant] = true
	}
	if lost(source, len(grants)) || slices.ContainsFunc(grants, func(g schema.Grant) bool { return g.Secret == "" || len(g.To) == 0 }) {
		u.grants[tenant] = true
	}
}

// lost reports whether a list of the spec is empty where something of the spec could not be read, which may be the list.
func lost(source *schema.Source, n int) bool {
	return n == 0 && (source.Misread("spec") || source.Misread(""))
}

// nameless reports whether the name of some secret is not known.
func nameless(secrets []schema.Secret) bool {
	return slices.ContainsFunc(secrets, func(s schema.Secret) bool { return checkSubdomain("secret", s.Name) != "" })
}
