package world

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/openova-io/esotree/e2e/kube"
)

// Snapshot is every value there is, as hashes: nothing that a test prints is a secret.
type Snapshot struct {
	// Secrets are hashes by region/namespace/name and key.
	Secrets map[string]map[string]string
	// Keys are the store's, by region:key: hashes by property.
	Keys map[string]map[string]string
	// Versions are the KV versions by region:key.
	Versions map[string]int
}

// Snapshot reads the Secrets of the clusters that are up, and the Vaults that answer.
func (w *World) Snapshot(ctx context.Context) (Snapshot, error) {
	s := Snapshot{Secrets: map[string]map[string]string{}, Keys: map[string]map[string]string{}, Versions: map[string]int{}}
	for _, r := range w.Up() {
		secrets, err := r.Kube.List(ctx, kube.Secret)
		if err != nil {
			return s, err
		}
		for _, o := range secrets {
			data := kube.Data(&o)
			delete(data, "_generated") // when the value was made: no part of it
			s.Secrets[r.Name+"/"+o.GetNamespace()+"/"+o.GetName()] = hashes(data)
		}
	}
	for _, r := range w.Regions {
		values, err := r.Vault.Values(ctx)
		if err != nil {
			return s, err
		}
		for key, value := range values {
			s.Keys[r.Name+":"+key] = hashes(value.Data)
			s.Versions[r.Name+":"+key] = value.Version
		}
	}
	return s, nil
}

func hashes(data map[string]string) map[string]string {
	out := map[string]string{}
	for k, v := range data {
		sum := sha256.Sum256([]byte(v))
		out[k] = hex.EncodeToString(sum[:])[:12]
	}
	return out
}

// Change is a value that is not what it was, such as "Secret region1/acme-prod/postgres url" or "Key region2:acme/postgres url".
type Change string

// Changes lists what differs, Secrets first. A new KV version is one change, "Version …". A Secret that was not there is none: what
// it holds is compared with the stores by Settled.
func (s Snapshot) Changes(now Snapshot) []Change {
	var out []Change
	out = append(out, differ("Secret", s.Secrets, now.Secrets)...)
	out = append(out, differ("Key", s.Keys, now.Keys)...)
	for _, key := range slices.Sorted(maps.Keys(now.Versions)) {
		if s.Versions[key] != now.Versions[key] {
			out = append(out, Change(fmt.Sprintf("Version %s %d to %d", key, s.Versions[key], now.Versions[key])))
		}
	}
	return out
}

func differ(kind string, before, after map[string]map[string]string) []Change {
	names := map[string]bool{}
	for name := range before {
		names[name] = true
	}
	for name := range after {
		names[name] = true
	}
	var out []Change
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if before[name] == nil && kind == "Secret" {
			continue
		}
		keys := map[string]bool{}
		for key := range before[name] {
			keys[key] = true
		}
		for key := range after[name] {
			keys[key] = true
		}
		for _, key := range slices.Sorted(maps.Keys(keys)) {
			if before[name][key] != after[name][key] {
				out = append(out, Change(kind+" "+name+" "+key))
			}
		}
	}
	return out
}

// Same fails when anything changed but what allowed names: each a part of a Change.
func (w *World) Same(ctx context.Context, before Snapshot, allowed ...string) error {
	now, err := w.Snapshot(ctx)
	if err != nil {
		return err
	}
	var wrong []string
	for _, c := range before.Changes(now) {
		if !slices.ContainsFunc(allowed, func(a string) bool { return strings.Contains(string(c), a) }) {
			wrong = append(wrong, string(c))
		}
	}
	if len(wrong) > 0 {
		return fmt.Errorf("changed unasked:\n\t%s", strings.Join(wrong, "\n\t"))
	}
	return nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func contains(list []string, s string) bool { return slices.Contains(list, s) }
