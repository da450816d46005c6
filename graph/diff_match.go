package graph

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/openova-io/esotree/object"
)

// objectKey identifies an object whatever version of its API it is written in. Manifests that are not built yet may hold several
// of one identity, such as a base and its overlay; nth tells them apart.
type objectKey struct {
	cluster, group, kind, namespace, name string
	nth                                   int
}

func (d *differ) key(o *object.Object) objectKey {
	key := identity(o)
	key.nth = d.nth[o]
	return key
}

func identity(o *object.Object) objectKey {
	return objectKey{o.Cluster, GroupOf(o), o.Kind, o.Namespace, o.Name, 0}
}

func (d *differ) index() {
	d.before, d.after, d.nth = map[objectKey]*flowObject{}, map[objectKey]*flowObject{}, map[*object.Object]int{}
	old, new := byIdentity(d.old.objects), byIdentity(d.new.objects)
	for id, list := range old {
		if others := new[id]; len(list) > 1 || len(others) > 1 {
			d.number(list, others)
		}
	}
	for id, list := range new {
		if len(list) > 1 && len(old[id]) == 0 {
			d.number(nil, list)
		}
	}
	for _, o := range d.old.objects {
		d.before[d.key(o.Object)] = o
	}
	for _, o := range d.new.objects {
		key := d.key(o.Object)
		d.after[key] = o
		if was := d.before[key]; was == nil || !sameObject(was, o) {
			d.changed++
		}
	}
	for key := range d.before {
		if d.after[key] == nil {
			d.changed++
		}
	}
}

func byIdentity(objects []*flowObject) map[objectKey][]*flowObject {
	out := map[objectKey][]*flowObject{}
	for _, o := range objects {
		out[identity(o.Object)] = append(out[identity(o.Object)], o)
	}
	return out
}

// number pairs objects of one identity: those that say the same, then the rest in their order.
func (d *differ) number(old, new []*flowObject) {
	n := 0
	paired := map[*flowObject]bool{}
	pair := func(a *flowObject, fits func(b *flowObject) bool) bool {
		i := slices.IndexFunc(new, func(b *flowObject) bool { return !paired[b] && fits(b) })
		if i < 0 {
			return false
		}
		n++
		paired[a], paired[new[i]] = true, true
		d.nth[a.Object], d.nth[new[i].Object] = n, n
		return true
	}
	for _, a := range old {
		pair(a, func(b *flowObject) bool { return sameObject(a, b) })
	}
	for _, a := range old {
		if !paired[a] && !pair(a, func(*flowObject) bool { return true }) {
			n++
			d.nth[a.Object] = n
		}
	}
	for _, b := range new {
		if !paired[b] {
			n++
			d.nth[b.Object] = n
		}
	}
}

// sameObject compares two objects as data.
func sameObject(a, b *flowObject) bool {
	return bytes.Equal(a.text, b.text) || bytes.Equal(normal(a.text), normal(b.text))
}

// normal is JSON with its keys sorted, without status and nulls.
func normal(text []byte) []byte {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var v any
	if decoder.Decode(&v) != nil {
		return text
	}
	if o, ok := v.(map[string]any); ok { // what the API server fills in is not what someone wants
		delete(o, "status")
	}
	out, err := json.Marshal(withoutNulls(v))
	if err != nil {
		return text
	}
	return out
}

// sameOrigin compares two origins as data, but for what they note down about when a value was made.
func sameOrigin(a, b *flowPull) bool {
	return sameObject(&a.flowObject, &b.flowObject) || bytes.Equal(withoutNotes(a.text), withoutNotes(b.text))
}

func withoutNotes(text []byte) []byte {
	var v map[string]any
	if json.Unmarshal(text, &v) != nil {
		return text
	}
	template := v
	for _, field := range []string{"spec", "target", "template"} {
		template, _ = template[field].(map[string]any)
	}
	if data, ok := template["data"].(map[string]any); ok {
		delete(data, generatedKey)
	}
	if from, ok := template["templateFrom"].([]any); ok {
		from = slices.DeleteFunc(from, func(item any) bool {
			entry, _ := item.(map[string]any)
			literal, _ := entry["literal"].(string)
			return strings.Contains(literal, generatedKey+": ")
		})
		if template["templateFrom"] = from; len(from) == 0 {
			delete(template, "templateFrom")
		}
	}
	out, err := json.Marshal(v)
	if err != nil {
		return text
	}
	return normal(out)
}

// withoutNulls drops fields that are null: to the API server they are absent.
func withoutNulls(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, field := range v {
			if field == nil {
				delete(v, key)
				continue
			}
			withoutNulls(field)
		}
	case []any:
		for _, item := range v {
			withoutNulls(item)
		}
	}
	return v
}

// pairs matches the values of both sides: by a former key, by the home Secret, then by a key in a store, then by the Secret's name in another
// cluster, then by the text of the key.
func (d *differ) pairs() [][2]*flowValue {
	d.partner = map[*flowValue]*flowValue{}
	taken := map[*flowValue]bool{}
	match := func(a, b *flowValue) {
		if b != nil && d.partner[a] == nil && !taken[b] {
			d.partner[a], taken[b] = b, true
		}
	}
	for _, b := range d.new.values {
		if b.origin == nil {
			continue
		}
		for _, r := range b.origin.reads {
			if a := d.old.byKey[r.at]; r.former && a != nil {
				match(a, b)
			}
		}
	}
	for _, a := range d.old.values {
		if a.home.Name != "" {
			match(a, d.new.bySpot[a.home])
		}
	}
	placed := map[Place]*flowValue{}
	for _, b := range d.new.values {
		for _, key := range b.keys {
			if d.new.byKey[key] == nil {
				placed[key] = b
			}
		}
	}
	for _, a := range d.old.values {
		for _, key := range a.keys {
			match(a, cmp.Or(d.new.byKey[key], placed[key]))
		}
	}
	named, keyed := map[string]*flowValue{}, map[string]*flowValue{}
	for _, b := range d.new.values {
		if taken[b] {
			continue
		}
		if len(b.pushes) > 0 {
			named[b.name()] = b
		}
		for _, k := range b.keys {
			if other, ok := keyed[k.Key]; ok && other != b {
				keyed[k.Key] = nil // several have it, and nobody knows which one is meant
			} else {
				keyed[k.Key] = b
			}
		}
	}
	for _, a := range d.old.values {
		if len(a.pushes) > 0 {
			match(a, named[a.name()])
		}
		for _, k := range a.keys {
			match(a, keyed[k.Key])
		}
	}
	d.matchByName(match, taken)
	var out [][2]*flowValue
	for _, a := range d.old.values {
		out = append(out, [2]*flowValue{a, d.partner[a]})
	}
	for _, b := range d.new.values {
		if !taken[b] {
			out = append(out, [2]*flowValue{nil, b})
		}
	}
	return out
}

// matchByName matches what is left by owner and name of the Secret, where that leaves no doubt: a Secret that has moved to
// another namespace. What is not pushed is made in each cluster for itself.
func (d *differ) matchByName(match func(a, b *flowValue), taken map[*flowValue]bool) {
	type id struct{ tenant, name, cluster string }
	idOf := func(v *flowValue) id {
		if len(v.pushes) > 0 {
			return id{v.tenant, v.home.Name, ""}
		}
		return id{v.tenant, v.home.Name, clusterName(v.home.Cluster)}
	}
	left := func(values []*flowValue, used func(*flowValue) bool) map[id]*flowValue {
		out := map[id]*flowValue{}
		for _, v := range values {
			if used(v) || v.home.Name == "" {
				continue
			}
			key := idOf(v)
			if _, twice := out[key]; twice {
				out[key] = nil
				continue
			}
			out[key] = v
		}
		return out
	}
	is := left(d.new.values, func(v *flowValue) bool { return taken[v] })
	was := left(d.old.values, func(v *flowValue) bool { return d.partner[v] != nil })
	for _, v := range d.old.values {
		if key := idOf(v); was[key] == v {
			match(v, is[key])
		}
	}
}
