package graph

import (
	"slices"
	"strings"
)

// pushed finds changes of how a value is pushed that neither delete nor stop anything.
func (d *differ) pushed(a, b *flowValue) {
	for _, is := range b.pushes {
		was := samePush(a, is)
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
		switch from, to := was.whole(), is.whole(); {
		case to && !from:
			d.note(Stays, a, b, "pushed in one write instead of property by property", nil, nil, factWhole).at(&was.flowObject, &is.flowObject, spec+".data")
		case from && !to:
			d.note(Stays, a, b, "pushed property by property instead of in one write", nil, nil, factTorn).at(&was.flowObject, &is.flowObject, spec+".data")
		}
		if from, to := was.updates(), is.updates(); from != to {
			d.note(Stays, a, b, "updatePolicy "+from+" -> "+to, nil, nil).at(&was.flowObject, &is.flowObject, spec+".updatePolicy")
		}
	}
}

// samePush is the push of a value that is the same object.
func samePush(v *flowValue, p *flowPush) *flowPush {
	if v == nil {
		return nil
	}
	for _, other := range v.pushes {
		if objectKeyOf(other.Object) == objectKeyOf(p.Object) {
			return other
		}
	}
	return nil
}

// dropped finds entries of a key that a whole push no longer has: it replaces what is there. Where it is not known what the
// Secret holds, nothing is said.
func (d *differ) dropped(a, b *flowValue, was, is *flowPush) {
	if !is.exact() {
		return
	}
	var gone []string
	var stores []string
	for _, w := range was.push.Writes {
		i := slices.IndexFunc(is.push.Writes, func(o *Write) bool { return o.Place == w.Place && o.whole() })
		if i < 0 || w.Content.Open || is.push.Writes[i].Content.Open {
			continue
		}
		for _, key := range w.Content.Known() {
			if bookkeeping(key) || is.push.Writes[i].Content.Has(key) {
				continue
			}
			if !slices.Contains(gone, key) {
				gone = append(gone, key)
			}
			if !slices.Contains(stores, w.Ref.Name) {
				stores = append(stores, w.Ref.Name)
			}
		}
	}
	if len(gone) == 0 {
		return
	}
	slices.Sort(gone)
	what := "property "
	if len(gone) > 1 {
		what = "properties "
	}
	d.note(Deletes, a, b, what+strings.Join(gone, ", ")+" of "+is.push.Writes[0].Remote+" in "+strings.Join(stores, ", ")+": gone with the next push, which replaces the whole", nil, nil, factReplaces).at(&was.flowObject, &is.flowObject, "")
}

// whole reports whether the write replaces all that is under the key.
func (w *Write) whole() bool { return w.Property == "" && (w.SecretKey == "" || !w.Content.Open) }

// exact reports whether a push has just the keys that the manifests say: its template picks them, or the Secret is made anew
// from a template at each change.
func (p *flowPush) exact() bool {
	if t := p.push.Spec.Template; t != nil && len(t.Data) > 0 && t.MergePolicy != "Merge" {
		return true
	}
	return p.push.Source != nil && len(p.push.Source.Makers) > 0 && !slices.ContainsFunc(p.push.Source.Makers, func(m *Pull) bool {
		policy := m.Spec.Target.CreationPolicy
		once := m.Spec.RefreshPolicy == "CreatedOnce" || m.Spec.RefreshPolicy != "OnChange" && interval(m.Spec.RefreshInterval) == 0
		return policy != "" && policy != "Owner" || once
	})
}
