package render

import (
	"maps"
	"slices"
	"strings"

	esv1 "github.com/external-secrets/external-secrets/apis/externalsecrets/v1"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/internal/yamlsrc"
	"github.com/openova-io/esotree/model"
	"github.com/openova-io/esotree/object"
)

// service is what a workload of one region reads: from the region's own store, pinned to the epochs of what was rotated.
func (w *writer) service(s *model.Service, in model.ServiceIn) {
	es := w.externalSecret(s.ExternalSecret, s.Namespace, in.Region)
	es.Spec.RefreshInterval = duration(in.RefreshInterval)
	es.Spec.SecretStoreRef = *w.storeRef(in.Region)
	exact := true
	if in.Target != nil {
		exact = w.decode(in.Target, &es.Spec.Target, "ExternalSecret", "spec.target", in.Region, func(field string, name bool) (diag.Span, string) {
			if field = joinField("target", field); name {
				return s.NameSpan(field)
			}
			return s.Span(field)
		})
	}
	if es.Spec.Target.Name == "" {
		es.Spec.Target.Name = s.ExternalSecret
	}
	if es.Spec.Target.Template == nil {
		es.Spec.Target.Template = &esv1.ExternalSecretTemplate{}
	}
	t := es.Spec.Target.Template
	t.Metadata.Labels = overlay(t.Metadata.Labels, in.Labels)
	t.Metadata.Annotations = overlay(t.Metadata.Annotations, in.Annotations)
	var external []string
	es.Spec.Data = make([]esv1.ExternalSecretData, 0, len(s.Reads)+len(s.Pins))
	for _, read := range s.Reads {
		ref := esv1.ExternalSecretDataRemoteRef{Key: read.RemoteKey, Property: read.Property}
		if slices.Contains(read.Bare, in.Region) {
			ref.Property = ""
		}
		es.Spec.Data = append(es.Spec.Data, esv1.ExternalSecretData{SecretKey: read.Key, RemoteRef: ref})
		if read.External {
			external = append(external, read.RemoteKey)
		}
	}
	for _, extract := range s.Extracts {
		from := esv1.ExternalSecretDataFromRemoteRef{Extract: &esv1.ExternalSecretDataRemoteRef{Key: extract.RemoteKey}}
		if extract.Prefix != "" {
			from.Rewrite = []esv1.ExternalSecretRewrite{{Regexp: &esv1.ExternalSecretRewriteRegexp{Source: "(.*)", Target: strings.ReplaceAll(extract.Prefix, "$", "$$") + "$1"}}}
		}
		es.Spec.DataFrom = append(es.Spec.DataFrom, from)
		external = append(external, extract.RemoteKey)
	}
	if len(external) > 0 {
		w.external(es, external...)
	}
	pin(s, es)
	var value any = es
	if !exact {
		value = w.withUnknown(es, in.Target, "spec", "target")
	}
	w.add(in.Region, &object.Object{ID: idOf(es.TypeMeta, es.ObjectMeta), Value: value, Origin: serviceOrigin{s}})
}

// pin lets the service's Secret stay as it is until every rotated secret that it reads has the wanted epoch. The epochs are
// read too, and kept out of the Secret by writing each key out.
func pin(s *model.Service, es *esv1.ExternalSecret) {
	if len(s.Pins) == 0 {
		return
	}
	t := es.Spec.Target.Template
	var guard strings.Builder
	for _, p := range s.Pins {
		es.Spec.Data = append(es.Spec.Data, esv1.ExternalSecretData{SecretKey: p.Key,
			RemoteRef: esv1.ExternalSecretDataRemoteRef{Key: p.RemoteKey, Property: model.EpochKey}})
		guard.WriteString(waitFor(field(p.Key), p.Epoch, p.Secret))
	}
	if len(t.Data) == 0 || t.MergePolicy == esv1.MergePolicyMerge {
		written := map[string]string{}
		for _, read := range s.Reads {
			written[read.Key] = "{{ " + field(read.Key) + " }}"
		}
		t.Data = overlay(written, t.Data)
		t.MergePolicy = ""
	}
	first := slices.Min(slices.Collect(maps.Keys(t.Data))) // a pin is of a key that is read, so there is one
	data := overlay(nil, t.Data)
	data[first] = guard.String() + data[first]
	t.Data = data
}

// overlay returns a new map of both, what over says wins; nil when both are empty.
func overlay(base, over map[string]string) map[string]string {
	if len(base)+len(over) == 0 {
		return nil
	}
	out := make(map[string]string, len(base)+len(over))
	for k, v := range base {
		out[k] = v
	}
	for k, v := range over {
		out[k] = v
	}
	return out
}

// serviceOrigin maps the fields of a service's ExternalSecret to the description.
type serviceOrigin struct{ s *model.Service }

// Span implements object.Origin.
func (o serviceOrigin) Span(path string) diag.Span {
	field := "name"
	if elems := yamlsrc.Split(path); len(elems) >= 3 && elems[0] == "spec" && elems[1] == "data" {
		for i, read := range o.s.Reads {
			if elems[2] == itoa(i) {
				field = read.Field
			}
		}
	} else if len(elems) >= 3 && elems[0] == "spec" && elems[1] == "dataFrom" {
		for i, extract := range o.s.Extracts {
			if elems[2] == itoa(i) {
				field = extract.Field
			}
		}
	} else if path == "metadata.namespace" {
		field = "namespace"
	} else if strings.HasPrefix(path, "spec.secretStoreRef.") {
		field = model.FieldIsolation
	} else if rest, ok := strings.CutPrefix(path, "spec."); ok && (strings.HasPrefix(rest, "target") || rest == "refreshInterval") {
		field = rest
	}
	span, _ := o.s.Span(field)
	return span
}
