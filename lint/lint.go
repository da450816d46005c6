// Package lint finds what is wrong, or will hurt, in manifests of the External Secrets Operator, whoever wrote them. A Rule is
// a value; Rules lists them. No finding is a guess: where the graph does not know, a rule is silent.
package lint

import (
	"fmt"
	"time"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/graph"
	"github.com/openova-io/esotree/object"
)

// Rule is one thing to look for.
type Rule struct {
	// Code is stable and kebab-case.
	Code string
	// Doc is the rule's text in Markdown: what it finds, why it hurts and what to do.
	Doc string
	// Severity of its findings, where nothing says otherwise.
	Severity diag.Severity
	// ClosedWorld says that it needs all manifests. Its errors are warnings where there may be more than Run was given.
	ClosedWorld bool
	// Covers are the codes of rules that say less about the same mistake: their findings at the place of one of this rule are left out.
	Covers []string
	// Run looks for it.
	Run func(*Pass)
}

// Options says how Run looks. The zero value is for a part of a repository, the newest release and no tenants.
type Options struct {
	// Closed says that the graph holds all manifests there are.
	Closed bool
	// Now decides whether a suppression has ended; the zero time ends none.
	Now time.Time
	// ESO is the release that the clusters run, such as "2.9"; "" is what World says of each, else the newest known.
	ESO string
	// World is what is known of tenants and regions; nil: nothing, and the rules about them are silent.
	World *World
	// Rules to run; nil: all of Rules.
	Rules []Rule
	// Config sets severities by path; nil: as the rules say.
	Config *Config
	// Only reports whether an object's findings are wanted; nil: all are. The others are what the wanted ones have to do with.
	Only func(*object.Object) bool
}

// World is what no manifest says.
type World struct {
	Tenants []Tenant
	Grants  []Grant
	// Holdings, unless it is nil, is asked in the place of Grants and of what Tenants have beside their names.
	Holdings Holdings
	// Shared says that tenants share stores on purpose, so that a store without conditions is a note.
	Shared bool
	// Owner returns the tenant whose description made an object, Platform for the platform's own; "" and nil: not known.
	Owner func(*object.Object) string
	// Nearest returns the name of the store that a cluster's services should read; "" and nil: not known.
	Nearest func(cluster string) string
	// Release returns the release of ESO that a cluster runs, such as "2.9"; "" and nil: not known. Options.ESO goes before it.
	Release func(cluster string) string
}

// Platform is the name of the Tenant that stands for the platform: its keys are nobody's to read without a grant, and its objects
// may be anywhere.
const Platform = "platform"

// Tenant is one tenant.
type Tenant struct {
	Name string
	// Namespaces that are its own, in every cluster.
	Namespaces []string
	// Prefixes of its keys in the stores, such as "acme/".
	Prefixes []string
	// Keys in the stores that are its own whatever they begin with. Several tenants may own one that all of them read.
	Keys []string
}

// Grant lets tenants read a key of another one.
type Grant struct {
	// Key in the stores.
	Key string
	// To are the tenants.
	To []string
}

// Pass is one run of one rule.
type Pass struct {
	Graph *graph.Graph
	// World is never nil.
	World *World
	// Closed says that the graph holds all manifests there are.
	Closed bool

	rule   *Rule
	linter *Linter
	only   func(*object.Object) bool
	set    *diag.Set
	shared *shared
}

// Report adds a finding about a field of an object, with the rule's code and severity.
func (p *Pass) Report(o *object.Object, path, message, hint string, related ...diag.Related) {
	severity := p.rule.Severity
	if p.rule.ClosedWorld && !p.Closed && severity == diag.Error {
		severity = diag.Warning
	}
	p.ReportAs(severity, o, path, message, hint, related...)
}

// ReportAs adds a finding with a severity of its own.
func (p *Pass) ReportAs(severity diag.Severity, o *object.Object, path, message, hint string, related ...diag.Related) {
	if !p.wants(o) {
		return
	}
	f := diag.Finding{Code: p.rule.Code, Severity: severity, Message: message, Hint: hint, Path: path, Object: o.ID, Related: related, Span: o.Span(path)}
	if !f.Span.IsValid() {
		f.File = o.Doc
	} else if o.Doc != "" && f.Span.File.Name != o.Doc {
		f.Related = append(f.Related, diag.Related{Span: diag.Span{File: diag.NewFile(o.Doc, nil)}, Message: "rendered here"})
	}
	file, _, _ := f.Span.Location()
	if file == "" {
		file = o.Doc
	}
	if level, ok := p.linter.opts.Config.level(p.rule.Code, file); ok {
		if level == Off {
			return
		}
		f.Severity = level.severity()
	}
	if verdict := suppressed(&f, p.linter.opts.Now); verdict {
		return
	}
	p.set.Add(f)
}

// wants reports whether findings about an object are wanted: who finds it out late composes a text in vain.
func (p *Pass) wants(o *object.Object) bool { return p.only == nil || p.only(o) }

// at is a related place.
func at(o *object.Object, path, message string) diag.Related {
	return diag.Related{Span: o.Span(path), Message: message}
}

// title names an object in a sentence.
func title(o *object.Object) string {
	if o.Namespace == "" {
		return fmt.Sprintf("%s %q", o.Kind, o.Name)
	}
	return fmt.Sprintf("%s %q", o.Kind, o.Namespace+"/"+o.Name)
}
