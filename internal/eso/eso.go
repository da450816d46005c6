// Package eso knows what the External Secrets Operator (ESO) is, release by release: which API versions are served, which
// fields, enum values and defaults its custom resources have, what its generators put out and what its store providers
// can do.
//
// The facts about the API are tables under fields/ and in kinds.txt, derived from the released CRD bundles by this
// package's own test (go generate, see bundles_test.go) and decoded when they are first asked for. The facts that no
// bundle holds (generators.json, providers.json) were read in ESO's sources; each entry names where.
//
// A release is a release line: 2.9.0 and 2.9.3 are the same to this package. The oldest line it knows is the floor:
// "since 0.9" may mean earlier. Everything here is immutable and safe for concurrent use.
package eso

//go:generate go test -run TestTablesAreInStep -update .
