package graph

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/openova-io/esotree/internal/yamlsrc"
)

// templateField is where an origin's template makes a key.
const templateField = "spec.target.template.data"

// rotation decides whether there will be a new value.
func (d *differ) rotation(a, b *flowValue) {
	d.pushedGenerator(a, b)
	if b.origin == nil || !b.origin.rotatable() {
		return
	}
	was, is := a.origin, b.origin
	fresh := was == nil || d.key(was.Object) != d.key(is.Object)
	changed := fresh || !sameOrigin(was, is)
	var c cause
	if is.remembers() {
		c = d.rememberedRotation(a, b, changed)
	} else {
		c = forgetfulRotation(was, is, fresh, changed)
	}
	from := (*flowObject)(nil)
	if was != nil {
		from = &was.flowObject
	}
	if c.why != "" {
		d.note(c.kind, a, b, c.why, from, &is.flowObject, c.facts...).at(from, &is.flowObject, c.field)
		if c.kind == Rotates {
			d.out[len(d.out)-1].Reaches = d.reaches(b)
			return
		}
	}
	if changed && is.remembers() {
		what, edited := d.originChange(was, is)
		facts := append([]string{factRemembered, factMissing, factStoreDown}, what.facts...)
		n := d.note(Regenerates, a, b, what.why+"; a new value only if no store of "+strings.Join(d.new.storesOf(asked(is)), ", ")+" has it any more", nil, nil, facts...)
		n.Reaches = reached(&flowValue{readers: readersOf(b, edited)})
		if n.at(from, &is.flowObject, what.field); fresh && was != nil {
			n.Old, n.New = d.placeOfMove(a, b)
		}
	}
	if i := changedGenerator(was, is); i >= 0 && !changed {
		text := "another generator spec counts for the next value only"
		facts := []string{factOnChange}
		if is.remembers() {
			facts = []string{factRemembered}
		} else if is.policy() != "OnChange" {
			facts = []string{factNever}
		}
		d.note(Stays, a, b, text, was.generators[i], is.generators[i], facts...)
	}
}

// pushedGenerator is about pushes whose source is a generator and no Secret.
func (d *differ) pushedGenerator(a, b *flowValue) {
	for _, is := range b.pushes {
		if is.push.Draw == nil {
			continue
		}
		was := d.samePush(a, is)
		switch {
		case was != nil && was.updates() == "IfNotExists" && is.updates() == "IfNotExists":
		case was == nil || was.push.Draw == nil:
			d.note(Rotates, a, b, is.Kind+" "+is.Name+" pushes a generator's values", nil, &is.flowObject, factPushDraw).Reaches = d.reaches(b)
		case was.push.Draw.Kind != is.push.Draw.Kind || was.push.Draw.Ref.Name != is.push.Draw.Ref.Name:
			d.note(Rotates, a, b, "another generator: "+was.push.Draw.title()+" -> "+is.push.Draw.title(), &was.flowObject, &is.flowObject, factPushDraw).Reaches = d.reaches(b)
		case was.generator != nil && is.generator != nil && !sameObject(was.generator, is.generator):
			d.note(Rotates, a, b, "another generator spec, from the next push on", was.generator, is.generator, factPushDraw).Reaches = d.reaches(b)
		}
	}
}

func (d *Draw) title() string { return d.Ref.Kind + " " + d.Ref.Name }

// cause is why a value is replaced, or may be.
type cause struct {
	kind ChangeKind
	// why is "" where it is not.
	why string
	// field of the origin that says so; "" for all of it.
	field string
	facts []string
}

// rememberedRotation is about an origin whose stores are asked first.
func (d *differ) rememberedRotation(a, b *flowValue, changed bool) cause {
	was, is := a.origin, b.origin
	if !changed {
		return cause{}
	}
	if !d.meet(a.keys, asked(is)) {
		what, field := "no store has been given it under "+quoted(is.asks[0].at.Key), is.asks[0].keyPath
		if a.remoteKey() == is.asks[0].at.Key {
			what, field = "no store that is asked has been given it", is.asks[0].path+".sourceRef.storeRef"
		}
		return cause{Rotates, what + ": a new value is made unless the old one is there first", field, []string{factMissing}}
	}
	if by, ok := d.forgotten(a, is); ok {
		return cause{Rotates, by + " takes the value from the stores that are asked: a new one is made if that comes first", "spec.deletionPolicy", []string{factDeleteGone, factMissing}}
	}
	old := ""
	if was != nil && was.remembers() {
		old = was.epoch()
	}
	if e := is.epoch(); e != "" && e != cmp.Or(old, flowEpoch) {
		facts := append(pushFacts(b), factEpoch)
		field := yamlsrc.Join(templateField, epochKey)
		if old == "" {
			return cause{Rotates, fmt.Sprintf("epoch %q (there was none)", e), field, append(facts, factNoEpoch)}
		}
		if e < old {
			facts = append(facts, factEpochBack)
		}
		return cause{Rotates, fmt.Sprintf("epoch %q -> %q", old, e), field, facts}
	}
	if was == nil || !was.remembers() {
		return cause{}
	}
	if before, after := was.ownKeys(), is.ownKeys(); len(before) > 0 && len(after) > 0 && !slices.ContainsFunc(after, func(k string) bool { return slices.Contains(before, k) }) {
		return cause{Rotates, "other keys: " + strings.Join(before, ", ") + " -> " + strings.Join(after, ", "), yamlsrc.Join(templateField, after[0]), []string{factMissing}}
	}
	every, offset, clock := is.clock()
	oldEvery, oldOffset, oldClock := was.clock()
	if clock && oldClock && every == oldEvery && offset != oldOffset {
		return cause{Rotates, "the clock's periods begin at another time, so the current one may end now", yamlsrc.Join(templateField, periodKey), []string{factClock}}
	}
	return cause{}
}

// pushFacts are what the operator does with a new value on its way out.
func pushFacts(v *flowValue) []string {
	var out []string
	for _, p := range v.pushes {
		if p.guarded() {
			out = append(out, factPushGuard)
		} else {
			out = append(out, factPushTime)
		}
	}
	for _, r := range v.readers {
		if r.awaits() {
			out = append(out, factPinned)
		}
	}
	return out
}

// forgetfulRotation is about an origin that remembers nothing: whenever it runs there is a new value.
func forgetfulRotation(was, is *flowPull, fresh, changed bool) cause {
	if fresh {
		return cause{Rotates, "the ExternalSecret is a new object, and no store is asked", "", []string{factNewObject}}
	}
	if !changed {
		if changedGenerator(was, is) >= 0 && is.interval() > 0 {
			return cause{Rotates, "another generator spec, from the next refresh on, at most " + brief(is.interval()) + " later", "", []string{factRefreshed}}
		}
		return cause{}
	}
	if !is.refreshesOnChange() {
		switch {
		case was.remembers():
			return cause{Regenerates, "the stores are no longer asked: the value stays, and a new object makes a new one", "spec.dataFrom", []string{factNever, factNewObject}}
		case !slices.Equal(was.kinds, is.kinds):
			return cause{Regenerates, "another generator: " + strings.Join(was.kinds, ", ") + " -> " + strings.Join(is.kinds, ", ") + ", for a new object only", "spec.dataFrom", []string{factNever, factNewObject}}
		}
		return cause{}
	}
	c := cause{kind: Rotates, facts: []string{factRefreshed}}
	if is.policy() == "OnChange" {
		c.facts = []string{factOnChange}
	}
	switch {
	case was.remembers():
		c.why, c.field = "the stores are no longer asked", "spec.dataFrom"
	case was.mark != is.mark:
		c.why, c.field = fmt.Sprintf("epoch %q -> %q", was.mark, is.mark), yamlsrc.Join("metadata.annotations", epochMark)
		if was.mark == "" {
			c.why = fmt.Sprintf("epoch %q (there was none)", is.mark)
		}
	case !slices.Equal(was.kinds, is.kinds):
		c.why, c.field = "another generator: "+strings.Join(was.kinds, ", ")+" -> "+strings.Join(is.kinds, ", "), "spec.dataFrom"
	case was.interval() != is.interval():
		c.why, c.field = "another period: "+brief(was.interval())+" -> "+brief(is.interval()), "spec.refreshInterval"
	default:
		c.why = "the ExternalSecret changes, and no store is asked"
	}
	return c
}

// originChange says what of an origin changes, where that replaces nothing, and which keys get another text all the same.
func (d *differ) originChange(was, is *flowPull) (out cause, edited []string) {
	if was == nil {
		return cause{why: "it is now made here"}, nil
	}
	if d.key(was.Object) != d.key(is.Object) {
		return cause{why: "its ExternalSecret is a new object"}, nil
	}
	switch {
	case len(was.kinds) == 0:
		return cause{why: "it is now generated, and was typed in", field: "spec.dataFrom"}, nil
	case !was.remembers():
		return cause{why: "the stores are now asked first", field: "spec.dataFrom"}, nil
	}
	var what []string
	say := func(field, text string) {
		what = append(what, text)
		out.field = cmp.Or(out.field, field)
	}
	if from, to := was.epoch(), is.epoch(); from != to {
		switch {
		case from == "":
			say(yamlsrc.Join(templateField, epochKey), "epoch "+quoted(to)+" is now written, which is what it counted as")
		case to == "":
			say("", "epoch "+quoted(from)+" is no longer asked for")
		}
	}
	from, _, had := was.clock()
	if to, _, has := is.clock(); had != has || from != to {
		out.facts = append(out.facts, factClockChange)
		switch {
		case !had:
			say(yamlsrc.Join(templateField, periodKey), "a clock of "+brief(to))
		case !has:
			say("", "no clock any more")
		default:
			say(yamlsrc.Join(templateField, periodKey), "clock "+brief(from)+" -> "+brief(to))
		}
	}
	before, after := was.template(), is.template()
	own := is.ownKeys()
	for _, key := range is.keys() {
		text, had := before[key]
		field := yamlsrc.Join(templateField, key)
		switch {
		case !had && strings.Contains(after[key], refusal):
			say(field, "key "+key+" is added and does not fit what the stores have: the origin fails until the epoch is another one")
		case !had && slices.Contains(own, key):
			say(field, "key "+key+" is added, with "+takes(after[key], key, was.ownKeys()))
		case !had:
			say(field, "key "+key+" is added")
		case body(text) != body(after[key]) && !slices.Contains(own, key):
			say(field, "key "+key+" is made in another way")
			edited = append(edited, key)
		}
	}
	for _, key := range was.keys() {
		if _, has := after[key]; !has {
			say("", "key "+key+" is dropped")
		}
	}
	switch {
	case slices.EqualFunc(was.asks, is.asks, func(x, y flowRead) bool { return x.at == y.at && x.store == y.store }):
	case slices.Equal(asked(was), asked(is)):
		say(is.asks[0].path+".sourceRef.storeRef.name", "the same stores are asked by other names")
	default:
		say(is.asks[0].path+".sourceRef.storeRef", "asks "+storeNames(is)+" instead of "+storeNames(was))
	}
	if len(what) == 0 {
		fields := changedFields(was.text, is.text)
		say(first(fields), "its ExternalSecret changes"+shown(fields))
	}
	if len(edited) > 0 {
		out.facts = append(out.facts, factPushTime)
	}
	out.why = strings.Join(what, ", ")
	return out, edited
}

// readersOf are the readers of a value that read some of its keys.
func readersOf(v *flowValue, keys []string) []*flowReader {
	var out []*flowReader
	for _, r := range v.readers {
		if slices.ContainsFunc(r.of, func(read flowRead) bool {
			return slices.Contains(keys, read.property) || len(keys) > 0 && read.property == ""
		}) {
			out = append(out, r)
		}
	}
	return out
}

// copied says which keys of the stores an origin without a generator takes.
func (p *flowPull) copied() string {
	var keys []string
	for _, r := range p.reads {
		key := r.at.Key
		if r.property != "" {
			key += "#" + r.property
		}
		keys = append(keys, key)
	}
	return cmp.Or(strings.Join(distinct(keys), ", "), "what its patterns find")
}

func (p *flowPull) copiedAt() string {
	if len(p.reads) == 0 {
		return p.pull.Prefix + ".dataFrom"
	}
	return p.reads[0].keyPath
}

// maker finds values that something else than a generator makes from now on.
func (d *differ) maker(a, b *flowValue) {
	was, is := a.origin, b.origin
	switch {
	case was == nil:
	case is == nil && len(was.kinds) == 0 && len(b.pushes) > 0 && was.pull.Spec.Target.CreationPolicy == "Orphan":
		d.note(Stays, a, b, "no store restores it any more: after a rebuild a person types it in again", nil, nil, factOrphan).at(&was.flowObject, mainObject(b), "spec.dataFrom")
	case is == nil && len(b.pushes) > 0 && a.home == b.home:
		d.note(Rotates, a, b, "ExternalSecret "+was.Name+" makes it no more: the value is what something else puts into the Secret", &was.flowObject, mainObject(b), factPushTime).Reaches = d.reaches(b)
	case is != nil && len(was.kinds)+len(is.kinds) == 0 && is.policy() != "CreatedOnce" && was.copied() != is.copied():
		d.note(Rotates, a, b, "copied from "+is.copied()+" instead of "+was.copied(), nil, nil, factRefreshed).at(&was.flowObject, &is.flowObject, is.copiedAt()).Reaches = d.reaches(b)
	case is == nil || len(was.kinds) == 0 || len(is.kinds) > 0:
	case is.policy() == "CreatedOnce":
		d.note(Stays, a, b, "it was generated, and is from now on typed in by a person, or restored from a store", nil, nil, factBootstrap).at(&was.flowObject, &is.flowObject, "spec.refreshPolicy")
	default:
		d.note(ReadFrom, a, b, "it was generated, and is from now on what the stores have", nil, nil, factRefreshed).at(&was.flowObject, &is.flowObject, "spec.dataFrom")
	}
}

// refusal is in the template of a key that can't be made for a value that the stores have without it.
const refusal = `fail "the store has this value without `

// takes says what value a new key gets: that of another key of the same output, or a fresh one.
func takes(text, key string, known []string) string {
	uses, _ := TemplateUses(text)
	for _, use := range uses {
		if use.Key != key && slices.Contains(known, use.Key) {
			return "the value of " + use.Key
		}
	}
	return "a value of its own"
}

// body is what a derived key's template says, without the choice of the values that go into it.
func body(text string) string {
	if _, after, ok := strings.Cut(text, "{{ with dict "); ok {
		_, text, _ = strings.Cut(after, "}}")
	}
	return text
}

// storeNames are the stores that an origin asks, in their order.
func storeNames(p *flowPull) string {
	var out []string
	for _, r := range p.asks {
		if !slices.Contains(out, r.store) {
			out = append(out, r.store)
		}
	}
	return strings.Join(out, ", then ")
}

// changedGenerator is the index of the first generator whose spec is another one; -1 for none.
func changedGenerator(was, is *flowPull) int {
	if was == nil {
		return -1
	}
	for i, g := range is.generators {
		if i < len(was.generators) && g != nil && was.generators[i] != nil && !sameObject(g, was.generators[i]) {
			return i
		}
	}
	return -1
}
