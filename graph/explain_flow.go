package graph

import (
	"cmp"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/openova-io/esotree/internal/eso"
	"github.com/openova-io/esotree/internal/yamlsrc"
	"github.com/openova-io/esotree/object"
)

// Marks that esotree leaves on a value and on objects.
const (
	flowEpoch    = "1" // of a value without a marker
	epochKey     = "_epoch"
	periodKey    = "_period"
	generatedKey = "_generated"
	epochMark    = "esotree.openova.io/epoch"
	externalMark = "esotree.openova.io/external"
)

// flowObject is an object with its JSON.
type flowObject struct {
	*object.Object
	text []byte
}

// flowRead is one read of a key in a store.
type flowRead struct {
	at       Place
	store    string // as the object names it
	property string
	key      string // of the target; "" for all keys
	path     string // the entry that says so
	keyPath  string // the field with the remote key
	found    bool   // by a pattern of its name
	former   bool   // of a key that the value has no more
}

// flowPull is a Pull with what decides when its value changes.
type flowPull struct {
	flowObject
	graph      *Graph
	pull       *Pull
	mark       string // the epoch of an origin that remembers nothing
	generators []*flowObject
	kinds      []string // of the generators
	reads      []flowRead
	asks       []flowRead // reads behind a generator: they override it
}

// target is the Secret that it makes, or the first of them.
func (p *flowPull) target() Spot { return p.pull.Target }

// targets are the Secrets that it makes, as far as their namespaces are known.
func (p *flowPull) targets() []Spot {
	out := []Spot{p.pull.Target}
	for _, namespace := range p.pull.Namespaces {
		if at := (Spot{p.Cluster, namespace, p.pull.Target.Name}); !slices.Contains(out, at) {
			out = append(out, at)
		}
	}
	return out
}

// spread says in which namespaces its Secrets are, where those are not its own; "" where they are.
func (p *flowPull) spread() string {
	if p.Kind != "ClusterExternalSecret" {
		return ""
	}
	var out []string
	if list := distinct(slices.Clone(p.pull.Namespaces)); len(list) > 0 {
		out = append(out, strings.Join(list, ", "))
	}
	if p.pull.Anywhere {
		out = append(out, "the namespaces that labels choose")
	}
	return strings.Join(out, " and ")
}

func (p *flowPull) template() map[string]string {
	if p.pull.Spec.Target.Template == nil {
		return nil
	}
	return p.pull.Spec.Target.Template.Data
}

// interval is how long it waits between two refreshes; 0 where only a change, or nothing, makes it refresh.
func (p *flowPull) interval() time.Duration {
	if p.policy() != "Periodic" {
		return 0
	}
	return p.pull.Spec.RefreshInterval.Every()
}

func (p *flowPull) policy() string { return cmp.Or(p.pull.Spec.RefreshPolicy, "Periodic") }

// refreshesOnChange reports whether a change of the object makes it run again.
func (p *flowPull) refreshesOnChange() bool { return p.policy() == "OnChange" || p.interval() > 0 }

// remembers reports whether stores override what is generated.
func (p *flowPull) remembers() bool { return len(p.asks) > 0 && p.pull.Remembers() }

// formers are the former keys that it asks for, the latest first.
func (p *flowPull) formers() []string {
	var out []string
	for _, r := range slices.Backward(p.reads) {
		if r.former && !slices.Contains(out, r.at.Key) {
			out = append(out, r.at.Key)
		}
	}
	return out
}

// asksNow are the asks but for those of former keys.
func (p *flowPull) asksNow() []flowRead {
	return slices.DeleteFunc(slices.Clone(p.asks), func(r flowRead) bool { return r.former })
}

// rotatable reports whether what it generates is a value of its own and nothing that a provider issues.
func (p *flowPull) rotatable() bool {
	for _, kind := range p.kinds {
		if facts, ok := eso.GeneratorOf(kind); ok && facts.Rotatable {
			return true
		}
	}
	return false
}

// epoch is the wanted epoch, "" where none travels with the value.
func (p *flowPull) epoch() string {
	if text := p.template()[epochKey]; !strings.Contains(text, "{{") {
		return text
	}
	return ""
}

var flowPeriod = regexp.MustCompile(`\(now\)\.Unix (-?[0-9]{1,18})\) ([0-9]{1,10})\)`)

// clock is the period and the offset in seconds of a clock; false where there is none.
func (p *flowPull) clock() (every time.Duration, offset int64, ok bool) {
	m := flowPeriod.FindStringSubmatch(p.template()[periodKey])
	if m == nil {
		return 0, 0, false
	}
	offset, err1 := strconv.ParseInt(m[1], 10, 64)
	seconds, err2 := strconv.ParseInt(m[2], 10, 64)
	return time.Duration(seconds) * time.Second, offset, err1 == nil && err2 == nil && seconds > 0
}

// bookkeeping reports whether a key is esotree's own and holds no value.
func bookkeeping(key string) bool {
	return key == epochKey || key == periodKey || key == generatedKey
}

// keys are those that its template makes, bookkeeping and previous values left out.
func (p *flowPull) keys() []string {
	var out []string
	for key := range p.template() {
		if !bookkeeping(key) && !strings.HasPrefix(key, "previous_") {
			out = append(out, key)
		}
	}
	slices.Sort(out)
	return out
}

// ownKeys are the keys whose value is kept under their own name: what the generator puts out, and nothing that is derived.
func (p *flowPull) ownKeys() []string {
	template := p.template()
	return slices.DeleteFunc(p.keys(), func(key string) bool {
		uses, _ := p.graph.TemplateUses(template[key])
		return !slices.ContainsFunc(uses, func(u TemplateUse) bool { return u.Key == key })
	})
}

// waits are the epochs that it waits for, by the key that holds them.
var flowGuard = regexp.MustCompile(`\{\{ if ne (?:\(index \. "[^"]*" \| default "1"\)|\(index \. "[^"]*"\)|\.[A-Za-z0-9_]+) "([^"]*)" \}\}\{\{ fail "waiting for epoch `)

func (p *flowPull) waits() bool {
	for _, text := range p.template() {
		if flowGuard.MatchString(text) {
			return true
		}
	}
	return false
}

// flowPush is a Push with its object's JSON.
type flowPush struct {
	flowObject
	push *Push
	// generator is the source where that is one, and known.
	generator *flowObject
}

func (f *flows) newPush(p *Push) *flowPush {
	out := &flowPush{*f.byObject[p.Object], p, nil}
	if p.Draw != nil && p.Draw.Generator != nil {
		out.generator = f.byObject[p.Draw.Generator.Object]
	}
	return out
}

// source says what it pushes, where that is not one Secret.
func (p *flowPush) source() string {
	selector := p.push.Spec.Selector
	switch {
	case p.push.Draw != nil:
		return p.push.Draw.title()
	case selector.Secret != nil && selector.Secret.Name != "":
		return "Secret " + selector.Secret.Name + " of the namespaces that " + p.Kind + " " + p.Name + " chooses"
	}
	return "Secrets that labels choose"
}

func (p *flowPush) deletes() bool { return p.push.Spec.DeletionPolicy == "Delete" }

// updates is the update policy.
func (p *flowPush) updates() string { return cmp.Or(p.push.Spec.UpdatePolicy, "Replace") }

// atOnce reports whether all that it pushes to a key goes in one write: the Secret, or a document made of it.
func (p *flowPush) atOnce() bool {
	data := p.push.Spec.Data
	return len(data) == 1 && data[0].Match.RemoteRef.Property == ""
}

func (p *flowPush) interval() time.Duration { return p.push.Spec.RefreshInterval.Every() }

// guarded reports whether it waits for an epoch.
func (p *flowPush) guarded() bool {
	return p.push.Spec.Template != nil && flowGuard.MatchString(p.push.Spec.Template.Data[epochKey])
}

// settles reports whether it waits until a new value is some time old.
func (p *flowPush) settles() bool {
	for _, text := range p.template() {
		if strings.Contains(text, generatedKey) && strings.Contains(text, "{{ fail ") {
			return true
		}
	}
	return false
}

// flowValue is one secret value with all that makes, writes and reads it.
type flowValue struct {
	// home is the Secret that the value is pushed from, or generated into; its name is "" where it is only in stores, or
	// pushed from something else than one Secret.
	home Spot
	// origin makes the home Secret; nil where something else does.
	origin *flowPull
	pushes []*flowPush
	// keys are where it is in the stores, sorted.
	keys    []Place
	readers []*flowReader
	tenant  string
}

// name is what a person calls the value: namespace/secret, or its key where no Secret is known.
func (v *flowValue) name() string {
	if v.home.Name == "" {
		switch {
		case len(v.keys) > 0:
			return cmp.Or(v.keys[0].Key, "(no key)")
		case len(v.pushes) > 0:
			return title(&v.pushes[0].flowObject)
		}
	}
	if v.home.Namespace == "" {
		return v.home.Name
	}
	return v.home.Namespace + "/" + v.home.Name
}

// remoteKey is its key in the stores; several are joined.
func (v *flowValue) remoteKey() string {
	set := map[string]bool{}
	for _, k := range v.keys {
		set[k.Key] = true
	}
	return strings.Join(slices.Sorted(maps.Keys(set)), ", ")
}

// inAnother reports whether a cluster writes or reads the value in another store than a given one: what that has under the same
// key is not the same then.
func (v *flowValue) inAnother(cluster, store string) bool {
	return slices.ContainsFunc(v.pushes, func(p *flowPush) bool { return p.Cluster == cluster }) ||
		slices.ContainsFunc(v.readers, func(r *flowReader) bool {
			return r.Cluster == cluster && !slices.ContainsFunc(r.of, func(read flowRead) bool { return read.at.Store == store })
		})
}

// pushInterval is the longest of its pushes.
func (v *flowValue) pushInterval() time.Duration {
	var longest time.Duration
	for _, p := range v.pushes {
		longest = max(longest, p.interval())
	}
	return longest
}

// flowReader is an ExternalSecret that reads a value.
type flowReader struct {
	*flowPull
	// reads of this value.
	of []flowRead
}

// awaits reports whether it keeps its Secret as it is until this value has the wanted epoch.
func (r *flowReader) awaits() bool {
	return r.waits() && slices.ContainsFunc(r.of, func(read flowRead) bool { return read.property == epochKey || read.key == "" && read.property == "" })
}

// flows are all values of a set of objects.
type flows struct {
	values []*flowValue
	graph  *Graph
	byKey  map[Place]*flowValue
	bySpot map[Spot]*flowValue
	// storeNames by identity.
	storeNames map[string]string
	// storeObjects are those that the names are of.
	storeObjects map[string]*flowObject
	storesByID   map[storeID][]*Store
	objects      []*flowObject
	byObject     map[*object.Object]*flowObject
	aliases      func(*object.Object) []string
	home         HomePlace
	pattern      KeyPattern
	release      ReleaseOf
	pulls        []*flowPull
}

// storeName is what a store is called.
func (f *flows) storeName(identity string) string {
	if name, ok := f.storeNames[identity]; ok {
		return name
	}
	parts := strings.Split(identity, "\x00")
	return parts[len(parts)-1]
}

func (f *flows) storesOf(keys []Place) []string {
	set := map[string]bool{}
	for _, k := range keys {
		set[f.storeName(k.Store)] = true
	}
	return slices.Sorted(maps.Keys(set))
}

// newFlows reads the manifests of a side.
func newFlows(side Side) *flows {
	f := &flows{graph: New(side.Objects), byKey: map[Place]*flowValue{}, bySpot: map[Spot]*flowValue{}, storeNames: map[string]string{}, storeObjects: map[string]*flowObject{}, storesByID: map[storeID][]*Store{}, byObject: map[*object.Object]*flowObject{}, aliases: side.Names, home: side.Home, pattern: side.Pattern, release: side.Release}
	for _, o := range side.Objects {
		if text, err := o.JSON(); err == nil {
			object := &flowObject{o, text}
			f.objects = append(f.objects, object)
			f.byObject[o] = object
		}
	}
	f.nameStores()
	for _, p := range f.graph.Pulls {
		f.pulls = append(f.pulls, f.newPull(p))
	}
	f.assemble(side.Tenant)
	return f
}

// nameStores names each store by one of its objects, the shortest name first. Where several stores would have the same name,
// their namespaces, or their clusters, tell them apart.
func (f *flows) nameStores() {
	named := map[string]*Store{}
	for _, s := range f.graph.Stores {
		f.storesByID[storeIDOf(s)] = append(f.storesByID[storeIDOf(s)], s)
		have := named[s.Identity]
		if have == nil || len(s.Object.Name) < len(have.Object.Name) || len(s.Object.Name) == len(have.Object.Name) && s.Object.Name < have.Object.Name {
			named[s.Identity] = s
		}
	}
	count := map[string]int{}
	for _, s := range named {
		count[s.Object.Name]++
	}
	for identity, s := range named {
		name := s.Object.Name
		if count[name] > 1 && !s.Clustered() {
			name = s.Object.Namespace + "/" + name
		} else if count[name] > 1 && s.Object.Cluster != "" {
			name = s.Object.Cluster + "/" + name
		}
		f.storeNames[identity], f.storeObjects[identity] = name, f.byObject[s.Object]
	}
}

func (f *flows) newPull(p *Pull) *flowPull {
	out := &flowPull{flowObject: *f.byObject[p.Object], graph: f.graph, pull: p}
	var in metaView
	if p.Object.View(&in) == nil {
		out.mark = in.Metadata.Annotations[epochMark]
	}
	last := -1
	for _, d := range p.Draws {
		last = max(last, d.Index)
		out.kinds = append(out.kinds, d.Kind)
		var generator *flowObject
		if d.Generator != nil {
			generator = f.byObject[d.Generator.Object]
		}
		out.generators = append(out.generators, generator)
	}
	for _, r := range p.Reads {
		read := flowRead{at: r.Place, store: r.Ref.Name, property: r.Property, key: r.SecretKey, path: r.Path, keyPath: r.KeyPath, former: r.Former}
		out.reads = append(out.reads, read)
		if last >= 0 && r.Index > last && r.Whole {
			out.asks = append(out.asks, read)
		}
	}
	return out
}

// workloads are the objects that name a Secret, each once, by kind and name.
func (f *flows) workloads(at Spot) []*flowObject {
	s := f.graph.Secret(at)
	if s == nil {
		return nil
	}
	var out []*flowObject
	for _, use := range s.Uses {
		if o := f.byObject[use.Object]; o != nil && !slices.Contains(out, o) {
			out = append(out, o)
		}
	}
	slices.SortFunc(out, func(a, b *flowObject) int {
		return cmp.Or(strings.Compare(a.Kind, b.Kind), strings.Compare(a.Name, b.Name))
	})
	return out
}

// assemble makes the values: what is pushed, what is generated, and what is only read.
func (f *flows) assemble(tenant func(*object.Object) string) {
	at := func(p Spot) *flowValue {
		v := f.bySpot[p]
		if v == nil {
			v = &flowValue{home: p}
			f.bySpot[p] = v
			f.values = append(f.values, v)
		}
		return v
	}
	for _, p := range f.graph.Pushes {
		if p.Source != nil {
			f.push(at(p.Source.Spot), p)
		}
	}
	for _, p := range f.graph.Pushes {
		if p.Source != nil {
			continue
		}
		v := &flowValue{home: Spot{p.Object.Cluster, p.Object.Namespace, ""}}
		if i := slices.IndexFunc(p.Writes, func(w *Write) bool { return f.byKey[w.Place] != nil }); i >= 0 {
			v = f.byKey[p.Writes[i].Place]
		} else {
			f.values = append(f.values, v)
		}
		f.push(v, p)
	}
	for _, p := range f.pulls {
		if v := f.bySpot[p.target()]; v != nil || len(p.kinds) > 0 {
			if v == nil {
				v = at(p.target())
			}
			if v.origin == nil {
				v.origin = p
			}
		}
	}
	byText := map[string][]*flowValue{}
	for _, v := range f.values {
		seen := map[string]bool{}
		for _, k := range v.keys {
			if !seen[k.Key] {
				seen[k.Key] = true
				byText[k.Key] = append(byText[k.Key], v)
			}
		}
	}
	for _, p := range f.pulls {
		for _, r := range slices.Concat(p.reads, f.found(p)) {
			if r.former {
				continue // what is there is this value
			}
			v := f.byKey[r.at]
			if v == nil { // stores that replicate, or a value that someone else put there
				fits := slices.DeleteFunc(slices.Clone(byText[r.at.Key]), func(o *flowValue) bool { return o.inAnother(p.Cluster, r.at.Store) })
				if len(fits) == 1 {
					v = fits[0]
				}
			}
			if v == nil {
				v = &flowValue{}
				f.values = append(f.values, v)
				byText[r.at.Key] = append(byText[r.at.Key], v)
			}
			if v.home.Name == "" && len(v.pushes) == 0 && !slices.Contains(v.keys, r.at) {
				v.keys = append(v.keys, r.at)
			}
			if v.origin == p {
				continue
			}
			if n := len(v.readers); n > 0 && v.readers[n-1].flowPull == p {
				v.readers[n-1].of = append(v.readers[n-1].of, r)
			} else {
				v.readers = append(v.readers, &flowReader{p, []flowRead{r}})
			}
		}
	}
	for _, v := range f.values {
		slices.SortFunc(v.keys, func(a, b Place) int {
			return cmp.Or(strings.Compare(a.Key, b.Key), strings.Compare(f.storeName(a.Store), f.storeName(b.Store)))
		})
		slices.SortFunc(v.pushes, func(a, b *flowPush) int { return compareObjects(a.Object, b.Object) })
		slices.SortStableFunc(v.readers, func(a, b *flowReader) int { return compareObjects(a.Object, b.Object) })
		v.tenant = f.owner(v, tenant)
	}
	slices.SortStableFunc(f.values, func(a, b *flowValue) int {
		return cmp.Or(strings.Compare(a.tenant, b.tenant), strings.Compare(a.name(), b.name()), strings.Compare(a.home.Cluster, b.home.Cluster))
	})
}

// found are the keys that an ExternalSecret reads because their names match a pattern, of those that something pushes.
func (f *flows) found(p *flowPull) []flowRead {
	var out []flowRead
	for i, entry := range p.pull.Spec.DataFrom {
		var find struct {
			Path string `json:"path"`
			Name *struct {
				Regexp string `json:"regexp"`
			} `json:"name"`
			Tags map[string]string `json:"tags"`
		}
		if len(entry.Find) == 0 || json.Unmarshal(entry.Find, &find) != nil || find.Name == nil || len(find.Tags) > 0 {
			continue
		}
		pattern, err := regexp.Compile(find.Name.Regexp)
		if err != nil {
			continue
		}
		ref := p.pull.Spec.Store
		if entry.SourceRef.StoreRef != nil {
			ref = *entry.SourceRef.StoreRef
		}
		_, any := f.graph.place(p.Cluster, p.target().Namespace, ref, "")
		var keys []Place
		for at := range f.byKey {
			if at.Store == any.Store && strings.HasPrefix(at.Key, find.Path) && pattern.MatchString(at.Key) {
				keys = append(keys, at)
			}
		}
		slices.SortFunc(keys, func(a, b Place) int { return strings.Compare(a.Key, b.Key) })
		for _, at := range keys {
			out = append(out, flowRead{at: at, store: ref.Name, path: yamlsrc.Index(p.pull.Prefix+".dataFrom", i) + ".find", found: true})
		}
	}
	return out
}

// push adds a push to a value.
func (f *flows) push(v *flowValue, p *Push) {
	v.pushes = append(v.pushes, f.newPush(p))
	for _, w := range p.Writes {
		if !slices.Contains(v.keys, w.Place) {
			v.keys = append(v.keys, w.Place)
		}
		if f.byKey[w.Place] == nil {
			f.byKey[w.Place] = v
		}
	}
}

func (f *flows) owner(v *flowValue, tenant func(*object.Object) string) string {
	if tenant == nil {
		return ""
	}
	switch {
	case v.origin != nil:
		return tenant(v.origin.Object)
	case len(v.pushes) > 0:
		return tenant(v.pushes[0].Object)
	}
	return ""
}

func compareObjects(a, b *object.Object) int {
	return cmp.Or(strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Name, b.Name), strings.Compare(a.Cluster, b.Cluster))
}
