package model

import (
	"context"
	"iter"
	"runtime"
	"slices"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/internal/yamlsrc"
	"github.com/openova-io/esotree/schema"
)

// Link links the platform and makes the index of all tenants. The findings are those of the platform, of every secret and
// of what crosses tenants; Scopes finds the rest. The Model is usable only when no finding is an error. The error is the
// context's.
func Link(ctx context.Context, d *schema.Description) (*Model, []diag.Finding, error) {
	checked := d.Check()
	if d.Platform == nil {
		return nil, checked, nil
	}
	m := &Model{Name: d.Platform.Metadata.Name, Platform: d.Platform, tenants: d.Tenants}
	m.unread = newUnread(d)
	l := &linker{m: m, findings: checked}
	l.platform()
	if m.Home == nil {
		return m, l.findings, nil
	}
	m.index = newIndex()
	for _, t := range d.Tenants {
		l.add(m.index.tenant(t)...)
	}
	l.add(m.index.renamed(m)...)
	m.kept.platform = m.platformSecrets()
	platform := m.kept.platform.scopes[0]
	l.add(m.kept.platform.findings...)
	m.index.own = platform
	l.add(m.index.secrets(m, platform, platformRef)...)
	own := newClaims()
	own.scopes(m.kept.platform.scopes)
	m.index.platform = own.taken
	l.add(m.index.grants(platform.Source, "", d.Platform.Spec.Grants, m, holding{platform})...)
	nth := int32(-1)
	for t := range m.linkTenants(ctx, d.Tenants) {
		if nth++; t.err != nil {
			return nil, nil, t.err
		}
		m.kept.add(t.tenant, t.whole, t.linkedSecrets)
		l.add(t.findings...)
		for _, s := range t.scopes {
			l.add(m.index.secrets(m, s, nth)...)
		}
		m.unread.tenant(t.whole)
		m.index.unscoped(m, t.whole, t.scopes)
		if checkLabel("tenant", t.whole.Metadata.Name) == "" {
			l.add(m.index.grants(t.whole.Source, t.whole.Metadata.Name, t.whole.Spec.Grants, m, m.beside(d.Tenants[nth], t.scopes))...)
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	l.add(m.index.bypasses(m)...)
	l.add(m.index.formerClashes(m)...)
	m.index.remotes, m.index.guests, m.index.formers = nil, nil, nil
	return m, l.findings, nil
}

// linkedTenant is a tenant whose secrets are linked.
type linkedTenant struct {
	tenant, whole *schema.Tenant
	linkedSecrets
	err error
}

// linkTenants links the secrets of tenants, on all cores, and yields them in their order. Only a few are in memory at a time.
func (m *Model) linkTenants(ctx context.Context, tenants []*schema.Tenant) iter.Seq[linkedTenant] {
	return func(yield func(linkedTenant) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		cores := runtime.GOMAXPROCS(0)
		pending, running := make(chan chan linkedTenant, 8*cores), make(chan struct{}, cores)
		go func() {
			defer close(pending)
			for _, t := range tenants {
				result := make(chan linkedTenant, 1)
				select {
				case pending <- result:
				case <-ctx.Done():
					return
				}
				running <- struct{}{}
				go func() {
					defer func() { <-running }()
					whole, err := t.Whole()
					if err != nil {
						result <- linkedTenant{err: err}
						return
					}
					result <- linkedTenant{tenant: t, whole: whole, linkedSecrets: m.tenantSecrets(whole)}
				}()
			}
		}()
		for result := range pending {
			if !yield(<-result) {
				return
			}
		}
	}
}

// PlatformScope links the platform's own secrets and services.
func (m *Model) PlatformScope() (*Scope, []diag.Finding) {
	linked := m.platformSecrets()
	s := linked.scopes[0].open()
	findings := append(slices.Clip(linked.findings), s.linkServices()...)
	return s, append(findings, m.collisions([]*Scope{s}, nil)...)
}

// Scopes links one tenant: a scope per environment, in the platform's order.
func (m *Model) Scopes(t *schema.Tenant) ([]*Scope, []diag.Finding) {
	whole, err := t.Whole()
	if err != nil {
		return nil, []diag.Finding{{Code: "io", Message: "reading failed: " + err.Error(), File: t.Source.File()}}
	}
	linked := m.secretsOf(whole)
	findings := slices.Clip(linked.findings)
	beside := m.beside(t, linked.scopes)
	scopes := make([]*Scope, len(linked.scopes))
	for i, base := range linked.scopes {
		s := base.open()
		s.beside = beside
		findings = append(findings, s.linkServices()...)
		scopes[i] = s
	}
	return scopes, append(findings, m.collisions(scopes, m.index.platform)...)
}

// platformSecrets links the secrets of the platform, unless that is kept.
func (m *Model) platformSecrets() linkedSecrets {
	if m.kept.platform.scopes != nil {
		return m.kept.platform
	}
	s := &Scope{Model: m, Regions: m.Regions, Home: m.Home, Source: m.Platform.Source, homeLast: homeLast(m.Regions, m.Home)}
	var items []secretItem
	var findings []diag.Finding
	for i := range m.Platform.Spec.Secrets {
		items = append(items, secretItem{&m.Platform.Spec.Secrets[i], place{{s.Source, yamlsrc.Index("spec.secrets", i)}}})
	}
	items = distinct(items, &findings)
	s.services = platformServices(m.Platform)
	return linkedSecrets{[]*Scope{s}, append(findings, s.linkSecrets(items)...)}
}

// tenantSecrets makes the scopes of a tenant with their secrets linked.
func (m *Model) tenantSecrets(t *schema.Tenant) linkedSecrets {
	var findings []diag.Finding
	top := place{{t.Source, ""}}
	if problem := checkLabel("tenant", t.Metadata.Name); problem != "" {
		if t.Metadata.Name != "" || top.has("metadata.name") { // a name that is missing is reported where the description is read
			findings = append(findings, top.finding("invalid-name", "metadata.name", problem, labelHint))
		}
		return linkedSecrets{nil, findings}
	}
	for i, name := range t.Spec.Environments {
		if _, ok := m.Environment(name); !ok {
			findings = append(findings, m.unknownEnvironment(top, yamlsrc.Index("spec.environments", i), name)...)
		}
	}
	mistyped := slices.ContainsFunc(t.Spec.Environments, func(name string) bool { return !m.hasEnvironment(name) })
	overridden := map[string]bool{}
	for i, o := range t.Spec.Overrides {
		field := yamlsrc.Index("spec.overrides", i) + ".environment"
		if o.Environment == "" && !t.Source.Has(field) {
			continue // reported where it is read
		}
		if _, ok := m.Environment(o.Environment); !ok {
			findings = append(findings, m.unknownEnvironment(top, field, o.Environment)...)
		} else if overridden[o.Environment] {
			findings = append(findings, top.finding("duplicate-name", field, "environment "+quote(o.Environment)+" is overridden twice", "merge the two"))
		}
		if t.Spec.Environments != nil && !slices.Contains(t.Spec.Environments, o.Environment) && m.hasEnvironment(o.Environment) && !mistyped {
			findings = append(findings, top.finding("unknown-environment", field, "tenant "+quote(t.Metadata.Name)+" does not have environment "+quote(o.Environment), "add it to spec.environments"))
		}
		overridden[o.Environment] = true
	}
	if len(m.Environments) == 0 && !m.unread.environments {
		findings = append(findings, top.finding("unknown-environment", "metadata.name", "tenant "+quote(t.Metadata.Name)+" has no environment, since the platform has none",
			"add spec.environments to the Platform"))
	}
	var scopes []*Scope
	for _, e := range m.Environments {
		if t.Spec.Environments != nil && !slices.Contains(t.Spec.Environments, e.Name) || e.Home == nil {
			continue
		}
		s := &Scope{Model: m, Tenant: t.Metadata.Name, Environment: e, Regions: e.Regions, Home: e.Home, Source: t.Source, tenant: t, homeLast: e.homeLast}
		shared := s.names(nil)
		s.Namespace = m.namespacePattern(expander{shared, top, &findings})
		if s.Namespace != "" {
			shared = shared.with("namespace", s.Namespace)
		}
		s.shared = &shared
		items := s.secretItems(&findings)
		findings = append(findings, s.linkSecrets(items)...)
		s.services = s.tenantServices(&s.amiss)
		scopes = append(scopes, s)
	}
	return linkedSecrets{scopes, findings}
}

// DefaultNamespace, DefaultRemoteKey, DefaultPlatformRemoteKey and DefaultExternalSecret are the patterns that apply where
// the Platform has none of its own.
const (
	DefaultNamespace         = "$(tenant)-$(environment)"
	DefaultRemoteKey         = "$(tenant)/$(secret)"
	DefaultPlatformRemoteKey = "$(namespace)/$(secret)"
	DefaultExternalSecret    = "$(service)-secrets"
	// DefaultInterval is that of pulls and pushes.
	DefaultInterval schema.Duration = "1h"
)

// namespacePattern is the namespace of a tenant's environment. What is wrong with it is the pattern's fault where there is one, else
// that of the tenant's name.
func (m *Model) namespacePattern(e expander) string {
	tenant := e.place
	e.place = m.top
	const field = "spec.defaults.namespace"
	namespace := e.text(field, m.namespaceText())
	if problem := checkLabel("namespace", namespace); problem != "" {
		if e.place.has(field) {
			*e.findings = append(*e.findings, e.place.finding("invalid-name", field, problem, labelHint))
		} else {
			*e.findings = append(*e.findings, tenant.finding("invalid-name", "metadata.name", problem, labelHint))
		}
	}
	return namespace
}

func (m *Model) unknownEnvironment(at place, field, name string) []diag.Finding {
	if m.unread.environments {
		return nil
	}
	var all []string
	for _, e := range m.Environments {
		all = append(all, e.Name)
	}
	f := at.finding("unknown-environment", field, "there is no environment "+quote(name), "")
	if near := yamlsrc.Closest(name, all); near != "" {
		f.Hint = "did you mean " + quote(near) + "?"
	}
	return []diag.Finding{f}
}
