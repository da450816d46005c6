package scenario

import (
	"context"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/openova-io/esotree/e2e/kube"
	"github.com/openova-io/esotree/e2e/world"
)

// leaver is a tenant that comes and goes; one of its secrets asks for its value to be deleted with it.
const leaver = `
environments: [prod]
secrets:
- {name: kept, class: database-password}
- {name: dropped, class: database-password, push: {deletion: Delete}}
services:
- {name: app, data: {KEPT: kept/password, DROPPED: dropped/password}}
`

// tenantRemoved takes a tenant out of the description and prunes its objects.
func tenantRemoved(ctx context.Context, w *world.World) error {
	before, err := w.Snapshot(ctx)
	if err != nil {
		return err
	}
	// Deletion needs a capability that no other scenario grants.
	kept := world.Capabilities
	world.Capabilities = append([]string{"delete"}, kept...)
	defer func() { world.Capabilities = kept }()
	if err := w.Trust(ctx, world.Shared); err != nil {
		return err
	}
	d := w.Base.Clone()
	if err := d.AddTenant("initech", leaver); err != nil {
		return err
	}
	if err := w.RenderAndApply(ctx, d); err != nil {
		return err
	}
	if err := w.Await(ctx, "a new tenant's secrets are everywhere", 60*time.Second, func() error { return w.Settled(ctx) }); err != nil {
		return err
	}
	if _, err := w.Render(ctx, w.Base); err == nil || !strings.Contains(err.Error(), "tenant-gone") {
		return fmt.Errorf("a tenant without a description must stop the program: %v", err)
	}
	trees, err := w.Render(ctx, w.Base, "--prune-tenant", "initech")
	if err != nil {
		return err
	}
	if err := w.Apply(ctx, trees); err != nil {
		return err
	}
	if err := w.Await(ctx, "the tenant's objects are gone, and with them the value that asked for deletion", 30*time.Second, func() error { return gone(ctx, w) }); err != nil {
		return err
	}
	return w.Never(ctx, "no other tenant is touched", 3*time.Second, func() error { return w.Same(ctx, before, "initech") })
}

// gone checks what the docs say of a removed tenant: objects go; values stay but where deletion was asked for; the Secrets stay,
// since this cluster has no garbage collector.
func gone(ctx context.Context, w *world.World) error {
	for _, r := range w.Up() {
		for _, kind := range []string{"ExternalSecret", "PushSecret"} {
			gvk := kube.ExternalSecret
			if kind == "PushSecret" {
				gvk = kube.PushSecret
			}
			list, err := r.Kube.List(ctx, gvk)
			if err != nil {
				return err
			}
			for i := range list {
				if list[i].GetNamespace() == "initech-prod" {
					return fmt.Errorf("%s %s is still there", r.Name, world.ID(&list[i]))
				}
			}
		}
		values, err := r.Vault.Values(ctx)
		if err != nil {
			return err
		}
		if _, found := values["initech/dropped"]; found {
			return fmt.Errorf("%s still has initech/dropped", r.Name)
		}
		if values["initech/kept"].Version == 0 {
			return fmt.Errorf("%s has lost initech/kept", r.Name)
		}
	}
	return owners(ctx, w)
}

// owners checks which of the removed tenant's Secrets a cluster with a garbage collector would take away: those with an owner.
func owners(ctx context.Context, w *world.World) error {
	home := w.Region("region1")
	for _, name := range []string{"kept", "app-secrets"} {
		o, err := home.Kube.Get(ctx, kube.Secret, "initech-prod", name)
		if err != nil {
			return err
		}
		if o == nil {
			return fmt.Errorf("the Secret %s is gone", name)
		}
		owned := name == "app-secrets" || w.Release == "0.20"
		if got := len(ownerNames(o)) > 0; got != owned {
			return fmt.Errorf("the Secret %s has an owner: %v; documented: %v", name, got, owned)
		}
	}
	return nil
}

func ownerNames(o *unstructured.Unstructured) []string {
	var names []string
	for _, owner := range o.GetOwnerReferences() {
		names = append(names, owner.Kind+"/"+owner.Name)
	}
	return names
}
