package scenario

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/openova-io/esotree/e2e/world"
)

// unasked does to a living platform what people and tools do, step by step. No value and no KV version may change.
func unasked(ctx context.Context, w *world.World) error {
	for _, step := range []struct {
		what string
		do   func(context.Context, *world.World) error
		// changes are what may be another value afterwards, by a part of its name.
		changes []string
	}{
		{"labels and annotations of Flux, Argo CD, Velero and force-sync", relabel, nil},
		{"origins, pushes and generators deleted and applied again in random order", deleteObjects, nil},
		{"the same, with their Secrets", deleteObjectsAndSecrets, nil},
		{"every Secret that an origin or a consumer makes deleted", deleteSecrets, nil},
		{"those Secrets edited by hand", editSecrets, nil},
		{"rendered by a later version: another order, another header", laterVersion, nil},
		{"a url template edited", editTemplate, []string{"globex/postgres url", "globex-prod/postgres url", "globex-prod/billing-secrets DATABASE_URL", "Version region1:globex/postgres", "Version region2:globex/postgres"}},
		{"a value that was in Vault before", adopt, []string{"legacy"}},
	} {
		before, err := w.Snapshot(ctx)
		if err != nil {
			return err
		}
		if err := step.do(ctx, w); err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
		if err := w.Await(ctx, step.what+": settled again", 90*time.Second, func() error { return w.Settled(ctx) }); err != nil {
			return err
		}
		same := func() error { return w.Same(ctx, before, step.changes...) }
		if err := w.Never(ctx, step.what+": every value as before", 2*time.Second, same); err != nil {
			return err
		}
		if err := w.SameEverywhere(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
	}
	return nil
}

// relabel puts on every object what tools put there, and waits until the operator has worked on each.
func relabel(ctx context.Context, w *world.World) error {
	begin := time.Now()
	patch := fmt.Sprintf(`{"metadata": {"labels": {
		"kustomize.toolkit.fluxcd.io/name": "acme", "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
		"app.kubernetes.io/instance": "acme", "velero.io/restore-name": "monday"},
		"annotations": {"argocd.argoproj.io/tracking-id": "acme:/:/", "velero.io/backup-name": "sunday", "force-sync": "%d"}}}`, begin.UnixNano())
	for _, r := range w.Up() {
		for _, o := range r.Objects() {
			if err := r.Kube.Merge(ctx, o, patch); err != nil {
				return err
			}
		}
	}
	return w.Await(ctx, "every object that was relabelled is refreshed", time.Minute, func() error { return w.Refreshed(ctx, begin) })
}

// made are the objects that make and move values at home; consumers stay.
var made = []string{"PushSecret", "Password", "UUID", "SSHKey"}

// origins are the ExternalSecrets of a region that ask stores or people for a value instead of reading one.
func origins(r *world.Region) []*unstructured.Unstructured {
	return slices.DeleteFunc(r.Objects("ExternalSecret"), func(o *unstructured.Unstructured) bool {
		from, _, _ := unstructured.NestedSlice(o.Object, "spec", "dataFrom")
		return len(from) == 0
	})
}

func deleteObjects(ctx context.Context, w *world.World) error { return deleteAndApply(ctx, w, false) }

func deleteObjectsAndSecrets(ctx context.Context, w *world.World) error {
	return deleteAndApply(ctx, w, true)
}

func deleteAndApply(ctx context.Context, w *world.World, secrets bool) error {
	for _, r := range w.Up() {
		objects := append(r.Objects(made...), origins(r)...)
		for _, o := range objects {
			if err := r.Kube.Delete(ctx, o); err != nil {
				return err
			}
		}
		gone := func() error {
			for _, o := range objects {
				if gone, err := r.Kube.Gone(ctx, o); err != nil || !gone {
					return fmt.Errorf("%s is still there (%v)", world.ID(o), err)
				}
			}
			return nil
		}
		if err := w.Await(ctx, "what was deleted in "+r.Name+" is gone", 30*time.Second, gone); err != nil {
			return err
		}
		if secrets {
			if err := r.DropSecrets(ctx, targets(origins(r))...); err != nil {
				return err
			}
		}
		rand.Shuffle(len(objects), func(i, j int) { objects[i], objects[j] = objects[j], objects[i] })
		for _, o := range objects {
			if err := r.Kube.Apply(ctx, o); err != nil {
				return err
			}
		}
	}
	return nil
}

func targets(objects []*unstructured.Unstructured) [][2]string {
	var names [][2]string
	for _, o := range objects {
		name, _, _ := unstructured.NestedString(o.Object, "spec", "target", "name")
		names = append(names, [2]string{o.GetNamespace(), name})
	}
	return names
}

// healing are the ExternalSecrets whose Secret the operator keeps as it is: all but those of bootstrap secrets, whose Secret
// is a person's.
func healing(r *world.Region) []*unstructured.Unstructured {
	return slices.DeleteFunc(r.Objects("ExternalSecret"), func(o *unstructured.Unstructured) bool {
		policy, _, _ := unstructured.NestedString(o.Object, "spec", "refreshPolicy")
		return policy == "CreatedOnce"
	})
}

func deleteSecrets(ctx context.Context, w *world.World) error {
	for _, r := range w.Up() {
		if err := r.DropSecrets(ctx, targets(healing(r))...); err != nil {
			return err
		}
	}
	return nil
}

func editSecrets(ctx context.Context, w *world.World) error {
	for _, r := range w.Up() {
		for _, name := range targets(healing(r)) {
			data, err := r.Secret(ctx, name[0], name[1])
			if err != nil {
				return err
			}
			b := world.Bootstrap{Namespace: name[0], Name: name[1]}
			for key := range data {
				b.Keys = append(b.Keys, key)
			}
			if err := r.Type(ctx, b); err != nil {
				return err
			}
		}
	}
	return nil
}

// laterVersion applies what another version of the program might render: lists whose order has no meaning the other way round.
func laterVersion(ctx context.Context, w *world.World) error {
	for _, r := range w.Up() {
		for _, o := range r.Objects("ExternalSecret", "PushSecret") {
			o := o.DeepCopy()
			for _, list := range []string{"data", "secretStoreRefs"} {
				if entries, found, _ := unstructured.NestedSlice(o.Object, "spec", list); found {
					slices.Reverse(entries)
					if err := unstructured.SetNestedSlice(o.Object, entries, "spec", list); err != nil {
						return err
					}
				}
			}
			o.SetAnnotations(map[string]string{"example.com/rendered-by": "a later version"})
			if err := r.Kube.Apply(ctx, o); err != nil {
				return err
			}
		}
	}
	time.Sleep(3 * time.Second)
	return w.RenderAndApply(ctx, w.Base)
}

func editTemplate(ctx context.Context, w *world.World) error {
	postgres := world.Named(w.Base.Tenant("globex")["secrets"], "postgres")
	url := postgres["keys"].(map[string]any)["url"].(map[string]any)
	url["template"] = strings.Replace(url["template"].(string), "/app", "/app?sslmode=require", 1)
	if err := w.RenderAndApply(ctx, w.Base); err != nil {
		return err
	}
	// An edited template travels at the intervals' pace; a person in a hurry asks for each hop.
	time.Sleep(2 * time.Second)
	if err := push(ctx, w, "globex-prod", "postgres"); err != nil {
		return err
	}
	time.Sleep(3 * time.Second)
	if err := refresh(ctx, w, "ExternalSecret/globex-prod/billing-secrets"); err != nil {
		return err
	}
	time.Sleep(3 * time.Second)
	return nil
}

// push makes the operator push a Secret again, to every store.
func push(ctx context.Context, w *world.World, namespace, secret string) error {
	return forceSyncEverywhere(ctx, w, func(o *unstructured.Unstructured) bool {
		source, _, _ := unstructured.NestedString(o.Object, "spec", "selector", "secret", "name")
		return o.GetKind() == "PushSecret" && o.GetNamespace() == namespace && source == secret
	})
}

// refresh makes the operator look at an object again, in every region that has it.
func refresh(ctx context.Context, w *world.World, id string) error {
	return forceSyncEverywhere(ctx, w, func(o *unstructured.Unstructured) bool { return world.ID(o) == id })
}

func forceSyncEverywhere(ctx context.Context, w *world.World, wanted func(*unstructured.Unstructured) bool) error {
	for _, r := range w.Up() {
		if err := forceSync(ctx, r, wanted); err != nil {
			return err
		}
	}
	return nil
}

// forceSync is what a person does who does not want to wait for an interval: an annotation makes the operator look again.
func forceSync(ctx context.Context, r *world.Region, wanted func(*unstructured.Unstructured) bool) error {
	patch := fmt.Sprintf(`{"metadata": {"annotations": {"force-sync": "%d"}}}`, time.Now().UnixNano())
	for _, o := range r.Objects() {
		if !wanted(o) {
			continue
		}
		if err := r.Kube.Merge(ctx, o, patch); err != nil {
			return err
		}
	}
	return nil
}

// adopt describes a secret whose value both Vaults have had for long.
func adopt(ctx context.Context, w *world.World) error {
	value := map[string]string{"password": "an old value, as people make them"}
	for _, r := range w.Regions {
		if err := r.Vault.Put(ctx, "globex/legacy", value); err != nil {
			return err
		}
	}
	globex := w.Base.Tenant("globex")
	if err := world.Add(globex, "secrets", `[{name: legacy, class: database-password}]`); err != nil {
		return err
	}
	if err := world.Add(globex, "services", `[{name: old, data: {PASSWORD: legacy/password}}]`); err != nil {
		return err
	}
	if err := w.RenderAndApply(ctx, w.Base); err != nil {
		return err
	}
	return w.Await(ctx, "the old value is adopted", 30*time.Second, func() error {
		for _, r := range w.Up() {
			data, err := r.Secret(ctx, "globex-prod", "old-secrets")
			if err != nil || data["PASSWORD"] != value["password"] {
				return fmt.Errorf("%s reads something else (%v)", r.Name, err)
			}
		}
		for _, r := range w.Regions {
			values, err := r.Vault.Values(ctx)
			if err != nil || values["globex/legacy"].Version != 1 {
				return fmt.Errorf("the key in %s is at version %d (%v)", r.Name, values["globex/legacy"].Version, err)
			}
		}
		return nil
	})
}
