package schema

import _ "embed"

//go:generate go run ./gen

// SchemaBase is the address that the JSON Schemas have in common. The files are versioned as the API is.
const SchemaBase = "https://esotree.openova.io/schemas/v1alpha1/"

var (
	//go:embed platform.schema.json
	platformSchema []byte
	//go:embed tenant.schema.json
	tenantSchema []byte
	//go:embed description.schema.json
	descriptionSchema []byte
)

// JSONSchema returns the JSON Schema (draft 2020-12) of a kind, Platform or Tenant, or of either for the kind "": that one
// suits a file with documents of both kinds. It is nil for other kinds. The caller gets its own copy.
//
// A schema accepts what strict loading accepts and refuses what it refuses, as far as structure goes: fields, types,
// enumerations, durations. What names and references mean is checked by package model alone.
func JSONSchema(kind string) []byte {
	switch kind {
	case KindPlatform:
		return append([]byte(nil), platformSchema...)
	case KindTenant:
		return append([]byte(nil), tenantSchema...)
	case "":
		return append([]byte(nil), descriptionSchema...)
	}
	return nil
}
