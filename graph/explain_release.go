package graph

import (
	"maps"
	"slices"
	"strings"

	"github.com/openova-io/esotree/internal/eso"
)

// ReleaseOf returns the release line of the operator that a cluster runs, such as 2.9; "" where nobody knows.
type ReleaseOf func(cluster string) string

// in is what holds in a cluster in the place of a fact: the fact itself, or what the cluster's release does instead.
func (r ReleaseOf) in(cluster, id string) string {
	if r == nil {
		return id
	}
	line := lineOf(r(cluster))
	for _, f := range Facts() {
		if f.ID == id && line != "" && f.Instead[line] != "" {
			return f.Instead[line]
		}
	}
	return id
}

// lineOf is a release as its line; "" where it is none.
func lineOf(release string) string {
	line, err := eso.ParseRelease(release)
	if err != nil {
		return ""
	}
	return line.String()
}

// said collects facts with the clusters that they are about.
type said map[string]map[string]bool

func (s said) add(id string, clusters ...string) {
	if s[id] == nil {
		s[id] = map[string]bool{}
	}
	for _, c := range clusters {
		s[id][c] = true
	}
}

// facts are those that were collected, in the order of Facts. Where the clusters' releases differ in what they do, each says
// which clusters it is about; and each says which of them run a release that it was not measured with.
func (s said) facts(release ReleaseOf) []Fact {
	var out []Fact
	for _, f := range Facts() {
		clusters, ok := s[f.ID]
		if !ok {
			continue
		}
		for _, other := range Facts() {
			if _, both := s[other.ID]; both && (f.insteadOf(other) || other.insteadOf(f)) {
				f.Clusters = slices.Sorted(maps.Keys(clusters))
			}
		}
		f.known = release != nil && len(clusters) > 0
		for _, c := range slices.Sorted(maps.Keys(clusters)) {
			runs := ""
			if release != nil {
				runs = release(c)
			}
			if line := lineOf(runs); line == "" {
				f.known = false
			} else if !slices.ContainsFunc(strings.Split(f.Measured(), " and "), func(m string) bool { return lineOf(m) == line }) {
				f.Unmeasured = append(f.Unmeasured, clusterName(c)+" runs "+runs)
			}
		}
		out = append(out, f)
	}
	return out
}

func (f Fact) insteadOf(other Fact) bool {
	return slices.Contains(slices.Collect(maps.Values(other.Instead)), f.ID)
}

// FactsIn returns facts, by ID, as they hold in some clusters, in the order of Facts.
func FactsIn(release ReleaseOf, clusters map[string][]string) []Fact {
	s := said{}
	for id, in := range clusters {
		for _, c := range in {
			s.add(release.in(c, id), c)
		}
	}
	return s.facts(release)
}
