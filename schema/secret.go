package schema

// Secret is one secret: where its value comes from, its keys, and how it travels.
type Secret struct {
	// Name of the secret: a DNS label, unique in its tenant. It is the name of the Kubernetes Secret unless names.target says otherwise.
	Name string `json:"name" esotree:"required"`
	// Class gives defaults for the source, the rotation, the keys and the type.
	Class string `json:"class,omitempty"`

	SecretSpec
}

// Class is a set of defaults for secrets. Its fields mean what they mean on a secret.
type Class struct {
	// Description says what the class is for, in a sentence.
	Description string `json:"description,omitempty"`

	SecretSpec
}

// SecretSpec is what a secret and a class have in common.
type SecretSpec struct {
	// Generator makes the value. One of generator, bootstrap, secretRef and remote.
	Generator *Generator `json:"generator,omitempty"`
	// Bootstrap: a person supplies the value once, in the home cluster. One of generator, bootstrap, secretRef and remote.
	Bootstrap *Bootstrap `json:"bootstrap,omitempty"`
	// SecretRef: another controller makes the Secret; it is only pushed. One of generator, bootstrap, secretRef and remote.
	SecretRef *SecretRef `json:"secretRef,omitempty"`
	// Remote: the value is in the stores already; it is only pulled. One of generator, bootstrap, secretRef and remote.
	Remote *Remote `json:"remote,omitempty"`
	// Registry is the host of a container registry, where the generator does not give it.
	Registry string `json:"registry,omitempty"`
	// Keys of the Secret. No keys means all outputs of the generator.
	Keys map[string]Key `json:"keys,omitempty"`
	// Rotation says when the value is replaced.
	Rotation *Rotation `json:"rotation,omitempty"`
	// Environments that have the secret. Default: all of the tenant's.
	Environments []string `json:"environments,omitempty"`
	// Regions in which the Secret exists: Home, All or a list. Default: Home; All for platform secrets.
	Regions *Regions `json:"regions,omitempty"`
	// Namespace of the Secret. Default: the tenant's; required for a platform secret.
	Namespace string `json:"namespace,omitempty"`
	// Type of the Secret, such as kubernetes.io/tls. Default: Opaque.
	Type string `json:"type,omitempty"`
	// Labels of the Secret.
	Labels map[string]string `json:"labels,omitempty"`
	// Annotations of the Secret.
	Annotations map[string]string `json:"annotations,omitempty"`
	// Immutable makes the Secret immutable.
	Immutable *bool `json:"immutable,omitempty"`
	// RemoteKey is the secret's key in the stores. Default: the platform's pattern.
	RemoteKey string `json:"remoteKey,omitempty"`
	// RefreshInterval of what is pulled, or generated where it is used. Default: the platform's.
	RefreshInterval Duration `json:"refreshInterval,omitempty"`
	// PushInterval of what is pushed. Default: the platform's.
	PushInterval Duration `json:"pushInterval,omitempty"`
	// Push overrides the platform's, field by field.
	Push *Push `json:"push,omitempty"`
	// Recover overrides the platform's.
	Recover Recover `json:"recover,omitempty"`
	// Names of the objects, where the defaults don't fit.
	Names *Names `json:"names,omitempty"`
}

// Generator is an ESO generator.
type Generator struct {
	// Kind of the generator, such as Password.
	Kind string `json:"kind" esotree:"required"`
	// Spec is the generator's own, verbatim.
	Spec Open `json:"spec,omitempty"`
}

// Bootstrap is a value that a person types in once. It never stands in Git.
type Bootstrap struct {
	// Prompt tells the person what to type in.
	Prompt string `json:"prompt" esotree:"required"`
	// Offline means that the value never enters a cluster or a store: nothing is rendered, it is only listed.
	Offline bool `json:"offline,omitempty"`
}

// SecretRef is a Secret that another controller makes.
type SecretRef struct {
	// Name of the Secret. Default: the secret's name.
	Name string `json:"name,omitempty"`
}

// Remote is a value that is in the stores already.
type Remote struct {
	// Key in the stores.
	Key string `json:"key" esotree:"required"`
}

// Key is one key of a Secret. Empty means: the generator's output of that name, else its only one.
type Key struct {
	// Output names the generator's output. For other sources it names a key of the source.
	Output string `json:"output,omitempty"`
	// Template makes the key from the others, as an ESO template.
	Template string `json:"template,omitempty"`
}

// Rotation says when a value is replaced. Nothing else ever replaces it.
type Rotation struct {
	// Epoch of the wanted value: a short string, best the day of the last rotation. Absent: never rotated.
	Epoch string `json:"epoch,omitempty"`
	// Every is how often the value is to be replaced, such as 90d.
	Every Duration `json:"every,omitempty"`
	// By is Commit (a changed epoch rotates, every is a due date), Clock (the operator rotates) or External (someone else does). Default: Commit.
	By RotationBy `json:"by,omitempty"`
	// Since dates a value that was never rotated: YYYY-MM-DD. It changes nothing.
	Since string `json:"since,omitempty"`
	// KeepPrevious adds previous_<key>, the value before the last rotation.
	KeepPrevious *bool `json:"keepPrevious,omitempty"`
}

// Names overrides the names of a secret's objects.
type Names struct {
	// Generator object. Default: <secret>-generator.
	Generator string `json:"generator,omitempty"`
	// ExternalSecret of the origin and its mirrors. Default: the secret's name.
	ExternalSecret string `json:"externalSecret,omitempty"`
	// Push is the PushSecret. Default: push-<secret>.
	Push string `json:"push,omitempty"`
	// Target is the Kubernetes Secret. Default: the secret's name.
	Target string `json:"target,omitempty"`
}
