package lint

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/openova-io/esotree/graph"
	"github.com/openova-io/esotree/internal/yamlsrc"
	"github.com/openova-io/esotree/object"
)

// isParsed reports whether the operator's engine v2 reads a template.
func isParsed(t *graph.TemplateView) bool {
	return t != nil && (t.EngineVersion == "" || t.EngineVersion == "v2")
}

// parsedTemplate is what graph.TemplateUses returns.
type parsedTemplate struct {
	uses []graph.TemplateUse
	ok   bool
}

// templateUses is TemplateUses of the graph, once for each text.
func (p *Pass) templateUses(text string) ([]graph.TemplateUse, bool) {
	t, known := p.shared.templates[text]
	if !known {
		t.uses, t.ok = p.Graph.TemplateUses(text)
		if p.shared.templates == nil {
			p.shared.templates = map[string]parsedTemplate{}
		}
		p.shared.templates[text] = t
	}
	return t.uses, t.ok
}

// eachWrong calls f for each text of a map that is not right, in the order of their names.
func eachWrong(texts map[string]string, wrong func(text string) bool, f func(name, text string)) {
	var names []string
	for name, text := range texts { // most maps hold nothing wrong, and are not sorted
		if wrong(text) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		f(name, texts[name])
	}
}

// templateSyntax checks that templates parse.
func templateSyntax(p *Pass) {
	wrong := func(text string) bool {
		_, ok := p.templateUses(text)
		return !ok
	}
	report := func(o *object.Object, path, text string) {
		line, why := graph.TemplateError(text)
		message := "the template does not parse: " + why
		if line > 1 {
			message = fmt.Sprintf("the template does not parse in its line %d: %s", line, why)
		}
		p.Report(o, path, message, "")
	}
	look := func(o *object.Object, prefix, field string, t *graph.TemplateView) {
		if !isParsed(t) {
			return
		}
		eachWrong(t.Data, wrong, func(name, text string) { report(o, yamlsrc.Join(prefix+field+".data", name), text) })
		for i, from := range t.From {
			if from.Literal != nil && wrong(*from.Literal) {
				report(o, yamlsrc.Index(prefix+field+".templateFrom", i)+".literal", *from.Literal)
			}
		}
		for _, kind := range []string{"annotations", "labels"} {
			var values map[string]string
			if raw := t.Metadata[kind]; len(raw) > 0 && json.Unmarshal(raw, &values) == nil {
				eachWrong(values, wrong, func(name, text string) { report(o, yamlsrc.Join(prefix+field+".metadata."+kind, name), text) })
			}
		}
	}
	for _, pull := range p.Graph.Pulls {
		look(pull.Object, pull.Prefix, ".target.template", pull.Spec.Target.Template)
	}
	for _, push := range p.Graph.Pushes {
		look(push.Object, push.Prefix, ".template", push.Spec.Template)
	}
}
