package graph

import (
	"strconv"
	"strings"
)

// Fact is a sentence about what the operator does. Every such sentence that a diff or an explanation prints is one of these,
// so that none is there without a measurement behind it.
type Fact struct {
	// ID is stable and kebab-case.
	ID string `json:"id"`
	// About is what it is about.
	About Topic `json:"about"`
	// Text is the sentence, without a final full stop.
	Text string `json:"text"`
	// Record is the section of docs/operator.md, and Quote the text in it, that says so.
	Record string `json:"-"`
	Quote  string `json:"-"`
	// Scenario is the number of the end-to-end scenario that shows it again at each run; 0 for none.
	Scenario int `json:"-"`
	// Only is the one release that it was measured with; "" for all that are recorded.
	Only string `json:"-"`
	// Instead is the fact that holds in its place, by release line.
	Instead map[string]string `json:"-"`
	// Clusters that it is about, where others' releases do something else.
	Clusters []string `json:"clusters,omitempty"`
	// Unmeasured are the clusters it is about whose release it was not measured with, such as: region1 runs 1.3.
	Unmeasured []string `json:"unmeasured,omitempty"`

	known bool // whether all releases it is about are
}

// Topic is what a fact is about. The order of Topics is that of their interest to a reader.
type Topic string

// The topics.
const (
	Survival Topic = "survival"
	Rotation Topic = "rotation"
	Deletion Topic = "deletion"
	Pushing  Topic = "pushing"
	Reading  Topic = "reading"
)

// Topics returns all topics.
func Topics() []Topic { return []Topic{Survival, Rotation, Deletion, Pushing, Reading} }

// Title is the heading of what there is to say about a topic.
func (t Topic) Title() string {
	switch t {
	case Survival:
		return "what it survives"
	case Rotation:
		return "what makes a new value"
	case Deletion:
		return "what deletes it"
	case Pushing:
		return "how it is pushed"
	}
	return "how it is read"
}

// recorded are the releases that docs/operator.md is about.
const recorded = "0.20.4 and 2.9.0"

// Measured says with which releases of the operator it was measured.
func (f Fact) Measured() string {
	if f.Only != "" {
		return f.Only
	}
	return recorded
}

// Sentence is the text with the clusters that it is about, and with the release that was measured, where those matter.
func (f Fact) Sentence() string {
	out := f.Text
	if len(f.Clusters) > 0 {
		out += " (in " + strings.Join(f.Clusters, ", ") + ")"
	}
	switch {
	case len(f.Unmeasured) > 0:
		out += " (measured with " + f.Measured() + "; " + strings.Join(f.Unmeasured, ", ") + ")"
	case f.Only != "" && !f.known:
		out += " (measured with " + f.Only + ")"
	}
	return out
}

// Line is the sentence as it is listed: with its ID.
func (f Fact) Line() string { return f.Sentence() + " [" + f.ID + "]" }

// Sources are the places in the repository's documentation that say so.
func (f Fact) Sources() []string {
	out := []string{"docs/operator.md#" + f.Record}
	if f.Scenario > 0 {
		out = append(out, "docs/measured.md#scenario-"+strconv.Itoa(f.Scenario))
	}
	return out
}

// Facts that a command prints by itself.
const (
	// FactReaderWaits is about a reader that waits for an epoch, FactWorstCase about one that does not.
	FactReaderWaits = factPinned
	FactWorstCase   = factWorst
	// FactEpoch is what a new epoch does.
	FactEpoch = factEpoch
)

// The facts by their use.
const (
	factEpoch        = "epoch-one-value"
	factEpochBack    = "epoch-back"
	factNoEpoch      = "epoch-absent"
	factClock        = "clock-one-value"
	factClockChange  = "clock-change"
	factRemembered   = "stores-asked"
	factFormer       = "former-key"
	factFormerGiven  = "former-key-given-first"
	factStoreDown    = "store-down"
	factMissing      = "missing-skipped"
	factRefreshed    = "refresh-on-change"
	factOnChange     = "on-change"
	factNever        = "interval-zero"
	factNewObject    = "new-object"
	factHandEdit     = "hand-edit-back"
	factHandEditNew  = "hand-edit-new"
	factHomeLost     = "home-lost"
	factDeleteGone   = "delete-push-gone"
	factDeleteSource = "delete-source-gone"
	factSourceGone   = "source-gone"
	factDeleteSwitch = "delete-switch"
	factDeleteName   = "delete-by-name"
	factPushTime     = "push-interval"
	factPushGuard    = "push-guard"
	factPinned       = "reader-waits"
	factTorn         = "torn"
	factWhole        = "push-whole"
	factUnmanaged    = "push-refused"
	factBootstrap    = "typed-in"
	factBootstrapEd  = "typed-in-edit"
	factRetry        = "reader-retries"
	factOrder        = "stores-in-order"
	factOrphan       = "orphan"
	factCreateMerge  = "create-or-merge"
	factWorst        = "worst-case"
	factStays        = "stays-in-store"
	factReplaces     = "push-replaces"
	factOldHome      = "old-home"
	factPushDraw     = "push-generates"
	factIfAbsent     = "push-if-absent"
)

// Facts returns all facts, sorted by ID.
func Facts() []Fact {
	return []Fact{
		{ID: factClockChange, About: Rotation, Text: "a clock that is added, changed or dropped keeps the value",
			Record: "the-store-remembers", Quote: "a clock added to a living secret, changed from 60 to 90 s, dropped and put back keeps the value each time"},
		{ID: factClock, About: Rotation, Text: "the clock makes exactly one new value a period, at its boundary",
			Record: "the-store-remembers", Quote: "exactly one new value a period, at the boundary, both Vaults and the consumer behind it within the push and refresh interval", Scenario: 4},
		{ID: factCreateMerge, About: Survival, Text: "the Secret has no owner and stays when its ExternalSecret is deleted",
			Record: "the-store-remembers", Quote: "`creationPolicy: CreateOrMerge`: all of the above, and the Secret has no owner: it stays when the ExternalSecret is deleted", Only: "2.9.0"},
		{ID: factDeleteName, About: Deletion, Text: "the operator knows a store by its name: under deletionPolicy Delete one of another name loses the key, and one at another address nothing",
			Record: "push", Quote: "under `Delete` a store that is named otherwise loses the key, after it was pushed, even where both names are one place"},
		{ID: factDeleteGone, About: Deletion, Text: "under deletionPolicy Delete the key goes, with all its versions, when its PushSecret goes or a store leaves its list",
			Record: "push", Quote: "`deletionPolicy: Delete` removes the remote key, with its metadata and all versions, when the PushSecret goes away and when a store leaves its list", Scenario: 6},
		{ID: factDeleteSource, About: Deletion, Text: "under deletionPolicy Delete the key goes when the source Secret is deleted, while the ExternalSecret still says that it is synced",
			Record: "push", Quote: "(2.9) also when the source Secret is deleted: both Vaults empty while the ExternalSecret still says SecretSynced", Only: "2.9.0", Instead: map[string]string{"0.20": factSourceGone}},
		{ID: factDeleteSwitch, About: Deletion, Text: "under deletionPolicy Delete a change of what is pushed removes the old entry, and the key is gone until the next interval while the PushSecret says that it is synced",
			Record: "push", Quote: "Changing a push from properties to whole under Delete removes the key until the next interval, while the PushSecret says Synced: its status is keyed by key/property", Only: "2.9.0"},
		{ID: factNoEpoch, About: Rotation, Text: "a value without an epoch counts as epoch 1",
			Record: "the-store-remembers", Quote: "`_epoch` \"2\" in the template, none in the store (counts as \"1\")"},
		{ID: factEpochBack, About: Rotation, Text: "an epoch that goes back is one more rotation: any other epoch than the stored one makes a new value",
			Record: "the-store-remembers", Quote: "`_epoch` \"2\" in the template, none in the store (counts as \"1\"): one new value, in place"},
		{ID: factEpoch, About: Rotation, Text: "another epoch makes one new value, in place, and each store gets one new version",
			Record: "the-store-remembers", Quote: "one new value, in place, both Vaults one new version", Scenario: 4},
		{ID: factFormer, About: Survival, Text: "what no store has under its key is taken, as a whole, from a former key that is named, and pushed under its own: the value stays",
			Record: "the-store-remembers", Quote: "keys of the stores that change, the former ones named, while the ExternalSecrets and their Secrets are deleted: **same values**, under the new keys in both Vaults", Scenario: 9},
		{ID: factFormerGiven, About: Deletion, Text: "under deletionPolicy Delete a push whose key changes writes the new key before it takes the old one",
			Record: "push", Quote: "Under `Delete` a push whose key changes writes all stores before it takes the old key from any", Scenario: 9},
		{ID: factHandEdit, About: Survival, Text: "a Secret that is edited by hand gets the stores' value back at once",
			Record: "the-store-remembers", Quote: "Secret edited by hand: the store's value is back at once (Owner, CreateOrMerge)", Scenario: 2},
		{ID: factHandEditNew, About: Rotation, Text: "a Secret that is edited by hand gets a new value at once",
			Record: "generators-and-rotation", Quote: "editing the Secret by hand made ESO generate a **new** password over it"},
		{ID: factHomeLost, About: Survival, Text: "with the home region lost, cluster and store, the value is taken from another region's store",
			Record: "the-store-remembers", Quote: "home Vault replaced by an empty one and ExternalSecret and Secret gone (the whole region lost): same value, taken from the second Vault, and pushed back into the first", Scenario: 3},
		{ID: factNever, About: Rotation, Text: "an ExternalSecret with refreshInterval 0 never refreshes once it has synced, not even when it is changed",
			Record: "generators-and-rotation", Quote: "`refreshInterval: \"0\"`, once synced, never refreshes, not even on a change of spec"},
		{ID: factMissing, About: Survival, Text: "a key that no store has is skipped, and the generator's value is taken",
			Record: "the-store-remembers", Quote: "a missing key is skipped under any deletionPolicy but Retain"},
		{ID: factNewObject, About: Rotation, Text: "a new ExternalSecret object generates again under every policy",
			Record: "generators-and-rotation", Quote: "Re-creating the ExternalSecret object (a new cluster, a restore) generates again under every policy: status lives on the object"},
		{ID: factOldHome, About: Survival, Text: "the old home keeps its Secrets, as old as that; delete them before home moves back, or a push may write them over the stores",
			Record: "regions", Quote: "a push that was faster than the origin wrote them over what the stores held", Scenario: 3},
		{ID: factOnChange, About: Rotation, Text: "an OnChange ExternalSecret refreshes only when its spec, labels or annotations change",
			Record: "generators-and-rotation", Quote: "`refreshPolicy: OnChange` refreshes only when generation, labels or annotations change"},
		{ID: factOrphan, About: Survival, Text: "an Orphan Secret that someone deletes is not made again",
			Record: "generators-and-rotation", Quote: "ESO does not re-create an Orphan target that someone deletes"},
		{ID: factPushDraw, About: Rotation, Text: "a push whose source is a generator runs it again whenever it pushes",
			Record: "push", Quote: "A PushSecret whose selector is a generator runs it each time it pushes (src)"},
		{ID: factPushGuard, About: Pushing, Text: "the push retries until the Secret has the wanted epoch, so that it carries the new value within seconds",
			Record: "the-store-remembers", Quote: "nothing old is pushed under the new epoch, retries with growing pauses, pushed 2 to 4 s after the origin", Scenario: 4},
		{ID: factIfAbsent, About: Pushing, Text: "under updatePolicy IfNotExists a key that the store has stays as it is, whatever the Secret holds",
			Record: "the-store-remembers", Quote: "after a rebuild the Secret holds a new value and both Vaults the old one", Only: "2.9.0"},
		{ID: factPushTime, About: Pushing, Text: "the operator does not watch the source Secret: a new value is pushed at the next push interval",
			Record: "push", Quote: "a changed source was not pushed until the PushSecret's `refreshInterval` (default 1h) or a change of the PushSecret itself"},
		{ID: factUnmanaged, About: Pushing, Text: "a key that someone else wrote is refused until its custom metadata says managed-by: external-secrets",
			Record: "push", Quote: "a key that exists without `managed-by: external-secrets` in its custom metadata is refused"},
		{ID: factReplaces, About: Pushing, Text: "a push of the whole Secret replaces the key: properties that it does not have are gone",
			Record: "push", Quote: "A whole push replaces the key: properties that others wrote there are gone"},
		{ID: factWhole, About: Pushing, Text: "the whole Secret is pushed in one write, so that no reader can pull half of a new value",
			Record: "push", Quote: "the same rotation is one version, one write, never torn"},
		{ID: factRetry, About: Reading, Text: "a reader whose key is not there yet fails and tries again",
			Record: "readers", Quote: "An ExternalSecret that reads a key before it was pushed fails and retries with back-off", Scenario: 1},
		{ID: factPinned, About: Reading, Text: "the reader keeps its Secret as it is until the wanted epoch is in its store, and then has the new value within seconds",
			Record: "the-store-remembers", Quote: "applied first, it is SecretSyncedError and its Secret untouched; 2 to 6 s after the origin it has the new value and is Ready", Scenario: 4},
		{ID: factRefreshed, About: Reading, Text: "a periodic ExternalSecret refreshes when its interval has passed or its spec, labels or annotations change",
			Record: "generators-and-rotation", Quote: "refreshes when the interval has passed **or when its generation, labels or annotations change**"},
		{ID: factSourceGone, About: Deletion, Text: "under deletionPolicy Delete the key stays when the source Secret is deleted: the push fails until it is back",
			Record: "push", Quote: "0.20.4 fails there and takes nothing from the stores", Only: "0.20.4"},
		{ID: factStays, About: Survival, Text: "without deletionPolicy Delete, what was pushed stays in the stores",
			Record: "push", Quote: "Without `Delete` what was pushed stays", Scenario: 6},
		{ID: factStoreDown, About: Survival, Text: "while a store that is asked does not answer, nothing is generated and the Secret stays",
			Record: "the-store-remembers", Quote: "Any of the asked stores down: the same, also for an epoch bump, until it answers"},
		{ID: factRemembered, About: Survival, Text: "the stores are asked first: relabelled, deleted, restored or with a template edited, the value stays",
			Record: "the-store-remembers", Quote: "relabelled; ExternalSecret and Secret deleted and applied again; Secret deleted (back at once); a template edited: **same value**, no new KV version", Scenario: 2},
		{ID: factOrder, About: Pushing, Text: "the stores of one push are written one after the other, and the first failure ends the round",
			Record: "push", Quote: "Stores of one PushSecret are written one after another in random order, and the first failure ends the round"},
		{ID: factTorn, About: Pushing, Text: "pushed property by property, a reader can pull a pair of an old and a new value",
			Record: "push", Quote: "the third is a torn pair that any reader can pull"},
		{ID: factBootstrap, About: Survival, Text: "while no store has the value the ExternalSecret is not ready; once a person has made the Secret it is pushed, and restored after a rebuild",
			Record: "typed-in", Quote: "no value anywhere → not Ready, no Secret made; a person creates the Secret → pushed to both, then Ready with the same value; ExternalSecret and Secret deleted and re-applied → restored", Scenario: 1},
		{ID: factBootstrapEd, About: Survival, Text: "a person's edit of the Secret stays and is pushed",
			Record: "typed-in", Quote: "edited by a person and relabelled → the edit stays and is pushed", Only: "2.9.0"},
		{ID: factWorst, About: Reading, Text: "a reader that does not wait for an epoch has a new value at the latest after the push interval and its own refresh interval; files in a pod take the kubelet's delay on top",
			Record: "push", Quote: "The worst case from a new value to a consumer is therefore pushInterval + refreshInterval of the reader (+ the kubelet's own delay for mounted files)"},
	}
}
