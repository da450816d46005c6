package graph

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/openova-io/esotree/internal/yamlsrc"
)

// explainer collects the hops of one value.
type explainer struct {
	f    *flows
	v    *flowValue
	out  Explanation
	said said
	// told are the readers that have their hop.
	told map[*flowReader]bool
	// pending are the facts of the next hop, and field is the one of its object that it is about.
	pending []string
	field   string
}

// fact says what the operator does at the hop that comes next.
func (e *explainer) fact(ids ...string) {
	for _, id := range ids {
		if !slices.Contains(e.pending, id) {
			e.pending = append(e.pending, id)
		}
	}
}

func (e *explainer) hop(step Step, depth int, cluster, object, does string, o *flowObject, worst time.Duration) {
	h := Hop{Step: step, Depth: depth, Cluster: cluster, Object: object, Does: does, WorstSeconds: int64(worst / time.Second)}
	for _, id := range e.pending {
		id = e.f.release.in(cluster, id)
		e.said.add(id, cluster)
		h.Facts = append(h.Facts, id)
	}
	slices.Sort(h.Facts)
	e.pending = nil
	if o != nil {
		h.Span = o.Span(e.field)
		e.field = ""
		h.File, h.Line, h.Column = h.Span.Location()
	}
	e.out.Hops = append(e.out.Hops, h)
}

// origin tells how the home Secret is made, and returns the depth of what follows.
func (e *explainer) origin() int {
	v := e.v
	if v.home.Name == "" {
		return e.sources()
	}
	depth := 0
	if p := v.origin; p != nil {
		for _, g := range p.generators {
			if g != nil {
				e.hop(StepGenerate, depth, g.Cluster, title(g), "", g, 0)
			}
		}
		for _, key := range p.formers() {
			for _, r := range p.reads {
				if r.former && r.at.Key == key {
					e.field = r.keyPath
					e.hop(StepFormer, depth, "", e.f.storeName(r.at.Store)+" "+key, "", &p.flowObject, 0)
				}
			}
		}
		if len(e.out.Hops) > 0 {
			depth++
		}
		e.hop(StepOrigin, depth, p.Cluster, title(&p.flowObject), e.originDoes(p), &p.flowObject, 0)
		e.out.Epoch = cmp.Or(p.epoch(), p.mark)
		depth++
	}
	e.hop(StepSecret, depth, v.home.Cluster, "Secret "+v.home.Namespace+"/"+v.home.Name, "", nil, 0)
	for _, w := range e.f.workloads(v.home) {
		e.hop(StepConsume, depth+1, w.Cluster, title(w), "", w, 0)
	}
	return depth + 1
}

// sources tells what is pushed that is not one Secret.
func (e *explainer) sources() int {
	for _, p := range e.v.pushes {
		step, in := StepSecret, p.source()
		var at *flowObject
		if p.push.Draw != nil {
			step, at = StepGenerate, p.generator
			e.fact(factPushDraw)
		}
		e.hop(step, 0, p.Cluster, in, "", at, 0)
	}
	return min(len(e.v.pushes), 1)
}

// originDoes says what makes an origin run and what it then does.
func (e *explainer) originDoes(p *flowPull) string {
	var does []string
	switch {
	case p.policy() == "CreatedOnce":
		does = append(does, "once")
	case p.policy() == "OnChange":
		does = append(does, "when it changes")
		e.fact(factOnChange)
	case p.interval() == 0:
		does = append(does, "once")
		e.fact(factNever)
	case p.rotatable() && !p.remembers():
		does = append(does, "a new value every "+brief(p.interval())+" and when it changes")
		e.fact(factRefreshed)
	default:
		does = append(does, "every "+brief(p.interval())+" and when it changes")
		e.fact(factRefreshed)
	}
	if len(p.asks) > 0 || len(p.kinds) == 0 && len(p.reads) > 0 {
		var stores []string
		reads := p.asks
		if len(reads) == 0 {
			reads = p.reads
		}
		for _, r := range reads {
			if !slices.Contains(stores, r.store) {
				stores = append(stores, r.store)
			}
		}
		asks := "asks " + strings.Join(stores, ", then ")
		if len(stores) > 1 {
			asks += " (the last that has it wins)"
		}
		does = append(does, asks+e.decided(&p.flowObject, p.pull.Prefix+".dataFrom"))
		for i, key := range p.formers() {
			text := "where none has it, takes it from " + key
			if i > 0 {
				text = "then from " + key
			}
			does = append(does, text)
			e.fact(factFormer)
		}
	}
	if epoch := p.epoch(); epoch != "" {
		does = append(does, "epoch "+quoted(epoch)+p.at(epochKey))
		e.fact(factEpoch, factEpochBack, factNoEpoch)
	}
	if every, _, ok := p.clock(); ok {
		does = append(does, "a new value every "+brief(every)+p.at(periodKey))
		e.fact(factClock, factClockChange)
	}
	switch {
	case p.remembers():
		e.fact(factRemembered, factMissing, factHandEdit, factStoreDown)
		if len(p.asks) > 1 {
			e.fact(factHomeLost)
		}
		if p.pull.Spec.Target.CreationPolicy == "CreateOrMerge" {
			e.fact(factCreateMerge)
		}
	case p.rotatable():
		e.fact(factNewObject)
		if cmp.Or(p.pull.Spec.Target.CreationPolicy, "Owner") == "Owner" {
			e.fact(factHandEditNew)
		}
	case len(p.kinds) == 0 && p.policy() == "CreatedOnce":
		e.fact(factBootstrap, factBootstrapEd)
	}
	if p.pull.Spec.Target.CreationPolicy == "Orphan" {
		e.fact(factOrphan)
	}
	return strings.Join(does, "; ")
}

// pushes tells each push, and behind it the stores that have the value once it is through; then the stores that nothing pushes to.
func (e *explainer) pushes(depth int) {
	after := depth
	for i, p := range e.v.pushes {
		spec := p.push.Prefix
		does := "every " + brief(p.interval()) + e.decided(&p.flowObject, spec+".refreshInterval")
		switch {
		case p.atOnce() && p.push.Spec.Data[0].Match.SecretKey == "":
			does += ", the whole Secret in one write"
			e.fact(factWhole)
		case p.atOnce():
			does += ", " + p.documented() + " in one write"
		case len(p.push.Spec.Data) == 1:
			does += ", property " + p.push.Spec.Data[0].Match.RemoteRef.Property
		case len(p.push.Spec.Data) > 0:
			does += fmt.Sprintf(", property by property (%d)", len(p.push.Spec.Data))
			e.fact(factTorn)
		}
		does += e.decided(&p.flowObject, spec+".data")
		var stores []string
		for _, s := range p.push.Stores {
			if !slices.Contains(stores, s.Ref.Name) {
				stores = append(stores, s.Ref.Name)
			}
		}
		if len(p.push.Stores) < len(p.push.Spec.Stores) {
			stores = append(stores, "the stores that labels choose")
		}
		does += ", to " + strings.Join(append([]string{strings.Join(stores, ", ")}, p.patterns()...), "; ")
		if len(stores) > 1 {
			e.fact(factOrder)
		}
		switch {
		case p.guarded() && p.settles():
			does += "; waits for the epoch, and until a new value has settled"
			e.fact(factPushGuard)
		case p.guarded():
			does += "; waits for the epoch"
			e.fact(factPushGuard)
		case p.settles():
			does += "; waits until a new value has settled"
		}
		if p.updates() == "IfNotExists" {
			does += "; only where the store has no such key"
			e.fact(factIfAbsent)
		}
		e.fact(factPushTime, factUnmanaged)
		if p.deletes() {
			does += "; deletionPolicy Delete" + e.decided(&p.flowObject, spec+".deletionPolicy")
			e.fact(factDeleteGone, factDeleteSource, factDeleteSwitch)
		}
		e.hop(StepPush, depth, p.Cluster, title(&p.flowObject), does, &p.flowObject, 0)
		after = depth + 1
		e.stores(after, i)
	}
	e.stores(after, nobody)
	for _, r := range e.v.readers { // stores that replicate among themselves
		if !e.told[r] {
			e.reader(r, after+1)
		}
	}
}

// nobody is in the place of a push where none writes.
const nobody = -1

// stores tells for each store that a push is the last to write to who reads the value there.
func (e *explainer) stores(depth, push int) {
	for _, k := range e.v.keys {
		if e.writer(k) != push {
			continue
		}
		worst := e.v.pushInterval()
		e.hop(StepStore, depth, "", e.f.storeName(k.Store)+" "+k.Key, "", e.f.storeObject(k.Store), worst)
		for _, r := range e.v.readers {
			if !e.told[r] && slices.ContainsFunc(r.of, func(read flowRead) bool { return read.at == k }) {
				e.told[r] = true
				e.reader(r, depth+1)
			}
		}
	}
}

// writer is the last of the value's pushes that writes to a place, or nobody.
func (e *explainer) writer(at Place) int {
	for i, p := range slices.Backward(e.v.pushes) {
		if slices.ContainsFunc(p.push.Writes, func(w *Write) bool { return w.Place == at }) {
			return i
		}
	}
	return nobody
}

func (e *explainer) reader(r *flowReader, depth int) {
	var keys []string
	for _, read := range r.of {
		switch {
		case read.property == epochKey || read.property == periodKey:
		case read.found:
			keys = append(keys, "all keys, found by name")
		case read.key == "":
			keys = append(keys, "all keys")
		case read.property == "" || read.property == read.key:
			keys = append(keys, read.key)
		default:
			keys = append(keys, read.property+" as "+read.key)
		}
	}
	does := strings.Join(keys, ", ")
	worst := time.Duration(0)
	switch interval := r.interval(); {
	case r.policy() == "OnChange":
		does += "; when it changes"
		e.fact(factOnChange)
	case interval == 0:
		does += "; once"
	default:
		does += "; every " + brief(interval) + e.decided(&r.flowObject, r.pull.Prefix+".refreshInterval")
		worst = e.v.pushInterval() + interval
		e.fact(factRefreshed, factWorst)
	}
	if r.awaits() {
		does += "; waits for the epoch"
		e.fact(factPinned)
	}
	e.fact(factRetry)
	does += " -> Secret " + r.target().Name
	if in := r.spread(); in != "" {
		does += " in " + in
	}
	e.field = r.of[0].path
	e.hop(StepPull, depth, r.Cluster, title(&r.flowObject), does, &r.flowObject, worst)
	for _, at := range r.targets() {
		for _, w := range e.f.workloads(at) {
			e.hop(StepConsume, depth+1, w.Cluster, title(w), "", w, worst)
		}
	}
}

// next finds when the value is replaced next.
func (e *explainer) next(due DueDate, now time.Time) {
	v := e.v
	if v.origin != nil {
		if every, offset, ok := v.origin.clock(); ok {
			period := int64(every / time.Second)
			index := (now.Unix() + offset) / period
			e.out.Next = &NextRotation{At: time.Unix((index+1)*period-offset, 0).UTC(), By: "clock", Within: int64(v.origin.interval() / time.Second)}
			return
		}
	}
	if due == nil {
		return
	}
	if at, ok := due(v.home.Cluster, v.home.Namespace, v.home.Name); ok {
		e.out.Next = &NextRotation{At: at.UTC(), By: "person", Overdue: !at.After(now)}
		if v.origin != nil && v.origin.rotatable() {
			e.out.Next.By = "commit"
		}
	}
}

// documented names the keys of the one value that is pushed.
func (p *flowPush) documented() string {
	for _, w := range p.push.Writes {
		if !w.Content.Open && w.Content.Len() > 0 {
			return strings.Join(w.Content.Known(), ", ")
		}
	}
	return "key " + p.push.Spec.Data[0].Match.SecretKey
}

// patterns say what dataTo pushes.
func (p *flowPush) patterns() []string {
	var out []string
	for _, to := range p.push.Spec.DataTo {
		keys := "all keys"
		if to.Match != nil && to.Match.Regexp != "" {
			keys = "keys that match " + quoted(to.Match.Regexp)
		}
		where := ", each to a key of its own"
		if to.RemoteKey != "" {
			where = " as properties of " + to.RemoteKey
		}
		if len(to.Rewrite) > 0 {
			where += ", renamed"
		}
		out = append(out, keys+where)
	}
	return out
}

// at is the place of a key of an origin's template, where that is not the object's own.
func (p *flowPull) at(key string) string { return p.placeOf(yamlsrc.Join(templateField, key)) }

// placeOf is the place of a field in brackets, where that is not the object's own.
func (o *flowObject) placeOf(field string) string {
	span := o.Span(field)
	if !span.IsValid() || span == o.Span("") {
		return ""
	}
	file, line, column := span.Location()
	return fmt.Sprintf(" (%s:%d:%d)", file, line, column)
}

// decided is the place at which a description says what a field of an object is, such as a default of the Platform. A manifest says
// it itself.
func (e *explainer) decided(o *flowObject, field string) string {
	if e.f.home == nil {
		return ""
	}
	return o.placeOf(field)
}

// title names an object.
func title(o *flowObject) string {
	if o.Namespace == "" {
		return o.Kind + " " + o.Name
	}
	return o.Kind + " " + o.Namespace + "/" + o.Name
}
