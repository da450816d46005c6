package render

import (
	"slices"

	esv1 "github.com/external-secrets/external-secrets/apis/externalsecrets/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/model"
	"github.com/openova-io/esotree/object"
)

// store is a region's store as a cluster sees it.
func (w *writer) store(of, cluster *model.Region) {
	linked, findings := w.s.Store(of, cluster)
	w.findings = append(w.findings, findings...)
	if !of.Known() {
		return
	}
	css := &esv1.ClusterSecretStore{TypeMeta: metav1.TypeMeta{APIVersion: w.clusters[cluster].store, Kind: "ClusterSecretStore"},
		ObjectMeta: metav1.ObjectMeta{Name: linked.Name, Labels: linked.Labels, Annotations: linked.Annotations}}
	css.Spec.Provider = &esv1.SecretStoreProvider{}
	at := func(base string) places {
		return func(field string, name bool) (diag.Span, string) { return linked.At(joinField(base, field), name) }
	}
	exact := w.decode(linked.Provider, css.Spec.Provider, "ClusterSecretStore", "spec.provider", cluster, at("provider")) && !adds(css.Spec.Provider, linked.Provider)
	if linked.RetrySettings != nil {
		css.Spec.RetrySettings = &esv1.SecretStoreRetrySettings{}
		exact = w.decode(linked.RetrySettings, css.Spec.RetrySettings, "ClusterSecretStore", "spec.retrySettings", cluster, at("retrySettings")) && exact
	}
	if linked.Conditions != nil {
		exact = w.decode(map[string]any{"conditions": linked.Conditions}, &css.Spec, "ClusterSecretStore", "spec", cluster, at("")) && exact
	}
	var value any = css
	if !exact {
		value = asMap(css)
		spec := value.(map[string]any)["spec"].(map[string]any)
		spec["provider"] = linked.Provider
		if linked.RetrySettings != nil {
			spec["retrySettings"] = linked.RetrySettings
		}
		if linked.Conditions != nil {
			spec["conditions"] = linked.Conditions
		}
		delete(value.(map[string]any), "status")
	}
	w.add(cluster, &object.Object{ID: idOf(css.TypeMeta, css.ObjectMeta), Value: value,
		Origin: origin(func(path string) diag.Span {
			if field := trimField(path, "spec"); field != path {
				span, _ := linked.At(field, false)
				return span
			}
			return linked.Span
		})})
}

// storesUsed are the regions whose stores the scope's objects in a cluster name, in the platform's order.
func (w *writer) storesUsed(cluster *model.Region) []*model.Region {
	used := map[*model.Region]bool{}
	for _, s := range w.s.Secrets {
		s.Uses(cluster, func(of *model.Region) { used[of] = true })
	}
	for _, s := range w.s.Services {
		for _, in := range s.In {
			if in.Region == cluster {
				used[cluster] = true
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(w.model.Regions), func(r *model.Region) bool { return !used[r] })
}
