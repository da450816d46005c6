package lint

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/graph"
	"github.com/openova-io/esotree/internal/eso"
	"github.com/openova-io/esotree/internal/yamlsrc"
	"github.com/openova-io/esotree/object"
)

// sameObject reports whether two manifests describe one object; variants for several environments do.
func sameObject(a, b *object.Object) bool {
	return a.Cluster == b.Cluster && a.Kind == b.Kind && a.Namespace == b.Namespace && a.Name == b.Name
}

// remoteKeyTwoWriters finds keys that two pushes, or two entries of one, write.
func remoteKeyTwoWriters(p *Pass) {
	for _, k := range p.Graph.Keys {
		for i, w := range k.Writes {
			for _, first := range k.Writes[:i] {
				one := first.Push == w.Push
				if one && first.Path == w.Path || one && first.Property != w.Property && first.Property != "" && w.Property != "" {
					continue // one entry to two names of a store, or two properties
				}
				if !one && sameObject(first.Push.Object, w.Push.Object) {
					continue
				}
				known := w.Store != nil && first.Store != nil
				if computed(w.Remote) || known != (w.Store != nil || first.Store != nil) {
					continue
				}
				if sure := known && w.Store.Sure; !sure && (w.Store != first.Store || !p.together(w.Push.Object, first.Push.Object)) {
					continue // variants, or an account that the credentials tell
				}
				if w.Push.Spec.UpdatePolicy == "IfNotExists" || first.Push.Spec.UpdatePolicy == "IfNotExists" {
					continue
				}
				message := fmt.Sprintf("%s writes %q, as %s does: each replaces what the other wrote", title(w.Push.Object), w.Remote, title(first.Push.Object))
				if one {
					message = fmt.Sprintf("%s writes %q twice: the later entry replaces the earlier one", title(w.Push.Object), w.Remote)
				}
				p.Report(w.Push.Object, w.KeyPath, message, "give each its own remote key, or push the Secret whole with one PushSecret", at(first.Push.Object, first.KeyPath, "written here too"))
				break
			}
		}
	}
}

// targetTwoOwners finds Secrets that two ExternalSecrets make.
func targetTwoOwners(p *Pass) {
	for _, s := range p.Graph.Secrets {
		if len(s.Makers) < 2 {
			continue
		}
		var owners []*graph.Pull
		for _, m := range s.Makers {
			if m.Spec.Target.CreationPolicy == "Merge" {
				continue
			}
			if len(owners) > 0 && !sameObject(owners[0].Object, m.Object) && !computed(s.Spot.Name) && p.together(owners[0].Object, m.Object) {
				path := m.Prefix + ".target.name"
				p.Report(m.Object, path, fmt.Sprintf("%s makes Secret %q, as %s does", title(m.Object), s.Spot.Name, title(owners[0].Object)),
					"give one of them another target, or creationPolicy: Merge", at(owners[0].Object, owners[0].Prefix+".target.name", "made here too"))
				break
			}
			owners = append(owners, m)
		}
	}
}

// duplicateSecretKey finds entries of data that give the same key.
func duplicateSecretKey(p *Pass) {
	for _, pull := range p.Graph.Pulls {
		if len(pull.Spec.Data) < 2 {
			continue
		}
		first := make(map[string]int, len(pull.Spec.Data))
		for i, entry := range pull.Spec.Data {
			if j, ok := first[entry.SecretKey]; ok {
				p.Report(pull.Object, yamlsrc.Index(pull.Prefix+".data", i)+".secretKey", fmt.Sprintf("%s gives key %q twice: the later entry wins", title(pull.Object), entry.SecretKey), "",
					at(pull.Object, yamlsrc.Index(pull.Prefix+".data", j)+".secretKey", "given here too"))
				continue
			}
			first[entry.SecretKey] = i
		}
	}
}

// nameCollision finds two manifests of one object. In a part of a repository they may be variants, so that only two in one
// file count.
func nameCollision(p *Pass) {
	all := p.Graph.Objects
	order := make([]int32, 0, len(all)) // of those that are judged: manifests of one object stand side by side, as they came
	for i, o := range all {
		if group := graph.GroupOf(o); o.Name != "" && (group == eso.Group || group == eso.GeneratorGroup || group == "" && o.Kind == "Secret") {
			order = append(order, int32(i))
		}
	}
	slices.SortFunc(order, func(a, b int32) int {
		if c := compareObjects(all[a], all[b]); c != 0 {
			return c
		}
		return cmp.Compare(a, b)
	})
	type pair struct{ object, first int32 }
	var twice []pair
	first := int32(0)
	for i, at := range order {
		if i > 0 && compareObjects(all[order[i-1]], all[at]) == 0 {
			twice = append(twice, pair{at, first})
		} else {
			first = at
		}
	}
	slices.SortFunc(twice, func(a, b pair) int { return cmp.Compare(a.object, b.object) })
	for _, found := range twice {
		o, was := all[found.object], all[found.first]
		here, there := o.Span("metadata.name"), was.Span("metadata.name")
		if p.Closed || here.IsValid() && here.File == there.File {
			p.Report(o, "metadata.name", title(o)+" is there twice: the one that is applied last wins", "", diag.Related{Span: there, Message: "the other one"})
		}
	}
}

// compareObjects puts objects into an order in which only manifests of one object are equal.
func compareObjects(a, b *object.Object) int {
	if c := strings.Compare(a.Name, b.Name); c != 0 { // which most have for themselves
		return c
	}
	return cmp.Or(strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Kind, b.Kind), strings.Compare(a.Cluster, b.Cluster), strings.Compare(graph.GroupOf(a), graph.GroupOf(b)))
}

// pushPullCycle finds Secrets whose value goes to a store and comes back, without a beginning.
func pushPullCycle(p *Pass) {
	if !slices.ContainsFunc(p.Graph.Pulls, func(pull *graph.Pull) bool { return isPushedOn(p.Graph, pull) }) {
		return
	}
	c := &cycles{graph: p.Graph, index: map[*graph.Secret]int{}, low: map[*graph.Secret]int{}, on: map[*graph.Secret]bool{}}
	for _, s := range p.Graph.Secrets {
		if c.index[s] == 0 {
			c.visit(s)
		}
	}
	if len(c.found) == 0 {
		return
	}
	others := newControllers(p.Graph)
	for _, w := range c.found {
		if spot := w.Push.Source.Spot; others.mayMake(spot) {
			continue // that is where the value begins
		}
		p.Report(w.Push.Object, w.KeyPath, fmt.Sprintf("%s pushes %q, which its own Secret %q is read from: the value has no beginning, and an old one never leaves", title(w.Push.Object), w.Remote, w.Push.Source.Spot.Name),
			"read or push, not both; a value that is generated reads the store after its generator: esotree explain push-pull-cycle shows the safe form")
	}
}

// cycles finds strongly connected Secrets, with Tarjan's algorithm.
type cycles struct {
	graph *graph.Graph
	next  int
	index map[*graph.Secret]int
	low   map[*graph.Secret]int
	on    map[*graph.Secret]bool
	stack []*graph.Secret
	found []*graph.Write
}

// begins reports whether a pull's value may be another one than that of the stores it reads.
func begins(pull *graph.Pull) bool {
	return pull.Remembers() || pull.Spec.RefreshPolicy == "CreatedOnce"
}

// isPushedOn reports whether a Secret that a pull makes of what it reads is pushed.
func isPushedOn(g *graph.Graph, pull *graph.Pull) bool {
	return len(pull.Reads) > 0 && !begins(pull) && slices.ContainsFunc(pull.Namespaces, func(namespace string) bool {
		s := g.Secret(graph.Spot{Cluster: pull.Object.Cluster, Namespace: namespace, Name: pull.Target.Name})
		return s != nil && len(s.Pushes) > 0
	})
}

// edges calls f for each Secret that a write of s reaches.
func (c *cycles) edges(s *graph.Secret, f func(*graph.Write, *graph.Secret)) {
	for _, push := range s.Pushes {
		for _, w := range push.Writes {
			for _, r := range c.graph.Key(w.Place).Reads {
				if begins(r.Pull) || !flows(w, r) {
					continue
				}
				for _, namespace := range r.Pull.Namespaces {
					if next := c.graph.Secret(graph.Spot{Cluster: r.Pull.Object.Cluster, Namespace: namespace, Name: r.Pull.Target.Name}); next != nil {
						f(w, next)
					}
				}
			}
		}
	}
}

func before(a, b graph.Spot) bool {
	return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Cluster, b.Cluster)) < 0
}

// flows reports whether what is written is what is read.
func flows(w *graph.Write, r *graph.Read) bool {
	return w.Property == "" || r.Property == "" || w.Property == r.Property
}

func (c *cycles) visit(s *graph.Secret) {
	c.next++
	c.index[s], c.low[s], c.on[s] = c.next, c.next, true
	c.stack = append(c.stack, s)
	c.edges(s, func(_ *graph.Write, next *graph.Secret) {
		if c.index[next] == 0 {
			c.visit(next)
			c.low[s] = min(c.low[s], c.low[next])
		} else if c.on[next] {
			c.low[s] = min(c.low[s], c.index[next])
		}
	})
	if c.low[s] != c.index[s] {
		return
	}
	members := map[*graph.Secret]bool{}
	for {
		top := c.stack[len(c.stack)-1]
		c.stack = c.stack[:len(c.stack)-1]
		c.on[top], members[top] = false, true
		if top == s {
			break
		}
	}
	for member := range members { // the same one is told of in whatever order they are met
		if before(member.Spot, s.Spot) {
			s = member
		}
	}
	seen := map[string]bool{}
	c.edges(s, func(w *graph.Write, next *graph.Secret) {
		if members[next] && !seen[w.KeyPath] {
			seen[w.KeyPath] = true
			c.found = append(c.found, w)
		}
	})
}
