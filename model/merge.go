package model

import (
	"maps"

	"github.com/openova-io/esotree/schema"
)

// mergeSecret lays one set of fields over another: what over says wins, maps are merged by key. A source of another kind
// replaces the base's source, its keys and its generator's spec stay with their kind.
func mergeSecret(base, over *schema.SecretSpec) schema.SecretSpec {
	out := *base
	switch {
	case over.Generator != nil:
		out.Generator, out.Bootstrap, out.SecretRef, out.Remote = over.Generator, nil, nil, nil
		if base.Generator != nil && base.Generator.Kind == over.Generator.Kind {
			out.Generator = &schema.Generator{Kind: over.Generator.Kind, Spec: mergeOpen(base.Generator.Spec, over.Generator.Spec)}
		} else if over.Keys == nil {
			out.Keys = nil
		}
	case over.Bootstrap != nil:
		out.Generator, out.Bootstrap, out.SecretRef, out.Remote = nil, over.Bootstrap, nil, nil
	case over.SecretRef != nil:
		out.Generator, out.Bootstrap, out.SecretRef, out.Remote = nil, nil, over.SecretRef, nil
	case over.Remote != nil:
		out.Generator, out.Bootstrap, out.SecretRef, out.Remote = nil, nil, nil, over.Remote
	}
	out.Registry = or(over.Registry, base.Registry)
	out.Keys = mergeMap(out.Keys, over.Keys)
	out.Rotation = mergeRotation(base.Rotation, over.Rotation)
	if over.Environments != nil {
		out.Environments = over.Environments
	}
	if over.Regions != nil {
		out.Regions = over.Regions
	}
	out.Namespace = or(over.Namespace, base.Namespace)
	out.Type = or(over.Type, base.Type)
	out.Labels = mergeMap(base.Labels, over.Labels)
	out.Annotations = mergeMap(base.Annotations, over.Annotations)
	if over.Immutable != nil {
		out.Immutable = over.Immutable
	}
	out.RemoteKey = or(over.RemoteKey, base.RemoteKey)
	if over.FormerRemoteKeys != nil {
		out.FormerRemoteKeys = over.FormerRemoteKeys
	}
	out.RefreshInterval = or(over.RefreshInterval, base.RefreshInterval)
	out.PushInterval = or(over.PushInterval, base.PushInterval)
	out.Push = mergePush(base.Push, over.Push)
	out.Recover = or(over.Recover, base.Recover)
	out.Names = mergeNames(base.Names, over.Names)
	return out
}

func mergeService(base, over *schema.Service) *schema.Service {
	out := *base
	out.Namespace = or(over.Namespace, base.Namespace)
	if over.Environments != nil {
		out.Environments = over.Environments
	}
	if over.Regions != nil {
		out.Regions = over.Regions
	}
	out.Labels = mergeMap(base.Labels, over.Labels)
	out.Annotations = mergeMap(base.Annotations, over.Annotations)
	out.RefreshInterval = or(over.RefreshInterval, base.RefreshInterval)
	if over.Pin != nil {
		out.Pin = over.Pin
	}
	out.Data = mergeMap(base.Data, over.Data)
	if over.DataFrom != nil {
		out.DataFrom = over.DataFrom
	}
	out.Target = mergeOpen(base.Target, over.Target)
	return &out
}

func mergeRotation(base, over *schema.Rotation) *schema.Rotation {
	if base == nil || over == nil {
		return or(over, base)
	}
	out := *base
	out.Epoch = or(over.Epoch, base.Epoch)
	out.Every = or(over.Every, base.Every)
	out.By = or(over.By, base.By)
	out.Since = or(over.Since, base.Since)
	if over.KeepPrevious != nil {
		out.KeepPrevious = over.KeepPrevious
	}
	return &out
}

func mergePush(base, over *schema.Push) *schema.Push {
	if base == nil || over == nil {
		return or(over, base)
	}
	return &schema.Push{To: or(over.To, base.To), Mode: or(over.Mode, base.Mode), Split: or(over.Split, base.Split),
		Deletion: or(over.Deletion, base.Deletion)}
}

func mergeNames(base, over *schema.Names) *schema.Names {
	if base == nil || over == nil {
		return or(over, base)
	}
	return &schema.Names{Generator: or(over.Generator, base.Generator), ExternalSecret: or(over.ExternalSecret, base.ExternalSecret),
		Push: or(over.Push, base.Push), Target: or(over.Target, base.Target)}
}

// or returns the first value that is not zero.
func or[T comparable](values ...T) T {
	var zero T
	for _, v := range values {
		if v != zero {
			return v
		}
	}
	return zero
}

// mergeMap may return one of its arguments: a class often has the keys that the secret says more of.
func mergeMap[V any](base, over map[string]V) map[string]V {
	if covers(over, base) {
		return over
	}
	if len(over) == 0 {
		return base
	}
	out := maps.Clone(base)
	maps.Copy(out, over)
	return out
}

// covers reports whether a map has all the keys of another one.
func covers[V any](over, base map[string]V) bool {
	for k := range base {
		if _, ok := over[k]; !ok {
			return false
		}
	}
	return true
}

// mergeOpen is a JSON merge patch (RFC 7386) that leaves its arguments alone.
func mergeOpen(base, over map[string]any) map[string]any {
	if over == nil {
		return base
	}
	out := maps.Clone(base)
	if out == nil {
		out = map[string]any{}
	}
	for k, v := range over {
		switch v := v.(type) {
		case nil:
			delete(out, k)
		case map[string]any:
			under, _ := out[k].(map[string]any)
			out[k] = mergeOpen(under, v)
		default:
			out[k] = v
		}
	}
	return out
}
