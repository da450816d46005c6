package model

import (
	"fmt"
	"slices"
	"strings"

	"github.com/openova-io/esotree/internal/yamlsrc"
)

const formerField = "formerRemoteKeys"

// FormerPrefix is that of the keys that an origin finds under the i-th of a secret's former keys, from 0; it never reaches a store.
func FormerPrefix(i int) string { return fmt.Sprintf("former%d_", i+1) }

// formerKeys takes the keys that the secret names, else what the Platform's former patterns make where its pattern makes the key.
func (l *secretLinker) formerKeys() {
	o := l.out
	own := l.spec.FormerRemoteKeys
	if len(o.Ask) == 0 || o.Origin != Generated && o.Origin != Bootstrap {
		if len(own) > 0 {
			l.fail("invalid-value", formerField, "no store is asked for secret "+quote(o.Name)+", so a former key means nothing", "drop it")
		}
		return
	}
	switch {
	case own != nil:
		l.formerList(l.expander, own, formerField)
	case l.spec.RemoteKey == "" && !l.scope.Model.unread.defaults:
		l.formerPatterns()
	}
	for i := range o.Former {
		for _, k := range o.Keys {
			if strings.HasPrefix(k.Name, FormerPrefix(i)) {
				*l.findings = append(*l.findings, l.place.keyFinding("invalid-name", fieldOf("keys", k.Name), "the key "+quote(k.Name)+" is taken by what is found under a former key", "give it another name"))
			}
		}
	}
}

// formerPatterns takes what the Platform's former patterns make, and under each name that the tenant had the present one too.
func (l *secretLinker) formerPatterns() {
	m := l.scope.Model
	defaults := &m.Platform.Spec.Defaults
	e := l.expander
	e.place = place{{m.Platform.Source, ""}}
	if l.scope.Environment == nil {
		l.formerList(e, defaults.FormerPlatformRemoteKeys, "spec.defaults.formerPlatformRemoteKeys")
		return
	}
	l.formerList(e, defaults.FormerRemoteKeys, "spec.defaults."+formerField)
	for _, r := range m.Platform.Spec.RenamedTenants {
		if r.To != l.scope.Tenant {
			continue
		}
		e.names = l.names.with("tenant", r.From)
		namespace, _ := e.names.expand(m.namespaceText())
		e.names = e.names.with("namespace", namespace)
		if l.out.Namespace != l.scope.Namespace {
			namespace, _ = e.names.expand(l.spec.Namespace)
			e.names = e.names.with("namespace", namespace)
		}
		l.formerList(e, []string{m.keyPattern()}, "spec.defaults.remoteKey")
		l.formerList(e, defaults.FormerRemoteKeys, "spec.defaults."+formerField)
	}
}

// formerList takes the keys that a list of patterns makes. What is not the secret's own list is found at the secret.
func (l *secretLinker) formerList(e expander, list []string, field string) {
	o := l.out
	for i, text := range list {
		before := len(*l.findings)
		key := e.text(yamlsrc.Index(field, i), text)
		if len(*l.findings) > before || key == o.RemoteKey || slices.Contains(o.Former, key) {
			continue
		}
		message, _ := l.illegalKey(key)
		if key == "" {
			message = "an empty text is no key"
		}
		if message != "" {
			at := formerField
			if field == formerField {
				at = yamlsrc.Index(field, i)
			}
			l.fail("remote-key-illegal", at, message, "no value can have been there: drop it from "+field)
			continue
		}
		o.Former = append(o.Former, key)
		o.formerAt = append(o.formerAt, i)
	}
}

// FormerPattern returns the pattern that makes the secret's key, and the field of the Platform's spec.defaults in which it stands once
// another one does; "" for a key that the secret names itself.
func (s *Secret) FormerPattern() (field, text string) {
	if s.place.has("remoteKey") || s.Origin == Remote || s.RemoteKey == "" {
		return "", ""
	}
	_, text = s.Scope.keyPattern()
	if s.Scope.Environment == nil {
		return "formerPlatformRemoteKeys", text
	}
	return formerField, text
}
