// Package krm is esotree as a KRM function: a program that reads a ResourceList on standard input and writes one on standard
// output. kustomize, kpt and everything else that follows the functions specification can run it. It has no code path of its
// own: what it renders is what the program renders from the same description.
//
// The kind of the functionConfig says what to do (its apiVersion is esotree.openova.io/v1alpha1):
//
//   - Render takes descriptions among the items, from files that spec.paths names, and inline from spec.platform and
//     spec.tenants, and adds what they render to. As a kustomize generator it is given no items; as a transformer, the
//     descriptions among the items are replaced. No functionConfig at all means Render without options.
//   - Lint checks the items and echoes them untouched. In a kustomization it is listed last under transformers: what stands
//     under validators is refused by kustomize itself, which takes its own annotations and the style of the YAML for a
//     change (kubernetes-sigs/kustomize#5036).
//   - Guard adds one object that kustomize drops at the end of a build, so that an overlay can fail where functions were not
//     run: kustomize --enable-alpha-plugins without --enable-exec skips them silently.
//   - ConfigMap (v1, what kpt makes of NAME=VALUE arguments) is Render, or Lint with mode: Lint, with its data as options.
//
// With one argument, the path of a file with such an object, the function is a legacy kustomize exec plugin: standard input
// and output are plain YAML documents then. kubectl kustomize --enable-alpha-plugins runs plugins that way.
//
// # Items
//
// Every item that came in is put out as it was. Two kinds of items are not: kustomize build is told what to send to a cluster,
// so there the descriptions are left out; and where items are files (they carry a path annotation), an object that an earlier
// run made is replaced, at its place, or taken out once the description no longer makes it. Such objects are known by the
// annotation RenderedAnnotation, which is written only where items are files: on objects in a cluster a new annotation would
// be a change. Tenants whose description is not loaded keep their objects.
//
// # Findings
//
// Findings are written to standard error for a person and to results for a machine: severity, file, field, resourceRef, and
// the rule, line and column as tags. The exit code is 1 when there is an error, else 0. After an error standard output
// holds the items as they came in, with the results, or nothing at all where there was no list to read.
package krm
