package lint

import (
	"context"
	"fmt"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/graph"
	"github.com/openova-io/esotree/internal/eso"
	"github.com/openova-io/esotree/object"
)

// shared is what the rules of a run find out once, one after another.
type shared struct {
	// templates are what TemplateUses said, by text.
	templates map[string]parsedTemplate
	mixed     map[string]bool
	pushed    *pushed
	foreign   []foreign // not nil once it is known
	releases  map[string]*eso.Profile
}

// Linter is Run for who has many graphs to judge: what does not depend on a graph is found out once. It is safe for concurrent use.
type Linter struct {
	opts    Options
	world   *World
	rules   []Rule
	covers  map[string][]string
	profile *eso.Profile // of Options.ESO; nil: World knows
	// holdings are those of the world, several says that it has two tenants or more.
	holdings Holdings
	several  bool
}

// New prepares a Linter. What the options hold must not change any more. The error says that Options.ESO is no release.
func New(opts Options) (*Linter, error) {
	l := &Linter{opts: opts, world: opts.World, rules: opts.Rules, covers: map[string][]string{}}
	if opts.ESO != "" {
		release, err := eso.ParseRelease(opts.ESO)
		if err != nil {
			return nil, fmt.Errorf("release of ESO: %w", err)
		}
		l.profile, _ = eso.For(release)
	}
	if l.world == nil {
		l.world = &World{}
	}
	l.holdings, l.several = holdingsOf(l.world), several(l.world)
	if l.rules == nil {
		l.rules = Rules()
	}
	for _, r := range l.rules {
		if len(r.Covers) > 0 {
			l.covers[r.Code] = r.Covers
		}
	}
	return l, nil
}

// Run runs the rules over a graph. The error is that of ctx, or says that Options.ESO is no release.
func Run(ctx context.Context, g *graph.Graph, opts Options) (*diag.Set, error) {
	l, err := New(opts)
	if err != nil {
		return nil, err
	}
	return l.Run(ctx, g)
}

// Run runs the rules over a graph. The error is that of ctx.
func (l *Linter) Run(ctx context.Context, g *graph.Graph) (*diag.Set, error) {
	return l.run(ctx, g, l.world, l.opts.Only)
}

// Part is Run for the objects of one owner, a tenant or Platform, in the place of World.Owner: only reports whether an object is one of
// them, in the place of Options.Only.
func (l *Linter) Part(ctx context.Context, g *graph.Graph, owner string, only func(*object.Object) bool) (*diag.Set, error) {
	world := *l.world
	world.Owner = func(*object.Object) string { return owner } // no others are judged
	return l.run(ctx, g, &world, only)
}

func (l *Linter) run(ctx context.Context, g *graph.Graph, world *World, only func(*object.Object) bool) (*diag.Set, error) {
	pass := Pass{Graph: g, World: world, Closed: l.opts.Closed, linter: l, only: only, set: &diag.Set{}, shared: &shared{}}
	for i := range l.rules {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		pass.rule = &l.rules[i]
		pass.rule.Run(&pass)
	}
	return l.uncovered(pass.set), nil
}

// release is the API of a cluster's release.
func (p *Pass) release(cluster string) *eso.Profile {
	if p.linter.profile != nil {
		return p.linter.profile
	}
	profile := p.shared.releases[cluster]
	if profile == nil {
		profile = eso.Latest()
		if p.World.Release != nil {
			if release, err := eso.ParseRelease(p.World.Release(cluster)); err == nil {
				profile, _ = eso.For(release)
			}
		}
		if p.shared.releases == nil {
			p.shared.releases = map[string]*eso.Profile{}
		}
		p.shared.releases[cluster] = profile
	}
	return profile
}

// uncovered leaves out what another finding at the same place says better.
func (l *Linter) uncovered(set *diag.Set) *diag.Set {
	if len(l.covers) == 0 || set.Len() == 0 {
		return set
	}
	type spot struct {
		span diag.Span
		code string
	}
	covered := map[spot]bool{}
	for _, f := range set.All() {
		for _, code := range l.covers[f.Code] {
			covered[spot{f.Span, code}] = true
		}
	}
	out := &diag.Set{}
	for _, f := range set.All() {
		if !f.Span.IsValid() || !covered[spot{f.Span, f.Code}] {
			out.Add(f)
		}
	}
	return out
}
