package model

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/internal/eso"
	"github.com/openova-io/esotree/internal/yamlsrc"
	"github.com/openova-io/esotree/schema"
	"github.com/openova-io/esotree/templates"
)

// DefaultRelease is the release line that clusters are taken to run when the description does not say.
const DefaultRelease = "2.9"

type class struct {
	schema.Class
	// place is empty for a built-in class: nobody wrote it here.
	place place
}

// linker collects what is found while the platform is linked.
type linker struct {
	m        *Model
	findings []diag.Finding
}

func (l *linker) add(f ...diag.Finding) { l.findings = append(l.findings, f...) }

func (l *linker) platform() {
	spec := &l.m.Platform.Spec
	source := l.m.Platform.Source
	top := place{{source, ""}}
	l.m.top = top
	if problem := checkLabel("platform", l.m.Name); problem != "" && l.m.Name != "" {
		l.add(top.finding("invalid-name", "metadata.name", problem, labelHint))
	}
	l.m.Isolation = or(spec.Isolation, schema.IsolationShared)
	l.m.Namespaces = or(spec.Namespaces, schema.NamespacesNone)
	l.gitops(top)
	l.m.APIDefaults = spec.APIDefaults
	if l.m.APIDefaults == "" {
		l.m.APIDefaults = schema.APIDefaultsExplicit
		if spec.GitOps != nil && spec.GitOps.Engine == schema.EngineFlux {
			l.m.APIDefaults = schema.APIDefaultsOmit
		}
	}
	l.m.push = mergePush(&schema.Push{To: schema.PushToAll, Mode: schema.PushWhole, Split: schema.PushPerRegion, Deletion: schema.PushDeletionNone}, &spec.Push)
	l.m.generators = map[string]*eso.Generator{}
	for _, g := range eso.Generators() {
		l.m.generators[g.Kind] = &g
	}
	l.classes(source)
	l.regions(top)
	l.m.Home = l.home(top, "spec.home", spec.Home, l.m.Regions, nil)
	l.environments(source)
}

func (l *linker) classes(source *schema.Source) {
	l.m.classes = map[string]*class{}
	for name, c := range builtinClasses() {
		l.m.classes[name] = &class{Class: c}
	}
	for name, c := range l.m.Platform.Spec.Classes {
		l.m.classes[name] = &class{Class: c, place: place{{source, fieldOf("spec.classes", name)}}}
	}
}

// builtinClasses decodes the embedded classes. They are the program's own data, so they are held by a test.
func builtinClasses() map[string]schema.Class {
	var all struct {
		Classes map[string]schema.Class `json:"classes"`
	}
	text := "classes:\n  " + strings.ReplaceAll(string(templates.Classes()), "\n", "\n  ")
	docs, _ := yamlsrc.Read(diag.NewFile("classes.yaml", []byte(text)), yamlsrc.DefaultLimits())
	for _, doc := range docs {
		yamlsrc.Decode(doc, &all)
	}
	return all.Classes
}

func (l *linker) regions(top place) {
	spec := &l.m.Platform.Spec
	if len(spec.Regions) == 0 && !l.m.unread.regions {
		l.add(top.finding("missing-field", "spec.regions", "the platform has no region", "name at least one, with its store"))
	}
	seen := map[string]string{}
	stores := map[string]string{}
	for i := range spec.Regions {
		s := &spec.Regions[i]
		path := yamlsrc.Index("spec.regions", i)
		at := place{{l.m.Platform.Source, path}}
		if problem := checkLabel("region", s.Name); problem != "" && !at.nameless(s.Name) {
			l.add(at.finding("invalid-name", "name", problem, labelHint))
		}
		if !l.unique(seen, "region", s.Name, at) {
			continue
		}
		r := &Region{Name: s.Name, spec: s, path: path}
		r.Release, r.ESO = l.release(at, s)
		r.policies = r.ESO.HasField("ExternalSecret", "spec.refreshPolicy")
		r.Provider = l.provider(at, s)
		r.Store = or(s.Store.Name, strings.ToLower(r.Provider.Name)+"-"+s.Name)
		if problem := checkSubdomain("store", r.Store); problem != "" && s.Store.Name != "" {
			l.add(at.finding("invalid-name", "store.name", problem, subdomainHint))
		}
		if other, taken := stores[r.Store]; taken {
			l.add(at.finding("duplicate-name", "store.name", fmt.Sprintf("regions %q and %q have a store of the same name, %q", other, s.Name, r.Store),
				"every cluster may hold every region's store, so their names must differ"))
		}
		stores[r.Store] = s.Name
		l.m.Regions = append(l.m.Regions, r)
	}
}

// Release is the release line that the platform's clusters run unless a region says otherwise; DefaultRelease where the
// description's is none.
func (m *Model) Release() string {
	if r, err := eso.ParseRelease(or(m.Platform.Spec.ESO.Version, DefaultRelease)); err == nil {
		return r.String()
	}
	return DefaultRelease
}

func (l *linker) release(at place, s *schema.Region) (eso.Release, *eso.Profile) {
	field, version := "eso.version", ""
	if s.ESO != nil {
		version = s.ESO.Version
	}
	if version == "" {
		at, field = place{{l.m.Platform.Source, ""}}, "spec.eso.version"
		version = or(l.m.Platform.Spec.ESO.Version, DefaultRelease)
	}
	release, err := eso.ParseRelease(version)
	if err != nil {
		l.add(at.finding("invalid-value", field, quote(version)+" is not a release of the External Secrets Operator", `a release line such as "2.9", quoted`))
		release, _ = eso.ParseRelease(DefaultRelease)
	}
	profile, exact := eso.For(release)
	if !exact {
		f := at.finding("release-assumed", field, fmt.Sprintf("release %s of the operator is taken to be like %s, the next lower one that is known", release, profile.Release()), "")
		f.Severity = diag.Note
		l.add(f)
	}
	if !profile.HasField("ExternalSecret", "spec.refreshPolicy") && l.m.Platform.Spec.Recover != schema.RecoverNone {
		since, _ := eso.Since("ExternalSecret", "spec.refreshPolicy")
		l.add(at.finding("release-too-old", field, "release "+profile.Release().String()+" of the operator has no refreshPolicy, without which the stores can't remember a value",
			"upgrade to "+since.String()+" or later, or set recover: None and lose what a rebuild loses"))
	}
	return release, profile
}

func (l *linker) provider(at place, s *schema.Region) eso.Provider {
	keys := slices.Sorted(maps.Keys(s.Store.Provider))
	if len(keys) == 0 && (at.hides("store.provider") || at.hides("store")) {
		return eso.Provider{Name: "store"}
	}
	if len(keys) != 1 {
		l.add(at.finding("one-of", "store.provider", fmt.Sprintf("a store has one provider, this one has %d", len(keys)), "such as vault: {…}"))
		return eso.Provider{Name: "store"}
	}
	provider, known := eso.ProviderOf(keys[0])
	if !known {
		var all []string
		for _, p := range eso.Providers() {
			all = append(all, p.Name)
		}
		f := at.keyFinding("unknown-provider", fieldOf("store.provider", keys[0]), "there is no store provider "+quote(keys[0]), "known providers: "+strings.Join(all, ", "))
		if near := yamlsrc.Closest(keys[0], all); near != "" {
			f.Hint = "did you mean " + quote(near) + "?"
		}
		l.add(f)
		return eso.Provider{Name: strings.ToLower(keys[0])}
	}
	return provider
}

func (l *linker) environments(source *schema.Source) {
	seen := map[string]string{}
	for i := range l.m.Platform.Spec.Environments {
		s := &l.m.Platform.Spec.Environments[i]
		path := yamlsrc.Index("spec.environments", i)
		at := place{{source, path}}
		if problem := checkLabel("environment", s.Name); problem != "" {
			if !at.nameless(s.Name) {
				l.add(at.finding("invalid-name", "name", problem, labelHint))
			}
			continue
		}
		if !l.unique(seen, "environment", s.Name, at) {
			continue
		}
		vars := varLayer{values: s.Vars, unread: len(s.Vars) == 0 && source.Misread(path)}
		e := &Environment{Name: s.Name, Regions: l.m.Regions, vars: vars, path: path}
		if s.Regions != nil {
			e.Regions = l.named(at, "regions", s.Regions, l.m.Regions, nil)
		}
		e.Home = l.home(at, "home", s.Home, e.Regions, e)
		e.homeLast = homeLast(e.Regions, e.Home)
		l.m.Environments = append(l.m.Environments, e)
	}
}

func (l *linker) home(at place, field, name string, among []*Region, of *Environment) *Region {
	if name != "" {
		for _, r := range l.named(at, field, []string{name}, among, of) {
			return r
		}
	}
	if len(among) == 0 {
		return nil
	}
	return among[0]
}

func homeLast(regions []*Region, home *Region) []*Region {
	var out []*Region
	for _, r := range regions {
		if r != home {
			out = append(out, r)
		}
	}
	return append(out, home)
}

// named resolves region names among those that are possible, in the platform's order.
func (l *linker) named(at place, field string, wanted []string, among []*Region, of *Environment) []*Region {
	out, findings := l.m.regionsNamed(at, field, wanted, among, of)
	l.add(findings...)
	return out
}

// regionsNamed resolves region names among those of an environment, or of the platform where there is none.
func (m *Model) regionsNamed(at place, field string, wanted []string, among []*Region, of *Environment) ([]*Region, []diag.Finding) {
	var findings []diag.Finding
	for i, name := range wanted {
		if m.unread.regions || slices.ContainsFunc(among, func(r *Region) bool { return r.Name == name }) {
			continue
		}
		all := make([]string, len(among))
		for i, r := range among {
			all[i] = r.Name
		}
		item := field
		if len(wanted) > 1 || !strings.HasSuffix(field, "home") {
			item = yamlsrc.Index(field, i)
		}
		if slices.ContainsFunc(m.Regions, func(r *Region) bool { return misnamed(r.Name, name) }) {
			continue
		}
		near := yamlsrc.Closest(name, all)
		f := at.finding("unknown-region", item, "there is no region "+quote(name)+" here", "known here: "+strings.Join(all, ", "))
		if _, exists := m.Region(name); exists && of != nil {
			f.Message = "region " + quote(name) + " is not one of environment " + quote(of.Name)
			f.Hint = "it has " + strings.Join(all, ", ")
			if strings.HasSuffix(field, "regions") {
				f.Hint += "; overrides say it for one environment"
			}
			findings = append(findings, f)
			continue
		}
		if near != "" {
			f.Hint = "did you mean " + quote(near) + "?"
		}
		findings = append(findings, f)
	}
	var out []*Region
	for _, r := range among {
		if slices.Contains(wanted, r.Name) {
			out = append(out, r)
		}
	}
	return out, findings
}

// misnamed reports whether a region's name is one that can't be, for the one that is wanted.
func misnamed(name, wanted string) bool {
	return checkLabel("region", name) != "" && strings.EqualFold(strings.NewReplacer("_", "-", ".", "-").Replace(name), wanted)
}

// unique reports a name that is there twice.
func (l *linker) unique(seen map[string]string, what, name string, at place) bool {
	_, path := at.at("name")
	if first, twice := seen[name]; twice {
		f := at.finding("duplicate-name", "name", "there are two of the "+what+" "+quote(name), "")
		f.Related = []diag.Related{{Span: at[0].source.Span(first), Message: "the first one"}}
		l.add(f)
		return false
	}
	seen[name] = path
	return true
}
