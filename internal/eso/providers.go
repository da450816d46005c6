package eso

import (
	_ "embed"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"sync"
)

//go:embed providers.json
var providerFacts []byte

// Provider is what a store provider can do. Its slices must not be changed.
type Provider struct {
	// Name is the key under a store's spec.provider, such as vault, azurekv, onepasswordSDK or openBao.
	Name string `json:"name"`
	// Slashes says that remote keys may hold slashes. It is true where nothing is known against it; a type prefix such
	// as azurekv's secret/ does not count.
	Slashes bool `json:"slashes"`
	// KeyPattern is the regular expression of legal remote keys, anchored; "" where none is documented.
	KeyPattern string `json:"keyPattern"`
	// MaxKey is the greatest length of a remote key in bytes, a type prefix not counted; 0 where none is documented.
	MaxKey int `json:"maxKey"`
	// Properties says that a read may ask for a property of a key.
	Properties bool `json:"properties"`
	// WriteOnly says that the provider cannot be read.
	WriteOnly bool `json:"writeOnly"`
	// Push says that the newest release's PushSecret can write. Ask CanPush about another release.
	Push bool `json:"-"`
	// PushSince is the first release whose PushSecret can write; the zero Release where none can.
	PushSince Release `json:"-"`
	// Whole says that it takes a push of a whole Secret (no secretKey, no property) such that its keys can be told
	// apart again.
	Whole bool `json:"-"`
	// WholeSince is the first release that takes one.
	WholeSince Release `json:"-"`
	// PushProperty says what a property does in a push of one key: "" it is merged into the remote value, "required"
	// the push fails without it, "ignored" the push replaces the whole remote value all the same.
	PushProperty string `json:"pushProperty"`
	// Document says that a push of one key without property replaces the whole remote value by the key's, whose JSON is then
	// read property by property.
	Document bool `json:"document"`
	// ManagedOnly says that a push refuses a remote key that exists and is not marked as ESO's own.
	ManagedOnly bool `json:"managedOnly"`
	// Address are the paths below spec.provider.<name> that tell one store of the provider from another. Credentials
	// are not among them, fields that are absent count as their default.
	Address []string `json:"address"`
	// Since is the first release whose stores have it, Until the first that have not any more; the zero Release where
	// the newest still has it.
	Since Release `json:"-"`
	Until Release `json:"-"`
	// Source names where in ESO's sources of 2.9 the facts were read.
	Source string `json:"source"`
}

// pushes are the facts of a provider that name a release.
type pushes struct {
	Push  string `json:"push"`
	Whole string `json:"whole"`
}

var providers = sync.OnceValue(func() []Provider {
	var all []Provider
	var since []pushes
	if json.Unmarshal(providerFacts, &all) != nil || json.Unmarshal(providerFacts, &since) != nil {
		return nil
	}
	for i := range all {
		p := &all[i]
		var err error
		if p.PushSince, err = ParseRelease(since[i].Push); err == nil {
			p.Push = true
		}
		if p.WholeSince, err = ParseRelease(since[i].Whole); err == nil {
			p.Whole = true
		}
		p.Since, _ = Since("SecretStore", "spec.provider."+p.Name)
		p.Until, _ = Until("SecretStore", "spec.provider."+p.Name)
	}
	return all
})

// Providers returns every provider of every known release, sorted by name.
func Providers() []Provider { return slices.Clone(providers()) }

// ProviderOf returns the facts of a provider by its key under spec.provider.
func ProviderOf(name string) (Provider, bool) {
	for _, p := range providers() {
		if p.Name == name {
			return p, true
		}
	}
	return Provider{}, false
}

// In reports whether a release's stores have the provider.
func (p Provider) In(r Release) bool {
	return r.AtLeast(p.Since) && (p.Until == Release{} || !r.AtLeast(p.Until))
}

// CanPush reports whether a release's PushSecret can write to the provider.
func (p Provider) CanPush(r Release) bool { return p.Push && p.In(r) && r.AtLeast(p.PushSince) }

// CanPushWhole reports whether a release's PushSecret can write a whole Secret to the provider.
func (p Provider) CanPushWhole(r Release) bool { return p.Whole && p.In(r) && r.AtLeast(p.WholeSince) }

// LegalKey reports whether a remote key may be one of the provider's. It is true where no rule is documented.
func (p Provider) LegalKey(key string) bool {
	if key == "" {
		return false
	}
	pattern, ok := keyPatterns()[p.Name]
	return (!ok || pattern.MatchString(key)) && !p.TooLong(key)
}

// TooLong reports whether a remote key has more than MaxKey bytes; the ARN of a secret has no such limit.
func (p Provider) TooLong(key string) bool {
	if pattern, ok := keyPatterns()[p.Name]; ok {
		if m := pattern.FindStringSubmatch(key); len(m) > 1 && strings.HasSuffix(m[1], "/") { // the type
			key = strings.TrimPrefix(key, m[1])
		}
	}
	return p.MaxKey > 0 && len(key) > p.MaxKey && !strings.HasPrefix(key, "arn:")
}

var keyPatterns = sync.OnceValue(func() map[string]*regexp.Regexp {
	out := map[string]*regexp.Regexp{}
	for _, p := range providers() {
		if p.KeyPattern == "" {
			continue
		}
		if pattern, err := regexp.Compile(p.KeyPattern); err == nil {
			out[p.Name] = pattern
		}
	}
	return out
})
