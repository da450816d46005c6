package world

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/openova-io/esotree/e2e/kube"
	"github.com/openova-io/esotree/e2e/stack"
)

// Settled answers nil when everything applied does what it says: every ExternalSecret and PushSecret is Ready for its newest
// generation, every store key holds what its source Secret holds, and every consumer's Secret what the store holds. What stands
// in waiting (as Kind/namespace/name in any region) is left out.
func (w *World) Settled(ctx context.Context, waiting ...string) error {
	values := map[string]map[string]stack.Value{}
	for _, r := range w.Regions {
		v, err := r.Vault.Values(ctx)
		if err != nil {
			return err
		}
		values[r.Proxy.URL()] = v
	}
	for _, r := range w.Up() {
		if err := r.settled(ctx, values, waiting); err != nil {
			return fmt.Errorf("%s: %w", r.Name, err)
		}
	}
	return nil
}

func (r *Region) settled(ctx context.Context, values map[string]map[string]stack.Value, waiting []string) error {
	secrets, err := r.list(ctx, kube.Secret)
	if err != nil {
		return err
	}
	live, err := r.list(ctx, kube.ExternalSecret, kube.PushSecret)
	if err != nil {
		return err
	}
	for _, o := range r.Objects("ExternalSecret", "PushSecret") {
		if contains(waiting, ID(o)) {
			continue
		}
		if err := current(live[ID(o)]); err != nil {
			return fmt.Errorf("%s: %w", ID(o), err)
		}
		check := r.pulled
		if o.GetKind() == "PushSecret" {
			check = r.pushed
		}
		if err := check(o, secrets, values); err != nil {
			return fmt.Errorf("%s: %w", ID(o), err)
		}
	}
	return nil
}

func (r *Region) list(ctx context.Context, kinds ...schema.GroupVersionKind) (map[string]*unstructured.Unstructured, error) {
	found := map[string]*unstructured.Unstructured{}
	for _, kind := range kinds {
		list, err := r.Kube.List(ctx, kind)
		if err != nil {
			return nil, err
		}
		for i := range list {
			found[ID(&list[i])] = &list[i]
		}
	}
	return found, nil
}

// current fails unless the operator is done with the newest generation of an object. CreatedOnce is never looked at again.
func current(o *unstructured.Unstructured) error {
	if o == nil {
		return fmt.Errorf("is not there")
	}
	if ready, message := kube.Ready(o); !ready {
		return fmt.Errorf("is not Ready: %s", message)
	}
	policy, _, _ := unstructured.NestedString(o.Object, "spec", "refreshPolicy")
	synced, _, _ := unstructured.NestedString(o.Object, "status", "syncedResourceVersion")
	generation, _, _ := strings.Cut(synced, "-")
	if policy != "CreatedOnce" && generation != strconv.FormatInt(o.GetGeneration(), 10) {
		return fmt.Errorf("was synced at generation %s, not yet at %d", generation, o.GetGeneration())
	}
	return nil
}

// pushed compares a PushSecret's source with every store it names.
func (r *Region) pushed(o *unstructured.Unstructured, secrets map[string]*unstructured.Unstructured, values map[string]map[string]stack.Value) error {
	name, _, _ := unstructured.NestedString(o.Object, "spec", "selector", "secret", "name")
	source := secrets["Secret/"+o.GetNamespace()+"/"+name]
	if source == nil {
		return fmt.Errorf("has no Secret %s to push", name)
	}
	data := kube.Data(source)
	refs, _, _ := unstructured.NestedSlice(o.Object, "spec", "secretStoreRefs")
	entries, _, _ := unstructured.NestedSlice(o.Object, "spec", "data")
	for _, ref := range refs {
		store, err := r.server(fmt.Sprint(ref.(map[string]any)["name"]))
		if err != nil {
			return err
		}
		for _, e := range entries {
			match, _, _ := unstructured.NestedMap(e.(map[string]any), "match")
			key, _, _ := unstructured.NestedString(match, "remoteRef", "remoteKey")
			property, _, _ := unstructured.NestedString(match, "remoteRef", "property")
			value, found := values[store][key]
			if !found {
				return fmt.Errorf("%s is not in %s yet", key, store)
			}
			want := data
			secretKey, _ := match["secretKey"].(string)
			if secretKey != "" && property == "" {
				want = picked(o, secretKey, data)
			} else if secretKey != "" {
				if value.Data[property] != data[secretKey] {
					return fmt.Errorf("%s#%s differs from the Secret", key, property)
				}
				continue
			}
			if !maps.Equal(value.Data, want) {
				return fmt.Errorf("%s in %s holds %v, not as the Secret %v", key, store, sortedKeys(value.Data), sortedKeys(want))
			}
		}
	}
	return nil
}

// document names the keys of the JSON document that a PushSecret's template writes, and what they are in the Secret.
var document = regexp.MustCompile(`"([^"]+)" (?:\.(\w+)|\(index \. "([^"]+)"\))`)

// picked is what a document holds of a Secret.
func picked(o *unstructured.Unstructured, key string, data map[string]string) map[string]string {
	text, _, _ := unstructured.NestedString(o.Object, "spec", "template", "data", key)
	_, text, _ = strings.Cut(text, "{{ dict ")
	out := map[string]string{}
	for _, m := range document.FindAllStringSubmatch(text, -1) {
		out[m[1]] = data[m[2]+m[3]]
	}
	return out
}

// pulled compares an ExternalSecret's target with the stores that it reads: every key it declares is there, and what it takes over
// as it is has the store's value.
func (r *Region) pulled(o *unstructured.Unstructured, secrets map[string]*unstructured.Unstructured, values map[string]map[string]stack.Value) error {
	name, _, _ := unstructured.NestedString(o.Object, "spec", "target", "name")
	target := secrets["Secret/"+o.GetNamespace()+"/"+name]
	if target == nil {
		return fmt.Errorf("has made no Secret %s", name)
	}
	data := kube.Data(target)
	templated, _, _ := unstructured.NestedStringMap(o.Object, "spec", "target", "template", "data")
	for _, key := range sortedKeys(templated) {
		if data[key] == "" && !strings.HasPrefix(key, "previous_") {
			return fmt.Errorf("%s has no %s", name, key)
		}
	}
	entries, _, _ := unstructured.NestedSlice(o.Object, "spec", "data")
	for _, e := range entries {
		e := e.(map[string]any)
		key := fmt.Sprint(e["secretKey"])
		if plain := templated[key]; len(templated) > 0 && !strings.HasSuffix(plain, "{{ ."+key+" }}") && !strings.Contains(plain, `{{ index . "`+key+`" }}`) {
			continue
		}
		server, err := r.reads(o, e)
		if err != nil {
			return err
		}
		remote, _, _ := unstructured.NestedStringMap(e, "remoteRef")
		value, found := values[server][remote["key"]].Data[remote["property"]]
		if !found && strings.HasPrefix(remote["property"], "previous_") {
			continue
		}
		if !found || data[key] != value {
			return fmt.Errorf("%s of %s is not yet what the store holds as %s#%s", key, name, remote["key"], remote["property"])
		}
	}
	return nil
}

func (r *Region) reads(o *unstructured.Unstructured, entry map[string]any) (string, error) {
	store, found, _ := unstructured.NestedString(entry, "sourceRef", "storeRef", "name")
	if !found {
		store, _, _ = unstructured.NestedString(o.Object, "spec", "secretStoreRef", "name")
	}
	return r.server(store)
}

// server is the address of a store of this cluster.
func (r *Region) server(store string) (string, error) {
	o := r.applied["ClusterSecretStore//"+store]
	if o == nil {
		return "", fmt.Errorf("no store %s", store)
	}
	server, _, _ := unstructured.NestedString(o.Object, "spec", "provider", "vault", "server")
	return server, nil
}

// Refreshed answers nil when the operator has worked on every ExternalSecret and PushSecret since a time, but for CreatedOnce.
func (w *World) Refreshed(ctx context.Context, since time.Time) error {
	for _, r := range w.Up() {
		live, err := r.list(ctx, kube.ExternalSecret, kube.PushSecret)
		if err != nil {
			return err
		}
		for _, o := range r.Objects("ExternalSecret", "PushSecret") {
			policy, _, _ := unstructured.NestedString(o.Object, "spec", "refreshPolicy")
			if o := live[ID(o)]; policy != "CreatedOnce" && (o == nil || kube.Refreshed(o).Before(since.Truncate(time.Second))) {
				return fmt.Errorf("%s %s was not refreshed", r.Name, ID(o))
			}
		}
	}
	return nil
}

// OneOrigin fails when a store key is pushed from two Secrets, or into one store by two objects.
func (w *World) OneOrigin() error {
	sources, writers := map[string]map[string]bool{}, map[string]map[string]bool{}
	add := func(to map[string]map[string]bool, key, value string) {
		if to[key] == nil {
			to[key] = map[string]bool{}
		}
		to[key][value] = true
	}
	for _, r := range w.Up() {
		for _, o := range r.Objects("PushSecret") {
			source, _, _ := unstructured.NestedString(o.Object, "spec", "selector", "secret", "name")
			stores, _, _ := unstructured.NestedSlice(o.Object, "spec", "secretStoreRefs")
			entries, _, _ := unstructured.NestedSlice(o.Object, "spec", "data")
			for _, e := range entries {
				key, _, _ := unstructured.NestedString(e.(map[string]any), "match", "remoteRef", "remoteKey")
				add(sources, key, r.Name+" Secret/"+o.GetNamespace()+"/"+source)
				for _, s := range stores {
					add(writers, fmt.Sprint(s.(map[string]any)["name"], ":", key), r.Name+" "+ID(o))
				}
			}
		}
	}
	for _, by := range []map[string]map[string]bool{sources, writers} {
		for _, key := range sortedKeys(by) {
			if len(by[key]) != 1 {
				return fmt.Errorf("%s is written by %s", key, strings.Join(sortedKeys(by[key]), " and "))
			}
		}
	}
	return nil
}

// SameEverywhere fails when a Secret that several regions have differs between them in a key that is read from a store.
func (w *World) SameEverywhere(ctx context.Context) error {
	s, err := w.Snapshot(ctx)
	if err != nil {
		return err
	}
	first := map[string]string{}
	for _, name := range sortedKeys(s.Secrets) {
		region, secret, _ := strings.Cut(name, "/")
		// What an ExternalSecret made that is not there any more stays as it was, where nothing collects it.
		if w.Region(region).applied["ExternalSecret/"+secret] == nil {
			continue
		}
		for key, hash := range s.Secrets[name] {
			id := secret + " " + key
			if other, found := first[id]; found && other != hash && !w.perRegion(secret, key) {
				return fmt.Errorf("%s differs between the regions", id)
			}
			first[id] = hash
		}
	}
	return nil
}

// perRegion reports whether a key's template differs between the regions: a name of a region's own database host.
func (w *World) perRegion(secret, key string) bool {
	texts := map[string]bool{}
	for _, r := range w.Up() {
		if o := r.applied["ExternalSecret/"+secret]; o != nil {
			templated, _, _ := unstructured.NestedStringMap(o.Object, "spec", "target", "template", "data")
			texts[templated[key]] = true
		}
	}
	return len(texts) > 1
}
