// Package yamlsrc reads YAML. It is the only package that does: it turns a diag.File into Documents whose every value can
// be asked for its place in the text, decodes them strictly into Go structs with all errors in one pass, and gives the JSON
// that kubectl would send for them.
//
// Scalars have the meaning that sigs.k8s.io/yaml, and so kubectl, gives them: an unquoted yes, on or y is a boolean, 0777 is
// octal and 1_000 is a thousand. A reader with nicer rules would accept what the API server then refuses.
//
// Input is not trusted. Size, depth, the number of nodes and what aliases expand to are bounded by Limits, and nothing here
// panics on any input.
package yamlsrc
