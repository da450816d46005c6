package model

import (
	"slices"
	"strings"

	"github.com/openova-io/esotree/diag"
)

// secretID names a secret of an owner: of a tenant's environment, or of the platform.
type secretID struct{ tenant, environment, name string }

// entry is what a service may know of a secret.
type entry struct {
	secretID
	origin    Origin
	remoteKey string
	keys      []string
	epoch     string             // "" when no epoch travels with the value
	bare      []*Region          // whose stores have it as a bare value
	closed    map[*Region]string // whose stores it can't be read from, and why
	unread    bool               // its keys are not all known
	at        layer              // where it is written
}

func newEntry(s *Secret) *entry {
	e := &entry{secretID: s.Scope.id(s.Name), origin: s.Origin, remoteKey: s.RemoteKey, keys: s.storeKeys(), at: s.place[0],
		unread: s.place.misread("generator", "keys", "rotation")}
	for _, r := range s.Scope.Regions {
		if s.Bare(r) {
			e.bare = append(e.bare, r)
		}
		if why := s.unreadable(r); why != "" {
			if e.closed == nil {
				e.closed = map[*Region]string{}
			}
			e.closed[r] = why
		}
	}
	if len(s.broken) > 0 {
		e.keys = slices.Sorted(slices.Values(append(e.keys, s.broken...)))
	}
	if s.Marked() {
		e.epoch = s.Rotation.Epoch
	}
	return e
}

// lean returns the entry without what it holds of the description's text.
func (e *entry) lean() *entry {
	e.name, e.remoteKey, e.epoch = strings.Clone(e.name), strings.Clone(e.remoteKey), strings.Clone(e.epoch)
	for i, key := range e.keys {
		e.keys[i] = strings.Clone(key)
	}
	e.at.source = e.at.source.Lean()
	return e
}

// span is the place of the secret's name. It is looked up when somebody is told of it.
func (e *entry) span() diag.Span {
	span, _ := place{e.at}.at("name")
	return span
}

// label names the scope of the secret for a person.
func (e *entry) label() string {
	if e.tenant == "" {
		return "the platform"
	}
	return e.tenant + "/" + e.environment
}

// owner names the owner of the secret for a person.
func (e *entry) owner() string {
	if e.tenant == "" {
		return "the platform"
	}
	return "tenant " + quote(e.tenant)
}
