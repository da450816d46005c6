package graph

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/object"
)

// ChangeKind is what happens to a secret. The order of ChangeKinds is that of danger.
type ChangeKind string

// The kinds of change.
const (
	// Deletes: the value, or one entry of it, goes from a store.
	Deletes ChangeKind = "deletes"
	// Rotates: there will be a new value.
	Rotates ChangeKind = "rotates"
	// Removed: the manifests know the secret no more. What is in the stores stays unless it is also deleted.
	Removed ChangeKind = "removed"
	// Unpushed: a store no longer gets the value.
	Unpushed ChangeKind = "unpushed"
	// Moved: another home, namespace, store or key.
	Moved ChangeKind = "moved"
	// ReadFrom: a reader reads the value from another store, or reads another value.
	ReadFrom ChangeKind = "read-from"
	// NewReader: someone reads it who did not.
	NewReader ChangeKind = "new-reader"
	// DeletesWhenGone: the stores will lose the value when what pushes it goes.
	DeletesWhenGone ChangeKind = "deletes-when-gone"
	// Regenerates: nothing changes while a store has the value, and a new one is made if all have lost it.
	Regenerates ChangeKind = "regenerates-if-lost"
	// Interval: an interval is longer or shorter.
	Interval ChangeKind = "interval"
	// Added: a secret that was not there.
	Added ChangeKind = "added"
	// Pushed: a store gets the value that did not.
	Pushed ChangeKind = "pushed"
	// LostReader: someone reads it no more.
	LostReader ChangeKind = "lost-reader"
	// Stays: manifests change and the value does not.
	Stays ChangeKind = "stays"
)

// ChangeKinds returns all kinds of change, the most dangerous first.
func ChangeKinds() []ChangeKind {
	return []ChangeKind{Deletes, Rotates, Removed, Unpushed, Moved, ReadFrom, NewReader, DeletesWhenGone, Regenerates, Interval, Added, Pushed, LostReader, Stays}
}

// Change is one thing that happens to one secret.
type Change struct {
	Kind ChangeKind
	// Tenant that owns the secret, "" for the platform's or where it is not known.
	Tenant string
	// Secret is namespace/name, or the key in the stores where no Secret is known.
	Secret string
	// Key in the stores, "" where it is in none.
	Key string
	// Why says in a few words what changes, such as: epoch "1" -> "2".
	Why string
	// Hint is what to write in the description so that it does not happen, "" where nobody knows.
	Hint string
	// Reaches are the readers that get another value, as reader (cluster, cluster).
	Reaches []string
	// Facts are what the operator does, in the order of Facts.
	Facts []Fact
	// Old and New are where it was and is written; the zero Span where it is not.
	Old, New diag.Span

	said said
}

// Difference is what a change of manifests does to secrets.
type Difference struct {
	// Changes sorted by danger, tenant and secret.
	Changes []Change
	// Objects counts the manifests that were added, changed or removed.
	Objects int

	release ReleaseOf
}

// Secrets counts the secrets to which anything but Stays happens.
func (d *Difference) Secrets() int {
	set := map[[2]string]bool{}
	for _, c := range d.Changes {
		if c.Kind != Stays {
			set[[2]string{c.Tenant, c.Secret}] = true
		}
	}
	return len(set)
}

// Of returns the changes of some kinds.
func (d *Difference) Of(kinds ...ChangeKind) []Change {
	var out []Change
	for _, c := range d.Changes {
		if slices.Contains(kinds, c.Kind) {
			out = append(out, c)
		}
	}
	return out
}

// Side is a set of manifests, such as one side of a comparison.
type Side struct {
	// Objects are all manifests of all clusters.
	Objects []*object.Object
	// Tenant names the owner of an object, "" for the platform's; nil where nobody knows.
	Tenant func(*object.Object) string
	// Names are other names that a reader is known by, such as that of its service; it may be nil.
	Names func(*object.Object) []string
	// Due may be nil.
	Due DueDate
	// Home may be nil.
	Home HomePlace
	// Pattern may be nil.
	Pattern KeyPattern
	// Release may be nil.
	Release ReleaseOf
	// Offline are secrets that a description lists and no manifest holds.
	Offline []Offline
}

// Offline is a secret that people keep: nothing of it enters a cluster or a store.
type Offline struct {
	// Secret is namespace/name.
	Secret, Tenant string
	// Prompt says what it is.
	Prompt string
}

// DueDate returns when a secret that is rotated by commit is due, from what describes it: the manifests don't say. The secret
// is that of its home cluster. It is false where there is no such date.
type DueDate func(cluster, namespace, name string) (time.Time, bool)

// HomePlace returns where it is written that a secret is at home in its cluster: the manifests don't say. It is the zero Span
// where nobody knows.
type HomePlace func(cluster, namespace, name string) diag.Span

// KeyPattern returns the pattern of the Platform that makes a secret's key in the stores, and the field of its spec.defaults for what it
// was before. They are "" for a key that the secret names itself, and where nobody knows.
type KeyPattern func(cluster, namespace, name string) (field, text string)

// Diff compares two sets of manifests by what they do to secrets, from a running platform that has applied old.
func Diff(old, new Side) *Difference {
	d := &differ{release: releases(old.Release, new.Release), old: newFlows(old), new: newFlows(new), taken: map[Place]taking{}, pushAfter: map[objectKey]*flowPush{}}
	d.index()
	for _, v := range d.new.values {
		for _, p := range v.pushes {
			d.pushAfter[d.key(p.Object)] = p
		}
	}
	for _, pair := range d.pairs() {
		d.value(pair[0], pair[1])
	}
	d.readFromElsewhere()
	d.rest()
	slices.SortStableFunc(d.out, func(a, b Change) int {
		return cmp.Or(cmp.Compare(danger(a.Kind), danger(b.Kind)), strings.Compare(a.Tenant, b.Tenant), strings.Compare(a.Secret, b.Secret), strings.Compare(a.Why, b.Why))
	})
	return &Difference{Changes: slices.CompactFunc(d.out, sameWords), Objects: d.changed, release: d.release}
}

// sameWords reports whether two changes say the same of one secret, as those of its pushes to two regions do; the first stands for both.
func sameWords(a, b Change) bool {
	return a.Kind == b.Kind && a.Tenant == b.Tenant && a.Secret == b.Secret && a.Key == b.Key && a.Why == b.Why && slices.Equal(a.Reaches, b.Reaches)
}

func danger(k ChangeKind) int { return slices.Index(ChangeKinds(), k) }

type differ struct {
	release  ReleaseOf
	old, new *flows
	out      []Change
	// before and after are the objects by identity, told apart by what they say.
	before, after map[objectKey]*flowObject
	nth           map[*object.Object]int // of objects that share an identity
	changed       int
	partner       map[*flowValue]*flowValue // old to new
	// pushAfter are the new pushes by identity.
	pushAfter map[objectKey]*flowPush
	// taken are the places that pushes under deletionPolicy Delete take from the stores.
	taken map[Place]taking
}

// note adds a change of a value. It names the new side where there is one.
func (d *differ) note(kind ChangeKind, a, b *flowValue, why string, from, to *flowObject, facts ...string) *Change {
	v := b
	if v == nil {
		v = a
	}
	c := Change{Kind: kind, Tenant: v.tenant, Secret: v.name(), Key: v.remoteKey(), Why: why}
	c.said = d.holds(v, facts)
	c.Facts = c.said.facts(d.release)
	if from != nil {
		c.Old = from.Span("")
	}
	if to != nil {
		c.New = to.Span("")
	}
	d.out = append(d.out, c)
	return &d.out[len(d.out)-1]
}

// holds is what facts come to in the clusters that they are about: those of the readers, or that in which the value originates.
func (d *differ) holds(v *flowValue, facts []string) said {
	out := said{}
	for _, id := range facts {
		clusters := []string{v.home.Cluster}
		if slices.ContainsFunc(Facts(), func(f Fact) bool { return f.ID == id && f.About == Reading }) {
			clusters = nil
			for _, r := range v.readers {
				clusters = append(clusters, r.Cluster)
			}
		}
		if len(clusters) == 0 {
			clusters = append(clusters, v.home.Cluster)
		}
		for _, c := range clusters {
			out.add(d.release.in(c, id), c)
		}
	}
	return out
}

// releases are those after the change; of a cluster that is gone, that before it.
func releases(old, new ReleaseOf) ReleaseOf {
	if old == nil && new == nil {
		return nil
	}
	return func(cluster string) string {
		for _, side := range []ReleaseOf{new, old} {
			if side != nil {
				if r := side(cluster); r != "" {
					return r
				}
			}
		}
		return ""
	}
}

// at sets the place of a change to a field of its objects.
func (c *Change) at(from, to *flowObject, field string) *Change {
	if from != nil {
		c.Old = from.Span(field)
	}
	if to != nil {
		c.New = to.Span(field)
	}
	return c
}

func (d *differ) value(a, b *flowValue) {
	switch {
	case a == nil:
		d.note(Added, nil, b, cmp.Or(made(b), "read from the stores"), nil, mainObject(b), firstMade(b)...)
		return
	case b == nil:
		d.removed(a)
		d.deletions(a, nil)
		return
	}
	start := len(d.out)
	d.moves(a, b)
	d.deletions(a, b)
	d.stores(a, b)
	d.pushed(a, b)
	d.rotation(a, b)
	d.maker(a, b)
	d.readers(a, b)
	d.access(a, b)
	d.logins(a, b)
	d.intervals(a, b)
	if len(d.out) == start {
		d.touched(a, b)
	}
}

// removed tells that nothing has a value any more, or nothing in one of several clusters.
func (d *differ) removed(a *flowValue) {
	elsewhere := slices.ContainsFunc(d.new.values, func(v *flowValue) bool { return v.name() == a.name() && v.tenant == a.tenant })
	why := "no manifest has it any more"
	if elsewhere && a.home.Cluster != "" {
		why = "no manifest of " + a.home.Cluster + " has it any more"
	}
	var facts []string
	if slices.ContainsFunc(a.pushes, func(p *flowPush) bool { return !p.deletes() }) {
		facts = append(facts, factStays)
	}
	d.note(Removed, a, nil, why, mainObject(a), nil, facts...)
}

// made says how a value comes to be.
func made(v *flowValue) string {
	switch {
	case v.origin != nil && len(v.origin.kinds) > 0:
		where := "generated in " + clusterName(v.home.Cluster)
		if v.origin.remembers() {
			where += " unless a store has it"
		}
		return where
	case v.origin != nil && v.origin.policy() == "CreatedOnce":
		return "typed in by a person, or restored from a store"
	case v.origin != nil:
		return "copied from " + v.origin.copied() + " in the stores"
	case len(v.pushes) > 0 && v.home.Name == "":
		return "pushed from " + v.pushes[0].source()
	case len(v.pushes) > 0:
		return "pushed from a Secret that something else makes"
	}
	return ""
}

func firstMade(v *flowValue) []string {
	if v.origin != nil && v.origin.remembers() {
		return []string{factMissing}
	}
	if v.origin != nil && len(v.origin.kinds) == 0 && v.origin.policy() == "CreatedOnce" {
		return []string{factBootstrap}
	}
	return nil
}

func clusterName(cluster string) string {
	if cluster == "" {
		return "the cluster"
	}
	return cluster
}

// mainObject is the object that stands for a value.
func mainObject(v *flowValue) *flowObject {
	switch {
	case v == nil:
		return nil
	case v.origin != nil:
		return &v.origin.flowObject
	case len(v.pushes) > 0:
		return &v.pushes[0].flowObject
	case len(v.readers) > 0:
		return &v.readers[0].flowObject
	}
	return nil
}

func (d *differ) intervals(a, b *flowValue) {
	push := map[objectKey]*flowPush{}
	for _, p := range a.pushes {
		push[d.key(p.Object)] = p
	}
	for _, p := range b.pushes {
		if old := push[d.key(p.Object)]; old != nil && old.interval() != p.interval() {
			d.note(Interval, a, b, "pushed every "+brief(p.interval())+" instead of "+brief(old.interval()), &old.flowObject, &p.flowObject, factPushTime).at(&old.flowObject, &p.flowObject, p.push.Prefix+".refreshInterval")
		}
	}
	was := d.readersByKey(a)
	type change struct{ from, to time.Duration }
	var order []change
	readers := map[change][]*flowReader{}
	for _, r := range b.readers {
		if old := was[d.key(r.Object)]; old != nil && old.interval() != r.interval() {
			c := change{old.interval(), r.interval()}
			if readers[c] == nil {
				order = append(order, c)
			}
			readers[c] = append(readers[c], r)
		}
	}
	for _, c := range order {
		list := readers[c]
		old := d.before[d.key(list[0].Object)]
		d.note(Interval, a, b, "read every "+brief(c.to)+" instead of "+brief(c.from)+" by "+readerNames(list), old, &list[0].flowObject, factRefreshed).at(old, &list[0].flowObject, list[0].pull.Prefix+".refreshInterval")
	}
	if a.origin == nil || b.origin == nil || d.key(a.origin.Object) != d.key(b.origin.Object) {
		return
	}
	from, to := a.origin.interval(), b.origin.interval()
	switch {
	case from == to || from == 0 || to == 0:
	case b.origin.remembers():
		d.note(Interval, a, b, "the clock is looked at every "+brief(to)+" instead of "+brief(from), nil, nil, factClock).at(&a.origin.flowObject, &b.origin.flowObject, "spec.refreshInterval")
	case !b.origin.rotatable() && len(b.origin.kinds) > 0:
		d.note(Interval, a, b, "issued anew every "+brief(to)+" instead of "+brief(from), nil, nil, factRefreshed).at(&a.origin.flowObject, &b.origin.flowObject, "spec.refreshInterval")
	}
}

// touched notes that a value's objects change without any effect that is told otherwise.
func (d *differ) touched(a, b *flowValue) {
	var kinds, fields []string
	var from, to *flowObject
	look := func(o *flowObject) {
		key := d.key(o.Object)
		was, is := d.before[key], d.after[key]
		if was != nil && is != nil && sameObject(was, is) || slices.Contains(kinds, o.Kind) {
			return
		}
		kinds = append(kinds, o.Kind)
		if from == nil && to == nil {
			from, to = was, is
		}
		if was != nil && is != nil {
			fields = changedFields(was.text, is.text)
		}
	}
	for _, v := range []*flowValue{a, b} {
		if v.origin != nil {
			look(&v.origin.flowObject)
			for _, g := range v.origin.generators {
				if g != nil {
					look(g)
				}
			}
		}
		for _, p := range v.pushes {
			look(&p.flowObject)
		}
	}
	if len(kinds) == 0 {
		return
	}
	why := strings.Join(kinds, " and ") + " change"
	field := ""
	if len(kinds) == 1 {
		why += "s" + shown(fields)
		field = first(fields)
	}
	if b.origin != nil && len(b.origin.kinds) > 0 && !b.origin.rotatable() {
		why += "; it is issued anew at each refresh"
	} else {
		why += ", the value does not"
	}
	d.note(Stays, a, b, why, nil, nil).at(from, to, field)
}

func quoted(s string) string { return `"` + s + `"` }

// brief writes a duration as a person does: 90d, 36h, 1h30m, 15s.
func brief(d time.Duration) string {
	if d <= 0 {
		return "never"
	}
	if d%(24*time.Hour) == 0 {
		return fmt.Sprintf("%dd", d/(24*time.Hour))
	}
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
