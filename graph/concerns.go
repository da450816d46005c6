package graph

import (
	"github.com/openova-io/esotree/internal/eso"
	"github.com/openova-io/esotree/object"
)

// Concerns reports whether an object is one of ESO's, or names a Secret.
func Concerns(o *object.Object) bool {
	switch GroupOf(o) {
	case eso.Group, eso.GeneratorGroup:
		return true
	}
	return len(new(part).usesOf(o)) > 0
}
