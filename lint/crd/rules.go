package crd

import (
	"context"
	"fmt"
	"sync"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/graph"
	"github.com/openova-io/esotree/internal/eso"
	"github.com/openova-io/esotree/lint"
	"github.com/openova-io/esotree/object"
)

// Codes of the rules of this package.
const (
	CodeKind       = "crd-kind-missing"
	CodeVersion    = "crd-version-not-served"
	CodePruned     = "crd-field-pruned"
	CodeInvalid    = "crd-invalid"
	CodeCEL        = "crd-rule-broken"
	CodePolicies   = "webhook-policies"
	CodeNoData     = "webhook-no-data"
	CodeDataFrom   = "webhook-data-from"
	CodeDuplicate  = "webhook-duplicate-key"
	CodePrivileged = "webhook-privileged-template"
	CodeTarget     = "webhook-template-target"
	CodeStore      = "webhook-store"
)

// Rules returns the rules of the bundle and of the admission webhook of a release of ESO, such as "2.9"; "" is the newest that
// is known. The error says that the text is no release. All are errors, and each has a page of its own in lint.Doc.
//
// They find each object that the API server or the webhook refuses, and each field that it drops. Objects of other groups than
// ESO's and the bundle's are passed over. One call's rules look at an object once in a run, however many of them there are.
func (b *Bundle) Rules(release string) ([]lint.Rule, error) {
	line := eso.Latest().Release()
	if release != "" {
		var err error
		if line, err = eso.ParseRelease(release); err != nil {
			return nil, fmt.Errorf("release of ESO: %w", err)
		}
	}
	covers := map[string][]string{
		CodeVersion:   {"api-not-served"},
		CodeKind:      {"api-not-served"},
		CodeDuplicate: {"duplicate-secret-key"},
		CodeInvalid:   {"generator-missing"},
	}
	shared := &findings{bundle: b, release: line}
	var rules []lint.Rule
	for _, code := range []string{
		CodeKind, CodeVersion, CodePruned, CodeInvalid, CodeCEL,
		CodePolicies, CodeNoData, CodeDataFrom, CodeDuplicate, CodePrivileged, CodeTarget, CodeStore,
	} {
		rules = append(rules, lint.Rule{Code: code, Doc: lint.Doc(code), Severity: diag.Error, Covers: covers[code], Run: func(p *lint.Pass) {
			for _, f := range shared.of(p.Graph, code) {
				p.Report(f.object, f.path, f.message, f.hint)
			}
		}})
	}
	return rules, nil
}

// finding is a problem of an object.
type finding struct {
	problem
	object *object.Object
}

// findings are those of the graph that the rules looked at last.
type findings struct {
	bundle  *Bundle
	release eso.Release

	mu     sync.Mutex
	graph  *graph.Graph
	byCode map[string][]finding
}

func (f *findings) of(g *graph.Graph, code string) []finding {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.graph != g {
		f.graph, f.byCode = g, f.look(g)
	}
	return f.byCode[code]
}

func (f *findings) look(g *graph.Graph) map[string][]finding {
	misfits := map[*object.Object]string{} // told by another rule
	for _, m := range g.Misfits {
		misfits[m.Object] = m.Path
	}
	out := map[string][]finding{}
	for _, o := range g.Objects {
		for _, p := range f.bundle.check(context.Background(), o, f.release) {
			if path, ok := misfits[o]; ok && path == p.path && p.code == CodeInvalid {
				continue
			}
			out[p.code] = append(out[p.code], finding{p, o})
		}
	}
	return out
}
