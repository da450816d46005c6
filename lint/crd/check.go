package crd

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/objectmeta"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"

	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	crvalidation "k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"

	"github.com/openova-io/esotree/internal/eso"
	"github.com/openova-io/esotree/internal/yamlsrc"
	"github.com/openova-io/esotree/object"
)

// problem is one thing that the API server does not take as it is written.
type problem struct {
	code          string
	path          string
	message, hint string
}

// generators is the API group of ESO's generators.
const generators = "generators." + eso.Group

// check finds the problems of one object for a release of ESO. It returns nothing about objects of groups that are neither
// ESO's nor the bundle's.
func (b *Bundle) check(ctx context.Context, o *object.Object, release eso.Release) []problem {
	group, name, _ := strings.Cut(o.APIVersion, "/")
	if !b.groups[group] && group != eso.Group && group != generators {
		return nil
	}
	d := b.kinds[kind{group, o.Kind}]
	if d == nil {
		return []problem{b.missing(o, group)}
	}
	v := d.version(name)
	if v == nil {
		return []problem{d.notServed(o, name)}
	}
	s := &subject{object: o, definition: d, version: v, checks: v.checks}
	text, err := o.JSON()
	if err != nil || json.Unmarshal(text, &s.value) != nil || s.value == nil {
		s.refuse(CodeInvalid, "", "it is no object", "")
		return s.problems
	}
	if s.admit(ctx) {
		webhook{subject: s, release: release, stores: knownStores()}.review()
	}
	if len(s.problems) > 0 { // paths in the syntax of positions, and of the text as it was written
		var written map[string]any
		_ = json.Unmarshal(text, &written) // as above
		for i := range s.problems {
			s.problems[i].path = resolve(written, s.problems[i].path)
		}
	}
	return s.problems
}

func (b *Bundle) missing(o *object.Object, group string) problem {
	var names []string
	for k := range b.kinds {
		if k.group == group {
			names = append(names, k.name)
		}
	}
	slices.Sort(names)
	hint := "give the bundle of the release that the cluster runs"
	if near := yamlsrc.Closest(o.Kind, names); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	return problem{CodeKind, "kind", fmt.Sprintf("the CRDs have no kind %q in %q: the API server refuses %s", o.Kind, group, title(o)), hint}
}

// version returns a version that is served; nil where it is not.
func (d *definition) version(name string) *version {
	for _, v := range d.versions {
		if v.name == name {
			return v
		}
	}
	return nil
}

func (d *definition) notServed(o *object.Object, name string) problem {
	var served []string
	for _, v := range d.versions {
		served = append(served, d.group+"/"+v.name)
	}
	hint := "no version of it is served"
	if len(served) > 0 {
		hint = "it is served as " + strings.Join(served, " and ")
	}
	return problem{CodeVersion, "apiVersion", fmt.Sprintf("the CRD does not serve version %q of %s: the API server refuses %s", name, o.Kind, title(o)), hint}
}

// subject is one object on its way through the API server.
type subject struct {
	object     *object.Object
	definition *definition
	version    *version
	checks     *checks
	// value is the object, pruned and defaulted after admit.
	value    map[string]any
	problems []problem
}

func (s *subject) add(code, path, message, hint string) {
	s.problems = append(s.problems, problem{code, path, message, hint})
}

func (s *subject) refuse(code, path, detail, hint string) {
	s.add(code, path, fmt.Sprintf("the API server refuses %s: %s", title(s.object), detail), hint)
}

// admit does what the API server does with an object that is created: it reads the metadata, prunes, defaults and validates. It
// reports whether the object would be stored.
func (s *subject) admit(ctx context.Context) bool {
	if !s.metadata() {
		return false
	}
	if !s.definition.open {
		for _, path := range pruning.PruneWithOptions(s.value, s.checks.schema, true, structural.UnknownFieldPathOptions{TrackUnknownFieldPaths: true}) {
			s.pruned(path)
		}
		defaulting.PruneNonNullableNullsWithoutDefaults(s.value, s.checks.schema)
	}
	fault, unknown := objectmeta.CoerceWithOptions(nil, s.value, s.checks.schema, false, objectmeta.CoerceOptions{ReturnUnknownFieldPaths: true})
	for _, path := range unknown {
		s.pruned(path)
	}
	if fault != nil {
		s.invalid(fault)
		return false
	}
	defaulting.Default(s.value, s.checks.schema)
	if s.version.status {
		delete(s.value, "status")
	}
	var faults field.ErrorList
	u := &unstructured.Unstructured{Object: s.value}
	switch {
	case !s.definition.namespaced:
		u.SetNamespace("") // the API server takes it away
	case u.GetNamespace() == "":
		u.SetNamespace("default") // the client says which one, such as a kustomization
	}
	if u.GetName() == "" && u.GetGenerateName() != "" {
		u.SetName(u.GetGenerateName() + "x")
	}
	faults = append(faults, validation.ValidateObjectMetaAccessor(u, s.definition.namespaced, validation.NameIsDNSSubdomain, field.NewPath("metadata"))...)
	faults = append(faults, crvalidation.ValidateCustomResource(nil, s.value, s.checks.validator)...)
	faults = append(faults, objectmeta.Validate(nil, s.value, s.checks.schema, false)...)
	faults = append(faults, listtype.ValidateListSetsAndMaps(nil, s.checks.schema, s.value)...)
	for _, f := range faults {
		s.invalid(f)
	}
	if slices.ContainsFunc(faults, blocks) {
		return false
	}
	rules := s.checks.rules()
	if rules == nil {
		return len(faults) == 0
	}
	broken, _ := rules.Validate(ctx, nil, s.checks.schema, s.value, nil, celconfig.RuntimeCELCostBudget)
	for _, f := range broken {
		s.refuse(CodeCEL, f.Field, detail(f), "")
	}
	return len(faults)+len(broken) == 0
}

// blocks reports whether the API server does not look at CEL rules after an error.
func blocks(f *field.Error) bool {
	switch f.Type {
	case field.ErrorTypeNotSupported, field.ErrorTypeRequired, field.ErrorTypeTooLong, field.ErrorTypeTooMany, field.ErrorTypeTypeInvalid:
		return true
	}
	return false
}

// metadata reads the object's metadata, of which unknown fields are pruned.
func (s *subject) metadata() bool {
	meta, found, unknown, err := objectmeta.GetObjectMetaWithOptions(s.value, objectmeta.ObjectMetaOptions{ReturnUnknownFieldPaths: true})
	if err != nil {
		path, what := malformed(s.value)
		s.refuse(CodeInvalid, path, what, "")
		return false
	}
	for _, path := range unknown {
		s.pruned(path)
	}
	if !found {
		return true
	}
	if err := objectmeta.SetObjectMeta(s.value, meta); err != nil {
		s.refuse(CodeInvalid, "metadata", "its metadata can't be read", "")
		return false
	}
	return true
}

// malformed finds what makes metadata unreadable.
func malformed(value map[string]any) (path, what string) {
	meta, ok := value["metadata"].(map[string]any)
	if !ok {
		return "metadata", "its metadata is no object"
	}
	for _, name := range []string{"labels", "annotations"} {
		texts, _ := meta[name].(map[string]any)
		for _, key := range sorted(texts) {
			if _, ok := texts[key].(string); !ok {
				return "metadata." + name + "." + key, fmt.Sprintf("%s %q is no text", strings.TrimSuffix(name, "s"), key)
			}
		}
	}
	return "metadata", "a field of its metadata has a wrong type"
}

func (s *subject) pruned(path string) {
	hint := "take it out, or give the CRDs of the release that knows it"
	parent, name := s.checks.schema, ""
	for _, element := range yamlsrc.Split(path) {
		if name != "" {
			parent = below(parent, name)
		}
		name = element
	}
	if parent != nil {
		if near := yamlsrc.Closest(name, sorted(parent.Properties)); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
	}
	s.add(CodePruned, path, fmt.Sprintf("the CRD has no field %q: the API server drops it from %s without a word", path, title(s.object)), hint)
}

// below is the schema of an element of a value.
func below(s *structural.Structural, element string) *structural.Structural {
	switch {
	case s == nil:
		return nil
	case s.Items != nil:
		return s.Items
	case s.AdditionalProperties != nil:
		return s.AdditionalProperties.Structural
	}
	if p, ok := s.Properties[element]; ok {
		return &p
	}
	return nil
}

func (s *subject) invalid(f *field.Error) {
	hint := ""
	if text, ok := f.BadValue.(string); ok && f.Type == field.ErrorTypeNotSupported {
		var values []string
		for i, part := range strings.Split(f.Detail, `"`) {
			if i%2 == 1 {
				values = append(values, part)
			}
		}
		if near := yamlsrc.Closest(text, values); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
	}
	s.refuse(CodeInvalid, f.Field, detail(f), hint)
}
