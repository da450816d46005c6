package graph

// Fact is a sentence about what the operator does. Every such sentence that a diff or an explanation prints is one of these,
// so that none is there without a measurement behind it.
type Fact struct {
	// ID is stable and kebab-case.
	ID string `json:"id"`
	// Text is the sentence, without a final full stop.
	Text string `json:"text"`
	// Quote is the text in the record of measurements (testdata/facts.md) that says so.
	Quote string `json:"-"`
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
	factDeleteSwitch = "delete-switch"
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
)

// Facts returns all facts, sorted by ID.
func Facts() []Fact {
	return []Fact{
		{factClockChange, "a clock that is added, changed or dropped keeps the value", "a clock added to a living secret, changed from 60 to 90 s, dropped and put back keeps the value each time"},
		{factClock, "the clock makes exactly one new value a period, at its boundary", "exactly one new value a period, at the boundary, both Vaults and the consumer behind it within the push and refresh interval"},
		{factCreateMerge, "the Secret has no owner and stays when its ExternalSecret is deleted", "`creationPolicy: CreateOrMerge`: all of the above, and the Secret has no owner: it stays when the ExternalSecret is deleted"},
		{factDeleteGone, "under deletionPolicy Delete the key goes, with all its versions, when its PushSecret goes or a store leaves its list", "`deletionPolicy: Delete` removes the remote key, with its metadata and all versions, when the PushSecret goes away and when a store leaves its list"},
		{factDeleteSource, "under deletionPolicy Delete the key goes when the source Secret is deleted, while the ExternalSecret still says that it is synced", "(2.9) also when the source Secret is deleted: both Vaults empty while the ExternalSecret still says SecretSynced"},
		{factDeleteSwitch, "under deletionPolicy Delete a change of what is pushed removes the old entry, and the key is gone until the next interval while the PushSecret says that it is synced", "Changing a push from properties to whole under Delete removes the key until the next interval, while the PushSecret says Synced: its status is keyed by key/property"},
		{factNoEpoch, "a value without an epoch counts as epoch 1", "`_epoch` \"2\" in the template, none in the store (counts as \"1\")"},
		{factEpochBack, "an epoch that goes back is one more rotation: any other epoch than the stored one makes a new value", "`_epoch` \"2\" in the template, none in the store (counts as \"1\"): one new value, in place"},
		{factEpoch, "another epoch makes one new value, in place, and each store gets one new version", "one new value, in place, both Vaults one new version"},
		{factHandEdit, "a Secret that is edited by hand gets the stores' value back at once", "Secret edited by hand: the store's value is back at once (Owner, CreateOrMerge)"},
		{factHandEditNew, "a Secret that is edited by hand gets a new value at once", "editing the Secret by hand made ESO generate a **new** password over it"},
		{factHomeLost, "with the home region lost, cluster and store, the value is taken from another region's store", "home Vault replaced by an empty one and ExternalSecret and Secret gone (the whole region lost): same value, taken from the second Vault, and pushed back into the first"},
		{factNever, "an ExternalSecret with refreshInterval 0 never refreshes once it has synced, not even when it is changed", "`refreshInterval: \"0\"`, once synced, never refreshes, not even on a change of spec"},
		{factMissing, "a key that no store has is skipped, and the generator's value is taken", "a missing key is skipped under any deletionPolicy but Retain"},
		{factNewObject, "a new ExternalSecret object generates again under every policy", "Re-creating the ExternalSecret object (a new cluster, a restore) generates again under every policy: status lives on the object"},
		{factOnChange, "an OnChange ExternalSecret refreshes only when its spec, labels or annotations change", "`refreshPolicy: OnChange` refreshes only when generation, labels or annotations change"},
		{factOrphan, "an Orphan Secret that someone deletes is not made again", "ESO does not re-create an Orphan target that someone deletes"},
		{factPushGuard, "the push retries until the Secret has the wanted epoch, so that it carries the new value within seconds", "nothing old is pushed under the new epoch, retries with growing pauses, pushed 2 to 4 s after the origin"},
		{factPushTime, "the operator does not watch the source Secret: a new value is pushed at the next push interval", "a changed source was not pushed until the PushSecret's `refreshInterval` (default 1h) or a change of the PushSecret itself"},
		{factUnmanaged, "a key that someone else wrote is refused until its custom metadata says managed-by: external-secrets", "a key that exists without `managed-by: external-secrets` in its custom metadata is refused"},
		{factWhole, "the whole Secret is pushed in one write, so that no reader can pull half of a new value", "the same rotation is one version, one write, never torn"},
		{factRetry, "a reader whose key is not there yet fails and tries again", "An ExternalSecret that reads a key before it was pushed fails and retries with back-off"},
		{factPinned, "the reader keeps its Secret as it is until the wanted epoch is in its store, and then has the new value within seconds", "applied first, it is SecretSyncedError and its Secret untouched; 2 to 6 s after the origin it has the new value and is Ready"},
		{factRefreshed, "a periodic ExternalSecret refreshes when its interval has passed or its spec, labels or annotations change", "refreshes when the interval has passed **or when its generation, labels or annotations change**"},
		{factStoreDown, "while a store that is asked does not answer, nothing is generated and the Secret stays", "Any of the asked stores down: the same, also for an epoch bump, until it answers"},
		{factRemembered, "the stores are asked first: relabelled, deleted, restored or with a template edited, the value stays", "relabelled; ExternalSecret and Secret deleted and applied again; Secret deleted (back at once); a template edited: **same value**, no new KV version"},
		{factOrder, "the stores of one push are written one after the other, and the first failure ends the round", "Stores of one PushSecret are written one after another in random order, and the first failure ends the round"},
		{factTorn, "pushed property by property, a reader can pull a pair of an old and a new value", "the third is a torn pair that any reader can pull"},
		{factBootstrap, "while no store has the value the ExternalSecret is not ready; once a person has made the Secret it is pushed, and restored after a rebuild", "no value anywhere → not Ready, no Secret made; a person creates the Secret → pushed to both, then Ready with the same value; ExternalSecret and Secret deleted and re-applied → restored"},
		{factBootstrapEd, "a person's edit of the Secret stays and is pushed", "edited by a person and relabelled → the edit stays and is pushed"},
		{factWorst, "a reader that does not wait for an epoch has a new value at the latest after the push interval and its own refresh interval; files in a pod take the kubelet's delay on top", "The worst case from a new value to a consumer is therefore pushInterval + refreshInterval of the reader (+ the kubelet's own delay for mounted files)"},
	}
}

// FactsOf returns the facts of some IDs, in the order of Facts, each once.
func FactsOf(ids ...string) []Fact {
	set := map[string]bool{}
	for _, id := range ids {
		set[id] = true
	}
	return factsOf(set)
}

// factsOf returns the facts of some IDs, in the order of Facts, each once.
func factsOf(ids map[string]bool) []Fact {
	var out []Fact
	for _, f := range Facts() {
		if ids[f.ID] {
			out = append(out, f)
		}
	}
	return out
}
