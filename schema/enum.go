package schema

type (
	// Recover says which stores an origin asks before it generates.
	Recover string
	// Isolation says who shares a store.
	Isolation string
	// APIDefaults says whether the defaults of the API are written out.
	APIDefaults string
	// Namespaces says whether Namespace objects are rendered.
	Namespaces string
	// PushTo says which stores a secret is pushed to.
	PushTo string
	// PushMode says whether a Secret is pushed in one write.
	PushMode string
	// PushSplit says whether regions share a PushSecret.
	PushSplit string
	// PushDeletion says what happens to the stores' copies when a push goes away.
	PushDeletion string
	// RotationBy says who rotates.
	RotationBy string
	// Engine is a GitOps engine.
	Engine string
)

// The values of the enumerations. The first of each is the default, but where a doc comment says otherwise.
const (
	RecoverAll  Recover = "All"
	RecoverHome Recover = "Home"
	RecoverNone Recover = "None"

	IsolationShared    Isolation = "Shared"
	IsolationPerTenant Isolation = "PerTenant"

	APIDefaultsExplicit APIDefaults = "Explicit"
	APIDefaultsOmit     APIDefaults = "Omit"

	NamespacesNone   Namespaces = "None"
	NamespacesRender Namespaces = "Render"

	PushToAll  PushTo = "All"
	PushToHome PushTo = "Home"

	PushWhole  PushMode = "Whole"
	PushPerKey PushMode = "PerKey"

	PushSingle    PushSplit = "Single"
	PushPerRegion PushSplit = "PerRegion"

	PushDeletionNone   PushDeletion = "None"
	PushDeletionDelete PushDeletion = "Delete"

	ByCommit   RotationBy = "Commit"
	ByClock    RotationBy = "Clock"
	ByExternal RotationBy = "External"

	EngineFlux   Engine = "Flux"
	EngineArgoCD Engine = "ArgoCD"
)

// Values returns the legal values.
func (Recover) Values() []string { return []string{"All", "Home", "None"} }

// Values returns the legal values.
func (Isolation) Values() []string { return []string{"Shared", "PerTenant"} }

// Values returns the legal values.
func (APIDefaults) Values() []string { return []string{"Explicit", "Omit"} }

// Values returns the legal values.
func (Namespaces) Values() []string { return []string{"None", "Render"} }

// Values returns the legal values.
func (PushTo) Values() []string { return []string{"All", "Home"} }

// Values returns the legal values.
func (PushMode) Values() []string { return []string{"Whole", "PerKey"} }

// Values returns the legal values.
func (PushSplit) Values() []string { return []string{"Single", "PerRegion"} }

// Values returns the legal values.
func (PushDeletion) Values() []string { return []string{"None", "Delete"} }

// Values returns the legal values.
func (RotationBy) Values() []string { return []string{"Commit", "Clock", "External"} }

// Values returns the legal values.
func (Engine) Values() []string { return []string{"Flux", "ArgoCD"} }
