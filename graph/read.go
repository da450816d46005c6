package graph

import (
	"strings"

	"github.com/openova-io/esotree/internal/eso"
	"github.com/openova-io/esotree/object"
)

// node is what an object says: a *Store, *Generator, *manifest, *Pull, *Push, []*Use or *Misfit; nil for what is of no interest to the
// graph. What it has to do with others is not in it.
func (m *memory) node(o *object.Object) any {
	switch group := GroupOf(o); group {
	case eso.Group:
		return m.operatorNode(o)
	case eso.GeneratorGroup:
		if o.Kind != "GeneratorState" {
			return m.generatorNode(o)
		}
	default:
		if group == "" && o.Kind == "Secret" {
			return readManifest(o)
		}
		return usesOf(o, group)
	}
	return nil
}

func (m *memory) operatorNode(o *object.Object) any {
	switch o.Kind {
	case "SecretStore", "ClusterSecretStore":
		var in storeObject
		if misfit, ok := view(o, &in); !ok {
			return misfit
		}
		return newStore(o, &in)
	case "ExternalSecret":
		in := &m.pull
		*in = pullObject{}
		if misfit, ok := view(o, in); !ok {
			return misfit
		}
		return &Pull{Object: o, Prefix: "spec", Spec: in.Spec, Namespaces: m.namespaces(o), External: listed(in.Metadata.Annotations), Target: Spot{Name: o.Name}}
	case "ClusterExternalSecret":
		in := &m.clusterPull
		*in = clusterPullObject{}
		if misfit, ok := view(o, in); !ok {
			return misfit
		}
		pull := &Pull{Object: o, Prefix: "spec.externalSecretSpec", Spec: in.Spec.Pull, Namespaces: in.Spec.Namespaces, External: listed(in.Metadata.Annotations), Target: Spot{Name: in.Spec.Name}}
		if in.Spec.Name == "" {
			pull.Target.Name = o.Name
		}
		pull.Anywhere = in.Spec.NamespaceSelector != nil || len(in.Spec.NamespaceSelectors) > 0 || len(in.Spec.Namespaces) == 0
		return pull
	case "PushSecret":
		in := &m.push
		*in = pushObject{}
		if misfit, ok := view(o, in); !ok {
			return misfit
		}
		return &Push{Object: o, Prefix: "spec", Spec: in.Spec, external: listed(in.Metadata.Annotations)}
	case "ClusterPushSecret":
		in := &m.clusterPush
		*in = clusterPushObject{}
		if misfit, ok := view(o, in); !ok {
			return misfit
		}
		return &Push{Object: o, Prefix: "spec.pushSecretSpec", Spec: in.Spec.Push}
	}
	return nil
}

// namespaces are the object's own. Mostly they are those of the one before.
func (m *memory) namespaces(o *object.Object) []string {
	if len(m.namespace) == 0 || m.namespace[0] != o.Namespace {
		m.namespace = []string{o.Namespace}
	}
	return m.namespace
}

// listed reads the annotation that names what comes from elsewhere.
func listed(annotations map[string]string) []string {
	mark := annotations[externalMark]
	if mark == "" {
		return nil
	}
	var out []string
	for item := range strings.SplitSeq(mark, ",") {
		if item = strings.TrimSpace(item); item != "" {
			out = append(out, item)
		}
	}
	return out
}

func (m *memory) generatorNode(o *object.Object) any {
	in := &m.generator
	*in = generatorObject{}
	if misfit, ok := view(o, in); !ok {
		return misfit
	}
	g := &Generator{Object: o, Kind: o.Kind, SpecPath: "spec"}
	field := in.field
	if o.Kind == clusterGenerator {
		g.Kind, _ = in.Spec.Kind.(string)
		name, spec := wrapped(in.Spec.Generator)
		g.SpecPath += name
		field = func(name string) any { return spec[name] }
	}
	g.Outputs = m.outputs.of(g.Kind, outputsOf).with(field)
	return g
}

// manifest is a Secret itself.
type manifest struct {
	object *object.Object
	keys   KeySet
}

func readManifest(o *object.Object) any {
	var in secretObject
	if misfit, ok := view(o, &in); !ok {
		return misfit
	}
	m := &manifest{object: o}
	m.keys.Merge(keysOf(in.Data))
	m.keys.Merge(keysOf(in.StringData))
	m.keys.Open = m.keys.Len() == 0 // another controller fills it in
	return m
}
