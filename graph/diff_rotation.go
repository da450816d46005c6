package graph

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// rotation decides whether there will be a new value.
func (d *differ) rotation(a, b *flowValue) {
	if b.origin == nil || !b.origin.rotatable() {
		return
	}
	was, is := a.origin, b.origin
	fresh := was == nil || objectKeyOf(was.Object) != objectKeyOf(is.Object)
	changed := fresh || !sameObject(&was.flowObject, &is.flowObject)
	why, facts := "", []string(nil)
	if is.remembers() {
		why, facts = d.rememberedRotation(a, b, changed)
	} else {
		why, facts = forgetfulRotation(was, is, fresh, changed)
	}
	from := (*flowObject)(nil)
	if was != nil {
		from = &was.flowObject
	}
	if why != "" {
		c := d.note(Rotates, a, b, why, from, &is.flowObject, facts...)
		c.Reaches = reached(b)
		return
	}
	if changed && is.remembers() {
		facts := []string{factRemembered, factMissing, factStoreDown}
		if was != nil && was.template()[periodKey] != is.template()[periodKey] {
			facts = append(facts, factClockChange)
		}
		d.note(Regenerates, a, b, originChange(was, is)+"; a new value only if no store of "+strings.Join(d.new.storesOf(asked(is)), ", ")+" has it any more", from, &is.flowObject, facts...)
	}
	if spec := changedGenerator(was, is); spec && !changed {
		text := "another generator spec counts for the next value only"
		facts := []string{factOnChange}
		if is.remembers() {
			facts = []string{factRemembered}
		} else if is.policy() != "OnChange" {
			facts = []string{factNever}
		}
		d.note(Stays, a, b, text, from, &is.flowObject, facts...)
	}
}

// rememberedRotation is about an origin whose stores are asked first.
func (d *differ) rememberedRotation(a, b *flowValue, changed bool) (why string, facts []string) {
	was, is := a.origin, b.origin
	if !changed {
		return "", nil
	}
	if !d.meet(a.keys, asked(is)) {
		return "no store that is asked has had the value under " + quoted(is.asks[0].at.Key) + "; unless a push gets there first, the origin makes a new one", []string{factMissing}
	}
	old := ""
	if was != nil && was.remembers() {
		old = was.epoch()
	}
	if e := is.epoch(); e != "" && e != cmp.Or(old, flowEpoch) {
		facts = append(pushFacts(b), factEpoch)
		if old == "" {
			facts = append(facts, factNoEpoch)
			return fmt.Sprintf("epoch %q (there was none)", e), facts
		}
		if e < old {
			facts = append(facts, factEpochBack)
		}
		return fmt.Sprintf("epoch %q -> %q", old, e), facts
	}
	if was != nil && was.remembers() {
		if keys := is.keys(); len(keys) > 0 && len(was.keys()) > 0 && !slices.ContainsFunc(keys, func(k string) bool { return slices.Contains(was.keys(), k) }) {
			return "other keys: " + strings.Join(was.keys(), ", ") + " -> " + strings.Join(keys, ", "), []string{factMissing}
		}
		every, offset, clock := is.clock()
		oldEvery, oldOffset, oldClock := was.clock()
		if clock && oldClock && every == oldEvery && offset != oldOffset {
			return "the clock's periods begin at another time, so the current one may end now", []string{factClock}
		}
	}
	return "", nil
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
func forgetfulRotation(was, is *flowPull, fresh, changed bool) (why string, facts []string) {
	if fresh {
		return "the ExternalSecret is a new object, and no store is asked", []string{factNewObject}
	}
	if !changed {
		if changedGenerator(was, is) && is.interval() > 0 {
			return "another generator spec, from the next refresh on, at most " + brief(is.interval()) + " later", []string{factRefreshed}
		}
		return "", nil
	}
	fact := factRefreshed
	if is.policy() == "OnChange" {
		fact = factOnChange
	}
	if !is.refreshesOnChange() {
		return "", nil
	}
	facts = []string{fact}
	switch {
	case was.remembers():
		return "the stores are no longer asked", facts
	case was.mark != is.mark:
		if was.mark == "" {
			return fmt.Sprintf("epoch %q (there was none)", is.mark), facts
		}
		return fmt.Sprintf("epoch %q -> %q", was.mark, is.mark), facts
	case !slices.Equal(was.kinds, is.kinds):
		return "another generator: " + strings.Join(was.kinds, ", ") + " -> " + strings.Join(is.kinds, ", "), facts
	case was.interval() != is.interval():
		return "another period: " + brief(was.interval()) + " -> " + brief(is.interval()), facts
	}
	return "the ExternalSecret changes, and no store is asked", facts
}

// originChange says what of an origin changes.
func originChange(was, is *flowPull) string {
	if was == nil {
		return "it is now made here"
	}
	if objectKeyOf(was.Object) != objectKeyOf(is.Object) {
		return "its ExternalSecret is a new object"
	}
	var what []string
	marked := false
	if from, to := was.epoch(), is.epoch(); from != to {
		marked = true
		switch {
		case from == "":
			what = append(what, "epoch "+quoted(to)+" is now written, which is what it counted as")
		case to == "":
			what = append(what, "epoch "+quoted(from)+" is no longer asked for")
		}
	}
	from, _, had := was.clock()
	if to, _, has := is.clock(); had != has || from != to {
		marked = true
		switch {
		case !had:
			what = append(what, "a clock of "+brief(to))
		case !has:
			what = append(what, "no clock any more")
		default:
			what = append(what, "clock "+brief(from)+" -> "+brief(to))
		}
	}
	before, after := was.template(), is.template()
	for _, key := range is.keys() {
		text, had := before[key]
		switch {
		case !had:
			what = append(what, "key "+key+" is added")
		case text != after[key] && !marked:
			what = append(what, "key "+key+" is made in another way")
		}
	}
	for _, key := range was.keys() {
		if _, has := after[key]; !has {
			what = append(what, "key "+key+" is dropped")
		}
	}
	if !slices.Equal(was.asks, is.asks) {
		what = append(what, "other stores are asked")
	}
	if len(what) == 0 {
		return "its ExternalSecret changes"
	}
	return strings.Join(what, ", ")
}

func changedGenerator(was, is *flowPull) bool {
	if was == nil {
		return false
	}
	for i, g := range is.generators {
		if i < len(was.generators) && g != nil && was.generators[i] != nil && !sameObject(g, was.generators[i]) {
			return true
		}
	}
	return false
}
