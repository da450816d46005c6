package model

import (
	"maps"
	"slices"
	"strings"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/internal/yamlsrc"
	"github.com/openova-io/esotree/schema"
)

type serviceLinker struct {
	expander
	scope *Scope
	out   *Service
	spec  *schema.Service
	pins  map[secretID]Pin
	// inRegion are the names that differ by region, of the scope's regions.
	inRegion []names
}

// linkServices adds the services to a scope, and returns what is wrong with them.
func (s *Scope) linkServices() []diag.Finding {
	findings := slices.Clone(s.amiss)
	l := &serviceLinker{scope: s, inRegion: make([]names, len(s.Regions))}
	l.findings = &findings
	for i, r := range s.Regions {
		l.inRegion[i] = s.names(r)
	}
	room := make([]Service, len(s.services))
	s.Services = make([]*Service, 0, len(s.services))
	for i, item := range s.services {
		if item.Environments != nil && s.Environment == nil {
			findings = append(findings, ofPlatform(item.place))
		}
		if item.Environments != nil && s.Environment != nil {
			for i, name := range item.Environments {
				if _, ok := s.Model.Environment(name); !ok {
					findings = append(findings, s.Model.unknownEnvironment(item.place, yamlsrc.Index("environments", i), name)...)
				}
			}
			if !slices.Contains(item.Environments, s.Environment.Name) {
				continue
			}
		}
		l.out = &room[i]
		if l.link(item) {
			s.Services = append(s.Services, l.out)
		}
	}
	slices.SortFunc(s.Services, func(a, b *Service) int { return strings.Compare(a.Name, b.Name) })
	return findings
}

// link returns false where there is nothing to be rendered of the service.
func (l *serviceLinker) link(item serviceItem) bool {
	s := l.scope
	l.spec, l.place, l.names = item.Service, item.place, s.names(nil).with("service", item.Name)
	clear(l.pins)
	l.out.Scope, l.out.Name, l.out.place = s, item.Name, item.place
	if problem := checkSubdomain("service", item.Name); problem != "" {
		if !l.place.nameless(item.Name) {
			l.fail("invalid-name", "name", problem, subdomainHint)
		}
		return false
	}
	l.out.Namespace = l.text("namespace", or(l.spec.Namespace, s.Namespace))
	if l.out.Namespace == "" && l.place.hides("namespace") {
		return false
	}
	if l.out.Namespace == "" {
		l.fail("missing-field", "namespace", s.owns("service")+" "+quote(item.Name)+" names no namespace", "add namespace: …")
	} else if problem := checkLabel("namespace", l.out.Namespace); problem != "" && l.spec.Namespace != "" { // the pattern's is found once
		l.fail("invalid-name", "namespace", problem, labelHint)
	}
	if f := s.Model.index.squats(s, l.place, "service", l.out.Name, l.out.Namespace); f.Code != "" {
		*l.findings = append(*l.findings, f)
	}
	l.names = l.names.with("namespace", l.out.Namespace)
	defaults := s.Model.Platform.Spec.Defaults
	pattern := expander{l.names, s.Model.top, l.findings}
	l.out.ExternalSecret = pattern.text("spec.defaults.externalSecret", or(defaults.ExternalSecret, DefaultExternalSecret))
	if problem := checkSubdomain("externalSecret", l.out.ExternalSecret); problem != "" {
		l.fail("invalid-name", "name", problem, subdomainHint)
	}
	l.data()
	l.dataFrom()
	slices.SortFunc(l.out.Reads, func(a, b Read) int { return strings.Compare(a.Key, b.Key) })
	l.pin()
	l.regions()
	if len(item.Data) == 0 && len(item.DataFrom) == 0 {
		if l.place.misread() {
			return false
		}
		f := l.place.finding("missing-field", "name", "service "+quote(item.Name)+" reads no secret", "add data: or dataFrom:")
		f.Severity = diag.Warning
		*l.findings = append(*l.findings, f)
		return false
	}
	return true
}

func (l *serviceLinker) data() {
	keys := slices.AppendSeq(make([]string, 0, len(l.spec.Data)), maps.Keys(l.spec.Data))
	slices.Sort(keys)
	l.out.Reads = make([]Read, 0, len(keys))
	for _, key := range keys {
		field := fieldOf("data", key)
		if problem := checkSecretKey(key); problem != "" {
			*l.findings = append(*l.findings, l.place.keyFinding("invalid-name", field, problem, secretKeyHint))
			continue
		}
		written := l.spec.Data[key]
		before := len(*l.findings)
		text := l.text(field, written)
		if len(*l.findings) > before {
			continue
		}
		slash := strings.IndexByte(text, '/')
		if slash <= 0 || slash == len(text)-1 {
			l.fail("wrong-type", field, "a reference looks like secret/key, tenant:secret/key or platform:secret/key", l.meant(text))
			continue
		}
		property := text[slash+1:]
		e, ok := l.resolve(field, written, text[:slash])
		if !ok {
			continue
		}
		if len(e.keys) > 0 && !slices.Contains(e.keys, property) {
			if e.unread {
				continue
			}
			hint := "its keys: " + strings.Join(e.keys, ", ")
			if near := yamlsrc.Closest(property, e.keys); near != "" {
				hint = "did you mean " + quote(near) + "?"
			}
			f := l.place.finding("unknown-key", field, "service "+quote(l.out.Name)+" reads "+text+", but secret "+quote(e.name)+" has no key "+quote(property), hint)
			f.Span = narrow(f.Span, written, len(written)-len(property), len(written))
			f.Related = []diag.Related{{Span: e.span(), Message: "the secret"}}
			*l.findings = append(*l.findings, f)
			continue
		}
		l.read(Read{Key: key, RemoteKey: e.remoteKey, Property: property, Bare: e.bare, External: e.origin == Remote, Field: field}, e)
	}
}

// meant says which keys there are where a reference names only the secret, or has another sign between the two.
func (l *serviceLinker) meant(text string) string {
	if e := l.scope.entry(l.scope.id(text)); e != nil && len(e.keys) > 0 {
		return "such as " + text + "/" + strings.Join(e.keys, " or "+text+"/")
	}
	for i := len(text) - 1; i > 0; i-- {
		if e := l.scope.entry(l.scope.id(text[:i])); e != nil && slices.Contains(e.keys, text[i+1:]) {
			return "did you mean " + quote(text[:i]+"/"+text[i+1:]) + "?"
		}
	}
	return ""
}

// elsewhere is the reference that seems to be meant by one to a secret that the tenant does not have: with an owner before a colon.
func (l *serviceLinker) elsewhere(written string, id secretID) string {
	s, x := l.scope, &l.scope.Model.index
	if id.tenant != s.Tenant {
		return ""
	}
	if owner, rest, ok := strings.Cut(written, "/"); ok && strings.Contains(rest, "/") && (x.tenants[owner] || owner == "platform") {
		return owner + ":" + rest
	}
	for _, owner := range append([]string{""}, slices.Sorted(maps.Keys(x.tenants))...) {
		if x.granted[grantID{owner, id.name, s.Tenant}] {
			return or(owner, "platform") + ":" + written
		}
	}
	return ""
}

func (l *serviceLinker) dataFrom() {
	for i, from := range l.spec.DataFrom {
		field := yamlsrc.Index("dataFrom", i)
		if from.Secret == "" && !l.place.has(field+".secret") {
			continue // reported where it is read
		}
		before := len(*l.findings)
		text := l.text(field+".secret", from.Secret)
		if len(*l.findings) > before {
			continue
		}
		e, ok := l.resolve(field+".secret", from.Secret, text)
		if !ok {
			continue
		}
		prefix := l.text(field+".prefix", from.Prefix)
		if problem := checkSecretKey(prefix + "x"); problem != "" {
			l.fail("invalid-name", field+".prefix", quote(prefix)+" can't begin a key of a Secret", secretKeyHint)
			continue
		}
		if len(e.keys) == 0 {
			l.readable(field, e)
			l.out.Extracts = append(l.out.Extracts, Extract{RemoteKey: e.remoteKey, Prefix: prefix, Field: field})
			continue
		}
		for _, key := range e.keys {
			l.read(Read{Key: prefix + key, RemoteKey: e.remoteKey, Property: key, Bare: e.bare, External: e.origin == Remote, Field: field}, e)
		}
	}
}

func (l *serviceLinker) read(r Read, e *entry) {
	for _, other := range l.out.Reads {
		if other.Key == r.Key {
			l.fail("duplicate-name", r.Field, "service "+quote(l.out.Name)+" has the key "+quote(r.Key)+" twice", "give one of them another key or prefix")
			return
		}
	}
	l.readable(r.Field, e)
	l.out.Reads = append(l.out.Reads, r)
	if e.epoch != "" {
		name, key := e.name, e.name
		if e.tenant != l.scope.Tenant {
			owner := or(e.tenant, "platform")
			name, key = owner+":"+e.name, owner+"_"+e.name
		}
		if l.pins == nil {
			l.pins = map[secretID]Pin{}
		}
		l.pins[e.secretID] = Pin{Key: "_" + key + EpochKey, Secret: name, RemoteKey: e.remoteKey, Epoch: e.epoch}
	}
}

// readable checks that every region that runs the service can pull the secret.
func (l *serviceLinker) readable(field string, e *entry) {
	if len(e.closed) == 0 {
		return
	}
	var unheeded []diag.Finding
	for _, r := range l.scope.regionsOf(serviceItem{l.spec, l.place}, &unheeded) {
		if why, ok := e.closed[r]; ok {
			l.fail("pull-unsupported", field, "service "+quote(l.out.Name)+" can't read secret "+quote(e.name)+" in "+r.Name+": "+why, "")
			return
		}
	}
}

// resolve finds the secret that a reference names. written is the text as it stands in the description.
func (l *serviceLinker) resolve(field, written, reference string) (*entry, bool) {
	s := l.scope
	owner, name, cross := strings.Cut(reference, ":")
	if !cross {
		owner, name = s.Tenant, reference
	}
	id := secretID{tenant: owner, name: name}
	if owner == "platform" {
		id.tenant = ""
	}
	if id.tenant != "" && s.Environment != nil {
		id.environment = s.Environment.Name
	}
	x := &s.Model.index
	switch {
	case id.tenant != "" && s.Environment == nil:
		l.fail("unknown-tenant", field, "a platform service can't read a tenant's secret, since a tenant's secrets are those of an environment", "")
		return nil, false
	case id.tenant != "" && !x.tenants[id.tenant] && s.Model.unread.tenants:
		return nil, false
	case id.tenant != "" && !x.tenants[id.tenant]:
		hint := ""
		if near := yamlsrc.Closest(owner, slices.Sorted(maps.Keys(x.tenants))); near != "" {
			hint = "did you mean " + quote(near) + "?"
		}
		l.fail("unknown-tenant", field, "service "+quote(l.out.Name)+" reads "+reference+", but there is no tenant "+quote(owner), hint)
		return nil, false
	}
	e := s.entry(id)
	if x.broken[id] || e == nil && s.Model.unread.secrets[id.tenant] {
		return nil, false
	}
	if e == nil {
		if l.place.hides("environments") && x.owns(s.holdingOf(id.tenant), id.tenant, name) {
			return nil, false
		}
		l.unknownSecret(field, written, id)
		return nil, false
	}
	if id.tenant != s.Tenant && !x.granted[grantID{id.tenant, name, s.Tenant}] {
		if s.Model.unread.grants[id.tenant] {
			return nil, false
		}
		f := l.place.finding("grant-missing", field, "service "+quote(l.out.Name)+" reads "+reference+", which "+e.owner()+" does not grant to tenant "+quote(s.Tenant),
			"its owner adds grants: [{secret: "+name+", to: ["+s.Tenant+"]}]")
		f.Related = []diag.Related{{Span: e.span(), Message: "the secret"}}
		*l.findings = append(*l.findings, f)
		return nil, false
	}
	if e.origin == Local || e.origin == Offline {
		message := "is generated where it is used and never in a store"
		hint := "name the service's regions in the secret's regions: and mount its own Secret"
		if e.origin == Offline {
			message, hint = "is kept offline", ""
		}
		l.fail("unknown-key", field, "service "+quote(l.out.Name)+" reads "+reference+", which "+message, hint)
		return nil, false
	}
	return e, true
}

func (l *serviceLinker) unknownSecret(field, written string, id secretID) {
	x := &l.scope.Model.index
	owner := (&entry{secretID: id}).owner()
	message := "service " + quote(l.out.Name) + " reads " + written + ", but " + owner + " has no secret " + quote(id.name)
	has := l.scope.holdingOf(id.tenant)
	all := x.secretNames(has, id.tenant, id.environment)
	hint := ""
	if x.owns(has, id.tenant, id.name) {
		message += " in environment " + quote(id.environment)
	} else if reference := l.elsewhere(written, id); reference != "" {
		hint = "did you mean " + quote(reference) + "?"
	} else if near := yamlsrc.Closest(id.name, all); near != "" {
		hint = "did you mean " + quote(near) + "?"
	} else if len(all) > 0 && len(all) <= 12 {
		hint = "it has " + strings.Join(all, ", ")
	}
	f := l.place.finding("unknown-secret", field, message, hint)
	start := strings.Index(written, id.name)
	if start >= 0 {
		f.Span = narrow(f.Span, written, start, start+len(id.name))
	}
	*l.findings = append(*l.findings, f)
}

// narrow cuts a span down to a part of the text that stands there; quotes before the text are skipped.
func narrow(span diag.Span, text string, from, to int) diag.Span {
	if !span.IsValid() || int(span.End) > len(span.File.Data) {
		return span
	}
	i := strings.Index(string(span.File.Data[span.Start:span.End]), text)
	if i < 0 {
		return span
	}
	return diag.Span{File: span.File, Start: span.Start + int32(i+from), End: span.Start + int32(i+to)}
}

// pin decides which epochs the service waits for.
func (l *serviceLinker) pin() {
	if l.spec.Pin != nil && !*l.spec.Pin || len(l.pins) == 0 {
		return
	}
	template, _ := l.spec.Target["template"].(map[string]any)
	var why string
	switch {
	case template["templateFrom"] != nil:
		why = "its template comes from elsewhere"
	case len(l.out.Extracts) > 0:
		why = "it takes all keys of a secret whose keys are not known"
	}
	if why != "" {
		f := l.place.finding("not-pinned", "name", "service "+quote(l.out.Name)+" does not wait for the epoch of what it reads, since "+why,
			"after a rotation it has the new value within its refreshInterval; pin: false says that this is meant")
		f.Severity = diag.Note
		*l.findings = append(*l.findings, f)
		return
	}
	for _, pin := range l.pins {
		l.out.Pins = append(l.out.Pins, pin)
	}
	slices.SortFunc(l.out.Pins, func(a, b Pin) int { return strings.Compare(a.Key, b.Key) })
}

// regionsOf are the regions that run a service.
func (s *Scope) regionsOf(item serviceItem, findings *[]diag.Finding) []*Region {
	switch w := item.Regions; {
	case w == nil || w.All:
		return s.Regions
	case w.Home:
		return s.atHome()
	default:
		in, unknown := s.Model.regionsNamed(item.place, "regions", w.Names, s.Regions, s.Environment)
		*findings = append(*findings, unknown...)
		return in
	}
}

func (l *serviceLinker) regions() {
	s := l.scope
	regions := s.regionsOf(serviceItem{l.spec, l.place}, l.findings)
	l.out.In = make([]ServiceIn, 0, len(regions))
	for _, r := range regions {
		e := expander{l.inRegion[slices.Index(s.Regions, r)].with("service", l.out.Name, "namespace", l.out.Namespace), l.place, l.findings}
		l.out.In = append(l.out.In, ServiceIn{Region: r, RefreshInterval: e.refreshInterval(s.Model, l.spec.RefreshInterval),
			Labels: e.strings("labels", l.spec.Labels), Annotations: e.strings("annotations", l.spec.Annotations),
			Target: e.open("target", l.spec.Target)})
	}
}
