package crd

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/openova-io/esotree/internal/eso"
	"github.com/openova-io/esotree/internal/yamlsrc"
)

//go:embed stores.json
var storeFacts []byte

// storeRules are what ESO's webhook asks of a store of one provider.
type storeRules struct {
	Provider string      `json:"provider"`
	Rules    []storeRule `json:"rules"`
	// Source is where in ESO's code they stand.
	Source string `json:"source"`
}

// storeRule is one thing that is asked. Its terms are paths below spec.provider.<provider>, where * is any field of an object, or
// PATH=VALUE. A term is given where the field is there and neither "", 0, false nor an empty list.
type storeRule struct {
	// Since and Until are the first and last release with the rule; "" for no bound.
	Since string `json:"since,omitempty"`
	Until string `json:"until,omitempty"`
	// When and Unless are terms: the rule holds where the one is given and the other is not.
	When   string `json:"when,omitempty"`
	Unless string `json:"unless,omitempty"`
	// Each is a list, to whose items the terms belong.
	Each string `json:"each,omitempty"`

	// Own are references of which a SecretStore has to stay in its own namespace.
	Own []string `json:"own,omitempty"`
	// Placed are such references of which a ClusterSecretStore has to say the namespace.
	Placed []string `json:"placed,omitempty"`
	// Clustered are references of which a ClusterSecretStore has to say the namespace, and a SecretStore must not.
	Clustered []string `json:"clustered,omitempty"`
	// Needs are terms of which one is given.
	Needs []string `json:"needs,omitempty"`
	// Excludes are terms of which no two are given.
	Excludes []string `json:"excludes,omitempty"`
	// Between are numbers from Least to Most, where they are given.
	Between []string `json:"between,omitempty"`
	Least   int64    `json:"least,omitempty"`
	Most    int64    `json:"most,omitempty"`
	// Differ is an object of which no two fields have the same value.
	Differ string `json:"differ,omitempty"`
	// HTTPS is an address that begins with https://.
	HTTPS string `json:"https,omitempty"`
}

// knownStores reads the facts once.
var knownStores = sync.OnceValue(func() []storeRules {
	var all []storeRules
	if err := json.Unmarshal(storeFacts, &all); err != nil {
		return nil // a test holds that it can be read
	}
	return all
})

// in reports whether a release has the rule.
func (r storeRule) in(release eso.Release) bool {
	since, err := eso.ParseRelease(r.Since)
	if err == nil && !release.AtLeast(since) {
		return false
	}
	until, err := eso.ParseRelease(r.Until)
	return err != nil || until.AtLeast(release)
}

// provider reviews a store by the rules of its provider.
func (w webhook) provider(spec view) {
	for _, p := range w.stores {
		config := spec.at("provider").at(p.Provider)
		if config.value == nil {
			continue
		}
		for _, r := range p.Rules {
			if !r.in(w.release) || r.When != "" && !config.given(r.When) || r.Unless != "" && config.given(r.Unless) {
				continue
			}
			base := "spec.provider." + p.Provider
			if r.Each == "" {
				storeReview{w, p.Provider, base, config}.rule(r)
				continue
			}
			for i, item := range config.list(r.Each) {
				storeReview{w, p.Provider, yamlsrc.Index(base+"."+r.Each, i), item}.rule(r)
			}
		}
	}
}

// storeReview holds one rule against what stands at a path.
type storeReview struct {
	webhook
	provider string
	base     string
	config   view
}

func (s storeReview) refuse(path, detail, hint string) {
	s.webhook.refuse(CodeStore, strings.TrimSuffix(s.base+"."+path, "."), detail, hint)
}

func (s storeReview) rule(r storeRule) {
	for _, reference := range r.Own {
		s.own(reference)
	}
	for _, reference := range r.Placed {
		s.own(reference)
		s.placed(reference)
	}
	for _, reference := range r.Clustered {
		s.placed(reference)
		if s.definition.namespaced && s.config.given(reference+".namespace") {
			s.refuse(reference+".namespace", "a SecretStore whose "+reference+" says a namespace", "take it out: it is the store's own")
		}
	}
	if len(r.Needs) > 0 && !slices.ContainsFunc(r.Needs, s.config.given) {
		with := ""
		if r.When != "" {
			with = " with " + r.When + ", but"
		}
		s.refuse(s.config.deepest(r.Needs[0]), fmt.Sprintf("a store of provider %s%s without %s", s.provider, with, strings.TrimSuffix(strings.Join(r.Needs, " or "), ".*")), "")
	}
	var given []string
	for _, term := range r.Excludes {
		if s.config.given(term) {
			given = append(given, term)
		}
	}
	if len(given) > 1 {
		path, _, _ := strings.Cut(given[0], "=")
		s.refuse(path, fmt.Sprintf("a store of provider %s with both %s", s.provider, strings.Join(given, " and ")), "give one of them")
	}
	for _, path := range r.Between {
		if n, ok := s.config.number(path); ok && n != 0 && (n < r.Least || n > r.Most) {
			s.refuse(path, fmt.Sprintf("%s is %d", path, n), fmt.Sprintf("give a number from %d to %d", r.Least, r.Most))
		}
	}
	if r.Differ != "" {
		s.differ(r.Differ)
	}
	if r.HTTPS != "" {
		text, _ := s.config.down(r.HTTPS).(string)
		if address, err := url.Parse(text); err != nil || address.Scheme != "https" || address.Host == "" {
			s.refuse(r.HTTPS, fmt.Sprintf("a store of provider %s whose %s is no https address", s.provider, r.HTTPS), "write it like https://secrets.example.com")
		}
	}
}

// own holds that a SecretStore names Secrets and accounts of its own namespace only.
func (s storeReview) own(reference string) {
	namespace, ok := s.config.down(reference + ".namespace").(string)
	if ok && s.definition.namespaced && s.object.Namespace != "" && namespace != s.object.Namespace {
		s.refuse(reference+".namespace", fmt.Sprintf("a SecretStore that names something in namespace %q", namespace), "only a ClusterSecretStore may name another namespace")
	}
}

// placed holds that a ClusterSecretStore says in which namespace something is.
func (s storeReview) placed(reference string) {
	if !s.definition.namespaced && s.config.down(reference) != nil && s.config.down(reference+".namespace") == nil {
		s.refuse(reference, "a ClusterSecretStore whose "+reference+" says no namespace", "say in which namespace it is")
	}
}

// differ holds that no two fields of an object have the same value.
func (s storeReview) differ(path string) {
	fields, _ := s.config.down(path).(map[string]any)
	first := map[string]string{}
	for _, name := range sorted(fields) {
		value := fmt.Sprint(fields[name])
		if other, there := first[value]; there {
			s.refuse(path+"."+name, fmt.Sprintf("%q and %q of %s have the same value", other, name, path), "")
			continue
		}
		first[value] = name
	}
}

// down is the value at a dotted path; nil where there is none.
func (v view) down(path string) any {
	for name := range strings.SplitSeq(path, ".") {
		v = v.at(name)
	}
	return v.value
}

// number is the whole number at a path.
func (v view) number(path string) (int64, bool) {
	n, ok := v.down(path).(int64)
	return n, ok
}

// given reports whether a term is given.
func (v view) given(term string) bool {
	path, want, compared := strings.Cut(term, "=")
	if object, found := strings.CutSuffix(path, ".*"); found {
		fields, _ := v.down(object).(map[string]any)
		return len(fields) > 0
	}
	switch value := v.down(path).(type) {
	case nil:
		return false
	case string:
		return value != "" && (!compared || value == want)
	case bool:
		return value
	case int64:
		return value != 0
	case []any:
		return len(value) > 0
	}
	return true
}

// deepest is as much of the path of a term, without its last field, as is there.
func (v view) deepest(term string) string {
	path := ""
	fields := strings.Split(term, ".")
	for _, name := range fields[:len(fields)-1] {
		if v = v.at(name); v.value == nil {
			break
		}
		path = strings.TrimPrefix(path+"."+name, ".")
	}
	return path
}
