package model

import (
	"strings"

	"github.com/openova-io/esotree/diag"
)

// Fields that no secret has, and whose places are asked for all the same.
const (
	// FieldHome is where it says in which region a value originates.
	FieldHome = "home"
	// FieldStores is where it says which regions' stores have a value.
	FieldStores = "stores"
	// FieldIsolation is where it says whose stores they are.
	FieldIsolation = "isolation"
)

// Span returns the place of a field of the secret in the description, and its path: what the secret, its override or its class
// says, else what the Platform says for all, else the secret's name.
func (s *Secret) Span(field string) (diag.Span, string) { return s.Scope.at(s.place, field) }

// Span is as that of a Secret.
func (s *Service) Span(field string) (diag.Span, string) { return s.Scope.at(s.place, field) }

func (s *Scope) at(p place, field string) (diag.Span, string) {
	if !p.has(field) {
		source := s.Model.Platform.Source
		for _, path := range s.inherited(field) {
			if source.Has(path) {
				return source.Span(path), path
			}
		}
	}
	return p.at(field)
}

// inherited are the fields of the Platform that decide where a secret or service says nothing, the first that is there.
func (s *Scope) inherited(field string) []string {
	switch field {
	case "refreshInterval", "pushInterval":
		return []string{"spec.defaults." + field}
	case formerField:
		if s.Environment == nil {
			field = "formerPlatformRemoteKeys"
		}
		return []string{"spec.defaults." + field}
	case "namespace", "remoteKey":
		if s.Environment == nil && field == "remoteKey" {
			field = "platformRemoteKey"
		}
		return []string{"spec.defaults." + field}
	case "recover", FieldIsolation:
		return []string{"spec." + field}
	case "push.to":
		return append([]string{"spec.push.to"}, s.inherited(FieldStores)...)
	case FieldHome:
		if s.Environment == nil {
			return []string{"spec.home", "spec.regions"}
		}
		return []string{s.Environment.path + ".home", s.Environment.path + ".regions", "spec.regions"}
	case FieldStores:
		if s.Environment == nil {
			return []string{"spec.regions"}
		}
		return []string{s.Environment.path + ".regions", "spec.regions"}
	}
	if strings.HasPrefix(field, "push.") {
		return []string{"spec." + field}
	}
	return nil
}
