// Package scenario holds what is tried on the platform, one file each. Every scenario begins with a platform that has settled and
// leaves one.
package scenario

import (
	"context"
	"strconv"

	"github.com/openova-io/esotree/e2e/world"
)

// Scenario is one thing that is tried.
type Scenario struct {
	Number int
	// Part tells scenarios of one number apart, where there are several.
	Part string
	// Name says what must hold.
	Name string
	Run  func(context.Context, *world.World) error
}

// ID is how a scenario is chosen: its number, with its part behind a slash.
func (s Scenario) ID() string {
	if s.Part == "" {
		return strconv.Itoa(s.Number)
	}
	return strconv.Itoa(s.Number) + "/" + s.Part
}

// All are the scenarios in their order.
func All() []Scenario {
	return []Scenario{
		{1, "", "everything comes up, and every value has one origin", ready},
		{2, "", "nothing rotates unasked", unasked},
		{3, "", "lost regions come back with every value", regions},
		{4, "", "an epoch or a clock gives one new value, everywhere", rotation},
		{5, "refused", "a store that refuses connections holds up no other for long", failing(refusing)},
		{5, "sealed", "a store that is sealed holds up no other for long", failing(sealed)},
		{5, "forbidden", "a store that forbids holds up no other for long", failing(forbidden)},
		{5, "silent", "a store that never answers holds up no other for long", failing(silent)},
		{6, "", "a removed tenant takes what is its own, and no more", tenantRemoved},
		{7, "", "the least privilege is enough", privilege},
		{8, "", "no drift", drift},
		{9, "", "a key that moves keeps its value", keysMove},
	}
}
