package model

import (
	"reflect"
	"testing"

	"github.com/openova-io/esotree/schema"
)

// filled is a value of a type with every field set to something that has text in it.
func filled(t reflect.Type, text string) reflect.Value {
	v := reflect.New(t).Elem()
	switch t.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		v.SetBool(text == "over")
	case reflect.Pointer:
		v.Set(filled(t.Elem(), text).Addr())
	case reflect.Slice:
		v.Set(reflect.Append(v, filled(t.Elem(), text)))
	case reflect.Map:
		v.Set(reflect.MakeMap(t))
		v.SetMapIndex(reflect.ValueOf(text), filled(t.Elem(), text))
	case reflect.Struct:
		for i := range t.NumField() {
			v.Field(i).Set(filled(t.Field(i).Type, text))
		}
	case reflect.Interface:
		v.Set(reflect.ValueOf(text))
	}
	return v
}

// TestMergeEveryField lays one field at a time over a value that has them all: that field is the new one, all others stay; of
// maps and of what is merged field by field the rest stays too.
func TestMergeEveryField(t *testing.T) {
	one(t, "secret", func(a, b schema.SecretSpec) schema.SecretSpec { return mergeSecret(&a, &b) }, "Generator", "Bootstrap", "SecretRef", "Remote")
	one(t, "service", func(a, b schema.Service) schema.Service { return *mergeService(&a, &b) }, "Name")
	one(t, "rotation", func(a, b schema.Rotation) schema.Rotation { return *mergeRotation(&a, &b) })
	one(t, "push", func(a, b schema.Push) schema.Push { return *mergePush(&a, &b) })
	one(t, "names", func(a, b schema.Names) schema.Names { return *mergeNames(&a, &b) })
}

func one[T any](t *testing.T, what string, merge func(base, over T) T, except ...string) {
	t.Helper()
	typ := reflect.TypeFor[T]()
	skip := map[string]bool{}
	for _, name := range except {
		skip[name] = true
	}
	base := filled(typ, "base")
	all := filled(typ, "over")
	if got := merge(base.Interface().(T), *new(T)); !reflect.DeepEqual(got, base.Interface()) {
		t.Errorf("%s: nothing laid over changes it: %+v", what, got)
	}
	for i := range typ.NumField() {
		name := typ.Field(i).Name
		if skip[name] {
			continue
		}
		over := reflect.New(typ).Elem()
		over.Field(i).Set(all.Field(i))
		got := reflect.ValueOf(merge(base.Interface().(T), over.Interface().(T)))
		for j := range typ.NumField() {
			want := base.Field(j)
			if i == j {
				want = all.Field(j)
			}
			have := got.Field(j)
			if i == j && want.Kind() == reflect.Map {
				if have.Len() != 2 {
					t.Errorf("%s.%s has %v", what, name, have)
				}
				continue
			}
			if !reflect.DeepEqual(have.Interface(), want.Interface()) {
				t.Errorf("%s.%s laid over makes %s %v, want %v", what, name, typ.Field(j).Name, have, want)
			}
		}
	}
}

// TestMergeSources: a source of another kind takes the place of the base's, with its keys where they were a generator's.
func TestMergeSources(t *testing.T) {
	generator := schema.SecretSpec{Generator: &schema.Generator{Kind: "Password", Spec: schema.Open{"length": 8, "digits": 1}}, Keys: map[string]schema.Key{"password": {}}}
	got := mergeSecret(&generator, &schema.SecretSpec{Generator: &schema.Generator{Kind: "Password", Spec: schema.Open{"length": 9}}})
	if spec := got.Generator.Spec; spec["length"] != 9 || spec["digits"] != 1 || len(got.Keys) != 1 {
		t.Errorf("the same kind makes %v with keys %v", spec, got.Keys)
	}
	got = mergeSecret(&generator, &schema.SecretSpec{Generator: &schema.Generator{Kind: "UUID"}})
	if got.Generator.Kind != "UUID" || got.Generator.Spec != nil || got.Keys != nil {
		t.Errorf("another kind makes %v with keys %v", got.Generator, got.Keys)
	}
	for name, over := range map[string]schema.SecretSpec{"bootstrap": {Bootstrap: &schema.Bootstrap{}}, "secretRef": {SecretRef: &schema.SecretRef{}}, "remote": {Remote: &schema.Remote{}}} {
		for _, base := range []schema.SecretSpec{generator, {Bootstrap: &schema.Bootstrap{}}, {SecretRef: &schema.SecretRef{}}, {Remote: &schema.Remote{}}} {
			got := mergeSecret(&base, &over)
			if got.Generator != nil || (got.Bootstrap != nil) != (name == "bootstrap") || (got.SecretRef != nil) != (name == "secretRef") || (got.Remote != nil) != (name == "remote") {
				t.Errorf("%s makes %+v", name, got)
			}
		}
	}
}
