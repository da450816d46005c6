package model

import (
	"slices"

	"github.com/openova-io/esotree/internal/eso"
	"github.com/openova-io/esotree/schema"
)

// PushForm is what a secret's push writes at once.
type PushForm int

// The forms of a push.
const (
	// PushSecret writes the Secret with all of its keys.
	PushSecret PushForm = iota
	// PushDocument writes the keys that are named, as one JSON document.
	PushDocument
	// PushKeys writes one key after the other.
	PushKeys
)

// PushForm is the form that the secret's push takes. A Secret that esotree's own ExternalSecret makes has the keys that are
// named and is pushed as it is; of any other, only what is named may leave the cluster.
func (s *Secret) PushForm() PushForm {
	every := func(holds func(eso.Provider) bool) bool {
		return !slices.ContainsFunc(s.PushTo, func(r *Region) bool { return !holds(r.Provider) })
	}
	switch {
	case s.PushOptions.Mode == schema.PushPerKey:
		return PushKeys
	case s.Origin == Generated || len(s.Keys) == 0:
		return PushSecret
	case every(func(p eso.Provider) bool { return p.Document }) && !slices.ContainsFunc(s.Keys, func(k Key) bool { return k.Template != "" }):
		return PushDocument
	case every(func(p eso.Provider) bool { return p.PushProperty != "ignored" }):
		return PushKeys
	}
	return PushSecret
}
