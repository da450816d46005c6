package graph

import (
	"cmp"
	"slices"
	"strings"

	"github.com/openova-io/esotree/internal/yamlsrc"
)

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
	asks, asksBefore := is.asksNow(), was.asksNow()
	switch {
	case slices.EqualFunc(asksBefore, asks, func(x, y flowRead) bool { return x.at == y.at && x.store == y.store }):
	case slices.Equal(places(asksBefore), places(asks)):
		say(asks[0].path+".sourceRef.storeRef.name", "the same stores are asked by other names")
	case storeNames(was) != storeNames(is):
		say(asks[0].path+".sourceRef.storeRef", "asks "+storeNames(is)+" instead of "+storeNames(was))
	}
	formerly, formers := was.formers(), is.formers()
	if more := without(formers, formerly); len(more) > 0 {
		i := slices.IndexFunc(is.asks, func(r flowRead) bool { return r.at.Key == more[0] })
		from, under := strings.Join(more, ", else "), asks[0].at.Key
		if len(asksBefore) > 0 && from == asksBefore[0].at.Key { // the move says which these are
			from, under = "its former key", "the present one"
		}
		say(is.asks[i].keyPath, "takes it from "+from+" where no store has it under "+under)
	}
	if less := without(formerly, formers); len(less) > 0 {
		say("", "no longer takes it from "+strings.Join(less, ", "))
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

// without are the items of a list that another has not.
func without(list, other []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(item string) bool { return slices.Contains(other, item) })
}
