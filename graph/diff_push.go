package graph

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/openova-io/esotree/internal/yamlsrc"
)

// pushed finds changes of how a value is pushed that neither delete nor stop anything.
func (d *differ) pushed(a, b *flowValue) {
	if from, to := len(a.pushes), len(b.pushes); from != to && from > 0 && to > 0 && len(a.keys) == len(b.keys) {
		by := "one PushSecret"
		if to > 1 {
			by = fmt.Sprintf("%d PushSecrets", to)
		}
		d.note(Stays, a, b, fmt.Sprintf("pushed by %s instead of %d", by, from), &a.pushes[0].flowObject, &b.pushes[0].flowObject)
	}
	for _, is := range b.pushes {
		was := d.samePush(a, is)
		if was == nil {
			continue
		}
		spec := is.push.Prefix
		switch from, to := was.deletes(), is.deletes(); {
		case to && !from:
			d.note(DeletesWhenGone, a, b, "deletionPolicy None -> Delete: the stores lose it with "+is.Kind+" "+is.Name, nil, nil, factDeleteGone, factDeleteSource).at(&was.flowObject, &is.flowObject, spec+".deletionPolicy")
		case from && !to:
			d.note(Stays, a, b, "deletionPolicy Delete -> None: the stores keep it from now on", nil, nil, factStays).at(&was.flowObject, &is.flowObject, spec+".deletionPolicy")
		}
		switch from, to := was.atOnce(), is.atOnce(); {
		case to && !from:
			d.note(Stays, a, b, "pushed in one write instead of property by property", nil, nil, factWhole).at(&was.flowObject, &is.flowObject, spec+".data")
		case from && !to:
			var facts []string
			if len(is.push.Spec.Data) > 1 {
				facts = append(facts, factTorn)
			}
			d.note(Stays, a, b, "pushed property by property instead of in one write", nil, nil, facts...).at(&was.flowObject, &is.flowObject, spec+".data")
		}
		d.reshaped(a, b, was, is)
		d.updated(a, b, was, is)
	}
}

// updated tells what another updatePolicy does: the Secret's value, or a generator's, may go over what the stores have.
func (d *differ) updated(a, b *flowValue, was, is *flowPush) {
	from, to := was.updates(), is.updates()
	if from == to {
		return
	}
	kind, why, facts := Stays, "updatePolicy "+from+" -> "+to, []string{factIfAbsent}
	if to == "Replace" {
		kind, why = Rotates, why+": the next push writes over what the stores have, wherever that is another value"
		if facts = nil; is.push.Draw != nil {
			facts = append(facts, factPushDraw)
		}
	}
	c := d.note(kind, a, b, why, nil, nil, facts...)
	if c.at(&was.flowObject, &is.flowObject, is.push.Prefix+".updatePolicy"); kind == Rotates {
		c.Reaches = d.reaches(b)
	}
}

// reshaped finds pushes that take other Secrets or keys than before, or that make another text of them.
func (d *differ) reshaped(a, b *flowValue, was, is *flowPush) {
	spec := is.push.Prefix
	name := is.Kind + " " + is.Name
	if is.push.Source == nil && is.push.Draw == nil && was.push.Draw == nil && was.selection() != is.selection() {
		d.note(Moved, a, b, name+" chooses other Secrets", nil, nil).at(&was.flowObject, &is.flowObject, spec+".selector")
	}
	if !slices.Equal(was.patterns(), is.patterns()) {
		d.note(Moved, a, b, name+" pushes "+patternText(is)+" instead of "+patternText(was), nil, nil).at(&was.flowObject, &is.flowObject, spec+".dataTo")
	}
	var keys []string
	before, after := was.template(), is.template()
	for _, key := range slices.Sorted(maps.Keys(after)) {
		text, had := before[key]
		document := slices.ContainsFunc(is.push.Writes, func(w *Write) bool { return w.SecretKey == key && w.Property == "" && !w.Content.Open })
		if had && !document && !bookkeeping(key) && withoutGuards(text) != withoutGuards(after[key]) {
			keys = append(keys, key)
		}
	}
	if len(keys) > 0 {
		d.note(Rotates, a, b, "pushed in another form: "+strings.Join(keys, ", "), nil, nil, factPushTime).at(&was.flowObject, &is.flowObject, yamlsrc.Join(spec+".template.data", keys[0]))
		d.out[len(d.out)-1].Reaches = d.reaches(b)
	}
}

func patternText(p *flowPush) string {
	return cmp.Or(strings.Join(p.patterns(), "; "), "nothing by patterns")
}

// template is what it makes of its source.
func (p *flowPush) template() map[string]string {
	if p.push.Spec.Template == nil {
		return nil
	}
	return p.push.Spec.Template.Data
}

// selection is how it chooses Secrets, as text to compare.
func (p *flowPush) selection() string {
	selector, err := json.Marshal(p.push.Spec.Selector)
	if err != nil {
		return ""
	}
	return string(normal(selector)) + chosenNamespaces(p.text)
}

// chosenNamespaces is how a cluster-wide object chooses namespaces but for those that it names, as text to compare.
func chosenNamespaces(object []byte) string {
	var in struct {
		Spec map[string]json.RawMessage `json:"spec"`
	}
	if json.Unmarshal(object, &in) != nil {
		return ""
	}
	return string(normal(in.Spec["namespaceSelectors"])) + string(normal(in.Spec["namespaceSelector"]))
}

// guards are what a push's template waits with.
var guards = regexp.MustCompile(`\{\{ if [^{}]* \}\}\{\{ fail "[^"]*" \}\}\{\{ end \}\}`)

func withoutGuards(text string) string { return guards.ReplaceAllString(text, "") }

// samePush is the push of a value that is the same object.
func (d *differ) samePush(v *flowValue, p *flowPush) *flowPush {
	if v == nil {
		return nil
	}
	for _, other := range v.pushes {
		if d.key(other.Object) == d.key(p.Object) {
			return other
		}
	}
	return nil
}

// dropped finds entries of a key that a push no longer has: it replaces what is there. Where it is not known what the Secret
// holds, nothing is said.
func (d *differ) dropped(a, b *flowValue, was, is *flowPush) {
	var gone, keys, stores []string
	for _, w := range was.push.Writes {
		i := slices.IndexFunc(is.push.Writes, func(o *Write) bool { return o.Place == w.Place && o.Property == "" })
		if i < 0 || w.Property != "" || w.Content.Open || is.push.Writes[i].Content.Open || is.push.Writes[i].SecretKey == "" && !is.exact() {
			continue
		}
		for _, key := range w.Content.Known() {
			if bookkeeping(key) || is.push.Writes[i].Content.Has(key) {
				continue
			}
			gone, keys, stores = append(gone, key), append(keys, w.Remote), append(stores, w.Ref.Name)
		}
	}
	if len(gone) == 0 {
		return
	}
	what := "property "
	if gone = distinct(gone); len(gone) > 1 {
		what = "properties "
	}
	d.note(Deletes, a, b, what+strings.Join(gone, ", ")+" of "+strings.Join(distinct(keys), ", ")+" in "+strings.Join(distinct(stores), ", ")+": gone with the next push, which replaces the whole", nil, nil, factReplaces).at(&was.flowObject, &is.flowObject, "")
}

func distinct(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

// exact reports whether the Secret that is pushed has just the keys that the manifests say: it is made anew at each change.
func (p *flowPush) exact() bool {
	return p.push.Source != nil && len(p.push.Source.Makers) > 0 && !slices.ContainsFunc(p.push.Source.Makers, func(m *Pull) bool {
		policy := m.Spec.Target.CreationPolicy
		once := m.Spec.RefreshPolicy == "CreatedOnce" || m.Spec.RefreshPolicy != "OnChange" && m.Spec.RefreshInterval.Every() == 0
		return policy != "" && policy != "Owner" || once
	})
}
