package tree

import (
	"hash/fnv"
	"slices"
)

// Filter says which part of a tree a run is about; the zero value is all of it. Nothing outside it is written or pruned.
type Filter struct {
	// Regions are the only ones; nil is all.
	Regions []string
	// Tenants are the only ones, "" being the platform's own part; nil is all.
	Tenants []string
	// Shard is the only slice of the tenants.
	Shard Shard
}

// Region reports whether a region is within the filter.
func (f Filter) Region(name string) bool { return f.Regions == nil || slices.Contains(f.Regions, name) }

// Tenant reports whether a tenant, or with "" the platform's own part, is within the filter.
func (f Filter) Tenant(name string) bool {
	return (f.Tenants == nil || slices.Contains(f.Tenants, name)) && f.Shard.Has(name)
}

// Shard is one of Count disjoint slices that make up the whole. The zero value is the whole.
type Shard struct {
	// Index counts from 1.
	Index, Count int
}

// Has reports whether a tenant is in the shard. It depends on the tenant's name only. The platform's own part, "", is in
// the first shard.
func (s Shard) Has(tenant string) bool {
	if s.Count <= 1 {
		return true
	}
	if tenant == "" {
		return s.Index == 1
	}
	h := fnv.New32a()
	h.Write([]byte(tenant))
	return int(h.Sum32()%uint32(s.Count)) == s.Index-1
}

// Scope says what a run may do to a tree.
type Scope struct {
	// Platform is the name of the platform. Files of other platforms are foreign.
	Platform string
	// Filter is the part of the tree that the run is about.
	Filter Filter
	// Loaded reports whether a tenant has a description, filtered or not. Files of others are not pruned but make the
	// finding tenant-gone. Nil means the tenants that the folders are of.
	Loaded func(tenant string) bool
	// PruneTenants are tenants without a description whose files are to be deleted, within the filter or not.
	PruneTenants []string
	// PruneGone is PruneTenants for all of them that are within the filter.
	PruneGone bool
	// Force overwrites and prunes files that were edited by hand.
	Force bool
}

// holds reports whether the run is about the files of a tenant, "" for the platform's own.
func (s *Scope) holds(tenant string) bool {
	return s.Filter.Tenant(tenant) || tenant != "" && slices.Contains(s.PruneTenants, tenant)
}

// reaches reports whether the run is about a folder or what is below it.
func (s *Scope) reaches(path string, p place) bool {
	if !s.Filter.Region(p.region) {
		return false
	}
	switch {
	case p.tenant != "":
		return s.holds(p.tenant)
	case p.leaf:
		return s.holds("")
	}
	return true
}
