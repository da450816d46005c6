// Package render turns the linked description into Kubernetes objects, folder by folder. It is a pure function: the same
// model gives the same objects, whatever the machine and the order of the calls.
//
// It is the only package that imports ESO's Go types. What those types don't know yet (a newer provider or field) passes
// as an unstructured object, with a warning that names it.
package render
