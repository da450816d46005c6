// Package world is the platform that the scenarios act on: regions of a cluster, an operator and a Vault each, the description
// they are rendered from, and the people and controllers that esotree leaves work to.
package world

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/openova-io/esotree/e2e/kube"
	"github.com/openova-io/esotree/e2e/stack"
)

// Options are what a run is made of.
type Options struct {
	// Program is the built esotree.
	Program string
	// Example is the folder of the description that is rendered.
	Example string
	// Dir is an empty folder for everything that is written.
	Dir string
	// CRDs is the bundle of the operator's release.
	CRDs string
	// Release is what eso.version says in the description, such as "0.20".
	Release string
	// Concurrent is the operator's --concurrent.
	Concurrent int
	Binaries   stack.Binaries
	Log        io.Writer
}

// World is the platform.
type World struct {
	Options
	Regions []*Region
	// Base is the example, with the addresses of this run.
	Base *Description
	// Times are what was measured, in order.
	Times []Time

	program string
	dir     string
	start   time.Time
}

// Time is how long something took, and within what the docs say it happens.
type Time struct {
	What        string
	Took, Bound time.Duration
}

// New makes the regions of the example and starts all of them.
func New(ctx context.Context, o Options) (*World, error) {
	w := &World{Options: o, program: o.Program, dir: o.Dir, start: time.Now()}
	for _, name := range []string{"region1", "region2"} {
		r, err := newRegion(w, name)
		if err != nil {
			return w, err
		}
		w.Regions = append(w.Regions, r)
	}
	base, err := ReadDescription(o.Example, w.file("description"))
	if err != nil {
		return w, err
	}
	w.Base = base
	w.adapt()
	return w, w.each(func(r *Region) error { return r.Start(ctx) })
}

// adapt sets what differs from the example: addresses, the operator's release, and no tokens of clouds that are not here.
func (w *World) adapt() {
	p := w.Base.Platform()
	p["eso"] = map[string]any{"version": w.Release}
	for _, r := range w.Regions {
		store := Named(p["regions"], r.Name)["store"].(map[string]any)
		store["provider"].(map[string]any)["vault"].(map[string]any)["server"] = r.Proxy.URL()
	}
	acme := w.Base.Tenant("acme")
	acme["secrets"] = Without(acme["secrets"], "ecr", "gcr", "acr")
}

// Region is one of the regions by name.
func (w *World) Region(name string) *Region {
	for _, r := range w.Regions {
		if r.Name == name {
			return r
		}
	}
	return nil
}

// Up are the regions whose cluster runs.
func (w *World) Up() []*Region {
	return slices.DeleteFunc(slices.Clone(w.Regions), func(r *Region) bool { return !r.up })
}

func (w *World) each(do func(*Region) error) error {
	errs := make([]error, len(w.Regions))
	var group sync.WaitGroup
	for i, r := range w.Regions {
		group.Go(func() { errs[i] = do(r) })
	}
	group.Wait()
	for i, err := range errs {
		if err != nil {
			return fmt.Errorf("%s: %w", w.Regions[i].Name, err)
		}
	}
	return nil
}

// Stop stops everything.
func (w *World) Stop() {
	_ = w.each(func(r *Region) error { r.Stop(); r.Vault.Stop(); r.Proxy.Close(); return nil })
}

func (w *World) file(name string) string { return filepath.Join(w.dir, name) }

// Say prints a line of progress.
func (w *World) Say(format string, args ...any) {
	fmt.Fprintf(w.Log, "%7.1fs  %s\n", time.Since(w.start).Seconds(), fmt.Sprintf(format, args...))
}

// Await waits until a check answers nil and says how long that took; the time counts against a bound. A check that still fails
// at the bound is the error. What takes long is looked at less often, for the sake of those who work meanwhile.
func (w *World) Await(ctx context.Context, what string, bound time.Duration, check func() error) error {
	begin := time.Now()
	for {
		err := check()
		took := time.Since(begin)
		if err == nil {
			w.Say("%s: after %.1fs", what, took.Seconds())
			w.Times = append(w.Times, Time{What: what, Took: took, Bound: bound})
			return nil
		}
		if took > bound {
			return fmt.Errorf("%s: not within %s: %w", what, bound, err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(min(250*time.Millisecond+took/20, 3*time.Second)):
		}
	}
}

// Never fails when a check stops answering nil within a time.
func (w *World) Never(ctx context.Context, what string, span time.Duration, check func() error) error {
	for end := time.Now().Add(span); time.Now().Before(end); {
		if err := check(); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(500 * time.Millisecond):
		}
	}
	w.Say("%s: held for %s", what, span)
	return nil
}

// Apply applies the trees to the regions that are up, in the order of the names given (else in theirs), and prunes what an
// earlier apply made and the tree has no more, as Flux and Argo CD do.
func (w *World) Apply(ctx context.Context, trees map[string][]*unstructured.Unstructured, order ...string) error {
	if len(order) == 0 {
		for _, r := range w.Regions {
			order = append(order, r.Name)
		}
	}
	for _, name := range order {
		r := w.Region(name)
		if !r.up {
			continue
		}
		if err := r.Apply(ctx, trees[name]); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// RenderAndApply is a commit that everything follows.
func (w *World) RenderAndApply(ctx context.Context, d *Description, order ...string) error {
	trees, err := w.Render(ctx, d)
	if err != nil {
		return err
	}
	return w.Apply(ctx, trees, order...)
}

// readObjects reads a file of many documents.
func readObjects(file string) ([]*unstructured.Unstructured, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return kube.Parse(data)
}
