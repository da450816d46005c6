// Package scenario holds what is tried on the platform, one file each. Every scenario begins with a platform that has settled and
// leaves one.
package scenario

import (
	"context"

	"github.com/openova-io/esotree/e2e/world"
)

// Scenario is one thing that is tried.
type Scenario struct {
	Number int
	// Name says what must hold.
	Name string
	Run  func(context.Context, *world.World) error
}

// All are the scenarios in their order.
func All() []Scenario {
	return []Scenario{
		{1, "everything comes up, and every value has one origin", ready},
		{2, "nothing rotates unasked", unasked},
		{3, "lost regions come back with every value", regions},
		{4, "an epoch or a clock gives one new value, everywhere", rotation},
		{5, "a store that fails holds up no other for long", stores},
		{6, "a removed tenant takes what is its own, and no more", tenantRemoved},
		{7, "the least privilege is enough", privilege},
		{8, "no drift", drift},
	}
}
