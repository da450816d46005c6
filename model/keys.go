package model

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/openova-io/esotree/internal/yamlsrc"
	"github.com/openova-io/esotree/schema"
)

// The keys that esotree adds to a value in the stores.
const (
	EpochKey       = "_epoch"
	PeriodKey      = "_period"
	PreviousPrefix = "previous_"
	// GeneratedKey says when the value was made, in unix milliseconds. It is there where esotree's origin made the value and
	// pushes it whole.
	GeneratedKey = "_generated"
	// FreshPrefix is that of the generator's outputs in an origin's template; it never reaches a store.
	FreshPrefix = "new_"
)

// DockerConfigType is the type of a Secret that pulls images.
const DockerConfigType = "kubernetes.io/dockerconfigjson"

// DockerConfigKey is the one key of such a Secret.
const DockerConfigKey = ".dockerconfigjson"

func (l *secretLinker) keys() {
	o := l.out
	switch o.Origin {
	case Generated, Local:
		l.generatorKeys()
	default:
		l.sourceKeys()
	}
	slices.SortFunc(o.Keys, func(a, b Key) int { return strings.Compare(a.Name, b.Name) })
	for name := range l.spec.Keys {
		if !slices.ContainsFunc(o.Keys, func(k Key) bool { return k.Name == name }) {
			o.broken = append(o.broken, name)
		}
	}
}

// named calls link for each key that the description names, in their order.
func (l *secretLinker) named(link func(name string, key schema.Key)) {
	names := make([]string, 0, 8)
	for name := range l.spec.Keys {
		names = append(names, name)
	}
	slices.Sort(names)
	l.out.Keys = make([]Key, 0, len(names))
	for _, name := range names {
		if key := l.spec.Keys[name]; l.legalKey(name, key) {
			link(name, key)
		}
	}
}

// keyField is the path of a key, or of a field of it. It is asked for where something is wrong, or to be expanded.
func keyField(name, field string) string { return join(fieldOf("keys", name), field) }

// generatorKeys takes each key from the generator's outputs.
func (l *secretLinker) generatorKeys() {
	o := l.out
	outputs, open := l.outputs()
	if o.Origin == Local && l.spec.Type == DockerConfigType {
		if _, own := l.spec.Keys[DockerConfigKey]; !own {
			if len(l.spec.Keys) > 0 {
				l.fail("invalid-value", "keys", "an image pull Secret has the one key "+quote(DockerConfigKey), "leave keys out, or give "+DockerConfigKey+" a template")
			}
			l.dockerConfig(outputs)
			return
		}
	}
	if len(l.spec.Keys) == 0 {
		o.Keys = make([]Key, 0, len(outputs))
		for _, output := range outputs {
			o.Keys = append(o.Keys, Key{Name: output, Output: output})
		}
		if open && len(outputs) == 0 {
			l.fail("missing-field", "generator.kind", "what the "+o.Generator.Kind+" generator puts out depends on its spec, so its keys must be named", "add keys: {…}")
		}
		return
	}
	l.named(func(name string, key schema.Key) {
		if key.Template != "" {
			l.templateKey(name, key, outputs, open)
			return
		}
		output := key.Output
		if output == "" {
			output = name
			if !slices.Contains(outputs, name) && len(outputs) == 1 {
				output = outputs[0]
			}
		}
		if !open && !slices.Contains(outputs, output) {
			at := ""
			if key.Output != "" {
				at = "output"
			}
			l.unknownKey(keyField(name, at), "the "+o.Generator.Kind+" generator has no output "+quote(output), output, outputs)
			return
		}
		o.Keys = append(o.Keys, Key{Name: name, Output: output})
	})
	if o.Origin == Generated && len(o.Keys) == len(l.spec.Keys) && !slices.ContainsFunc(o.Keys, func(k Key) bool { return k.Template == "" || len(k.Reads) > 0 }) {
		l.fail("invalid-value", "keys", "no key of secret "+quote(o.Name)+" carries what the "+o.Generator.Kind+" generator makes", "add a key without a template, or let a template read: "+strings.Join(l.templateReads(outputs), ", "))
	}
}

// outputs are the names of what the generator makes. With open there may be more.
func (l *secretLinker) outputs() (outputs []string, open bool) {
	g := l.out.Generator
	field := strings.TrimPrefix(g.Facts.OutputsField, "spec.")
	switch own := g.Spec[field].(type) {
	case []any:
		for _, item := range own {
			if name, ok := item.(string); ok {
				outputs = append(outputs, name)
			}
		}
	case map[string]any:
		outputs = slices.Sorted(maps.Keys(own))
	}
	if len(outputs) > 0 {
		return outputs, false
	}
	return g.Facts.Outputs, g.Facts.OpenOutputs
}

// sourceKeys takes each key from the Secret or the store that already has it.
func (l *secretLinker) sourceKeys() {
	o := l.out
	var outputs []string
	for name, key := range l.spec.Keys {
		if key.Template == "" && checkSecretKey(name) == "" {
			outputs = append(outputs, or(key.Output, name))
		}
	}
	slices.Sort(outputs)
	l.named(func(name string, key schema.Key) {
		switch {
		case key.Template == "":
			o.Keys = append(o.Keys, Key{Name: name, Output: or(key.Output, name)})
		case o.Origin == Remote:
			l.fail("invalid-value", keyField(name, "template"), "a remote value is read as it is", "put the template on the service's target")
		default:
			l.templateKey(name, key, outputs, o.Origin == Referenced)
		}
	})
	if len(l.spec.Keys) == 0 && o.Origin != Remote && o.Origin != Offline && !l.place.misread() {
		l.fail("missing-field", "name", "secret "+quote(o.Name)+" names no keys", "add keys: {…}: only what is named is pushed")
	}
}

func (l *secretLinker) legalKey(name string, key schema.Key) bool {
	if problem := checkSecretKey(name); problem != "" {
		*l.findings = append(*l.findings, l.place.keyFinding("invalid-name", keyField(name, ""), problem, secretKeyHint))
		return false
	}
	if key.Template != "" && key.Output != "" {
		l.fail("one-of", keyField(name, "output"), "key "+quote(name)+" has both an output and a template", "keep one of them")
		return false
	}
	if output, ok := strings.CutPrefix(name, FreshPrefix); ok && l.out.Origin == Generated {
		if outputs, _ := l.outputs(); slices.Contains(outputs, output) {
			*l.findings = append(*l.findings, l.place.keyFinding("invalid-name", keyField(name, ""), "the key "+quote(name)+" is taken by the fresh value of "+quote(output), "give it another name"))
			return false
		}
	}
	if base, ok := strings.CutPrefix(name, PreviousPrefix); ok && l.out.Rotation.KeepPrevious {
		if _, ok := l.spec.Keys[base]; ok {
			*l.findings = append(*l.findings, l.place.keyFinding("invalid-name", keyField(name, ""), "the key "+quote(name)+" is taken by the previous value of "+quote(base), "drop it or keepPrevious"))
			return false
		}
	}
	return true
}

func (l *secretLinker) templateKey(name string, key schema.Key, outputs []string, open bool) {
	text := key.Template
	if expands(text) {
		text = l.text(keyField(name, "template"), text)
	}
	t, problem := l.scope.Model.templates.parse(text)
	switch {
	case problem != "":
		l.fail("invalid-template", keyField(name, "template"), problem, "it is an ESO template, in Go's template language")
		return
	case t.root:
		l.fail("template-root", keyField(name, "template"), "the template of key "+quote(name)+" uses $, which holds the value before the choice between store and generator", "use the dot: {{ .password }}")
		return
	}
	for _, read := range t.reads {
		other, described := l.spec.Keys[read]
		switch {
		case slices.Contains(outputs, read), described && other.Template == "" && checkSecretKey(read) == "":
		case described && other.Template != "":
			what := "which is made by a template itself"
			if read == name {
				what = "which is itself"
			}
			l.fail("unknown-key", keyField(name, "template"), "the template of key "+quote(name)+" reads "+quote(read)+", "+what,
				"a template reads the source's own keys: "+strings.Join(l.templateReads(outputs), ", "))
			return
		case !open:
			l.unknownKey(keyField(name, "template"), "the template of key "+quote(name)+" reads "+quote(read)+", which is not there", read, l.templateReads(outputs))
			return
		}
	}
	reads := t.reads
	if t.open {
		reads = l.templateReads(outputs)
	}
	l.out.Keys = append(l.out.Keys, Key{Name: name, Template: text, Reads: reads})
}

// templateReads are all that a key's template can read: the source's outputs, and the keys that are taken as they are.
func (l *secretLinker) templateReads(outputs []string) []string {
	all := slices.Clone(outputs) // a generator kind's own must stay as they are
	for name, key := range l.spec.Keys {
		if key.Template == "" && !slices.Contains(all, name) && checkSecretKey(name) == "" {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}

func (l *secretLinker) unknownKey(field, message, name string, known []string) {
	hint := "known here: " + strings.Join(known, ", ")
	if near := yamlsrc.Closest(name, known); near != "" {
		hint = "did you mean " + quote(near) + "?"
	}
	l.fail("unknown-key", field, message, hint)
}

// dockerConfig makes the one key of an image pull Secret from a registry token.
func (l *secretLinker) dockerConfig(outputs []string) {
	o := l.out
	o.Registry = l.text("registry", l.spec.Registry)
	facts := o.Generator.Facts
	user, reads := "{{ ."+facts.Username+" | toJson }}", []string{facts.Password}
	switch {
	case facts.Auth != "":
		reads = []string{facts.Auth}
	case facts.Password == "" || facts.Username == "" && facts.User == "":
		l.fail("invalid-value", "type", "the "+o.Generator.Kind+" generator puts out no user name and password, so it can't make an image pull Secret", "name the keys yourself")
		return
	case facts.Username == "":
		user = strconv.Quote(facts.User)
	default:
		reads = append(reads, facts.Username)
	}
	host := o.Registry
	switch {
	case host != "":
		name, _, _ := strings.Cut(host, "/")
		name, _, _ = strings.Cut(name, ":")
		if checkSubdomain("registry", name) != "" || strings.Contains(host, "://") {
			l.fail("invalid-name", "registry", quote(host)+" is no registry host", "such as europe-docker.pkg.dev")
		}
	case facts.RegistryOutput != "" && slices.Contains(outputs, facts.RegistryOutput):
		host = `{{ .` + facts.RegistryOutput + ` | trimPrefix "https://" }}`
		reads = append(reads, facts.RegistryOutput)
	case facts.RegistryField != "":
		value, _ := at(o.Generator.Spec, strings.Split(strings.TrimPrefix(facts.RegistryField, "spec."), "."))
		host, _ = value.(string)
	}
	if host == "" {
		l.fail("missing-field", "generator", "the "+o.Generator.Kind+" generator does not say which registry its token is for", "add registry: <host>")
	}
	slices.Sort(reads)
	login := `"auth":"{{ .` + facts.Auth + ` }}"`
	if facts.Auth == "" {
		name := "." + facts.Username
		if facts.Username == "" {
			name = strconv.Quote(facts.User)
		}
		login = `"username":` + user + `,"password":{{ .` + facts.Password + ` | toJson }},"auth":"{{ printf "%s:%s" ` + name + ` .` + facts.Password + ` | b64enc }}"`
	}
	template := `{"auths":{"` + host + `":{` + login + `}}}`
	o.Keys = []Key{{Name: DockerConfigKey, Template: template, Reads: reads}}
}

// storeKeys are the properties that the secret has in the stores, sorted; what esotree adds for itself is left out.
func (s *Secret) storeKeys() []string {
	n := len(s.Keys)
	if s.Rotation.KeepPrevious {
		n *= 2
	}
	out := make([]string, 0, n)
	for _, k := range s.Keys {
		out = append(out, k.Name)
		if s.Rotation.KeepPrevious && s.Remembered() {
			out = append(out, PreviousPrefix+k.Name)
		}
	}
	slices.Sort(out)
	return out
}

// Pushed are all keys that the secret has in the stores, sorted, esotree's own markers last: where keys are pushed one by
// one, a marker must never stand beside a value that it does not belong to yet.
func (s *Secret) Pushed() []string {
	out := s.storeKeys()
	if s.Remembered() && s.Rotation.Clock() {
		out = append(out, PeriodKey)
	}
	if s.Marked() {
		out = append(out, EpochKey)
	}
	return out
}
