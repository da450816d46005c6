// Package kbuild builds kustomize roots in this process, and tells where each object, and each of its fields, was written.
//
// Nothing is run and nothing is fetched: plugins, functions and Helm charts are off, as they are in kustomize by default, and a
// kustomization that names something remote is refused before anything is built. Files are read from an fs.FS alone; a root may
// use all of it.
package kbuild
