// Package esotree compiles a description of a platform, its tenants and their services into External Secrets Operator
// manifests, as a Git-ready tree. No secret value ever passes through it.
//
// A description is KRM-shaped YAML (or Go values) of two kinds, Platform and Tenant: see package schema. Load reads it,
// Link checks it and resolves every name, and the Compilation that comes back renders it folder by folder:
//
//	description, findings, err := esotree.Load(ctx, os.DirFS("."), []string{"."})
//	compilation, findings, err := esotree.Link(ctx, description)
//	for folder, err := range compilation.Folders(ctx) { … }
//
// Folders are what package tree plans and writes. Everything that is wrong comes back as a diag.Set, sorted and with the
// line a person wrote; err is only ever about reading, or a cancelled context.
//
// What is rendered makes the stores remember: each generated value is pushed to every region's store, and its origin asks
// those stores before it generates. So no rebuild, restore, label or edit ever changes a password. Only a new epoch in the
// description does, or a clock that someone asked for.
//
// Everything here is safe for concurrent use and without global state. The packages, in pipeline order:
//
//	schema   the description and its strict decoding
//	model    the linked description: classes, names, grants, the index across tenants
//	render   model to objects, the only importer of ESO's Go types
//	object   what flows between the parts
//	tree     objects to files: layout, plan, crash-consistent writing
//	graph    the graph of ESO objects, whoever wrote them
//	lint     rules over that graph
//	diag     findings with places, and how they are printed
package esotree
