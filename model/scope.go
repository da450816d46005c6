package model

import (
	"slices"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/internal/yamlsrc"
	"github.com/openova-io/esotree/schema"
)

// secretItem is a secret as written, with where; the override's layer first. The description is not to be changed.
type secretItem struct {
	*schema.Secret
	place place
}

type serviceItem struct {
	*schema.Service
	place place
}

func (i secretItem) name() string  { return i.Name }
func (i secretItem) at() place     { return i.place }
func (i serviceItem) name() string { return i.Name }
func (i serviceItem) at() place    { return i.place }

// names are what $(…) can stand for in the scope. With a region the region's vars count; without, a region's var is an
// error, since what is expanded is shared by all regions.
func (s *Scope) names(r *Region) names {
	if r == nil && s.shared != nil {
		return *s.shared
	}
	n := names{origin: r == nil}.with("platform", s.Model.Name)
	if s.Environment != nil {
		n = n.with("tenant", s.Tenant, "environment", s.Environment.Name)
	}
	if s.Namespace != "" {
		n = n.with("namespace", s.Namespace)
	}
	n.vars = make([]varLayer, 0, 4+len(s.Regions))
	if s.tenant != nil {
		for i, o := range s.tenant.Spec.Overrides {
			if o.Environment == s.Environment.Name {
				n.vars = append(n.vars, varLayer{values: o.Vars, unread: len(o.Vars) == 0 && s.Source.Misread(yamlsrc.Index("spec.overrides", i))})
			}
		}
		vars := s.tenant.Spec.Vars
		n.vars = append(n.vars, varLayer{values: vars, unread: lost(s.Source, len(vars))})
	}
	if r != nil {
		n = n.with("region", r.Name, "cluster", r.Name)
		n.vars = append(n.vars, r.vars(s.Model))
	} else if s.Home != nil {
		for _, r := range s.Regions {
			layer := r.vars(s.Model)
			layer.region = true
			n.vars = append(n.vars, layer)
		}
	}
	if s.Environment != nil {
		n.vars = append(n.vars, s.Environment.vars)
	}
	platform := s.Model.Platform
	n.vars = append(n.vars, varLayer{values: platform.Spec.Vars, unread: lost(platform.Source, len(platform.Spec.Vars))})
	return n
}

func (r *Region) vars(m *Model) varLayer {
	return varLayer{values: r.spec.Vars, unread: len(r.spec.Vars) == 0 && m.Platform.Source.Misread(r.path)}
}

// atHome is the home region alone.
func (s *Scope) atHome() []*Region {
	i := slices.Index(s.Regions, s.Home)
	return s.Regions[i : i+1 : i+1]
}

// secretItems are the tenant's secrets with the environment's overrides merged in.
func (s *Scope) secretItems(findings *[]diag.Finding) []secretItem {
	item := func(secret *schema.Secret, at place) secretItem { return secretItem{secret, at} }
	over := func(o schema.Override) []schema.Secret { return o.Secrets }
	return overridden(s, "secrets", s.tenant.Spec.Secrets, over, item, findings, func(base, over secretItem) secretItem {
		merged := &schema.Secret{Name: base.Name, Class: or(over.Class, base.Class), SecretSpec: mergeSecret(&base.SecretSpec, &over.SecretSpec)}
		return secretItem{merged, slices.Concat(over.place, base.place)}
	})
}

// tenantServices are the tenant's services with the environment's overrides merged in.
func (s *Scope) tenantServices(findings *[]diag.Finding) []serviceItem {
	item := func(service *schema.Service, at place) serviceItem { return serviceItem{service, at} }
	over := func(o schema.Override) []schema.Service { return o.Services }
	return overridden(s, "services", s.tenant.Spec.Services, over, item, findings, func(base, over serviceItem) serviceItem {
		return serviceItem{mergeService(base.Service, over.Service), slices.Concat(over.place, base.place)}
	})
}

// overridden is a tenant's list with what the environment's overrides have of it laid over.
func overridden[W any, T named](s *Scope, field string, written []W, of func(schema.Override) []W, item func(*W, place) T, findings *[]diag.Finding, lay func(base, over T) T) []T {
	located := func(list []W, path string) []T {
		out := make([]T, len(list))
		layers := make([]layer, len(list))
		for i := range list {
			layers[i] = layer{s.Source, yamlsrc.Index(path, i)}
			out[i] = item(&list[i], layers[i:i+1:i+1])
		}
		return out
	}
	var over []T
	for i, o := range s.tenant.Spec.Overrides {
		if o.Environment == s.Environment.Name {
			over = append(over, located(of(o), yamlsrc.Index("spec.overrides", i)+"."+field)...)
		}
	}
	return merge(distinct(located(written, "spec."+field), findings), distinct(over, findings), lay)
}

func platformServices(p *schema.Platform) []serviceItem {
	var items []serviceItem
	for i := range p.Spec.Services {
		items = append(items, serviceItem{&p.Spec.Services[i], place{{p.Source, yamlsrc.Index("spec.services", i)}}})
	}
	return items
}

type named interface {
	name() string
	at() place
}

// distinct drops items whose name was there before, with a finding.
func distinct[T named](items []T, findings *[]diag.Finding) []T {
	seen := make(map[string]int, len(items)) // of out
	out := items[:0]
	for _, item := range items {
		if first, twice := seen[item.name()]; twice {
			f := item.at().finding("duplicate-name", "name", "the name "+quote(item.name())+" is there twice", "names are unique in their list")
			span, _ := out[first].at().at("name")
			f.Related = []diag.Related{{Span: span, Message: "the first one"}}
			*findings = append(*findings, f)
			continue
		}
		seen[item.name()] = len(out)
		out = append(out, item)
	}
	return out
}

// merge lays overriding items over the base's of the same name and appends the rest.
func merge[T named](base, over []T, lay func(base, over T) T) []T {
	for _, o := range over {
		found := false
		for i := range base {
			if base[i].name() == o.name() {
				base[i], found = lay(base[i], o), true
			}
		}
		if !found {
			base = append(base, o)
		}
	}
	return base
}
