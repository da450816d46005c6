// Package tree turns folders of objects into files and brings a tree of files to that state: Compute compares what is
// wanted with what is there and changes nothing, Plan.Apply writes, Plan.Diff shows, and Write does all of it under a lock.
//
// # Layout
//
//	<region>/stores/
//	<region>/platform/<namespace>/
//	<region>/tenants/<tenant>/<environment>/
//	<region>/gitops/
//
// Each of these folders holds one file per object, named <kind>-<name>.yaml in lower-cased kind, or
// <kind>-<namespace>.<name>.yaml for an object outside its folder's namespace, and a kustomization.yaml that lists them.
// Nothing else in the output is looked at.
//
// # Ownership
//
// Every file begins with a Header of four comment lines. A file with a header of the same platform is ours. Ours is
// overwritten and pruned, unless it was edited by hand: its body has another hash than its header says, and it is not what
// would be written. What is not ours is never touched; where it is in the way, that is a finding.
//
// # Consistency
//
// A folder that is new is written under a temporary name and renamed as a whole. In one that is there, a file is written under
// a temporary name and renamed, the objects before kustomization.yaml. The gitops folders are written behind all others, and
// deletions come last, in each folder kustomization.yaml first. So no
// kustomization.yaml ever names a missing file, wherever a run is killed, and the next run brings the tree to the wanted
// state. Files are not synced one by one: after a power failure (not after a kill) a file may be empty, which the next run
// reports as edited or foreign, and which Git shows.
package tree
