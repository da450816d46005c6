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

// The operator's defaults where a manifest does not say.
const (
	flowInterval  = time.Hour
	flowEpoch     = "1"
	epochKey      = "_epoch"
	periodKey     = "_period"
	epochMark     = "esotree.openova.io/epoch"
	externalMark  = "esotree.openova.io/external"
	defaultTenant = ""
)

// flowRef is a reference to a store.
type flowRef struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
}

// flowSpec is what of an ExternalSecret's spec decides where values come from and when they change.
type flowSpec struct {
	RefreshPolicy   string  `json:"refreshPolicy"`
	RefreshInterval *string `json:"refreshInterval"`
	SecretStoreRef  flowRef `json:"secretStoreRef"`
	Target          struct {
		Name           string `json:"name"`
		CreationPolicy string `json:"creationPolicy"`
		DeletionPolicy string `json:"deletionPolicy"`
		Template       *struct {
			Data map[string]string `json:"data"`
		} `json:"template"`
	} `json:"target"`
	Data []struct {
		SecretKey string `json:"secretKey"`
		RemoteRef struct {
			Key      string `json:"key"`
			Property string `json:"property"`
		} `json:"remoteRef"`
		SourceRef *flowSource `json:"sourceRef"`
	} `json:"data"`
	DataFrom []struct {
		Extract *struct {
			Key string `json:"key"`
		} `json:"extract"`
		SourceRef *flowSource `json:"sourceRef"`
	} `json:"dataFrom"`
}

type flowSource struct {
	StoreRef     *flowRef `json:"storeRef"`
	GeneratorRef *flowRef `json:"generatorRef"`
}

// flowRead is one read of a key in a store.
type flowRead struct {
	at       flowKey
	store    string // as the object names it
	property string
	key      string // of the target; "" for all keys
	path     string
}

// flowKey is a key of a store, which is told by what it is and not by its name.
type flowKey struct{ store, key string }

// flowObject is an object of a cluster.
type flowObject struct {
	*object.Object
	text []byte // its JSON
}

func (o *flowObject) place() flowPlace { return flowPlace{o.Cluster, o.Namespace, o.Name} }

// flowPlace is where an object or Secret stands.
type flowPlace struct{ cluster, namespace, name string }

// flowPull is an ExternalSecret.
type flowPull struct {
	flowObject
	spec       flowSpec
	mark       string // the epoch of an origin that remembers nothing
	external   bool
	generators []*flowObject // nil elements where the generator is not among the objects
	kinds      []string      // of the generators
	reads      []flowRead
	asks       []flowRead // extracts behind a generator: they override it
}

// target is the Secret that it makes.
func (p *flowPull) target() flowPlace {
	return flowPlace{p.Cluster, p.Namespace, cmp.Or(p.spec.Target.Name, p.Name)}
}

func (p *flowPull) template() map[string]string {
	if p.spec.Target.Template == nil {
		return nil
	}
	return p.spec.Target.Template.Data
}

// interval is how long it waits between two refreshes; 0 where only a change, or nothing, makes it refresh.
func (p *flowPull) interval() time.Duration {
	if p.policy() != "Periodic" {
		return 0
	}
	return flowDuration(p.spec.RefreshInterval)
}

func (p *flowPull) policy() string { return cmp.Or(p.spec.RefreshPolicy, "Periodic") }

// refreshesOnChange reports whether a change of the object makes it run again.
func (p *flowPull) refreshesOnChange() bool { return p.policy() == "OnChange" || p.interval() > 0 }

// remembers reports whether stores override what is generated.
func (p *flowPull) remembers() bool { return len(p.kinds) > 0 && len(p.asks) > 0 }

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

// keys are those that its template makes of a generator's output, esotree's own markers and previous values left out.
func (p *flowPull) keys() []string {
	var out []string
	for key := range p.template() {
		if key != epochKey && key != periodKey && !strings.HasPrefix(key, "previous_") {
			out = append(out, key)
		}
	}
	slices.Sort(out)
	return out
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

// flowPush is a PushSecret.
type flowPush struct {
	flowObject
	spec   flowPushSpec
	writes []flowWrite
}

// flowPushSpec is what of a PushSecret's spec decides what is written where.
type flowPushSpec struct {
	RefreshInterval *string   `json:"refreshInterval"`
	DeletionPolicy  string    `json:"deletionPolicy"`
	SecretStoreRefs []flowRef `json:"secretStoreRefs"`
	Selector        struct {
		Secret *struct {
			Name string `json:"name"`
		} `json:"secret"`
		GeneratorRef *flowRef `json:"generatorRef"`
	} `json:"selector"`
	Data []struct {
		Match struct {
			SecretKey string `json:"secretKey"`
			RemoteRef struct {
				RemoteKey string `json:"remoteKey"`
				Property  string `json:"property"`
			} `json:"remoteRef"`
		} `json:"match"`
	} `json:"data"`
	Template *struct {
		Data map[string]string `json:"data"`
	} `json:"template"`
}

// flowWrite is one entry of a push in one store.
type flowWrite struct {
	at       flowKey
	property string
	store    string
}

func (p *flowPush) deletes() bool { return p.spec.DeletionPolicy == "Delete" }

// whole reports whether the Secret goes in one write.
func (p *flowPush) whole() bool {
	for _, d := range p.spec.Data {
		if d.Match.SecretKey == "" && d.Match.RemoteRef.Property == "" {
			return true
		}
	}
	return false
}

func (p *flowPush) interval() time.Duration { return flowDuration(p.spec.RefreshInterval) }

// guarded reports whether it waits for an epoch.
func (p *flowPush) guarded() bool {
	return p.spec.Template != nil && flowGuard.MatchString(p.spec.Template.Data[epochKey])
}

// flowDuration reads an interval of the operator: absent is an hour, what can't be read too.
func flowDuration(text *string) time.Duration {
	if text == nil {
		return flowInterval
	}
	d, err := time.ParseDuration(*text)
	if err != nil {
		return flowInterval
	}
	return d
}

// flowValue is one secret value with all that makes, writes and reads it.
type flowValue struct {
	// home is the Secret that the value is pushed from, or generated into; its cluster is "" where it is only in stores.
	home flowPlace
	// origin makes the home Secret; nil where something else does.
	origin *flowPull
	pushes []*flowPush
	// keys are where it is in the stores, sorted.
	keys    []flowKey
	readers []*flowReader
	tenant  string
}

// name is what a person calls the value: namespace/secret, or its key where no Secret is known.
func (v *flowValue) name() string {
	if v.home.name == "" && len(v.keys) > 0 {
		return v.keys[0].key
	}
	if v.home.namespace == "" {
		return v.home.name
	}
	return v.home.namespace + "/" + v.home.name
}

// remoteKey is its key in the stores; several are joined.
func (v *flowValue) remoteKey() string {
	set := map[string]bool{}
	for _, k := range v.keys {
		set[k.key] = true
	}
	return strings.Join(slices.Sorted(maps.Keys(set)), ", ")
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
	byKey  map[flowKey]*flowValue
	bySpot map[flowPlace]*flowValue
	// storeNames by identity.
	storeNames map[string]string
	// workloads that name a Secret, by the Secret, sorted by kind and name.
	workloads map[flowPlace][]*flowObject
	objects   []*flowObject
	pulls     []*flowPull
}

// storeName is what a store is called.
func (f *flows) storeName(identity string) string {
	if name, ok := f.storeNames[identity]; ok {
		return name
	}
	parts := strings.Split(identity, "\x00")
	return parts[len(parts)-1]
}

func (f *flows) storesOf(keys []flowKey) []string {
	set := map[string]bool{}
	for _, k := range keys {
		set[f.storeName(k.store)] = true
	}
	return slices.Sorted(maps.Keys(set))
}

// newFlows reads the objects. An object that is not of ESO, or that can't be read, has no part in it.
func newFlows(objects []*object.Object, tenant func(*object.Object) string) *flows {
	f := &flows{byKey: map[flowKey]*flowValue{}, bySpot: map[flowPlace]*flowValue{}, storeNames: map[string]string{}, workloads: map[flowPlace][]*flowObject{}}
	stores := map[[2]flowPlace]string{}
	generators := map[[2]flowPlace]*flowObject{}
	kind := func(kind string, p flowPlace) [2]flowPlace { return [2]flowPlace{{name: kind}, p} }
	for _, o := range objects {
		text, err := o.JSON()
		if err != nil {
			continue
		}
		object := &flowObject{o, text}
		f.objects = append(f.objects, object)
		group, _, _ := strings.Cut(o.APIVersion, "/")
		switch {
		case group == eso.GeneratorGroup:
			generators[kind(o.Kind, object.place())] = object
		case group == eso.Group && (o.Kind == "SecretStore" || o.Kind == "ClusterSecretStore"):
			identity := flowStoreIdentity(object)
			stores[kind(o.Kind, object.place())] = identity
			if have, ok := f.storeNames[identity]; !ok || len(o.Name) < len(have) || len(o.Name) == len(have) && o.Name < have {
				f.storeNames[identity] = o.Name
			}
		case group != eso.Group:
			f.workload(object)
		}
	}
	find := func(from *flowObject, ref flowRef) string {
		place := flowPlace{from.Cluster, from.Namespace, ref.Name}
		storeKind := cmp.Or(ref.Kind, "SecretStore")
		if storeKind == "ClusterSecretStore" {
			place.namespace = ""
		}
		if identity, ok := stores[kind(storeKind, place)]; ok {
			return identity
		}
		if storeKind == "ClusterSecretStore" { // the store may stand elsewhere; its name is all there is to go by
			return "unknown\x00" + ref.Name
		}
		return strings.Join([]string{"unknown", from.Cluster, from.Namespace, ref.Name}, "\x00")
	}
	generator := func(from *flowObject, ref flowRef) *flowObject {
		place := flowPlace{from.Cluster, from.Namespace, ref.Name}
		if ref.Kind == "ClusterGenerator" {
			place.namespace = ""
		}
		return generators[kind(ref.Kind, place)]
	}
	var pushes []*flowPush
	for _, o := range f.objects {
		group, _, _ := strings.Cut(o.APIVersion, "/")
		if group != eso.Group {
			continue
		}
		switch o.Kind {
		case "ExternalSecret":
			if p := newPull(o, find, generator); p != nil {
				f.pulls = append(f.pulls, p)
			}
		case "PushSecret":
			if p := newPush(o, find); p != nil {
				pushes = append(pushes, p)
			}
		}
	}
	f.assemble(pushes, tenant)
	return f
}

func newPull(o *flowObject, find func(*flowObject, flowRef) string, generator func(*flowObject, flowRef) *flowObject) *flowPull {
	var in struct {
		Metadata struct {
			Annotations map[string]string `json:"annotations"`
		} `json:"metadata"`
		Spec flowSpec `json:"spec"`
	}
	if json.Unmarshal(o.text, &in) != nil {
		return nil
	}
	p := &flowPull{flowObject: *o, spec: in.Spec, mark: in.Metadata.Annotations[epochMark]}
	_, p.external = in.Metadata.Annotations[externalMark]
	for i, d := range in.Spec.Data {
		ref := in.Spec.SecretStoreRef
		if d.SourceRef != nil && d.SourceRef.StoreRef != nil {
			ref = *d.SourceRef.StoreRef
		}
		if d.RemoteRef.Key == "" {
			continue
		}
		p.reads = append(p.reads, flowRead{at: flowKey{find(o, ref), d.RemoteRef.Key}, store: ref.Name, property: d.RemoteRef.Property,
			key: d.SecretKey, path: yamlsrc.Index("spec.data", i) + ".remoteRef.key"})
	}
	for i, d := range in.Spec.DataFrom {
		path := yamlsrc.Index("spec.dataFrom", i)
		if d.SourceRef != nil && d.SourceRef.GeneratorRef != nil {
			p.generators = append(p.generators, generator(o, *d.SourceRef.GeneratorRef))
			p.kinds = append(p.kinds, d.SourceRef.GeneratorRef.Kind)
			continue
		}
		if d.Extract == nil {
			continue
		}
		ref := in.Spec.SecretStoreRef
		if d.SourceRef != nil && d.SourceRef.StoreRef != nil {
			ref = *d.SourceRef.StoreRef
		}
		read := flowRead{at: flowKey{find(o, ref), d.Extract.Key}, store: ref.Name, path: path + ".extract.key"}
		p.reads = append(p.reads, read)
		if len(p.kinds) > 0 {
			p.asks = append(p.asks, read)
		}
	}
	return p
}

func newPush(o *flowObject, find func(*flowObject, flowRef) string) *flowPush {
	var in struct {
		Spec flowPushSpec `json:"spec"`
	}
	if json.Unmarshal(o.text, &in) != nil || in.Spec.Selector.Secret == nil {
		return nil
	}
	p := &flowPush{flowObject: *o, spec: in.Spec}
	for _, ref := range p.spec.SecretStoreRefs {
		store := find(o, ref)
		for _, d := range p.spec.Data {
			p.writes = append(p.writes, flowWrite{flowKey{store, d.Match.RemoteRef.RemoteKey}, d.Match.RemoteRef.Property, ref.Name})
		}
	}
	return p
}

// assemble makes the values: what is pushed, what is generated, and what is only read.
func (f *flows) assemble(pushes []*flowPush, tenant func(*object.Object) string) {
	at := func(p flowPlace) *flowValue {
		v := f.bySpot[p]
		if v == nil {
			v = &flowValue{home: p}
			f.bySpot[p] = v
			f.values = append(f.values, v)
		}
		return v
	}
	for _, p := range pushes {
		v := at(flowPlace{p.Cluster, p.Namespace, p.spec.Selector.Secret.Name})
		v.pushes = append(v.pushes, p)
		for _, w := range p.writes {
			if !slices.Contains(v.keys, w.at) {
				v.keys = append(v.keys, w.at)
			}
			if f.byKey[w.at] == nil {
				f.byKey[w.at] = v
			}
		}
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
			if !seen[k.key] {
				seen[k.key] = true
				byText[k.key] = append(byText[k.key], v)
			}
		}
	}
	for _, p := range f.pulls {
		for _, r := range p.reads {
			v := f.byKey[r.at]
			if v == nil && len(byText[r.at.key]) == 1 { // stores that replicate, or a value that someone else put there
				v = byText[r.at.key][0]
			}
			if v == nil {
				v = &flowValue{}
				f.values = append(f.values, v)
				byText[r.at.key] = []*flowValue{v}
			}
			if v.home.name == "" && !slices.Contains(v.keys, r.at) {
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
		slices.SortFunc(v.keys, func(a, b flowKey) int {
			return cmp.Or(strings.Compare(a.key, b.key), strings.Compare(f.storeName(a.store), f.storeName(b.store)))
		})
		slices.SortFunc(v.pushes, func(a, b *flowPush) int { return compareFlowPlaces(a.place(), b.place()) })
		slices.SortStableFunc(v.readers, func(a, b *flowReader) int { return compareFlowPlaces(a.place(), b.place()) })
		v.tenant = f.owner(v, tenant)
	}
	slices.SortStableFunc(f.values, func(a, b *flowValue) int {
		return cmp.Or(strings.Compare(a.tenant, b.tenant), strings.Compare(a.name(), b.name()), strings.Compare(a.home.cluster, b.home.cluster))
	})
}

func (f *flows) owner(v *flowValue, tenant func(*object.Object) string) string {
	if tenant == nil {
		return defaultTenant
	}
	switch {
	case v.origin != nil:
		return tenant(v.origin.Object)
	case len(v.pushes) > 0:
		return tenant(v.pushes[0].Object)
	}
	return defaultTenant
}

func compareFlowPlaces(a, b flowPlace) int {
	return cmp.Or(strings.Compare(a.namespace, b.namespace), strings.Compare(a.name, b.name), strings.Compare(a.cluster, b.cluster))
}

// flowStoreIdentity tells stores apart by provider and address, since several names may stand for one store.
func flowStoreIdentity(o *flowObject) string {
	var in struct {
		Spec struct {
			Provider map[string]map[string]any `json:"provider"`
		} `json:"spec"`
	}
	if json.Unmarshal(o.text, &in) != nil {
		return strings.Join([]string{"unknown", o.Cluster, o.Namespace, o.Name}, "\x00")
	}
	for _, name := range slices.Sorted(maps.Keys(in.Spec.Provider)) {
		facts, _ := eso.ProviderOf(name)
		parts := []string{name}
		for _, field := range facts.Address {
			if text, ok := flowValueAt(in.Spec.Provider[name], strings.Split(field, ".")).(string); ok {
				parts = append(parts, field+"="+text)
			}
		}
		if len(parts) == 1 { // nothing tells where it is: the whole provider does
			text, err := json.Marshal(in.Spec.Provider[name])
			if err != nil {
				text = []byte(o.Name)
			}
			parts = append(parts, string(text))
		}
		return strings.Join(parts, "\x00")
	}
	return strings.Join([]string{"unknown", o.Cluster, o.Namespace, o.Name}, "\x00")
}

func flowValueAt(v any, path []string) any {
	for _, field := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[field]
	}
	return v
}

// workload notes which Secrets an object names: a pod's volumes, environment and image pull secrets, and any secretRef of
// another kind, such as that of a Flux GitRepository.
func (f *flows) workload(o *flowObject) {
	var in map[string]any
	if o.Kind == "Secret" || o.Kind == "CustomResourceDefinition" || json.Unmarshal(o.text, &in) != nil {
		return
	}
	names := map[string]bool{}
	var walk func(v any, key string)
	walk = func(v any, key string) {
		switch v := v.(type) {
		case map[string]any:
			if name, ok := v["secretName"].(string); ok {
				names[name] = true
			}
			if name, ok := v["name"].(string); ok && (key == "secretRef" || key == "secretKeyRef" || key == "imagePullSecrets" || key == "passwordSecret") {
				names[name] = true
			}
			if secret, ok := v["secret"].(map[string]any); ok { // a projected volume
				if name, ok := secret["name"].(string); ok {
					names[name] = true
				}
			}
			for _, k := range slices.Sorted(maps.Keys(v)) {
				walk(v[k], k)
			}
		case []any:
			for _, item := range v {
				walk(item, key)
			}
		}
	}
	walk(in["spec"], "spec")
	for name := range names {
		place := flowPlace{o.Cluster, o.Namespace, name}
		f.workloads[place] = append(f.workloads[place], o)
		slices.SortFunc(f.workloads[place], func(a, b *flowObject) int {
			return cmp.Or(strings.Compare(a.Kind, b.Kind), strings.Compare(a.Name, b.Name))
		})
	}
}
