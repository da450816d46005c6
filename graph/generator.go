package graph

import (
	"maps"
	"slices"
	"strings"

	"github.com/openova-io/esotree/internal/eso"
	"github.com/openova-io/esotree/object"
)

// Generator is an object that makes values.
type Generator struct {
	Object *object.Object
	// Kind is the kind of what it makes: of a ClusterGenerator, that of the generator it wraps.
	Kind string
	// Outputs are the keys that it puts out.
	Outputs KeySet
	// SpecPath is the field that holds Spec.
	SpecPath string
}

const clusterGenerator = "ClusterGenerator"

// Spec is its specification; of a ClusterGenerator, that of the generator it wraps. Each call reads it anew.
func (g *Generator) Spec() map[string]any {
	var in struct {
		Spec map[string]any `json:"spec"`
	}
	if g.Object.View(&in) != nil {
		return nil
	}
	if g.Object.Kind == clusterGenerator {
		_, spec := wrapped(in.Spec["generator"])
		return spec
	}
	return in.Spec
}

// wrapped is the generator in the spec of a ClusterGenerator, and its path there.
func wrapped(generator any) (path string, spec map[string]any) {
	in, _ := generator.(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(in)) {
		spec, _ = in[name].(map[string]any)
		path = ".generator." + name
	}
	return path, spec
}

// kindOutputs are the keys that a kind of generator puts out.
type kindOutputs struct {
	usual KeySet
	// field of the spec that names them, where it is set.
	field string
}

// outputsOf are the outputs of a kind; open where it is not known.
func outputsOf(kind string) kindOutputs {
	facts, ok := eso.GeneratorOf(kind)
	if !ok {
		return kindOutputs{usual: KeySet{Open: true}}
	}
	out := kindOutputs{usual: KeySet{Open: facts.OpenOutputs}}
	out.usual.Add(facts.Outputs...)
	out.usual.Add(facts.Optional...)
	out.field, _ = strings.CutPrefix(facts.OutputsField, "spec.")
	return out
}

// with are the outputs of a generator, of whose spec a field is known by its name.
func (k kindOutputs) with(field func(name string) any) KeySet {
	if k.field == "" {
		return k.usual
	}
	var named KeySet
	switch list := field(k.field).(type) {
	case []any:
		for _, item := range list {
			if key, ok := item.(string); ok {
				named.Add(key)
			}
		}
	case map[string]any:
		named = keysOf(list)
	}
	if named.Len() == 0 {
		return k.usual
	}
	return named
}
