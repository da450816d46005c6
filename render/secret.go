package render

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	esv1 "github.com/external-secrets/external-secrets/apis/externalsecrets/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/model"
	"github.com/openova-io/esotree/object"
)

// ExternalAnnotation says on an object which keys come from outside of the manifests: keys of the source Secret on a
// PushSecret, keys of the store on an ExternalSecret.
const ExternalAnnotation = "esotree.openova.io/external"

const createOrMerge esv1.ExternalSecretCreationPolicy = "CreateOrMerge"

// generated is the origin of a secret in its home region.
func (w *writer) generated(s *model.Secret) {
	home := w.s.Home
	es := w.externalSecret(s.ExternalSecret, s.Namespace, home)
	from := make([]esv1.ExternalSecretDataFromRemoteRef, 1, 1+len(s.Ask))
	from[0].SourceRef = &esv1.StoreGeneratorSourceRef{GeneratorRef: w.generatorRef(s, home)}
	es.Spec.Target = esv1.ExternalSecretTarget{Name: s.Target, CreationPolicy: esv1.CreatePolicyOwner, Immutable: s.Immutable, Template: targetTemplate(s)}
	if !s.Remembered() {
		w.forgetful(s, es)
		es.Spec.DataFrom = from
		w.addSecret(home, s, es)
		return
	}
	if w.clusters[home].merges {
		es.Spec.Target.CreationPolicy = createOrMerge
	}
	es.Spec.Target.DeletionPolicy = esv1.DeletionPolicyMerge
	texts := w.originTexts(s)
	es.Spec.Target.Template.Data = texts.data
	es.Spec.Target.Template.TemplateFrom = []esv1.TemplateFrom{{Target: esv1.TemplateTargetData, Literal: &texts.generated}}
	es.Spec.SecretStoreRef = *w.storeRef(home)
	es.Spec.RefreshPolicy = esv1.RefreshPolicyOnChange
	if s.Rotation.Clock() {
		es.Spec.RefreshPolicy = esv1.RefreshPolicyPeriodic
		es.Spec.RefreshInterval = duration(clockInterval(s))
	}
	from[0].Rewrite = prefixed(model.FreshPrefix)
	es.Spec.DataFrom = w.ask(from, s)
	w.addSecret(home, s, es)
}

// forgetful is the plain form that everybody writes, for recover None: a new object makes a new value.
func (w *writer) forgetful(s *model.Secret, es *esv1.ExternalSecret) {
	es.Spec.RefreshInterval = duration(0)
	switch {
	case s.Rotation.Clock():
		es.Spec.RefreshInterval = duration(s.Rotation.Every)
	case s.Rotation.Epoch != "":
		es.Spec.RefreshInterval = nil
		es.Spec.RefreshPolicy = esv1.RefreshPolicyOnChange
		es.Annotations = map[string]string{"esotree.openova.io/epoch": s.Rotation.Epoch}
	}
	for _, k := range s.Keys {
		if k.Template != "" || k.Name != k.Output {
			es.Spec.Target.Template.Data = plainData(s)
			return
		}
	}
}

// clockInterval is how often an origin looks at the clock: a thirtieth of the period, at most a day, and never below twice
// the push interval, since a value that is not pushed yet would be generated once more.
func clockInterval(s *model.Secret) time.Duration {
	return max(min(24*time.Hour, s.Rotation.Every/30), 2*s.PushInterval).Truncate(time.Second)
}

// ask adds the extracts that let the stores override the generator; the last that has the key wins. Former keys come before the present
// one: a push that moves the value writes it there before it takes it from here, so that one of two reads finds it.
func (w *writer) ask(from []esv1.ExternalSecretDataFromRemoteRef, s *model.Secret) []esv1.ExternalSecretDataFromRemoteRef {
	refs := make([]esv1.StoreGeneratorSourceRef, len(s.Ask))
	for i, region := range s.Ask {
		refs[i].SecretStoreRef = w.storeRef(region)
	}
	extract := func(key string, rewrite []esv1.ExternalSecretRewrite) {
		ref := &esv1.ExternalSecretDataRemoteRef{Key: key}
		for i := range refs {
			from = append(from, esv1.ExternalSecretDataFromRemoteRef{Extract: ref, Rewrite: rewrite, SourceRef: &refs[i]})
		}
	}
	for i, key := range slices.Backward(s.Former) {
		extract(key, prefixed(model.FormerPrefix(i)))
	}
	extract(s.RemoteKey, nil)
	return from
}

// prefixed puts a prefix before each key of an entry.
func prefixed(prefix string) []esv1.ExternalSecretRewrite {
	return []esv1.ExternalSecretRewrite{{Regexp: &esv1.ExternalSecretRewriteRegexp{Source: "(.*)", Target: prefix + "$1"}}}
}

// bootstrap restores what a person typed in once; until then it is not Ready, which is the signal to type it in.
func (w *writer) bootstrap(s *model.Secret) {
	home := w.s.Home
	if !slices.Contains(s.In, home) || len(s.Ask) == 0 {
		return
	}
	es := w.externalSecret(s.ExternalSecret, s.Namespace, home)
	es.Spec.RefreshPolicy = esv1.RefreshPolicyCreatedOnce
	es.Spec.SecretStoreRef = *w.storeRef(home)
	es.Spec.Target = esv1.ExternalSecretTarget{Name: s.Target, CreationPolicy: esv1.CreatePolicyOrphan,
		DeletionPolicy: esv1.DeletionPolicyMerge, Immutable: s.Immutable, Template: targetTemplate(s)}
	es.Spec.Target.Template.Data = map[string]string{}
	for _, k := range s.Keys {
		if k.Template == "" {
			es.Spec.Target.Template.Data[k.Output] = restored(s, k)
		}
	}
	es.Spec.DataFrom = w.ask(nil, s)
	w.external(es, s.RemoteKey)
	w.addSecret(home, s, es)
}

// mirrors make the Secret exist in the other regions that want it.
func (w *writer) mirrors(s *model.Secret) {
	for _, region := range s.In {
		if region != w.s.Home {
			w.mirror(s, region)
		}
	}
}

// mirror pulls the whole value from the region's own store, in one read so that it is never torn.
func (w *writer) mirror(s *model.Secret, region *model.Region) {
	es := w.externalSecret(s.ExternalSecret, s.Namespace, region)
	es.Spec.SecretStoreRef = *w.storeRef(region)
	es.Spec.RefreshInterval = duration(s.RefreshInterval)
	es.Spec.Target = esv1.ExternalSecretTarget{Name: s.Target, CreationPolicy: esv1.CreatePolicyOwner, Immutable: s.Immutable, Template: targetTemplate(s)}
	data := map[string]string{}
	for _, k := range s.Keys {
		data[k.Name] = required(stored(s, k))
		if s.Remembered() && s.Rotation.KeepPrevious {
			previous := model.PreviousPrefix + k.Name
			data[previous] = `{{ index . "` + previous + `" }}`
		}
	}
	if s.Marked() {
		first := slices.Min(slices.Collect(maps.Keys(data)))
		data[first] = waitFor(valueEpoch, s.Rotation.Epoch, s.Name) + data[first]
	}
	if len(data) > 0 {
		es.Spec.Target.Template.Data = data
	}
	if s.Remembered() && !s.Bare(region) {
		carried := made
		es.Spec.Target.Template.TemplateFrom = []esv1.TemplateFrom{{Target: esv1.TemplateTargetData, Literal: &carried}}
	}
	if s.Bare(region) {
		for _, k := range s.Keys {
			es.Spec.Data = append(es.Spec.Data, esv1.ExternalSecretData{SecretKey: stored(s, k), RemoteRef: esv1.ExternalSecretDataRemoteRef{Key: s.RemoteKey}})
		}
	} else {
		es.Spec.DataFrom = []esv1.ExternalSecretDataFromRemoteRef{{Extract: &esv1.ExternalSecretDataRemoteRef{Key: s.RemoteKey}}}
	}
	if s.Origin == model.Remote {
		w.external(es, s.RemoteKey)
	}
	w.addSecret(region, s, es)
}

// stored is the name that a key has in the stores.
func stored(s *model.Secret, k model.Key) string {
	if s.Origin == model.Remote {
		return k.Output
	}
	return k.Name
}

// local generates what a provider issues in the cluster where it is used.
func (w *writer) local(s *model.Secret, region *model.Region) {
	es := w.externalSecret(s.ExternalSecret, s.Namespace, region)
	es.Spec.RefreshInterval = duration(s.RefreshInterval)
	es.Spec.Target = esv1.ExternalSecretTarget{Name: s.Target, CreationPolicy: esv1.CreatePolicyOwner, Immutable: s.Immutable, Template: targetTemplate(s)}
	es.Spec.Target.Template.Data = plainData(s)
	es.Spec.DataFrom = []esv1.ExternalSecretDataFromRemoteRef{{SourceRef: &esv1.StoreGeneratorSourceRef{GeneratorRef: w.generatorRef(s, region)}}}
	w.addSecret(region, s, es)
}

// targetTemplate is always there, with its metadata: else ESO copies the labels that GitOps engines put on the object to
// the Secret.
func targetTemplate(s *model.Secret) *esv1.ExternalSecretTemplate {
	return &esv1.ExternalSecretTemplate{Type: corev1.SecretType(s.Type),
		Metadata: esv1.ExternalSecretTemplateMetadata{Labels: s.Labels, Annotations: s.Annotations}}
}

func (w *writer) externalSecret(name, namespace string, cluster *model.Region) *esv1.ExternalSecret {
	return &esv1.ExternalSecret{TypeMeta: metav1.TypeMeta{APIVersion: w.clusters[cluster].externalSecret, Kind: "ExternalSecret"},
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace}}
}

func (w *writer) external(es *esv1.ExternalSecret, keys ...string) {
	if es.Annotations == nil {
		es.Annotations = map[string]string{}
	}
	slices.Sort(keys)
	es.Annotations[ExternalAnnotation] = strings.Join(slices.Compact(keys), ",")
}

// storeRef is the one reference to a region's store that the scope's objects have.
func (w *writer) storeRef(of *model.Region) *esv1.SecretStoreRef {
	ref := w.stores[of]
	if ref == nil {
		ref = &esv1.SecretStoreRef{Name: w.s.StoreName(of), Kind: "ClusterSecretStore"}
		w.stores[of] = ref
	}
	return ref
}

func (w *writer) addSecret(cluster *model.Region, s *model.Secret, es *esv1.ExternalSecret) {
	w.add(cluster, &object.Object{ID: idOf(es.TypeMeta, es.ObjectMeta), Value: es, Origin: secretOrigin{s}})
}

// secretOrigin maps the fields of a secret's ExternalSecrets to the description.
type secretOrigin struct{ s *model.Secret }

// Span implements object.Origin.
func (o secretOrigin) Span(path string) diag.Span {
	field := "name"
	switch {
	case path == "spec.target.template.data."+model.EpochKey, strings.HasPrefix(path, "metadata.annotations"):
		field = "rotation.epoch"
	case path == "spec.target.template.data."+model.PeriodKey:
		field = "rotation.every"
	case strings.HasPrefix(path, "spec.target.template.data."+model.PreviousPrefix):
		field = "rotation.keepPrevious"
	case strings.HasPrefix(path, "spec.target.template.data"):
		field = "keys"
		if key, ok := strings.CutPrefix(path, "spec.target.template.data."); ok {
			field = "keys." + key
		} else if key, ok := strings.CutPrefix(path, "spec.target.template.data["); ok {
			field = "keys[" + key
		}
	case path == "metadata.namespace":
		field = "namespace"
	case path == "spec.dataFrom":
		field = "recover"
	case path == "spec.target.name":
		field = "names.target"
	case strings.HasSuffix(path, ".sourceRef.storeRef.name"):
		field = model.FieldIsolation
	case strings.HasSuffix(path, ".sourceRef.storeRef"):
		field = "push.to"
	case strings.HasSuffix(path, ".sourceRef.generatorRef"):
		field = "generator"
	case strings.HasPrefix(path, "spec.deletionPolicy"):
		field = "push.deletion"
	case strings.HasPrefix(path, "spec.refreshInterval") && o.s.Rotation.Clock():
		field = "rotation.every"
	case strings.HasPrefix(path, "spec.refreshInterval"):
		field = "refreshInterval"
	case asksFormer(o.s, path):
		field = "formerRemoteKeys"
	case strings.Contains(path, "remoteKey"), strings.HasSuffix(path, ".key"):
		field = "remoteKey"
	case strings.HasPrefix(path, "spec.target.template.type"):
		field = "type"
	}
	span, _ := o.s.Span(field)
	return span
}

// asksFormer reports whether a path is the key of an entry that asks for one of the secret's former keys.
func asksFormer(s *model.Secret, path string) bool {
	number, ok := strings.CutSuffix(strings.TrimPrefix(path, "spec.dataFrom["), "].extract.key")
	i, err := strconv.Atoi(number)
	if s.Origin == model.Generated {
		i-- // the generator comes first
	}
	return ok && err == nil && i >= 0 && i < len(s.Former)*len(s.Ask)
}

func idOf(t metav1.TypeMeta, m metav1.ObjectMeta) object.ID {
	return object.ID{APIVersion: t.APIVersion, Kind: t.Kind, Namespace: m.Namespace, Name: m.Name}
}

func duration(d time.Duration) *metav1.Duration { return &metav1.Duration{Duration: d} }
