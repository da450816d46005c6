package model

import (
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/internal/eso"
	"github.com/openova-io/esotree/internal/yamlsrc"
	"github.com/openova-io/esotree/schema"
)

// secretLinker links one secret.
type secretLinker struct {
	expander
	scope *Scope
	out   *Secret
	// spec is the secret's, laid over that of its class.
	spec   *schema.SecretSpec
	merged schema.SecretSpec
	// ofClass is set where the generator is the class's.
	ofClass bool
}

func (s *Scope) linkSecrets(items []secretItem) []diag.Finding {
	var findings []diag.Finding
	l := &secretLinker{}
	room := make([]Secret, len(items))
	s.Secrets = make([]*Secret, 0, len(items))
	for i, item := range items {
		if item.Environments != nil && s.Environment == nil {
			findings = append(findings, ofPlatform(item.place))
		}
		if item.Environments != nil && s.Environment != nil {
			unknown := false
			for i, name := range item.Environments {
				if _, ok := s.Model.Environment(name); !ok {
					unknown = true
					findings = append(findings, s.Model.unknownEnvironment(item.place, yamlsrc.Index("environments", i), name)...)
				}
			}
			if unknown {
				s.broken = append(s.broken, item.Name)
				continue
			}
			if !slices.Contains(item.Environments, s.Environment.Name) {
				continue
			}
		}
		*l = secretLinker{expander: expander{s.names(nil).with("secret", item.Name), item.place, &findings}, scope: s, out: &room[i], spec: &item.SecretSpec}
		if l.link(item.Name, item.Class) {
			s.Secrets = append(s.Secrets, l.out)
		} else {
			s.broken = append(s.broken, item.Name)
		}
	}
	slices.SortFunc(s.Secrets, func(a, b *Secret) int { return strings.Compare(a.Name, b.Name) })
	return findings
}

func ofPlatform(at place) diag.Finding {
	return at.finding("invalid-value", "environments", "what the platform owns is not part of an environment", "drop environments, or move it to a tenant")
}

// link returns false when the secret can't be linked; every other mistake leaves a finding and a secret that is as
// right as it can be, so that nothing else is reported because of it.
func (l *secretLinker) link(name, class string) bool {
	l.out.Scope, l.out.Name, l.out.Class = l.scope, name, class
	if problem := checkSubdomain("secret", name); problem != "" {
		if !l.place.nameless(name) {
			l.fail("invalid-name", "name", problem, subdomainHint)
		}
		return false
	}
	l.out.formerOwn = l.spec.FormerRemoteKeys != nil // its class may have some too
	if class != "" {
		l.class(class)
	}
	l.out.place = l.place
	l.out.PushOptions = *mergePush(l.scope.Model.push, l.spec.Push)
	if !l.source() {
		return false
	}
	l.namespace()
	l.objectNames()
	l.rotation()
	l.regions()
	l.keys()
	l.push()
	l.target()
	o := l.out
	return len(o.Keys) > 0 || o.Origin == Remote || o.Origin == Offline // else none of its keys is right
}

func (l *secretLinker) class(name string) {
	c, ok := l.scope.Model.classes[name]
	if !ok && l.scope.Model.unread.classes {
		return
	}
	if !ok {
		all := slices.Sorted(maps.Keys(l.scope.Model.classes))
		hint := "known classes: " + strings.Join(all, ", ")
		if near := yamlsrc.Closest(name, all); near != "" {
			hint = "did you mean " + quote(near) + "?"
		}
		l.fail("unknown-class", "class", "there is no class "+quote(name), hint)
		return
	}
	l.merged = mergeSecret(&c.SecretSpec, l.spec)
	l.spec = &l.merged
	l.ofClass = l.merged.Generator == c.Generator
	if len(c.place) > 0 {
		l.place = slices.Concat(l.place, c.place)
	}
}

func (l *secretLinker) source() bool {
	var sources []string
	if l.spec.Generator != nil {
		sources = append(sources, "generator")
		l.generator()
	}
	if b := l.spec.Bootstrap; b != nil {
		sources = append(sources, "bootstrap")
		l.out.Origin = Bootstrap
		if b.Offline {
			l.out.Origin = Offline
		}
		l.out.Prompt = b.Prompt
	}
	if l.spec.SecretRef != nil {
		sources = append(sources, "secretRef")
		l.out.Origin = Referenced
	}
	if r := l.spec.Remote; r != nil {
		sources = append(sources, "remote")
		l.out.Origin = Remote
		l.out.RemoteKey = l.text("remote.key", r.Key)
	}
	switch len(sources) {
	case 1:
		return l.out.Origin != Generated && l.out.Origin != Local || l.out.Generator.Kind != ""
	case 0:
		if _, known := l.scope.Model.classes[l.out.Class]; (known || l.out.Class == "") && !l.place.misread() && !l.added() {
			l.fail("one-of", "name", "secret "+quote(l.out.Name)+" does not say where its value comes from",
				"one of generator, bootstrap, secretRef and remote, or a class that has one")
		}
	default:
		l.fail("one-of", sources[1], "secret "+quote(l.out.Name)+" has more than one source: "+strings.Join(sources, ", "), "keep one of them")
	}
	return false
}

// added reports whether the secret is one that an override seems to add, where it may be meant for one that could not be read.
func (l *secretLinker) added() bool {
	return l.scope.tenant != nil && hidesSecrets(l.scope.tenant) && strings.HasPrefix(l.place[0].path, "spec.overrides") && !l.place.has("class")
}

func (l *secretLinker) generator() {
	g := l.spec.Generator
	facts, ok := l.scope.Model.generators[g.Kind]
	if !ok && l.place.hides("generator.kind") {
		return
	}
	if !ok {
		var all []string
		for _, known := range eso.Generators() {
			all = append(all, known.Kind)
		}
		hint := "known kinds: " + strings.Join(all, ", ")
		if near := yamlsrc.Closest(g.Kind, all); near != "" {
			hint = "did you mean " + quote(near) + "?"
		}
		l.fail("unknown-generator", "generator.kind", "there is no generator "+quote(g.Kind), hint)
		return
	}
	l.out.Generator = Generator{Kind: g.Kind, Facts: facts, Spec: g.Spec}
	if expands(map[string]any(g.Spec)) {
		l.out.Generator.Spec = l.open("generator.spec", g.Spec)
	} else if l.ofClass {
		l.out.Generator.Class = g
	}
	l.out.Origin = Local
	if facts.Rotatable {
		l.out.Origin = Generated
	}
}

func (l *secretLinker) namespace() {
	s := l.scope
	l.out.Namespace = l.text("namespace", or(l.spec.Namespace, s.Namespace))
	if l.out.Namespace == "" && l.place.hides("namespace") {
		l.names = l.names.with("namespace", "")
		s.broken = append(s.broken, l.out.Name)
		return
	}
	if l.out.Namespace == "" {
		l.fail("missing-field", "namespace", l.scope.owns("secret")+" "+quote(l.out.Name)+" names no namespace", "add namespace: …")
	} else if problem := checkLabel("namespace", l.out.Namespace); problem != "" && l.spec.Namespace != "" { // the pattern's is found once
		l.fail("invalid-name", "namespace", problem, labelHint)
	}
	l.names = l.names.with("namespace", l.out.Namespace)
}

func (l *secretLinker) objectNames() {
	given := &schema.Names{}
	if l.spec.Names != nil {
		given = l.spec.Names
	}
	o := l.out
	o.GeneratorName = l.objectName("generator", "names.generator", given.Generator, o.Name+"-generator")
	o.ExternalSecret = l.objectName("externalSecret", "names.externalSecret", given.ExternalSecret, o.Name)
	o.Push = l.objectName("push", "names.push", given.Push, "push-"+o.Name)
	if o.PushOptions.Split == schema.PushPerRegion {
		l.pushNames()
	}
	o.Target = l.objectName("target", "names.target", given.Target, o.Name)
	if o.Origin == Referenced && l.spec.SecretRef.Name != "" {
		o.Target = l.text("secretRef.name", l.spec.SecretRef.Name)
	}
	if o.RemoteKey == "" && o.Origin != Local && o.Origin != Offline {
		field, pattern := l.scope.keyPattern()
		before := len(*l.findings)
		if l.spec.RemoteKey != "" {
			o.RemoteKey = l.text("remoteKey", l.spec.RemoteKey)
		} else {
			e := expander{l.names, l.scope.Model.top, l.findings}
			o.RemoteKey = e.text("spec.defaults."+field, pattern)
		}
		if len(*l.findings) > before { // half a key would clash with others
			o.RemoteKey = strings.ReplaceAll(l.scope.Label(), "/", "-") + "-" + o.Name
		}
	}
}

func (l *secretLinker) objectName(what, field, text, fallback string) string {
	name := or(l.text(field, text), fallback)
	if problem := checkSubdomain(what, name); problem != "" {
		l.fail("invalid-name", field, problem, subdomainHint)
	}
	return name
}

// pushNames checks the names of the pushes to single regions, where they are longer than those that they are made of.
func (l *secretLinker) pushNames() {
	for _, r := range l.scope.Regions {
		if len(l.out.Push)+len("-")+len(r.Name) <= longestSubdomain || checkSubdomain("push", l.out.Push) != "" || checkLabel("region", r.Name) != "" {
			continue
		}
		l.fail("invalid-name", "names.push", checkSubdomain("push", l.out.Push+"-"+r.Name)+" with the region's", subdomainHint)
		return
	}
}

func (l *secretLinker) rotation() {
	r := l.spec.Rotation
	if r == nil {
		l.out.Rotation.By = schema.ByCommit
		return
	}
	o := &l.out.Rotation
	o.By = or(r.By, schema.ByCommit)
	o.Epoch = l.text("rotation.epoch", r.Epoch)
	if o.Epoch != "" && !epoch.MatchString(o.Epoch) {
		l.fail("invalid-value", "rotation.epoch", "the text given can't be an epoch", epochHint)
		o.Epoch = ""
	}
	o.Every = l.duration("rotation.every", r.Every, "")
	o.Since = l.text("rotation.since", r.Since)
	if _, err := time.Parse(time.DateOnly, o.Since); o.Since != "" && err != nil {
		l.fail("invalid-value", "rotation.since", quote(o.Since)+" is not a day", "such as 2026-11-23, quoted")
		o.Since = ""
	}
	o.KeepPrevious = r.KeepPrevious != nil && *r.KeepPrevious
	if o.Clock() {
		o.Offset = offset(l.scope, l.out.Name, o.Every)
	}
	switch {
	case o.By == schema.ByClock && o.Every == 0 && l.place.hides("rotation.every"):
	case o.By == schema.ByClock && o.Every == 0:
		l.fail("missing-field", "rotation.every", "a rotation by the clock needs to say how often", `such as every: 30d`)
	case o.By == schema.ByClock && o.Every%time.Second != 0:
		l.fail("invalid-value", "rotation.every", "a clock counts whole seconds", "")
	case o.By == schema.ByClock && l.spec.Immutable != nil && *l.spec.Immutable:
		l.fail("invalid-value", "immutable", "an immutable Secret never gets the clock's next value", "drop immutable")
	case o.By == schema.ByClock && l.out.Origin != Generated:
		l.fail("invalid-value", "rotation.by", "the clock can rotate only what a Password, UUID or SSHKey generator makes", "by: Commit reminds a person, by: External says that someone else rotates")
	case o.KeepPrevious && l.out.Origin != Generated:
		l.fail("invalid-value", "rotation.keepPrevious", "the previous value can be kept only of what a Password, UUID or SSHKey generator makes", "")
	}
	if o.Every > 0 && o.By == schema.ByCommit {
		if _, dated := o.Last(); !dated && !l.place.misread("rotation") {
			f := l.place.finding("rotation-undated", "rotation", "nothing says when secret "+quote(l.out.Name)+" was last rotated, so it never becomes due",
				"use a date as epoch, or since: to date the value as it is")
			f.Severity = diag.Note
			*l.findings = append(*l.findings, f)
		}
	}
}

// offset spreads the periods of clocks: a hash of what the secret is called, so that it never changes with anything else.
func offset(s *Scope, name string, every time.Duration) int64 {
	seconds := int64(every / time.Second)
	if seconds == 0 {
		return 0
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(s.Label() + "/" + name))
	return int64(h.Sum64()>>1) % seconds
}

func (e *expander) duration(field string, text, fallback schema.Duration) time.Duration {
	given := or(schema.Duration(e.text(field, string(text))), fallback)
	if given == "" {
		return 0
	}
	d, err := given.Parse()
	if err != nil {
		e.fail("invalid-value", field, err.Error(), "")
		d, _ = DefaultInterval.Parse()
	}
	return d
}

// refreshInterval is how often something is pulled: as it says itself, else as the Platform says.
func (e *expander) refreshInterval(m *Model, own schema.Duration) time.Duration {
	if own != "" {
		return e.duration("refreshInterval", own, "")
	}
	platform := expander{e.names, m.top, e.findings}
	return platform.duration("spec.defaults.refreshInterval", m.Platform.Spec.Defaults.RefreshInterval, DefaultInterval)
}

func (l *secretLinker) pushInterval() time.Duration {
	if l.spec.PushInterval != "" {
		return l.duration("pushInterval", l.spec.PushInterval, "")
	}
	m := l.scope.Model
	platform := expander{l.names, m.top, l.findings}
	return platform.duration("spec.defaults.pushInterval", m.Platform.Spec.Defaults.PushInterval, DefaultInterval)
}

func (l *secretLinker) regions() {
	s, o := l.scope, l.out
	all := s.Environment == nil || o.Origin == Local && l.spec.Type == DockerConfigType
	wanted := l.spec.Regions
	switch {
	case o.Origin == Offline:
	case wanted == nil && o.Origin == Remote && s.Environment != nil:
		// A tenant's remote secret has no Secret of its own unless someone asks: its services read the store.
	case wanted == nil && all, wanted != nil && wanted.All:
		o.In = s.Regions
	case wanted == nil, wanted.Home:
		o.In = s.atHome()
	default:
		in, findings := s.Model.regionsNamed(l.place, "regions", wanted.Names, s.Regions, s.Environment)
		if len(findings) > 0 && !l.place.hides("environments") { // the regions may be meant for other environments
			*l.findings = append(*l.findings, findings...)
		}
		o.In = in
	}
	madeAtHome := o.Origin == Generated || o.Origin == Bootstrap || o.Origin == Referenced
	if madeAtHome && !slices.Contains(o.In, s.Home) {
		o.In = slices.DeleteFunc(slices.Clone(s.Regions), func(r *Region) bool { return r != s.Home && !slices.Contains(o.In, r) })
	}
}

func (l *secretLinker) push() {
	s, o := l.scope, l.out
	platform := &s.Model.Platform.Spec
	o.RefreshInterval = l.refreshInterval(s.Model, l.spec.RefreshInterval)
	o.PushInterval = l.pushInterval()
	if o.Origin == Local && l.spec.RefreshInterval == "" && o.Generator.Facts.TokenLife > 0 {
		o.RefreshInterval = min(o.RefreshInterval, o.Generator.Facts.TokenLife/2)
	}
	if r := o.Rotation; o.Origin == Generated && r.Clock() && 2*o.PushInterval > r.Every {
		l.fail("invalid-value", "rotation.every", "a clock of "+r.Every.String()+" is too fast for a value that is pushed every "+o.PushInterval.String(),
			"a new value must be pushed before the clock is looked at again: set pushInterval to "+(r.Every/2).String()+" or less")
	}
	if o.Origin == Local || o.Origin == Offline {
		if l.spec.RemoteKey != "" || len(l.spec.FormerRemoteKeys) > 0 || l.spec.Push != nil {
			field := "push"
			switch {
			case l.spec.Push != nil:
			case l.spec.RemoteKey != "":
				field = "remoteKey"
			default:
				field = formerField
			}
			l.fail("invalid-value", field, "secret "+quote(o.Name)+" never reaches a store", "what a provider issues is generated where it is used; what is offline stays with people")
		}
		return
	}
	if o.Origin != Remote {
		o.PushTo = s.Regions
		if o.PushOptions.To == schema.PushToHome {
			o.PushTo = s.atHome()
		}
	}
	l.remoteKey()
	recover := or(l.spec.Recover, platform.Recover, schema.RecoverAll)
	if home := s.Home.ESO; !s.Home.policies && platform.Recover == schema.RecoverNone {
		since, _ := eso.Since("ExternalSecret", "spec.refreshPolicy")
		hint := "upgrade to " + since.String() + " or later"
		switch {
		case recover != schema.RecoverNone && (o.Origin == Generated || o.Origin == Bootstrap):
			l.fail("release-too-old", "recover", "release "+home.Release().String()+" of the operator has no refreshPolicy, without which the stores can't remember a value", hint)
		case o.Origin == Generated && o.Rotation.Epoch != "" && !o.Rotation.Clock():
			l.fail("release-too-old", "rotation.epoch", "release "+home.Release().String()+" of the operator has no refreshPolicy, without which an epoch can't rotate", hint)
		}
	}
	switch recover {
	case schema.RecoverAll:
		o.Ask = s.atHome()
		if len(o.PushTo) > 1 {
			o.Ask = s.homeLast
		}
	case schema.RecoverHome:
		o.Ask = s.atHome()
	}
	l.formerKeys()
	if l.pushable() {
		l.readable()
	}
}

// pushable checks that ESO can write to the stores, in the way that is asked for.
func (l *secretLinker) pushable() bool {
	o := l.out
	release := l.scope.Home.ESO.Release()
	for _, r := range o.PushTo {
		if !r.Known() {
			continue
		}
		if !r.Provider.CanPush(release) {
			l.fail("push-unsupported", "push", "secret "+quote(o.Name)+" can't be pushed to the store of "+r.Name+": release "+release.String()+" of the operator only reads from "+r.Provider.Name,
				"use remote: for what is in the store already")
			return false
		}
		if o.PushOptions.Mode != schema.PushPerKey && !r.Provider.CanPushWhole(release) {
			l.fail("push-unsupported", "push.mode", "secret "+quote(o.Name)+" can't be pushed whole to the store of "+r.Name+": release "+release.String()+" of the operator writes single keys to "+r.Provider.Name,
				"set push: {mode: PerKey}")
			return false
		}
		if o.Bare(r) && len(o.Pushed()) > 1 {
			hint := "give each key a secret of its own"
			if r.Provider.CanPushWhole(release) {
				hint = "set push: {mode: Whole}"
			}
			l.fail("push-unsupported", "keys", "secret "+quote(o.Name)+" has "+strconv.Itoa(len(o.Pushed()))+" keys, but a push of one key replaces all that "+r.Provider.Name+" has under "+quote(o.RemoteKey), hint)
			return false
		}
	}
	return true
}

// readable checks that the secret's own objects can read it back from the stores.
func (l *secretLinker) readable() {
	o := l.out
	if o.Origin == Generated || o.Origin == Bootstrap {
		for _, r := range o.Ask {
			switch {
			case !r.Known():
			case r.Provider.WriteOnly:
				l.fail("pull-unsupported", "recover", "secret "+quote(o.Name)+" can't be remembered by the store of "+r.Name+": "+r.Provider.Name+" can only be written to", "set recover: None and lose what a rebuild loses")
				return
			case o.Bare(r):
				l.fail("pull-unsupported", "recover", "secret "+quote(o.Name)+" can't be remembered by the store of "+r.Name+": what is pushed to "+r.Provider.Name+" is a bare value without keys", "set recover: None and lose what a rebuild loses")
				return
			}
		}
	}
	for _, r := range o.In {
		if r == l.scope.Home && o.Origin != Remote || !r.Known() {
			continue
		}
		if why := o.unreadable(r); why != "" {
			l.fail("pull-unsupported", "regions", "secret "+quote(o.Name)+" can't be pulled in "+r.Name+": "+why, "")
			return
		}
	}
}

// remoteKey checks the key against what the providers allow.
func (l *secretLinker) remoteKey() {
	field := "remoteKey"
	if l.out.Origin == Remote {
		field = "remote.key"
	}
	if l.scope.Model.unread.defaults && !l.place.has(field) {
		return
	}
	message, hint := l.illegalKey(l.out.RemoteKey)
	if message == "" {
		return
	}
	if hint == "" {
		hint = l.flatKey(field)
	}
	l.fail("remote-key-illegal", field, message, hint)
}

// illegalKey says why a key can't be one in the stores of the scope's regions, and what to do, "" where it has to do without slashes;
// "" when it can.
func (l *secretLinker) illegalKey(key string) (message, hint string) {
	for _, r := range l.scope.Regions {
		switch p := &r.Provider; {
		case !r.Known():
		case strings.Contains(key, "/") && !p.Slashes && !p.LegalKey(key):
			return fmt.Sprintf("key %q has a slash, which %s does not allow", key, p.Name), ""
		case p.TooLong(key):
			return fmt.Sprintf("the key has %d characters, %s allows %d", len(key), p.Name, p.MaxKey), "set remoteKey to a shorter one"
		case !p.LegalKey(key):
			return fmt.Sprintf("%q can't be a key in %s", key, p.Name), "its keys match " + p.KeyPattern
		}
	}
	for part := range strings.SplitSeq(key, "/") {
		if part == ".." || part == "." {
			return fmt.Sprintf("key %q has the segment %q", key, part), "a key says where a value is, without detours"
		}
	}
	return "", ""
}

// flatKey says how to do without slashes in a key.
func (l *secretLinker) flatKey(field string) string {
	switch {
	case l.place.has(field):
		return "such as " + strings.ReplaceAll(l.out.RemoteKey, "/", "-")
	case l.scope.Environment == nil:
		return "set spec.defaults.platformRemoteKey of the Platform to a pattern without one, such as $(namespace)-$(secret)"
	}
	return "set spec.defaults.remoteKey of the Platform to a pattern without one, such as $(tenant)-$(environment)-$(secret)"
}

func (l *secretLinker) target() {
	o := l.out
	o.Type = l.text("type", l.spec.Type)
	o.Labels = l.strings("labels", l.spec.Labels)
	o.Annotations = l.strings("annotations", l.spec.Annotations)
	o.Immutable = l.spec.Immutable != nil && *l.spec.Immutable
	switch {
	case o.Immutable && o.Origin == Local:
		l.fail("invalid-value", "immutable", "an immutable Secret never gets the next token, and this one ends", "drop immutable")
	case o.Immutable && o.Marked():
		f := l.place.finding("invalid-value", "immutable", "an immutable Secret stays as it is when the epoch of "+quote(o.Name)+" changes",
			"delete the Secret in the home cluster after the commit: the operator then makes it with the new value")
		f.Severity = diag.Note
		*l.findings = append(*l.findings, f)
	}
	if l.spec.Registry != "" && o.Origin != Local && l.place.has("registry") {
		l.fail("invalid-value", "registry", "secret "+quote(o.Name)+" holds no token of a registry", "registry: is for generators of registry tokens, such as GCRAccessToken")
	}
}
