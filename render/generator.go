package render

import (
	"encoding/json"
	"reflect"
	"sync"

	esv1 "github.com/external-secrets/external-secrets/apis/externalsecrets/v1"
	genv1alpha1 "github.com/external-secrets/external-secrets/apis/generators/v1alpha1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/model"
	"github.com/openova-io/esotree/object"
	"github.com/openova-io/esotree/schema"
)

func (w *writer) generatorRef(s *model.Secret, cluster *model.Region) *esv1.GeneratorRef {
	return &esv1.GeneratorRef{APIVersion: w.clusters[cluster].generators[s.Generator.Kind], Kind: s.Generator.Kind, Name: s.GeneratorName}
}

// generatorType is a generator whose spec the pinned types know.
type generatorType struct {
	value any
	meta  *metav1.ObjectMeta
	kind  *metav1.TypeMeta
	spec  any
}

func newGenerator(kind string) (generatorType, bool) {
	switch kind {
	case "ACRAccessToken":
		g := &genv1alpha1.ACRAccessToken{}
		return generatorType{g, &g.ObjectMeta, &g.TypeMeta, &g.Spec}, true
	case "CloudsmithAccessToken":
		g := &genv1alpha1.CloudsmithAccessToken{}
		return generatorType{g, &g.ObjectMeta, &g.TypeMeta, &g.Spec}, true
	case "ClusterGenerator":
		g := &genv1alpha1.ClusterGenerator{}
		return generatorType{g, &g.ObjectMeta, &g.TypeMeta, &g.Spec}, true
	case "ECRAuthorizationToken":
		g := &genv1alpha1.ECRAuthorizationToken{}
		return generatorType{g, &g.ObjectMeta, &g.TypeMeta, &g.Spec}, true
	case "Fake":
		g := &genv1alpha1.Fake{}
		return generatorType{g, &g.ObjectMeta, &g.TypeMeta, &g.Spec}, true
	case "GCRAccessToken":
		g := &genv1alpha1.GCRAccessToken{}
		return generatorType{g, &g.ObjectMeta, &g.TypeMeta, &g.Spec}, true
	case "GithubAccessToken":
		g := &genv1alpha1.GithubAccessToken{}
		return generatorType{g, &g.ObjectMeta, &g.TypeMeta, &g.Spec}, true
	case "Grafana":
		g := &genv1alpha1.Grafana{}
		return generatorType{g, &g.ObjectMeta, &g.TypeMeta, &g.Spec}, true
	case "MFA":
		g := &genv1alpha1.MFA{}
		return generatorType{g, &g.ObjectMeta, &g.TypeMeta, &g.Spec}, true
	case "Password":
		g := &genv1alpha1.Password{}
		return generatorType{g, &g.ObjectMeta, &g.TypeMeta, &g.Spec}, true
	case "QuayAccessToken":
		g := &genv1alpha1.QuayAccessToken{}
		return generatorType{g, &g.ObjectMeta, &g.TypeMeta, &g.Spec}, true
	case "SSHKey":
		g := &genv1alpha1.SSHKey{}
		return generatorType{g, &g.ObjectMeta, &g.TypeMeta, &g.Spec}, true
	case "STSSessionToken":
		g := &genv1alpha1.STSSessionToken{}
		return generatorType{g, &g.ObjectMeta, &g.TypeMeta, &g.Spec}, true
	case "UUID":
		g := &genv1alpha1.UUID{}
		return generatorType{g, &g.ObjectMeta, &g.TypeMeta, &g.Spec}, true
	case "VaultDynamicSecret":
		g := &genv1alpha1.VaultDynamicSecret{}
		return generatorType{g, &g.ObjectMeta, &g.TypeMeta, &g.Spec}, true
	case "Webhook":
		g := &genv1alpha1.Webhook{}
		return generatorType{g, &g.ObjectMeta, &g.TypeMeta, &g.Spec}, true
	}
	return generatorType{}, false
}

func (w *writer) generator(s *model.Secret, cluster *model.Region) {
	version, served := w.clusters[cluster].generators[s.Generator.Kind]
	if !served {
		span, path := s.Span("generator.kind")
		w.findings = append(w.findings, diag.Finding{Code: "unknown-generator", Span: span, Path: path,
			Message: "release " + cluster.ESO.Release().String() + " of the operator, which runs in " + cluster.Name + ", has no generator \"" + s.Generator.Kind + `"`})
		return
	}
	before := len(w.findings)
	name := object.ID{APIVersion: version, Kind: s.Generator.Kind, Namespace: s.Namespace, Name: s.GeneratorName}
	if s.Generator.Kind == "ClusterGenerator" {
		name.Namespace = ""
	}
	o := &object.Object{ID: name, Origin: generatorOrigin{s}}
	at := generatorOrigin{s}.at
	g, known := newGenerator(s.Generator.Kind)
	if known {
		*g.kind = metav1.TypeMeta{APIVersion: version, Kind: s.Generator.Kind}
		g.meta.Name, g.meta.Namespace = name.Name, name.Namespace
		o.Value = g.value
		if w.ofClass.fill(g, s.Generator, cluster) {
			w.protect(o)
			w.put(cluster, o)
			return
		}
		known = w.generatorSpec(s.Generator, g.spec, cluster, at)
	}
	if !known && o.Value == nil {
		span, path := s.Span("generator.kind")
		w.findings = append(w.findings, diag.Finding{Code: "unknown-generator", Severity: diag.Warning, Span: span, Path: path,
			Message: `"` + s.Generator.Kind + `" is newer than the types that esotree is built with; of its spec only the fields' names are checked`})
		w.names(s.Generator.Spec, s.Generator.Kind, "spec", cluster, at, "")
		w.enums(s.Generator.Spec, s.Generator.Kind, "spec", cluster, at, "")
	}
	if !known {
		spec := s.Generator.Spec
		if spec == nil {
			spec = map[string]any{}
		}
		metadata := map[string]any{"name": name.Name}
		if name.Namespace != "" {
			metadata["namespace"] = name.Namespace
		}
		o.Value = map[string]any{"apiVersion": version, "kind": name.Kind, "metadata": metadata, "spec": spec}
	}
	w.add(cluster, o)
	if o.Value == g.value && len(w.findings) == before {
		w.ofClass.add(g, s.Generator, cluster)
	}
}

// generatorOrigin maps the fields of a generator to the description.
type generatorOrigin struct{ s *model.Secret }

// Span implements object.Origin.
func (o generatorOrigin) Span(path string) diag.Span {
	span, _ := o.at(trimField(path, "spec"), false)
	return span
}

// at is the place of a field of the spec.
func (o generatorOrigin) at(field string, name bool) (diag.Span, string) {
	if field = joinField("generator.spec", field); name {
		return o.s.NameSpan(field)
	}
	return o.s.Span(field)
}

// classSpecs are the typed specs of classes' generators in which nothing was found, with the defaults of a cluster: most secrets have
// one of them. The zero value is ready.
type classSpecs struct {
	mu    sync.RWMutex
	known map[classSpec]reflect.Value
}

type classSpec struct {
	class   *schema.Generator
	cluster *model.Region
}

// fill sets the spec of a generator that has its class's; false where that is not known. What the spec points at is shared.
func (c *classSpecs) fill(g generatorType, of model.Generator, cluster *model.Region) bool {
	if of.Class == nil {
		return false
	}
	c.mu.RLock()
	spec, known := c.known[classSpec{of.Class, cluster}]
	c.mu.RUnlock()
	if known {
		reflect.ValueOf(g.spec).Elem().Set(spec)
	}
	return known
}

func (c *classSpecs) add(g generatorType, of model.Generator, cluster *model.Region) {
	if of.Class == nil {
		return
	}
	spec := reflect.New(reflect.TypeOf(g.spec).Elem()).Elem()
	spec.Set(reflect.ValueOf(g.spec).Elem())
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil {
		c.known = map[classSpec]reflect.Value{}
	}
	c.known[classSpec{of.Class, cluster}] = spec
}

// generatorSpec fills a typed spec. Of one that was found to be right it does not ask again: all secrets of a class have the same.
func (w *writer) generatorSpec(g model.Generator, into any, cluster *model.Region, at places) bool {
	check := func() bool { return w.decode(g.Spec, into, g.Kind, "spec", cluster, at) && !adds(into, g.Spec) }
	text, err := json.Marshal(g.Spec)
	if err != nil {
		return check()
	}
	id := []byte(g.Kind + "\x00" + cluster.Name + "\x00" + string(text))
	if _, right := w.right.get(id); right {
		return json.Unmarshal(text, into) == nil
	}
	before := len(w.findings)
	exact := check()
	if exact && len(w.findings) == before {
		w.right.put(id, struct{}{})
	}
	return exact
}

// asMap turns a typed value into plain JSON values.
func asMap(v any) map[string]any {
	data, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	var out map[string]any
	if json.Unmarshal(data, &out) != nil {
		return nil
	}
	return out
}
