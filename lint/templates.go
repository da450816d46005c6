package lint

import (
	"encoding/json"
	"fmt"

	"github.com/openova-io/esotree/graph"
	"github.com/openova-io/esotree/internal/yamlsrc"
	"github.com/openova-io/esotree/object"
)

// eachTemplate calls f for each text of a template of ESO's engine v2 that stands in a manifest.
func eachTemplate(g *graph.Graph, f func(o *object.Object, path, text string)) {
	look := func(o *object.Object, at string, t *graph.TemplateView) {
		if t == nil || t.EngineVersion != "" && t.EngineVersion != "v2" {
			return
		}
		for _, name := range sortedKeys(t.Data) {
			f(o, yamlsrc.Join(at+".data", name), t.Data[name])
		}
		for i, from := range t.From {
			if from.Literal != nil {
				f(o, yamlsrc.Index(at+".templateFrom", i)+".literal", *from.Literal)
			}
		}
		for _, field := range []string{"annotations", "labels"} {
			var values map[string]string
			if json.Unmarshal(t.Metadata[field], &values) != nil {
				continue
			}
			for _, name := range sortedKeys(values) {
				f(o, yamlsrc.Join(at+".metadata."+field, name), values[name])
			}
		}
	}
	for _, pull := range g.Pulls {
		look(pull.Object, pull.Prefix+".target.template", pull.Spec.Target.Template)
	}
	for _, push := range g.Pushes {
		look(push.Object, push.Prefix+".template", push.Spec.Template)
	}
}

// parsedTemplate is what graph.TemplateUses returns.
type parsedTemplate struct {
	uses []graph.TemplateUse
	ok   bool
}

// templateUses is graph.TemplateUses, once for each text.
func (p *Pass) templateUses(text string) ([]graph.TemplateUse, bool) {
	t, known := p.shared.templates[text]
	if !known {
		t.uses, t.ok = graph.TemplateUses(text)
		p.shared.templates[text] = t
	}
	return t.uses, t.ok
}

// templateSyntax checks that templates parse.
func templateSyntax(p *Pass) {
	eachTemplate(p.Graph, func(o *object.Object, path, text string) {
		if _, ok := p.templateUses(text); !ok {
			line, why := graph.TemplateError(text)
			message := "the template does not parse: " + why
			if line > 1 {
				message = fmt.Sprintf("the template does not parse in its line %d: %s", line, why)
			}
			p.Report(o, path, message, "")
		}
	})
}
