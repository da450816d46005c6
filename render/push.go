package render

import (
	"slices"
	"strings"

	esv1 "github.com/external-secrets/external-secrets/apis/externalsecrets/v1"
	esv1alpha1 "github.com/external-secrets/external-secrets/apis/externalsecrets/v1alpha1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/openova-io/esotree/internal/eso"
	"github.com/openova-io/esotree/model"
	"github.com/openova-io/esotree/object"
	"github.com/openova-io/esotree/schema"
)

// push copies a secret from its home region to the stores: one PushSecret for all of them, or one each.
func (w *writer) push(s *model.Secret) {
	if s.PushOptions.Split != schema.PushPerRegion {
		w.pushTo(s, s.Push, s.PushTo)
		return
	}
	for _, region := range s.PushTo {
		w.pushTo(s, s.PushName(region), []*model.Region{region})
	}
}

func (w *writer) pushTo(s *model.Secret, name string, stores []*model.Region) {
	home := w.s.Home
	version, _ := home.ESO.APIVersion(eso.Group, "PushSecret")
	ps := &esv1alpha1.PushSecret{TypeMeta: metav1.TypeMeta{APIVersion: version, Kind: "PushSecret"},
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: s.Namespace}}
	ps.Spec.RefreshInterval = duration(s.PushInterval)
	for _, region := range stores {
		ps.Spec.SecretStoreRefs = append(ps.Spec.SecretStoreRefs, esv1alpha1.PushSecretStoreRef{Name: w.s.StoreName(region), Kind: "ClusterSecretStore"})
	}
	if s.PushOptions.Deletion == schema.PushDeletionDelete {
		ps.Spec.DeletionPolicy = esv1alpha1.PushSecretDeletionPolicyDelete
	}
	ps.Spec.Selector.Secret = &esv1alpha1.PushSecretSecret{Name: s.Target}
	ps.Spec.Template = pushTemplate(s)
	ps.Spec.Data = pushData(s)
	if s.Origin != model.Generated {
		var keys []string
		for _, k := range s.Keys {
			if k.Template == "" {
				keys = append(keys, k.Output)
			}
		}
		slices.Sort(keys)
		ps.Annotations = map[string]string{ExternalAnnotation: strings.Join(keys, ",")}
	}
	w.add(home, &object.Object{ID: idOf(ps.TypeMeta, ps.ObjectMeta), Value: ps, Origin: secretOrigin(s)})
}

// pushTemplate guards the push of a rotated secret until the Secret has the wanted epoch, and picks the keys of a Secret
// that holds more than what is named.
func pushTemplate(s *model.Secret) *esv1.ExternalSecretTemplate {
	if s.Marked() {
		return &esv1.ExternalSecretTemplate{MergePolicy: esv1.MergePolicyMerge, Data: map[string]string{
			model.EpochKey: waitFor(valueEpoch, s.Rotation.Epoch, "") + s.Rotation.Epoch}}
	}
	if s.Origin == model.Generated {
		return nil
	}
	pick := s.Origin == model.Referenced
	for _, k := range s.Keys {
		pick = pick || k.Template != "" || k.Output != k.Name
	}
	if !pick {
		return nil
	}
	return &esv1.ExternalSecretTemplate{Data: plainData(s)}
}

// pushData is one write of the whole Secret, which no reader can see half of, unless the description asks for a write per
// key.
func pushData(s *model.Secret) []esv1alpha1.PushSecretData {
	entry := func(key string) esv1alpha1.PushSecretData {
		return esv1alpha1.PushSecretData{Match: esv1alpha1.PushSecretMatch{SecretKey: key,
			RemoteRef: esv1alpha1.PushSecretRemoteRef{RemoteKey: s.RemoteKey, Property: key}}}
	}
	if s.PushOptions.Mode != schema.PushPerKey {
		return []esv1alpha1.PushSecretData{entry("")}
	}
	var out []esv1alpha1.PushSecretData
	for _, key := range s.Pushed() {
		out = append(out, entry(key))
	}
	return out
}
