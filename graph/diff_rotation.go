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
			last := &d.out[len(d.out)-1]
			if last.Reaches = d.reaches(b); is.remembers() && !d.meet(a.keys, asked(is)) {
				last.Hint = d.keep(a, b)
			}
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
	if !changed && is.remembers() && len(a.pushes) > 0 && !d.meet(a.keys, asked(is)) {
		store := is.asks[len(is.asks)-1].at.Store
		d.note(Regenerates, a, b, "no store that is asked has it until the next push: a new value if the Secret is lost or edited before that", nil, nil, factMissing, factPushTime).at(nil, d.new.storeObject(store), addressField(a.keys[0].Store, store))
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
		ask := is.asksNow()[0]
		what, field := "no store has been given it under "+quoted(ask.at.Key), ask.keyPath
		if a.remoteKey() == ask.at.Key {
			what, field = "no store that is asked has been given it", ask.path+".sourceRef.storeRef"
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
	if clock && oldClock && every == oldEvery && offset != oldOffset && d.meet(a.keys, places(is.asksNow())) {
		return cause{Rotates, "the clock's periods begin at another time, so the current one may end now", yamlsrc.Join(templateField, periodKey), []string{factClock}}
	}
	return cause{}
}

// keep says how a value that gets another key is kept: by naming the former one, or the pattern that made it.
func (d *differ) keep(a, b *flowValue) string {
	key := a.remoteKey()
	if d.new.home == nil || key == "" || strings.Contains(key, ", ") || key == b.remoteKey() {
		return ""
	}
	const how = "to keep the value, say "
	if d.old.pattern != nil && d.new.pattern != nil && a.home.Namespace == b.home.Namespace && a.home.Name == b.home.Name {
		_, was := d.old.pattern(a.home.Cluster, a.home.Namespace, a.home.Name)
		field, is := d.new.pattern(b.home.Cluster, b.home.Namespace, b.home.Name)
		if was != "" && is != "" && was != is {
			return how + "in spec.defaults of the Platform " + field + ": [" + was + "]"
		}
	}
	return how + "on the secret formerRemoteKeys: [" + key + "]"
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
