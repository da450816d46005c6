package scenario

import (
	"context"
	"fmt"
	"time"

	"github.com/openova-io/esotree/e2e/stack"
	"github.com/openova-io/esotree/e2e/world"
)

// crowd is how many tenants have a push pending while a store fails.
const crowd = 20

// member is a tenant with one secret that a person types in, so that a push needs no store to be read first.
const member = `
environments: [prod]
secrets:
- {name: api, class: api-key, bootstrap: {prompt: a key}, keys: {main: {}}}
`

// fault is a way in which a store fails, and how it is mended.
type fault struct {
	name        string
	begin, mend func(context.Context, *world.World) error
}

var faults = []fault{
	{"refused", proxied(stack.Refuse), proxied(stack.Pass)},
	{"sealed",
		func(ctx context.Context, w *world.World) error { return w.Region("region2").Vault.Seal(ctx) },
		func(ctx context.Context, w *world.World) error { return w.Region("region2").Vault.Unseal(ctx) }},
	{"forbidden",
		func(ctx context.Context, w *world.World) error {
			return w.Region("region2").Vault.Policy(ctx, "region1-external-secrets", map[string][]string{stack.Mount + "/*": {"deny"}})
		},
		func(ctx context.Context, w *world.World) error { return w.Trust(ctx, world.Shared) }},
	{"never answers", proxied(stack.Hang), proxied(stack.Pass)},
}

func proxied(mode stack.Mode) func(context.Context, *world.World) error {
	return func(_ context.Context, w *world.World) error { return w.Region("region2").Proxy.Set(mode) }
}

// stores fails one region's store in every way while twenty tenants push, with one worker and five, with one PushSecret for all
// stores and one for each.
func stores(ctx context.Context, w *world.World) error {
	d := w.Base.Clone()
	for i := range crowd {
		if err := d.AddTenant(tenantName(i), member); err != nil {
			return err
		}
	}
	for _, f := range faults {
		for _, split := range []string{"Single", "PerRegion"} {
			d.Platform()["push"] = map[string]any{"split": split}
			if err := w.RenderAndApply(ctx, d); err != nil {
				return err
			}
			for _, concurrent := range []int{1, 5} {
				what := fmt.Sprintf("region2's store %s, %s, --concurrent=%d", f.name, split, concurrent)
				if err := fail(ctx, w, f, what, concurrent); err != nil {
					return fmt.Errorf("%s: %w", what, err)
				}
			}
		}
	}
	trees, err := w.Render(ctx, w.Base, "--prune-tenants")
	if err != nil {
		return err
	}
	return w.Apply(ctx, trees)
}

func tenantName(i int) string { return fmt.Sprintf("t%02d", i) }

// fail types new values while the store fails and measures when the healthy store has all of them, and when both do after it is mended.
func fail(ctx context.Context, w *world.World, f fault, what string, concurrent int) error {
	home := w.Region("region1")
	if err := home.Restart(concurrent); err != nil {
		return err
	}
	if err := typeAll(ctx, home); err != nil {
		return err
	}
	if err := pushAll(ctx, home); err != nil {
		return err
	}
	if err := w.Await(ctx, what+": before, all pushes are through", 3*time.Minute, func() error { return holds(ctx, w, "region1", "region2") }); err != nil {
		return err
	}
	if err := f.begin(ctx, w); err != nil {
		return err
	}
	if err := typeAll(ctx, home); err != nil {
		return err
	}
	if err := pushAll(ctx, home); err != nil {
		return err
	}
	broken := w.Await(ctx, what+": the healthy store has all values", 30*time.Minute, func() error { return holds(ctx, w, "region1") })
	if err := f.mend(ctx, w); err != nil {
		return err
	}
	if broken != nil {
		return broken
	}
	return w.Await(ctx, what+": mended, both agree", 10*time.Minute, func() error { return holds(ctx, w, "region1", "region2") })
}

func typeAll(ctx context.Context, r *world.Region) error {
	for i := range crowd {
		if err := r.Type(ctx, world.Bootstrap{Namespace: tenantName(i) + "-prod", Name: "api", Keys: []string{"main"}}); err != nil {
			return err
		}
	}
	return nil
}

// pushAll has the operator look at every push at once.
func pushAll(ctx context.Context, r *world.Region) error {
	patch := fmt.Sprintf(`{"metadata": {"annotations": {"force-sync": "%d"}}}`, time.Now().UnixNano())
	for _, o := range r.Objects("PushSecret") {
		if err := r.Kube.Merge(ctx, o, patch); err != nil {
			return err
		}
	}
	return nil
}

// holds compares the crowd's Secrets with what the named regions' stores hold.
func holds(ctx context.Context, w *world.World, regions ...string) error {
	for _, name := range regions {
		values, err := w.Region(name).Vault.Values(ctx)
		if err != nil {
			return err
		}
		for i := range crowd {
			data, err := w.Region("region1").Secret(ctx, tenantName(i)+"-prod", "api")
			if err != nil {
				return err
			}
			if got := values[tenantName(i)+"/api"].Data["main"]; got == "" || got != data["main"] {
				return fmt.Errorf("%s does not have the value of %s yet", name, tenantName(i))
			}
		}
	}
	return nil
}
