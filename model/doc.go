// Package model is the linked description: classes and overrides merged, $(…) expanded, names resolved, grants checked. It
// says what each secret and service of each environment is; package render says which objects that makes.
//
// Link reads every description once and keeps an index of what crosses tenants: who has which key in the stores, the secrets
// that are granted to others, namespaces. Scopes then links one tenant at a time against that index, so that the memory of a
// run is the index and the tenants in flight.
package model
