package graph

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/internal/yamlsrc"
)

// Explanation is everything that the manifests say about one secret.
type Explanation struct {
	// Secret is namespace/name of the Secret that the value originates in, or the key where no Secret is known.
	Secret string `json:"secret"`
	Tenant string `json:"tenant,omitempty"`
	// Home is the cluster that the value originates in, "" where there is one cluster only or nobody knows.
	Home string `json:"home,omitempty"`
	// Key in the stores.
	Key string `json:"key,omitempty"`
	// Made says how the value comes to be, in a few words.
	Made string `json:"made,omitempty"`
	// Epoch that is wanted, "" for none.
	Epoch string `json:"epoch,omitempty"`
	// Next says when it rotates, or is due, next.
	Next *NextRotation `json:"next,omitempty"`
	// Hops from the origin to the consumers, in the order of the value's way.
	Hops []Hop `json:"hops"`
	// Access is who may read and write it through the stores, as far as the manifests say.
	Access []Access `json:"access"`
	// Facts are what the operator does with it, and what the value survives.
	Facts []Fact `json:"facts"`
}

// NextRotation is when a value is replaced next.
type NextRotation struct {
	At time.Time `json:"at"`
	// By is clock, where the operator sees to it, or what a due date waits for: commit, or person where a person makes the value.
	By string `json:"by"`
	// Overdue says that At has passed.
	Overdue bool `json:"overdue,omitempty"`
	// Within is how much later than At a clock's origin may look at it, in seconds.
	Within int64 `json:"withinSeconds,omitempty"`
}

// Step is what a hop does.
type Step string

// The steps of a value's way.
const (
	StepGenerate Step = "generate"
	// StepFormer is a store that is asked for the value under a former key.
	StepFormer  Step = "former"
	StepOrigin  Step = "origin"
	StepSecret  Step = "secret"
	StepPush    Step = "push"
	StepStore   Step = "store"
	StepPull    Step = "pull"
	StepConsume Step = "consume"
)

// Hop is one station of a value.
type Hop struct {
	Step Step `json:"step"`
	// Depth is how far from the origin it is; a hop's parent is the last one above it with a smaller depth.
	Depth   int    `json:"depth"`
	Cluster string `json:"cluster,omitempty"`
	// Object is what stands there: kind, namespace and name, or a store and its key.
	Object string `json:"object"`
	// Does says in a few words what happens there.
	Does string `json:"does,omitempty"`
	// WorstSeconds is the longest time from a new value in the home Secret to this hop, in seconds; 0 where it is not bounded
	// by intervals.
	WorstSeconds int64 `json:"worstSeconds,omitempty"`
	// Facts are the IDs of what the operator does there.
	Facts []string `json:"facts,omitempty"`
	// Span is where it is written.
	Span diag.Span `json:"-"`
	// File, Line and Column are those of Span, for JSON.
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
}

// ExplainOptions say what an explanation is about.
type ExplainOptions struct {
	// At is the time to reckon from.
	At time.Time
}

// Explain returns the secrets that a name means, all of them for "": namespace/secret, tenant/secret, a Secret's name, STORE:KEY, a key, or who
// reads them: namespace/name or kind/name of an ExternalSecret or workload. The error says that there is none, with what may
// have been meant.
func Explain(side Side, name string, opts ExplainOptions) ([]Explanation, error) {
	f := newFlows(side)
	found := f.values
	var offline []Explanation
	for _, o := range side.Offline {
		if short := o.Secret[strings.IndexByte(o.Secret, '/')+1:]; name == "" || name == o.Secret || name == short {
			offline = append(offline, Explanation{Secret: o.Secret, Tenant: o.Tenant, Made: "kept offline: " + o.Prompt, Hops: []Hop{}, Access: []Access{}, Facts: []Fact{}})
		}
	}
	if name != "" {
		found = f.named(name)
	}
	if name != "" && len(found)+len(offline) == 0 {
		hint := ""
		if near := yamlsrc.Closest(name, f.names()); near != "" {
			hint = fmt.Sprintf("; did you mean %q?", near)
		}
		return nil, fmt.Errorf("there is no secret, store key or reader %q%s", name, hint)
	}
	out := make([]Explanation, 0, len(found))
	for _, v := range found {
		out = append(out, f.explain(v, side.Due, opts))
	}
	return append(out, offline...), nil
}

func (f *flows) explain(v *flowValue, due DueDate, opts ExplainOptions) Explanation {
	e := &explainer{f: f, v: v, said: said{}, told: map[*flowReader]bool{}}
	e.out = Explanation{Secret: v.name(), Tenant: v.tenant, Home: v.home.Cluster, Key: v.remoteKey(), Made: cmp.Or(made(v), "already in the stores: no manifest makes it"), Hops: []Hop{}, Access: f.access(v)}
	e.pushes(e.origin())
	e.next(due, opts.At)
	e.out.Facts = append([]Fact{}, e.said.facts(f.release)...)
	return e.out
}
