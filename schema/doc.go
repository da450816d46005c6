// Package schema is the description: the two kinds a person writes (Platform and Tenant), their strict decoding with
// positions, and their JSON Schema.
//
// The types hold exactly what was written. What is missing stays empty here; defaults, classes, overrides and $(…) are the
// business of package model. A description built in Go fills the same types and has no positions.
package schema
