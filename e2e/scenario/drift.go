package scenario

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/openova-io/esotree/e2e/world"
)

// drift asks the API server what applying the tree once more would change. It is what Argo CD compares.
func drift(ctx context.Context, w *world.World) error {
	w.Base.Platform()["apiDefaults"] = "Explicit"
	if err := w.RenderAndApply(ctx, w.Base); err != nil {
		return err
	}
	var wrong []string
	count := 0
	for _, r := range w.Up() {
		for _, o := range r.Objects() {
			count++
			live, err := r.Kube.Get(ctx, o.GroupVersionKind(), o.GetNamespace(), o.GetName())
			if err != nil {
				return err
			}
			if live == nil {
				return fmt.Errorf("%s %s is not there", r.Name, world.ID(o))
			}
			again, err := r.Kube.DryRun(ctx, o)
			if err != nil {
				return err
			}
			if before, after := spec(live), spec(again); !reflect.DeepEqual(before, after) {
				wrong = append(wrong, fmt.Sprintf("%s %s: live %s, applied again %s", r.Name, world.ID(o), text(before), text(after)))
			}
			// What the API or the operator adds to the live object, and the tree does not say, is what Argo CD shows as a difference.
			if want, got := spec(o), spec(live); !reflect.DeepEqual(want["spec"], got["spec"]) {
				wrong = append(wrong, fmt.Sprintf("%s %s: the tree says %s, live is %s", r.Name, world.ID(o), text(want["spec"]), text(got["spec"])))
			}
		}
	}
	if len(wrong) > 0 {
		return fmt.Errorf("drift:\n\t%s", strings.Join(wrong, "\n\t"))
	}
	w.Say("%d live objects are what the tree says, and a dry run changes none", count)
	return nil
}

// spec is an object without what the API server counts.
func spec(o *unstructured.Unstructured) map[string]any {
	o = o.DeepCopy()
	for _, field := range []string{"managedFields", "resourceVersion", "uid", "creationTimestamp", "generation"} {
		unstructured.RemoveNestedField(o.Object, "metadata", field)
	}
	unstructured.RemoveNestedField(o.Object, "status")
	// Through JSON, so that numbers compare as numbers.
	var plain map[string]any
	data, _ := json.Marshal(o.Object)
	_ = json.Unmarshal(data, &plain)
	return plain
}

func text(v any) string {
	data, _ := json.Marshal(v)
	return string(data)
}
