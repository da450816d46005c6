package lint

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/graph"
	"github.com/openova-io/esotree/internal/eso"
	"github.com/openova-io/esotree/internal/secretscan"
	"github.com/openova-io/esotree/internal/yamlsrc"
	"github.com/openova-io/esotree/object"
)

// inSops reports whether a manifest is encrypted by SOPS.
func inSops(o *object.Object) bool {
	text, err := o.JSON()
	if err != nil || !bytes.Contains(text, []byte(`"sops"`)) {
		return false
	}
	var in struct {
		Sops struct {
			Mac          string `json:"mac"`
			LastModified string `json:"lastmodified"`
		} `json:"sops"`
	}
	return json.Unmarshal(text, &in) == nil && (in.Sops.Mac != "" || in.Sops.LastModified != "")
}

// secretManifest finds Secrets with values.
func secretManifest(p *Pass) {
	for _, o := range p.Graph.Objects {
		if o.Kind != "Secret" || o.APIVersion != "v1" || inSops(o) {
			continue
		}
		text, err := o.JSON()
		if err != nil {
			continue
		}
		var in struct {
			Type       string         `json:"type"`
			Data       map[string]any `json:"data"`
			StringData map[string]any `json:"stringData"`
		}
		if json.Unmarshal(text, &in) != nil {
			continue
		}
		at := ""
		for field, data := range map[string]map[string]any{"data": in.Data, "stringData": in.StringData} {
			for _, key := range sortedKeys(data) {
				value, _ := data[key].(string)
				if value == "" {
					continue
				}
				path := yamlsrc.Join(field, key)
				hide(o, path)
				if at == "" || path < at {
					at = path
				}
			}
		}
		if at != "" {
			p.Report(o, at, title(o)+" holds values, and Git keeps them for ever", "put the value into the store and read it with an ExternalSecret; then change the value")
		}
	}
}

// hide keeps a value out of excerpts.
func hide(o *object.Object, path string) {
	if s := o.Span(path); s.IsValid() {
		s.File.Hide(s)
	}
}

// secretLiteral finds what looks like a secret in objects that should hold none.
func secretLiteral(p *Pass) {
	for _, o := range p.Graph.Objects {
		group := graph.GroupOf(o)
		switch {
		case group == eso.Group || group == eso.GeneratorGroup:
		case group == "" && (o.Kind == "ConfigMap" || o.Kind == "Pod"):
		case group == "apps" || group == "batch":
		default:
			continue
		}
		text, err := o.JSON()
		if err != nil || inSops(o) {
			continue
		}
		var in map[string]any
		if json.Unmarshal(text, &in) != nil {
			continue
		}
		eachString(in, "", func(path, value string) {
			if kind, found := secretscan.Scan(value); found {
				hide(o, path)
				p.Report(o, path, fmt.Sprintf("%s holds what looks like %s", title(o), kind), "put it into the store, read it with an ExternalSecret, and change it")
			}
		})
	}
}

// eachString calls f for each string in a value, in the order of its sorted keys.
func eachString(v any, path string, f func(path, value string)) {
	switch v := v.(type) {
	case string:
		f(path, v)
	case []any:
		for i, item := range v {
			eachString(item, yamlsrc.Index(path, i), f)
		}
	case map[string]any:
		for _, key := range sortedKeys(v) {
			eachString(v[key], yamlsrc.Join(path, key), f)
		}
	}
}

// sopsFile finds manifests that SOPS encrypts.
func sopsFile(p *Pass) {
	for _, o := range p.Graph.Objects {
		if inSops(o) {
			p.Report(o, "sops", title(o)+" is encrypted by SOPS: Git holds the value, and who had the key has it for ever", "put the value into the store and read it with an ExternalSecret")
		}
	}
}

// fluxSubstitution finds templates that Flux's variable substitution changes.
func fluxSubstitution(p *Pass) {
	var by *object.Object
	for _, o := range p.Graph.Objects {
		if o.Kind != "Kustomization" || graph.GroupOf(o) != "kustomize.toolkit.fluxcd.io" {
			continue
		}
		text, err := o.JSON()
		var in struct {
			Spec struct {
				PostBuild *struct{} `json:"postBuild"`
			} `json:"spec"`
		}
		if err == nil && json.Unmarshal(text, &in) == nil && in.Spec.PostBuild != nil {
			by = o
			break
		}
	}
	if by == nil {
		return
	}
	for _, o := range p.Graph.Objects {
		if graph.GroupOf(o) != eso.Group {
			continue
		}
		text, err := o.JSON()
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
		const off = "kustomize.toolkit.fluxcd.io/substitute"
		if err != nil || json.Unmarshal(text, &in) != nil || in.Metadata.Labels[off] == "disabled" || in.Metadata.Annotations[off] == "disabled" {
			continue
		}
		for _, part := range []struct {
			at   string
			data map[string]string
		}{{"spec.target.template.data", in.Spec.Target.Template.Data}, {"spec.template.data", in.Spec.Template.Data}} {
			for _, key := range sortedKeys(part.data) {
				if strings.Contains(strings.ReplaceAll(part.data[key], "$${", ""), "${") {
					p.Report(o, yamlsrc.Join(part.at, key), "the template holds ${, which Flux replaces by a variable of its own, or by nothing", "write $${, or annotate the object with "+off+": disabled",
						diag.Related{Span: by.Span("spec.postBuild"), Message: "replaces variables"})
				}
			}
		}
	}
}

// argoDefaultDrift finds fields that the API server fills in and Argo CD then calls out of sync.
func argoDefaultDrift(p *Pass) {
	argo := false
	for _, o := range p.Graph.Objects {
		if graph.GroupOf(o) != "argoproj.io" || o.Kind != "Application" && o.Kind != "ApplicationSet" {
			continue
		}
		text, err := o.JSON()
		if err == nil && (strings.Contains(string(text), "ignoreDifferences") || strings.Contains(string(text), "ServerSideDiff=true")) {
			return
		}
		argo = true
	}
	if !argo {
		return
	}
	for _, o := range p.Graph.Objects {
		if graph.GroupOf(o) != eso.Group {
			continue
		}
		text, err := o.JSON()
		var in map[string]any
		if err != nil || json.Unmarshal(text, &in) != nil {
			continue
		}
		var missing []string
		first := ""
		for _, d := range p.profile.Defaults(o.Kind) {
			if !strings.Contains(d.Path, "[]") { // outside of lists Argo CD leaves what it does not know
				continue
			}
			path := lacks(in, "", strings.Split(d.Path, "."))
			if path == "" {
				continue
			}
			missing = append(missing, strings.ReplaceAll(d.Path, "[]", ""))
			if first == "" {
				first = path
			}
		}
		if len(missing) > 0 {
			p.Report(o, first, fmt.Sprintf("%s leaves out %s, which the API server fills in: Argo CD shows it as out of sync", title(o), strings.Join(missing, ", ")),
				"write the defaults, or let Argo CD compare on the server's side (ServerSideDiff=true)")
		}
	}
}

// lacks returns the path of the first parent that is there and has no field at the end of a path; "" where there is none. An
// element of the path that ends in [] is a list.
func lacks(v any, at string, path []string) string {
	name, isList := strings.CutSuffix(path[0], "[]")
	m, ok := v.(map[string]any)
	if !ok {
		return ""
	}
	next, there := m[name]
	if len(path) == 1 {
		if there {
			return ""
		}
		return at
	}
	if !there {
		return ""
	}
	at = yamlsrc.Join(at, name)
	if !isList {
		return lacks(next, at, path[1:])
	}
	items, _ := next.([]any)
	for i, item := range items {
		if found := lacks(item, yamlsrc.Index(at, i), path[1:]); found != "" {
			return found
		}
	}
	return ""
}
