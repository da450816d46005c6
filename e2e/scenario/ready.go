package scenario

import (
	"context"
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/openova-io/esotree/e2e/kube"
	"github.com/openova-io/esotree/e2e/world"
)

// ready applies the example to empty clusters. What waits for a person is not Ready and all else is; then the person comes.
func ready(ctx context.Context, w *world.World) error {
	if err := w.Trust(ctx, world.Shared); err != nil {
		return err
	}
	if err := w.RenderAndApply(ctx, w.Base); err != nil {
		return err
	}
	waiting := waitingForPeople(w)
	if err := w.Await(ctx, "all but what a person types in is Ready and equal in both regions", 60*time.Second, func() error {
		return w.Settled(ctx, waiting...)
	}); err != nil {
		return err
	}
	if err := notReady(ctx, w, waiting); err != nil {
		return err
	}
	for _, b := range world.Bootstraps {
		if err := w.Region("region1").Type(ctx, b); err != nil {
			return err
		}
	}
	if err := w.Await(ctx, "Secrets typed in by a person are in every store and consumer", 180*time.Second, func() error { return w.Settled(ctx) }); err != nil {
		return err
	}
	if err := w.SameEverywhere(ctx); err != nil {
		return err
	}
	return w.OneOrigin()
}

// waitingForPeople are the objects that cannot be Ready before a person or another controller has made its Secret: the bootstrap
// secrets' own, their pushes, and whoever reads them.
func waitingForPeople(w *world.World) []string {
	var keys, waiting []string
	for _, r := range w.Regions {
		for _, o := range r.Objects("PushSecret") {
			source, _, _ := unstructured.NestedString(o.Object, "spec", "selector", "secret", "name")
			if slices.ContainsFunc(world.Bootstraps, func(b world.Bootstrap) bool { return b.Namespace == o.GetNamespace() && b.Name == source }) {
				waiting = append(waiting, world.ID(o))
				keys = append(keys, remoteKeys(o)...)
			}
		}
	}
	for _, r := range w.Regions {
		for _, o := range r.Objects("ExternalSecret") {
			if slices.ContainsFunc(remoteKeys(o), func(key string) bool { return slices.Contains(keys, key) }) {
				waiting = append(waiting, world.ID(o))
			}
		}
	}
	return waiting
}

// remoteKeys are the store keys that an object reads or writes.
func remoteKeys(o *unstructured.Unstructured) []string {
	var keys []string
	for _, field := range []string{"data", "dataFrom"} {
		entries, _, _ := unstructured.NestedSlice(o.Object, "spec", field)
		for _, e := range entries {
			for _, path := range [][]string{{"remoteRef", "key"}, {"extract", "key"}, {"match", "remoteRef", "remoteKey"}} {
				if key, found, _ := unstructured.NestedString(e.(map[string]any), path...); found {
					keys = append(keys, key)
				}
			}
		}
	}
	return keys
}

// notReady fails when one of the waiting ExternalSecrets says it is Ready.
func notReady(ctx context.Context, w *world.World, waiting []string) error {
	for _, r := range w.Up() {
		for _, o := range r.Objects("ExternalSecret") {
			if !slices.Contains(waiting, world.ID(o)) {
				continue
			}
			live, err := r.Kube.Get(ctx, kube.ExternalSecret, o.GetNamespace(), o.GetName())
			if err != nil {
				return err
			}
			if live == nil {
				return fmt.Errorf("%s %s is not there", r.Name, world.ID(o))
			}
			if ready, _ := kube.Ready(live); ready {
				return fmt.Errorf("%s %s is Ready before its value exists", r.Name, world.ID(o))
			}
		}
	}
	return nil
}
