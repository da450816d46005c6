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

// perTenant are the roles of `isolation: PerTenant`: the platform's own, and one a tenant and environment.
var perTenant = []world.Role{
	{Name: "external-secrets", Prefixes: []string{"databases/", "flux-system/", "external-dns/", "kube-system/"}},
	{Name: "acme-prod", Prefixes: []string{"acme/"}},
	{Name: "globex-prod", Prefixes: []string{"globex/"}},
}

// privilege runs the platform with a store, a role and a policy for each tenant, and tries to reach into another's.
func privilege(ctx context.Context, w *world.World) error {
	before, err := w.Snapshot(ctx)
	if err != nil {
		return err
	}
	d := w.Base.Clone()
	d.Platform()["isolation"] = "PerTenant"
	if err := w.Trust(ctx, perTenant); err != nil {
		return err
	}
	if err := w.RenderAndApply(ctx, d); err != nil {
		return err
	}
	if err := w.Await(ctx, "everything is Ready with a policy for each cluster and tenant", 60*time.Second, func() error { return w.Settled(ctx) }); err != nil {
		return err
	}
	if err := w.Same(ctx, before); err != nil {
		return err
	}
	begin := time.Now()
	if err := deleteObjectsAndSecrets(ctx, w); err != nil {
		return err
	}
	if err := w.Await(ctx, "rebuilt under these policies", 60*time.Second, func() error { return w.Settled(ctx) }); err != nil {
		return err
	}
	if err := w.Same(ctx, before); err != nil {
		return err
	}
	w.Say("no value changed in %s", time.Since(begin).Round(time.Second))
	if err := rotateUnder(ctx, w, d); err != nil {
		return err
	}
	if err := refused(ctx, w); err != nil {
		return err
	}
	if err := w.Trust(ctx, world.Shared); err != nil {
		return err
	}
	if err := w.RenderAndApply(ctx, w.Base); err != nil {
		return err
	}
	return w.Await(ctx, "shared stores again", 60*time.Second, func() error { return w.Settled(ctx) })
}

func rotateUnder(ctx context.Context, w *world.World, d *world.Description) error {
	for _, d := range []*world.Description{d, w.Base} {
		epoch(d, "2026-11-27")
	}
	if err := w.RenderAndApply(ctx, d); err != nil {
		return err
	}
	return w.Await(ctx, "an epoch rotates under these policies", 15*time.Second, func() error { return w.Settled(ctx) })
}

// intruders are objects of acme, on acme's store, that read and write what is globex's.
const intruders = `
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: intruder, namespace: acme-prod}
spec:
  refreshInterval: 1h
  secretStoreRef: {name: vault-region1-acme-prod, kind: ClusterSecretStore}
  target: {name: intruder}
  data:
  - {secretKey: password, remoteRef: {key: globex/postgres, property: password}}
---
apiVersion: external-secrets.io/v1alpha1
kind: PushSecret
metadata: {name: intruder, namespace: acme-prod}
spec:
  refreshInterval: 1h
  secretStoreRefs: [{name: vault-region1-acme-prod, kind: ClusterSecretStore}]
  selector: {secret: {name: postgres}}
  data:
  - match: {remoteRef: {remoteKey: globex/postgres}}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: borrower, namespace: acme-prod}
spec:
  refreshInterval: 1h
  secretStoreRef: {name: vault-region1-globex-prod, kind: ClusterSecretStore}
  target: {name: borrower}
  data:
  - {secretKey: password, remoteRef: {key: globex/postgres, property: password}}
`

func refused(ctx context.Context, w *world.World) error {
	before, err := w.Snapshot(ctx)
	if err != nil {
		return err
	}
	home := w.Region("region1")
	objects, err := kube.Parse([]byte(intruders))
	if err != nil {
		return err
	}
	for _, o := range objects {
		if err := home.Kube.Apply(ctx, o); err != nil {
			return err
		}
	}
	if err := w.Await(ctx, "a tenant that reads or pushes another's key, or uses another's store, is refused", 30*time.Second, func() error {
		for _, o := range objects {
			if err := denied(ctx, home, o); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	for _, o := range objects {
		if err := home.Kube.Delete(ctx, o); err != nil {
			return err
		}
	}
	return w.Same(ctx, before)
}

func denied(ctx context.Context, r *world.Region, o *unstructured.Unstructured) error {
	live, err := r.Kube.Get(ctx, o.GroupVersionKind(), o.GetNamespace(), o.GetName())
	if err != nil {
		return err
	}
	if live == nil {
		return fmt.Errorf("%s is not there", world.ID(o))
	}
	ready, message := kube.Ready(live)
	if ready || message == "no condition yet" || strings.TrimSpace(message) == "" {
		return fmt.Errorf("%s: ready %v, %s", world.ID(o), ready, message)
	}
	return nil
}
