package schema

// Secret is one secret: where its value comes from, its keys, and how it travels.
type Secret struct {
	// Name of the secret: a DNS label, unique in its tenant. It is the name of the Kubernetes Secret unless names.target says otherwise. Example: postgres.
	Name string `json:"name" esotree:"required"`
	// Class gives defaults for the source, the rotation, the keys and the type. Example: database-password.
	Class string `json:"class,omitempty"`

	SecretSpec
}

// Class is a set of defaults for secrets. Its fields mean what they mean on a secret.
type Class struct {
	// Description says what the class is for, in a sentence. Example: A generated password that a database must also learn.
	Description string `json:"description,omitempty"`

	SecretSpec
}

// SecretSpec is what a secret and a class have in common.
type SecretSpec struct {
	// Generator makes the value. One of generator, bootstrap, secretRef and remote. Example: {kind: Password, spec: {length: 32}}.
	Generator *Generator `json:"generator,omitempty"`
	// Bootstrap: a person supplies the value once, in the home cluster. One of generator, bootstrap, secretRef and remote. Example: {prompt: Payment provider API key}.
	Bootstrap *Bootstrap `json:"bootstrap,omitempty"`
	// SecretRef: another controller makes the Secret; it is only pushed. One of generator, bootstrap, secretRef and remote. Example: {name: api-tls}.
	SecretRef *SecretRef `json:"secretRef,omitempty"`
	// Remote: the value is in the stores already; it is only pulled. One of generator, bootstrap, secretRef and remote. Example: {key: shared/ldap}.
	Remote *Remote `json:"remote,omitempty"`
	// Registry is the host of a container registry, where the generator does not give it. Example: registry.example.com.
	Registry string `json:"registry,omitempty"`
	// Keys of the Secret. Default: all outputs of the generator. Example: {password: {}, url: {template: "postgresql://app:{{ .password | urlquery }}@postgres:5432/app"}}.
	Keys map[string]Key `json:"keys,omitempty"`
	// Rotation says when the value is replaced. Example: {epoch: "2026-11-23", every: 90d}.
	Rotation *Rotation `json:"rotation,omitempty"`
	// Environments that have the secret. Default: all of the tenant's. Example: [prod].
	Environments []string `json:"environments,omitempty"`
	// Regions in which the Secret exists: Home, All or a list. Default: Home; All for platform secrets. Example: [region1].
	Regions *Regions `json:"regions,omitempty"`
	// Namespace of the Secret. Default: the tenant's; required for a platform secret. Example: flux-system.
	Namespace string `json:"namespace,omitempty"`
	// Type of the Secret, such as kubernetes.io/tls. Default: Opaque. Example: kubernetes.io/tls.
	Type string `json:"type,omitempty"`
	// Labels of the Secret. Example: {app: checkout}.
	Labels map[string]string `json:"labels,omitempty"`
	// Annotations of the Secret. Example: {team: payments}.
	Annotations map[string]string `json:"annotations,omitempty"`
	// Immutable makes the Secret immutable: another epoch reaches it only once someone deletes it. Example: true.
	Immutable *bool `json:"immutable,omitempty"`
	// RemoteKey is the secret's key in the stores. Default: the platform's pattern. Example: $(tenant)/$(environment)/$(secret).
	RemoteKey string `json:"remoteKey,omitempty"`
	// FormerRemoteKeys are keys that the value had in the stores before, the latest first. Where no store has it under its key, it is taken from
	// the first of these that has it. Default: the platform's patterns, unless remoteKey is given. Example: [$(tenant)/pg].
	FormerRemoteKeys []string `json:"formerRemoteKeys,omitempty"`
	// RefreshInterval of what is pulled, or generated where it is used. Default: the platform's. Example: 30m.
	RefreshInterval Duration `json:"refreshInterval,omitempty"`
	// PushInterval of what is pushed. Default: the platform's. Example: 10m.
	PushInterval Duration `json:"pushInterval,omitempty"`
	// Push overrides the platform's, field by field. Example: {mode: PerKey}.
	Push *Push `json:"push,omitempty"`
	// Recover overrides the platform's. Example: Home.
	Recover Recover `json:"recover,omitempty"`
	// Names of the objects, where the defaults don't fit. Example: {target: postgres-credentials}.
	Names *Names `json:"names,omitempty"`
}

// Generator is an ESO generator.
type Generator struct {
	// Kind of the generator, such as Password. Example: Password.
	Kind string `json:"kind" esotree:"required"`
	// Spec is the generator's own, verbatim. Example: {length: 32, digits: 6, symbols: 4}.
	Spec Open `json:"spec,omitempty"`
}

// Bootstrap is a value that a person types in once. It never stands in Git.
type Bootstrap struct {
	// Prompt tells the person what to type in. Example: Payment provider API key.
	Prompt string `json:"prompt" esotree:"required"`
	// Offline means that the value never enters a cluster or a store: nothing is rendered, it is only listed. Example: true.
	Offline bool `json:"offline,omitempty"`
}

// SecretRef is a Secret that another controller makes.
type SecretRef struct {
	// Name of the Secret. Default: the secret's name. Example: api-tls.
	Name string `json:"name,omitempty"`
}

// Remote is a value that is in the stores already.
type Remote struct {
	// Key in the stores. Example: shared/ldap.
	Key string `json:"key" esotree:"required"`
}

// Key is one key of a Secret. Empty means: the generator's output of that name, else its only one.
type Key struct {
	// Output names the generator's output. For other sources it names a key of the source. Example: password.
	Output string `json:"output,omitempty"`
	// Template makes the key from the others, as an ESO template. Example: "postgresql://app:{{ .password | urlquery }}@postgres:5432/app".
	Template string `json:"template,omitempty"`
}

// Rotation says when a value is replaced. Nothing else ever replaces it.
type Rotation struct {
	// Epoch of the wanted value: a short quoted string, best the day of the last rotation; another epoch rotates. Default: none, never rotated. Example: "2026-11-23".
	Epoch string `json:"epoch,omitempty"`
	// Every is how often the value is to be replaced, such as 90d. Example: 90d.
	Every Duration `json:"every,omitempty"`
	// By is Commit (a changed epoch rotates, every is a due date), Clock (the operator rotates) or External (someone else does). Default: Commit. Example: Clock.
	By RotationBy `json:"by,omitempty"`
	// Since dates a value that was never rotated: YYYY-MM-DD in quotes. It changes nothing. Example: "2026-08-01".
	Since string `json:"since,omitempty"`
	// KeepPrevious adds previous_<key>, the value before the last rotation. Example: true.
	KeepPrevious *bool `json:"keepPrevious,omitempty"`
}

// Names overrides the names of a secret's objects.
type Names struct {
	// Generator object. Default: <secret>-generator. Example: postgres-password.
	Generator string `json:"generator,omitempty"`
	// ExternalSecret of the origin and its mirrors. Default: the secret's name. Example: postgres-origin.
	ExternalSecret string `json:"externalSecret,omitempty"`
	// Push is the PushSecret. Default: push-<secret>. Example: push-db-credentials.
	Push string `json:"push,omitempty"`
	// Target is the Kubernetes Secret. Default: the secret's name. Example: db-credentials.
	Target string `json:"target,omitempty"`
}
