package graph

import (
	"github.com/openova-io/esotree/internal/eso"
	"github.com/openova-io/esotree/object"
)

// Concerns reports whether an object is one of ESO's, or names a Secret.
func Concerns(o *object.Object) bool {
	group := GroupOf(o)
	switch group {
	case eso.Group, eso.GeneratorGroup:
		return true
	}
	_, names := usesOf(o, group).([]*Use)
	return names
}
