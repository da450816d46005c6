package lint

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/graph"
	"github.com/openova-io/esotree/internal/eso"
	"github.com/openova-io/esotree/internal/yamlsrc"
	"github.com/openova-io/esotree/object"
)

const fluxOff = "kustomize.toolkit.fluxcd.io/substitute"

// variables are what Flux's Kustomizations replace.
type variables struct {
	// by is the first of them; nil where none replaces anything.
	by    *object.Object
	names map[string]bool
	// open says that some come from where the manifests do not tell their names.
	open bool
}

func isFluxKustomization(o *object.Object) bool {
	return o.Kind == "Kustomization" && graph.GroupOf(o) == "kustomize.toolkit.fluxcd.io"
}

func fluxVariables(g *graph.Graph) variables {
	v := variables{names: map[string]bool{}}
	if !slices.ContainsFunc(g.Objects, isFluxKustomization) {
		return v
	}
	keys := map[[3]string][]string{} // of ConfigMaps and Secrets
	for _, o := range g.Objects {
		if o.APIVersion != "v1" || o.Kind != "ConfigMap" && o.Kind != "Secret" {
			continue
		}
		var in struct {
			Data       map[string]json.RawMessage `json:"data"`
			StringData map[string]json.RawMessage `json:"stringData"`
		}
		if o.View(&in) == nil {
			keys[[3]string{o.Cluster, o.Kind, o.Name}] = append(sortedKeys(in.Data), sortedKeys(in.StringData)...)
		}
	}
	for _, o := range g.Objects {
		if !isFluxKustomization(o) {
			continue
		}
		var in struct {
			Spec struct {
				PostBuild *struct {
					Substitute map[string]json.RawMessage `json:"substitute"`
					From       []struct {
						Kind string `json:"kind"`
						Name string `json:"name"`
					} `json:"substituteFrom"`
				} `json:"postBuild"`
			} `json:"spec"`
		}
		if o.View(&in) != nil || in.Spec.PostBuild == nil {
			continue
		}
		if v.by == nil {
			v.by = o
		}
		for name := range in.Spec.PostBuild.Substitute {
			v.names[name] = true
		}
		for _, from := range in.Spec.PostBuild.From {
			list, known := keys[[3]string{o.Cluster, from.Kind, from.Name}]
			v.open = v.open || !known
			for _, name := range list {
				v.names[name] = true
			}
		}
	}
	return v
}

var substitution = regexp.MustCompile(`(\$?)\$\{([A-Za-z_][A-Za-z0-9_]*)(:?[-=+?])?`)

// unknown returns the first ${name} in a text that no Kustomization has a value for; "" where there is none, or where that is not
// known. Flux makes nothing of such a variable.
func (v variables) unknown(text string) string {
	if v.open || !strings.Contains(text, "${") {
		return ""
	}
	for _, m := range substitution.FindAllStringSubmatch(text, -1) {
		if m[1] == "" && m[3] == "" && !v.names[m[2]] {
			return m[2]
		}
	}
	return ""
}

// fluxSubstitution finds templates that Flux's variable substitution changes. A variable that has a value is meant to be replaced.
func fluxSubstitution(p *Pass) {
	v := fluxVariables(p.Graph)
	if v.by == nil {
		return
	}
	for _, o := range p.Graph.Objects {
		if graph.GroupOf(o) != eso.Group {
			continue
		}
		var in struct {
			Metadata struct {
				Labels      map[string]string `json:"labels"`
				Annotations map[string]string `json:"annotations"`
			} `json:"metadata"`
			Spec struct {
				Target struct {
					Template struct {
						Data map[string]string `json:"data"`
					} `json:"template"`
				} `json:"target"`
				Template struct {
					Data map[string]string `json:"data"`
				} `json:"template"`
			} `json:"spec"`
		}
		if o.View(&in) != nil || in.Metadata.Labels[fluxOff] == "disabled" || in.Metadata.Annotations[fluxOff] == "disabled" {
			continue
		}
		for _, part := range []struct {
			at   string
			data map[string]string
		}{{"spec.target.template.data", in.Spec.Target.Template.Data}, {"spec.template.data", in.Spec.Template.Data}} {
			for _, key := range sortedKeys(part.data) {
				if name := v.unknown(part.data[key]); name != "" {
					p.Report(o, yamlsrc.Join(part.at, key), fmt.Sprintf("the template holds ${%s}, which Flux replaces by nothing: no Kustomization here gives it a value", name),
						strings.Join([]string{"write $${", name, "}, or annotate the object with ", fluxOff, ": disabled"}, ""), diag.Related{Span: v.by.Span("spec.postBuild"), Message: "replaces variables"})
				}
			}
		}
	}
}
