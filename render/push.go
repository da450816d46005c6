package render

import (
	"slices"
	"strconv"
	"strings"

	esv1 "github.com/external-secrets/external-secrets/apis/externalsecrets/v1"
	esv1alpha1 "github.com/external-secrets/external-secrets/apis/externalsecrets/v1alpha1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/openova-io/esotree/diag"
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
	ps := &esv1alpha1.PushSecret{TypeMeta: metav1.TypeMeta{APIVersion: w.clusters[home].pushSecret, Kind: "PushSecret"},
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: s.Namespace}}
	ps.Spec.RefreshInterval = duration(s.PushInterval)
	ps.Spec.SecretStoreRefs = make([]esv1alpha1.PushSecretStoreRef, len(stores))
	for i, region := range stores {
		ref := w.storeRef(region)
		ps.Spec.SecretStoreRefs[i] = esv1alpha1.PushSecretStoreRef{Name: ref.Name, Kind: ref.Kind}
	}
	if s.PushOptions.Deletion == schema.PushDeletionDelete {
		ps.Spec.DeletionPolicy = esv1alpha1.PushSecretDeletionPolicyDelete
	}
	ps.Spec.Selector.Secret = &esv1alpha1.PushSecretSecret{Name: s.Target}
	ps.Spec.Template = w.pushTemplate(s)
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
	w.add(home, &object.Object{ID: idOf(ps.TypeMeta, ps.ObjectMeta), Value: ps, Origin: pushOrigin{s}})
}

// documentKey is the key that a push's template writes what is named to, as one JSON document.
const documentKey = "_value"

// pushTemplate makes the push of a remembered value wait until it has settled, and until it has the wanted epoch. Of what
// somebody else makes it picks the keys that are named: ESO adds a push's template to the Secret whatever its mergePolicy, so
// a push of the whole Secret would write the others too.
func (w *writer) pushTemplate(s *model.Secret) *esv1.ExternalSecretTemplate {
	var data map[string]string
	switch {
	case s.Marked(), s.Remembered() && len(s.Keys) > 0:
		data = w.pushes.of([]byte(settledKey(s)+"\x00"+s.Rotation.Epoch), func() map[string]string { return settled(s) })
	case s.Origin == model.Generated:
		return nil
	case s.PushForm() == model.PushDocument:
		data = map[string]string{documentKey: document(s)}
	default:
		data = map[string]string{}
		for _, k := range s.Keys {
			if k.Template != "" || k.Output != k.Name {
				data[k.Name] = plain(s, k)
			}
		}
		if len(data) == 0 {
			return nil
		}
	}
	return &esv1.ExternalSecretTemplate{MergePolicy: esv1.MergePolicyMerge, Data: data}
}

// settledKey is the key whose template holds a push up.
func settledKey(s *model.Secret) string {
	if s.Marked() {
		return model.EpochKey
	}
	first := s.Keys[0].Name
	if s.Rotation.KeepPrevious {
		first = min(first, model.PreviousPrefix+first)
	}
	return first
}

// settled is the template of that key.
func settled(s *model.Secret) map[string]string {
	key := settledKey(s)
	if s.Marked() {
		return map[string]string{key: settle + waitFor(valueEpoch, s.Rotation.Epoch, "") + s.Rotation.Epoch}
	}
	return map[string]string{key: settle + required(key)}
}

// document is the JSON of all keys; it fails while one is missing.
func document(s *model.Secret) string {
	var missing, pairs strings.Builder
	for _, k := range s.Keys {
		if !isIdentifier(k.Output) {
			missing.WriteString(absent(k.Output))
		}
		pairs.WriteString(" " + strconv.Quote(k.Name) + " " + field(k.Output))
	}
	return missing.String() + "{{ dict" + pairs.String() + " | toJson }}"
}

// pushData is one write of all keys, which no reader can see half of, unless the description asks for a write per key or
// the provider takes no other.
func pushData(s *model.Secret) []esv1alpha1.PushSecretData {
	entry := func(key, property string) esv1alpha1.PushSecretData {
		return esv1alpha1.PushSecretData{Match: esv1alpha1.PushSecretMatch{SecretKey: key,
			RemoteRef: esv1alpha1.PushSecretRemoteRef{RemoteKey: s.RemoteKey, Property: property}}}
	}
	switch s.PushForm() {
	case model.PushSecret:
		return []esv1alpha1.PushSecretData{entry("", "")}
	case model.PushDocument:
		return []esv1alpha1.PushSecretData{entry(documentKey, "")}
	}
	var out []esv1alpha1.PushSecretData
	for _, key := range s.Pushed() {
		out = append(out, entry(key, key))
	}
	return out
}

// pushOrigin maps the fields of a push to the description.
type pushOrigin struct{ s *model.Secret }

// Span implements object.Origin.
func (o pushOrigin) Span(path string) diag.Span {
	field := ""
	switch {
	case strings.HasPrefix(path, "spec.refreshInterval"):
		field = "pushInterval"
	case strings.HasPrefix(path, "spec.secretStoreRefs["):
		field = model.FieldIsolation
	case path == "spec.secretStoreRefs":
		field = "push.to"
	case path == "spec.data":
		field = "push.mode"
	case path == "spec.template.data."+model.EpochKey:
		field = "rotation.epoch"
	default:
		return secretOrigin(o).Span(path)
	}
	span, _ := o.s.Span(field)
	return span
}
