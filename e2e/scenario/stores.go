package scenario

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

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
	settings    []setting
}

var (
	refusing = fault{"refuses connections", proxied(stack.Refuse), proxied(stack.Pass), settings}
	sealed   = fault{"is sealed",
		func(ctx context.Context, w *world.World) error { return w.Region("region2").Vault.Seal(ctx) },
		func(ctx context.Context, w *world.World) error { return w.Region("region2").Vault.Unseal(ctx) }, settings}
	forbidden = fault{"forbids",
		func(ctx context.Context, w *world.World) error {
			return w.Region("region2").Vault.Policy(ctx, "region1-external-secrets", map[string][]string{stack.Mount + "/*": {"deny"}})
		},
		func(ctx context.Context, w *world.World) error { return w.Trust(ctx, world.Shared) }, settings}
	silent = fault{"never answers", proxied(stack.Hang), proxied(stack.Pass), hanging}
)

func proxied(mode stack.Mode) func(context.Context, *world.World) error {
	return func(_ context.Context, w *world.World) error { return w.Region("region2").Proxy.Set(mode) }
}

// setting is how the operator runs and what it is given to push.
type setting struct {
	split      string
	concurrent int
	// timeout is VAULT_CLIENT_TIMEOUT in the operator's environment: how long it waits for an answer; empty is a minute.
	timeout string
	// bound is within what the healthy store has all values; 0 says that nobody would wait for that, so that after patience it is
	// only counted who has one.
	bound time.Duration
}

func (s setting) String() string {
	text := fmt.Sprintf("%s, --concurrent=%d", s.split, s.concurrent)
	if s.timeout != "" {
		text += ", VAULT_CLIENT_TIMEOUT=" + s.timeout
	}
	return text
}

// patience is how long a setting without a bound is looked at.
const patience = 5 * time.Minute

// settings are those for a store that fails at once. The bounds are some three times what was measured on a busy machine.
var settings = []setting{
	{split: "Single", concurrent: 1, bound: 18 * time.Minute},
	{split: "Single", concurrent: 5, bound: 6 * time.Minute},
	{split: "PerRegion", concurrent: 1, bound: 6 * time.Minute},
	{split: "PerRegion", concurrent: 5, bound: time.Minute},
}

// hanging are the settings for a store that never answers: there all depends on how many workers wait, and how long.
var hanging = []setting{
	{split: "Single", concurrent: 1},
	{split: "Single", concurrent: 5},
	{split: "PerRegion", concurrent: 1},
	{split: "PerRegion", concurrent: 5, bound: 15 * time.Minute},
	{split: "Single", concurrent: 5, timeout: "5s", bound: 3 * time.Minute},
	{split: "PerRegion", concurrent: 1, timeout: "5s", bound: 6 * time.Minute},
	{split: "PerRegion", concurrent: 5, timeout: "5s", bound: 90 * time.Second},
}

// failing fails region2's store in one way while twenty tenants push, with one worker and with five, with one PushSecret for all
// stores and with one for each.
func failing(f fault) func(context.Context, *world.World) error {
	return func(ctx context.Context, w *world.World) error {
		d := w.Base.Clone()
		for i := range crowd {
			if err := d.AddTenant(tenantName(i), member); err != nil {
				return err
			}
		}
		for _, s := range f.settings {
			d.Platform()["push"] = map[string]any{"split": s.split}
			if err := w.RenderAndApply(ctx, d); err != nil {
				return err
			}
			if err := fail(ctx, w, f, s); err != nil {
				return fmt.Errorf("%s: %w", s, err)
			}
		}
		if err := w.Region("region1").Restart(w.Concurrent); err != nil {
			return err
		}
		trees, err := w.Render(ctx, w.Base, "--prune-tenants")
		if err != nil {
			return err
		}
		return w.Apply(ctx, trees)
	}
}

func tenantName(i int) string { return fmt.Sprintf("t%02d", i) }

// fail types new values while the store fails and measures when the healthy store has all of them, and when both do after it is mended.
func fail(ctx context.Context, w *world.World, f fault, s setting) error {
	home := w.Region("region1")
	var env []string
	if s.timeout != "" {
		env = append(env, "VAULT_CLIENT_TIMEOUT="+s.timeout)
	}
	if err := home.Restart(s.concurrent, env...); err != nil {
		return err
	}
	what := "region2's store " + f.name + ", " + s.String()
	if err := pushNew(ctx, home); err != nil {
		return err
	}
	if err := w.Await(ctx, what+": before, all pushes are through", 3*time.Minute, func() error { return holds(ctx, w, "region1", "region2") }); err != nil {
		return err
	}
	if err := f.begin(ctx, w); err != nil {
		return err
	}
	if err := pushNew(ctx, home); err != nil {
		return err
	}
	bound := s.bound
	if bound == 0 {
		bound = patience
	}
	broken := w.Await(ctx, what+": the healthy store has all values", bound, func() error { return holds(ctx, w, "region1") })
	if broken != nil && s.bound == 0 {
		w.Say("%s", broken)
		broken = nil
	}
	if err := f.mend(ctx, w); err != nil {
		return err
	}
	if broken != nil {
		return broken
	}
	return w.Await(ctx, what+": mended, both agree", 15*time.Minute, func() error { return holds(ctx, w, "region1", "region2") })
}

// pushNew types a new value for every tenant and has the operator look at every push at once, when its cache has seen the Secrets:
// it does not look again before the next interval.
func pushNew(ctx context.Context, r *world.Region) error {
	if err := typeAll(ctx, r); err != nil {
		return err
	}
	time.Sleep(3 * time.Second)
	return forceSync(ctx, r, func(o *unstructured.Unstructured) bool { return o.GetKind() == "PushSecret" })
}

func typeAll(ctx context.Context, r *world.Region) error {
	for i := range crowd {
		if err := r.Type(ctx, world.Bootstrap{Namespace: tenantName(i) + "-prod", Name: "api", Keys: []string{"main"}}); err != nil {
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
		there := 0
		for i := range crowd {
			data, err := w.Region("region1").Secret(ctx, tenantName(i)+"-prod", "api")
			if err != nil {
				return err
			}
			if got := values[tenantName(i)+"/api"].Data["main"]; got != "" && got == data["main"] {
				there++
			}
		}
		if there < crowd {
			return fmt.Errorf("%s has the values of %d tenants of %d", name, there, crowd)
		}
	}
	return nil
}
