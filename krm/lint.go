package krm

import (
	"context"
	"slices"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/graph"
	"github.com/openova-io/esotree/internal/yamlsrc"
	"github.com/openova-io/esotree/lint"
	"github.com/openova-io/esotree/object"
)

// lint checks the items and puts them out as they are.
func (r *run) lint(ctx context.Context, c *config) ([]*item, bool) {
	if c.lint.FailOn == "warning" {
		r.failOn = diag.Warning
	}
	objects := make([]*object.Object, 0, len(r.in.items))
	for _, it := range r.in.items {
		if it.ref.Kind != "" && !it.isConfiguration() {
			objects = append(objects, &object.Object{ID: it.ref, Value: it.json(), Origin: it.document(r)})
		}
	}
	findings, err := lint.Run(ctx, graph.New(objects), lint.Options{Closed: c.lint.Closed, ESO: c.lint.ESO, Now: r.Now,
		Rules: slices.Concat(lint.Rules(), r.Rules), Config: &lint.Config{Rules: c.lint.Rules}})
	if err != nil {
		r.findings.Add(diag.Finding{Code: "invalid-value", Message: err.Error(), Span: c.doc.Span("spec.eso"), Path: "spec.eso"})
		return nil, false
	}
	r.findings.Add(findings.All()...)
	return r.in.items, true
}

// GuardName is the name of the object that a Guard makes. Whoever sees it sees it because the function was not run.
const GuardName = "esotree-did-not-run-pass-enable-exec"

// guard adds the object that proves that functions are run.
func (r *run) guard() []*item {
	text := "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: " + GuardName +
		"\n  annotations:\n    config.kubernetes.io/local-config: \"true\"\ndata:\n  ran: \"true\"\n"
	docs, _ := yamlsrc.Read(diag.NewFile("guard", []byte(text)), yamlsrc.Limits{Comments: true})
	items := slices.Clone(r.in.items)
	for _, doc := range docs {
		items = append(items, newItem(doc.Commented()))
	}
	return items
}
