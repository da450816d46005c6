// Package templates holds the built-in classes of secrets as data: one YAML map of class name to class. They are what the
// "Secret Types" table of the architecture says, as defaults that a Platform can replace and a secret can override.
package templates

import _ "embed"

//go:embed classes.yaml
var classes []byte

// Classes returns the built-in classes as YAML. The caller gets its own copy.
func Classes() []byte { return append([]byte(nil), classes...) }
