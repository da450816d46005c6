package scenario

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/openova-io/esotree/e2e/kube"
	"github.com/openova-io/esotree/e2e/stack"
	"github.com/openova-io/esotree/e2e/world"
)

// regions loses regions, for good and for a while.
func regions(ctx context.Context, w *world.World) error {
	if err := rebuilt(ctx, w); err != nil {
		return fmt.Errorf("home rebuilt empty: %w", err)
	}
	return failover(ctx, w)
}

// rebuilt loses the cluster and the Vault of the home region together, and applies its tree to new, empty ones.
func rebuilt(ctx context.Context, w *world.World) error {
	before, err := w.Snapshot(ctx)
	if err != nil {
		return err
	}
	home := w.Region("region1")
	home.Stop()
	if err := home.Start(ctx); err != nil {
		return err
	}
	if err := w.Trust(ctx, world.Shared); err != nil {
		return err
	}
	if err := w.RenderAndApply(ctx, w.Base, "region1"); err != nil {
		return err
	}
	// cert-manager issues a certificate of its own in the new cluster; no store is asked for what another controller makes.
	if err := home.Type(ctx, world.Certificate); err != nil {
		return err
	}
	if err := settle(ctx, w, "the home region, rebuilt empty, has every value again"); err != nil {
		return err
	}
	// The new Vault counts its versions from one.
	return w.Never(ctx, "every value as before, but for the certificate", 2*time.Second, func() error {
		return w.Same(ctx, before, append(certificate, "Version region1:")...)
	})
}

// certificate is what changes where cert-manager issues one of its own: each cluster's is another.
var certificate = []string{"acme/frontend-tls", "acme-prod/frontend-tls", "acme-prod/web-secrets tls."}

// settle waits until everything is as it should be, and asks for the certificate's readers: what another controller rotates reaches
// them at their interval's pace.
func settle(ctx context.Context, w *world.World, what string) error {
	const reader = "ExternalSecret/acme-prod/web-secrets"
	if err := w.Await(ctx, what, 90*time.Second, func() error { return w.Settled(ctx, reader) }); err != nil {
		return err
	}
	if err := refresh(ctx, w, reader); err != nil {
		return err
	}
	return w.Await(ctx, "the certificate's readers have it", 60*time.Second, func() error { return w.Settled(ctx) })
}

// failover has the home region unreachable, moves home, rotates there, and lets the old home come back.
func failover(ctx context.Context, w *world.World) error {
	before, err := w.Snapshot(ctx)
	if err != nil {
		return err
	}
	old, other := w.Region("region1"), w.Region("region2")
	unseen := "Secret " + old.Name + "/"
	old.Stop()
	if err := old.Proxy.Set(stack.Refuse); err != nil {
		return err
	}

	moved := w.Base.Clone()
	home(moved, other.Name)
	if err := w.RenderAndApply(ctx, moved); err != nil {
		return err
	}
	if err := w.Never(ctx, "home moved while the old one is unreachable: nothing is generated, nothing changes", 10*time.Second, func() error {
		return w.Same(ctx, before, unseen)
	}); err != nil {
		return err
	}

	alone := moved.Clone()
	leave(alone, old.Name)
	if err := w.RenderAndApply(ctx, alone); err != nil {
		return err
	}
	if err := other.Type(ctx, world.Certificate); err != nil {
		return err
	}
	if err := push(ctx, w, "acme-prod", "frontend-tls"); err != nil {
		return err
	}
	if err := settle(ctx, w, "the lost region taken out of the description: the new home settles"); err != nil {
		return err
	}
	if err := w.Same(ctx, before, append(certificate, unseen)...); err != nil {
		return err
	}
	epoch(alone, "2026-11-26")
	if err := w.RenderAndApply(ctx, alone); err != nil {
		return err
	}
	if err := w.Await(ctx, "an epoch rotates at the new home", 20*time.Second, func() error { return w.Settled(ctx) }); err != nil {
		return err
	}
	rotated := append([]string{unseen, "acme/postgres", "acme-prod/postgres", "acme-prod/checkout-secrets DATABASE_URL"}, certificate...)
	if err := w.Same(ctx, before, rotated...); err != nil {
		return err
	}
	return comeBack(ctx, w, moved)
}

// comeBack starts the old home with its old objects, after its role was taken away, prunes it and makes it a region again.
func comeBack(ctx context.Context, w *world.World, moved *world.Description) error {
	old := w.Region("region1")
	after, err := w.Snapshot(ctx)
	if err != nil {
		return err
	}
	if err := w.Distrust(ctx, old, world.Shared); err != nil {
		return err
	}
	if err := old.Proxy.Set(stack.Pass); err != nil {
		return err
	}
	if err := old.StartCluster(ctx); err != nil {
		return err
	}
	if err := w.Never(ctx, "the old home is back with its old objects and without its role: the stores stay as they are", 10*time.Second, func() error {
		now, err := w.Snapshot(ctx)
		if err != nil {
			return err
		}
		for key, version := range after.Versions {
			if now.Versions[key] != version {
				return fmt.Errorf("%s was written", key)
			}
		}
		return nil
	}); err != nil {
		return err
	}
	epoch(moved, "2026-11-26")
	if err := w.RenderAndApply(ctx, moved, "region1", "region2"); err != nil {
		return err
	}
	if err := w.Trust(ctx, world.Shared); err != nil {
		return err
	}
	// What failed for want of a role is tried again with growing pauses; a person in a hurry restarts the operators.
	for _, r := range w.Regions {
		if err := r.Restart(w.Concurrent); err != nil {
			return err
		}
	}
	if err := settle(ctx, w, "the old home, pruned and trusted again, follows the new one"); err != nil {
		return err
	}
	kept := append([]string{"Key region1:acme/postgres", "Version region1:acme/postgres", "Secret region1/"}, certificate...)
	if err := w.Same(ctx, after, kept...); err != nil {
		return err
	}
	if err := w.SameEverywhere(ctx); err != nil {
		return err
	}
	epoch(w.Base, "2026-11-26")
	if err := dropLeftovers(ctx, old); err != nil {
		return err
	}
	before, err := w.Snapshot(ctx)
	if err != nil {
		return err
	}
	if err := w.RenderAndApply(ctx, w.Base); err != nil {
		return err
	}
	if err := settle(ctx, w, "home moved back"); err != nil {
		return err
	}
	return w.Never(ctx, "every value as before, but for the certificate", 2*time.Second, func() error { return w.Same(ctx, before, certificate...) })
}

// dropLeftovers deletes the Secrets that a region has kept from the time when it was home: they are as old as that, and a push that is
// faster than the origin would write them over what the stores hold.
func dropLeftovers(ctx context.Context, r *world.Region) error {
	secrets, err := r.Kube.List(ctx, kube.Secret)
	if err != nil {
		return err
	}
	living := targets(r.Objects("ExternalSecret"))
	for _, o := range secrets {
		name := [2]string{o.GetNamespace(), o.GetName()}
		if slices.Contains(living, name) || name == [2]string{world.Certificate.Namespace, world.Certificate.Name} {
			continue
		}
		if err := r.DropSecrets(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// home moves every origin to a region.
func home(d *world.Description, region string) {
	d.Platform()["home"] = region
	world.Named(d.Platform()["environments"], "prod")["home"] = region
}

// leave takes a region out of the description.
func leave(d *world.Description, region string) {
	d.Platform()["regions"] = world.Without(d.Platform()["regions"], region)
	prod := world.Named(d.Platform()["environments"], "prod")
	var kept []any
	for _, name := range prod["regions"].([]any) {
		if name != region {
			kept = append(kept, name)
		}
	}
	prod["regions"] = kept
}

// epoch rotates acme's postgres.
func epoch(d *world.Description, to string) {
	world.Named(d.Tenant("acme")["secrets"], "postgres")["rotation"].(map[string]any)["epoch"] = to
}
