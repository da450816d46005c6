package scenario

import (
	"context"
	"fmt"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/openova-io/esotree/e2e/kube"
	"github.com/openova-io/esotree/e2e/stack"
	"github.com/openova-io/esotree/e2e/world"
)

// rotation changes epochs, and waits for clocks. All intervals but the clock's are an hour.
func rotation(ctx context.Context, w *world.World) error {
	postgres := world.Named(w.Base.Tenant("acme")["secrets"], "postgres")
	for _, bump := range []struct {
		epoch string
		order []string
	}{{"2026-11-24", []string{"region1", "region2"}}, {"2026-11-25", []string{"region2", "region1"}}} {
		postgres["rotation"].(map[string]any)["epoch"] = bump.epoch
		if err := rotate(ctx, w, bump.epoch, bump.order); err != nil {
			return fmt.Errorf("epoch %s, %s applied first: %w", bump.epoch, bump.order[0], err)
		}
	}
	if err := keepPrevious(ctx, w); err != nil {
		return fmt.Errorf("keepPrevious: %w", err)
	}
	return clock(ctx, w)
}

// rotate applies a bumped epoch of acme's postgres and sees one new value everywhere, and nothing else.
func rotate(ctx context.Context, w *world.World, epoch string, order []string) error {
	before, err := w.Snapshot(ctx)
	if err != nil {
		return err
	}
	watching, stop := context.WithCancel(ctx)
	defer stop()
	absent, err := absences(watching, w)
	if err != nil {
		return err
	}
	trees, err := w.Render(ctx, w.Base)
	if err != nil {
		return err
	}
	if err := jostle(ctx, w, trees, order[0]); err != nil {
		return err
	}
	// The other region's Flux is some seconds behind.
	time.Sleep(5 * time.Second)
	if err := jostle(ctx, w, trees, order[1]); err != nil {
		return err
	}
	what := "a new epoch is in both stores and all consumers, " + order[0] + " applied first"
	if err := w.Await(ctx, what, 15*time.Second, func() error { return w.Settled(ctx) }); err != nil {
		return err
	}
	if err := w.Never(ctx, "one value changed, and no other", 2*time.Second, func() error {
		return w.Same(ctx, before, "acme/postgres", "acme-prod/postgres", "acme-prod/checkout-secrets DATABASE_URL")
	}); err != nil {
		return err
	}
	now, err := w.Snapshot(ctx)
	if err != nil {
		return err
	}
	for _, r := range w.Regions {
		if key := r.Name + ":acme/postgres"; now.Versions[key] != before.Versions[key]+1 || now.Keys[key]["password"] == before.Keys[key]["password"] {
			return fmt.Errorf("%s went from version %d to %d; one new value was asked for", key, before.Versions[key], now.Versions[key])
		}
	}
	if err := hasEpoch(ctx, w, epoch); err != nil {
		return err
	}
	return absent()
}

// jostle applies a tree to its region while the stores are slow, and makes the operator refresh acme's postgres again and again at
// its home: each time it generates, since no store has the value yet, and a push that reads the Secret in between would leave a value
// behind that no Secret has.
func jostle(ctx context.Context, w *world.World, trees map[string][]*unstructured.Unstructured, region string) error {
	if err := pace(w, stack.Slow); err != nil {
		return err
	}
	if err := w.Apply(ctx, trees, region); err != nil {
		return err
	}
	for i := 0; i < 16 && region == "region1"; i++ {
		if err := refresh(ctx, w, "ExternalSecret/acme-prod/postgres"); err != nil {
			return err
		}
		time.Sleep(250 * time.Millisecond)
	}
	return pace(w, stack.Pass)
}

func pace(w *world.World, mode stack.Mode) error {
	for _, r := range w.Regions {
		if err := r.Proxy.Set(mode); err != nil {
			return err
		}
	}
	return nil
}

func hasEpoch(ctx context.Context, w *world.World, epoch string) error {
	for _, r := range w.Regions {
		values, err := r.Vault.Values(ctx)
		if err != nil {
			return err
		}
		if got := values["acme/postgres"].Data["_epoch"]; got != epoch {
			return fmt.Errorf("the store of %s has epoch %q", r.Name, got)
		}
	}
	return nil
}

// absences watches for Secrets that are deleted; what it returns is an error when one was.
func absences(ctx context.Context, w *world.World) (func() error, error) {
	var mu sync.Mutex
	var gone []string
	for _, r := range w.Up() {
		err := r.Kube.Watch(ctx, kube.Secret, func(event string, o *unstructured.Unstructured) {
			mu.Lock()
			defer mu.Unlock()
			if event == "DELETED" {
				gone = append(gone, r.Name+" "+world.ID(o))
			}
		})
		if err != nil {
			return nil, err
		}
	}
	return func() error {
		mu.Lock()
		defer mu.Unlock()
		if len(gone) > 0 {
			return fmt.Errorf("absent for a moment: %v", gone)
		}
		return nil
	}, nil
}

// keepPrevious rotates a secret that keeps its former value.
func keepPrevious(ctx context.Context, w *world.World) error {
	globex := w.Base.Tenant("globex")
	if err := world.Add(globex, "secrets", `[{name: signing, class: database-password, rotation: {keepPrevious: true}}]`); err != nil {
		return err
	}
	if err := world.Add(globex, "services", `[{name: verifier, dataFrom: [{secret: signing}]}]`); err != nil {
		return err
	}
	if err := w.RenderAndApply(ctx, w.Base); err != nil {
		return err
	}
	if err := w.Await(ctx, "a new secret is in both stores and its consumers", 60*time.Second, func() error { return w.Settled(ctx) }); err != nil {
		return err
	}
	former, err := w.Region("region2").Secret(ctx, "globex-prod", "verifier-secrets")
	if err != nil {
		return err
	}
	world.Named(globex["secrets"], "signing")["rotation"].(map[string]any)["epoch"] = "2026-11-24"
	if err := w.RenderAndApply(ctx, w.Base); err != nil {
		return err
	}
	return w.Await(ctx, "consumers have the new value and the former", 15*time.Second, func() error {
		if err := w.Settled(ctx); err != nil {
			return err
		}
		for _, r := range w.Regions {
			data, err := r.Secret(ctx, "globex-prod", "verifier-secrets")
			if err != nil {
				return err
			}
			if data["previous_password"] != former["password"] || data["password"] == former["password"] || former["password"] == "" {
				return fmt.Errorf("%s does not have the former value as the previous one", r.Name)
			}
		}
		return nil
	})
}

// period is the clock's, in the test.
const period = 30 * time.Second

// clock lets a wall clock rotate, with a relabel, a rebuild and an epoch in between: one new value a period, and one for the epoch.
func clock(ctx context.Context, w *world.World) error {
	acme := w.Base.Tenant("acme")
	if err := world.Add(acme, "secrets", `[{name: ticker, class: database-password, rotation: {by: Clock, every: 30s}, pushInterval: 2s}]`); err != nil {
		return err
	}
	if err := world.Add(acme, "services", `[{name: reader, refreshInterval: 2s, data: {TICK: ticker/password}}]`); err != nil {
		return err
	}
	if err := w.RenderAndApply(ctx, w.Base); err != nil {
		return err
	}
	if err := w.Await(ctx, "a clock's first value is everywhere", 60*time.Second, func() error { return ticker(ctx, w, -1) }); err != nil {
		return err
	}
	home := w.Region("region1")
	last, err := tickerVersion(ctx, home)
	if err != nil {
		return err
	}
	var changed time.Time
	for i, between := range []struct {
		what string
		do   func() error
	}{
		{"a period passes", func() error { return nil }},
		{"relabelled within the period", func() error { return refresh(ctx, w, "ExternalSecret/acme-prod/ticker") }},
		{"rebuilt within the period", func() error { return rebuildTicker(ctx, home) }},
	} {
		if err := w.Await(ctx, "the clock's next value is everywhere: "+between.what, period+20*time.Second, func() error { return ticker(ctx, w, last+1) }); err != nil {
			return err
		}
		if gap := time.Since(changed); i > 0 && (gap < period-10*time.Second || gap > period+10*time.Second) {
			return fmt.Errorf("%s: the value changed after %s, the period is %s", between.what, gap, period)
		}
		changed = time.Now()
		last++
		if err := between.do(); err != nil {
			return err
		}
		if err := w.Never(ctx, "the value stays within the period: "+between.what, 12*time.Second, func() error { return versionIs(ctx, w, last) }); err != nil {
			return err
		}
	}
	world.Named(acme["secrets"], "ticker")["rotation"].(map[string]any)["epoch"] = "2"
	if err := w.RenderAndApply(ctx, w.Base); err != nil {
		return err
	}
	if err := w.Await(ctx, "an epoch under a clock gives a new value", 15*time.Second, func() error { return ticker(ctx, w, last+1) }); err != nil {
		return err
	}
	acme["secrets"] = world.Without(acme["secrets"], "ticker")
	acme["services"] = world.Without(acme["services"], "reader")
	return w.RenderAndApply(ctx, w.Base)
}

// ticker answers nil when the clock's secret is at a version (any, if -1) in both stores and its reader has the value everywhere.
func ticker(ctx context.Context, w *world.World, version int) error {
	for _, of := range w.Regions {
		values, err := of.Vault.Values(ctx)
		if err != nil {
			return err
		}
		value, found := values["acme/ticker"]
		if !found || version >= 0 && value.Version != version {
			return fmt.Errorf("%s has version %d, not yet %d", of.Name, value.Version, version)
		}
		if err := reads(ctx, of, value); err != nil {
			return err
		}
	}
	return nil
}

func reads(ctx context.Context, r *world.Region, value stack.Value) error {
	data, err := r.Secret(ctx, "acme-prod", "reader-secrets")
	if err != nil {
		return err
	}
	if data["TICK"] != value.Data["password"] {
		return fmt.Errorf("the reader of %s has another value", r.Name)
	}
	return nil
}

func tickerVersion(ctx context.Context, r *world.Region) (int, error) {
	values, err := r.Vault.Values(ctx)
	return values["acme/ticker"].Version, err
}

func versionIs(ctx context.Context, w *world.World, version int) error {
	for _, r := range w.Regions {
		got, err := tickerVersion(ctx, r)
		if err != nil {
			return err
		}
		if got != version {
			return fmt.Errorf("%s is at version %d, not %d", r.Name, got, version)
		}
	}
	return nil
}

// rebuildTicker deletes the clock's ExternalSecret and Secret and applies it again.
func rebuildTicker(ctx context.Context, r *world.Region) error {
	for _, o := range r.Objects("ExternalSecret") {
		if o.GetName() != "ticker" {
			continue
		}
		if err := r.Kube.Delete(ctx, o); err != nil {
			return err
		}
		if err := r.DropSecrets(ctx, [2]string{"acme-prod", "ticker"}); err != nil {
			return err
		}
		time.Sleep(time.Second)
		return r.Kube.Apply(ctx, o)
	}
	return fmt.Errorf("there is no ticker")
}
