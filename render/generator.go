package render

import (
	"encoding/json"

	esv1 "github.com/external-secrets/external-secrets/apis/externalsecrets/v1"
	genv1alpha1 "github.com/external-secrets/external-secrets/apis/generators/v1alpha1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/internal/eso"
	"github.com/openova-io/esotree/model"
	"github.com/openova-io/esotree/object"
)

func (w *writer) generatorRef(s *model.Secret, cluster *model.Region) *esv1.GeneratorRef {
	version, _ := cluster.ESO.APIVersion(eso.GeneratorGroup, s.Generator.Kind)
	return &esv1.GeneratorRef{APIVersion: version, Kind: s.Generator.Kind, Name: s.GeneratorName}
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
	version, served := cluster.ESO.APIVersion(eso.GeneratorGroup, s.Generator.Kind)
	at := func(field string, name bool) (diag.Span, string) {
		if field = joinField("generator.spec", field); name {
			return s.NameSpan(field)
		}
		return s.Span(field)
	}
	if !served {
		span, path := s.Span("generator.kind")
		w.findings = append(w.findings, diag.Finding{Code: "unknown-generator", Span: span, Path: path,
			Message: "release " + cluster.ESO.Release().String() + " of the operator, which runs in " + cluster.Name + ", has no generator \"" + s.Generator.Kind + `"`})
		return
	}
	name := object.ID{APIVersion: version, Kind: s.Generator.Kind, Namespace: s.Namespace, Name: s.GeneratorName}
	if s.Generator.Kind == "ClusterGenerator" {
		name.Namespace = ""
	}
	o := &object.Object{ID: name, Origin: origin(func(path string) diag.Span {
		span, _ := at(trimField(path, "spec"), false)
		return span
	})}
	g, known := newGenerator(s.Generator.Kind)
	if known {
		*g.kind = metav1.TypeMeta{APIVersion: version, Kind: s.Generator.Kind}
		g.meta.Name, g.meta.Namespace = name.Name, name.Namespace
		o.Value = g.value
		known = w.decode(s.Generator.Spec, g.spec, s.Generator.Kind, "spec", cluster, at) && !adds(g.spec, s.Generator.Spec)
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
