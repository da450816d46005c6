package schema

// APIVersion is the one that descriptions are written in.
const APIVersion = "esotree.openova.io/v1alpha1"

// The kinds of description.
const (
	KindPlatform = "Platform"
	KindTenant   = "Tenant"
)

// Metadata names a description, as in every Kubernetes object.
type Metadata struct {
	// Name of the platform or tenant: a DNS label, unique among its kind. Example: acme.
	Name string `json:"name" esotree:"required"`
	// Labels are for a person's own tools. esotree does not read them. Example: {team: payments}.
	Labels map[string]string `json:"labels,omitempty"`
	// Annotations are for a person's own tools, and for the KRM function's orchestrator. esotree does not read them. Example: {config.kubernetes.io/local-config: "true"}.
	Annotations map[string]string `json:"annotations,omitempty"`
}

// Platform describes what all tenants share: regions with their stores, environments, defaults, classes, and the
// platform's own secrets. There is exactly one.
type Platform struct {
	// APIVersion is esotree.openova.io/v1alpha1.
	APIVersion string `json:"apiVersion" esotree:"required"`
	// Kind is Platform.
	Kind string `json:"kind" esotree:"required"`
	// Metadata names the platform.
	Metadata Metadata `json:"metadata" esotree:"required"`
	// Spec is the platform as it should be.
	Spec PlatformSpec `json:"spec" esotree:"required"`

	// Source is the text this was read from; nil for a description built in Go.
	Source *Source `json:"-"`
}

// PlatformSpec is the platform as it should be.
type PlatformSpec struct {
	// ESO says which release of the External Secrets Operator the clusters run. Example: {version: "2.9"}.
	ESO ESO `json:"eso,omitempty"`
	// Home is the region in which platform secrets originate. Default: the first region. Example: region1.
	Home string `json:"home,omitempty"`
	// Regions are the clusters, each with its nearest store.
	Regions []Region `json:"regions" esotree:"required"`
	// Environments that tenants can have. Example: [{name: prod, regions: [region1, region2], home: region1}].
	Environments []Environment `json:"environments,omitempty"`
	// Push says how secrets reach the stores; each field can be overridden on a secret. Example: {split: Single}.
	Push Push `json:"push,omitempty"`
	// Recover says which stores an origin asks for the value before it generates one. Default: All.
	Recover Recover `json:"recover,omitempty"`
	// Isolation is Shared (one store per region for all) or PerTenant (a store of its own per tenant and environment). Default: Shared.
	Isolation Isolation `json:"isolation,omitempty"`
	// APIDefaults is Explicit (write every default of the API, so that Argo CD stays in sync) or Omit. Default: Omit under Flux, else Explicit.
	APIDefaults APIDefaults `json:"apiDefaults,omitempty"`
	// Namespaces is Render (write Namespace objects too) or None. Default: None.
	Namespaces Namespaces `json:"namespaces,omitempty"`
	// Defaults are the patterns and intervals that apply where nothing else is said. Example: {refreshInterval: 30m}.
	Defaults Defaults `json:"defaults,omitempty"`
	// Vars can be used as $(vars.NAME) everywhere. Example: {domain: example.com}.
	Vars map[string]string `json:"vars,omitempty"`
	// Classes are added to the built-in ones; the same name replaces a built-in one. Example: {session-key: {generator: {kind: UUID}, rotation: {every: 30d}}}.
	Classes map[string]Class `json:"classes,omitempty"`
	// Secrets that the platform owns. Each names its namespace.
	Secrets []Secret `json:"secrets,omitempty"`
	// Services of the platform that read secrets. Each names its namespace.
	Services []Service `json:"services,omitempty"`
	// Grants let tenants read platform secrets.
	Grants []Grant `json:"grants,omitempty"`
	// RenamedTenants are tenants that had another name: the values that they had under it in the stores are theirs. The latest former name comes first. Example: [{from: acme, to: acme-corp}].
	RenamedTenants []RenamedTenant `json:"renamedTenants,omitempty"`
	// GitRepositories are Flux sources whose credentials are platform secrets.
	GitRepositories []GitRepository `json:"gitRepositories,omitempty"`
	// GitOps asks for the Flux or Argo CD objects that apply the tree.
	GitOps *GitOps `json:"gitops,omitempty"`
}

// ESO names a release line of the External Secrets Operator.
type ESO struct {
	// Version is the release line, such as "2.9". It decides apiVersions, legal fields and defaults. Default: "2.9". Example: "2.8".
	Version string `json:"version,omitempty"`
}

// Region is one cluster and its nearest store.
type Region struct {
	// Name of the region: a DNS label. It is the folder of the cluster's tree. Example: region1.
	Name string `json:"name" esotree:"required"`
	// ESO is the release that this cluster runs, where it lags behind the platform's. Example: {version: "2.8"}.
	ESO *ESO `json:"eso,omitempty"`
	// Vars win over the platform's and the environment's in objects of this region. An origin can't use them. Example: {dbHost: pg.region1.example.com}.
	Vars map[string]string `json:"vars,omitempty"`
	// Store is the region's store.
	Store Store `json:"store" esotree:"required"`
}

// Store becomes a ClusterSecretStore in every cluster that uses it.
type Store struct {
	// Name of the ClusterSecretStore. Default: <provider>-<region>. Example: vault-region1.
	Name string `json:"name,omitempty"`
	// Provider is ESO's own spec.provider, verbatim: one key, the provider's name. Example: {vault: {server: "https://vault.region1.example.com", path: secret, version: v2}}.
	Provider Open `json:"provider" esotree:"required"`
	// FromOtherClusters is a JSON merge patch (RFC 7386) on provider for the other regions' trees. Example: {vault: {auth: {kubernetes: {mountPath: kubernetes-$(cluster)}}}}.
	FromOtherClusters Open `json:"fromOtherClusters,omitempty"`
	// Conditions are ESO's own spec.conditions: which namespaces may use the store. Default: all. Example: [{namespaces: [acme-prod]}].
	Conditions []Open `json:"conditions,omitempty"`
	// RetrySettings are ESO's own spec.retrySettings. Example: {maxRetries: 5, retryInterval: 10s}.
	RetrySettings Open `json:"retrySettings,omitempty"`
	// Labels of the ClusterSecretStore. Example: {team: platform}.
	Labels map[string]string `json:"labels,omitempty"`
	// Annotations of the ClusterSecretStore. Example: {team: platform}.
	Annotations map[string]string `json:"annotations,omitempty"`
}

// Open is a part of the description that esotree passes to the operator as it is. Its fields are the operator's own and
// are checked when they are rendered.
type Open map[string]any

// Environment is a stage of the tenants, such as prod.
type Environment struct {
	// Name of the environment: a DNS label. Example: prod.
	Name string `json:"name" esotree:"required"`
	// Regions that the environment runs in. Default: all. Example: [region1, region2].
	Regions []string `json:"regions,omitempty"`
	// Home is the region in which the environment's values originate. Default: the first of its regions. Example: region1.
	Home string `json:"home,omitempty"`
	// Vars win over the platform's. Example: {replicas: "3"}.
	Vars map[string]string `json:"vars,omitempty"`
}

// Push says how a secret gets from its Kubernetes Secret to the stores.
type Push struct {
	// To is All (every region's store) or Home (the home store only, where the stores replicate themselves). Default: All. Example: Home.
	To PushTo `json:"to,omitempty"`
	// Mode is Whole (one write, never torn) or PerKey (a write per key). Default: Whole. Example: PerKey.
	Mode PushMode `json:"mode,omitempty"`
	// Split is PerRegion (a PushSecret for each store, so that a store that fails holds up no other) or Single (one for all stores, which
	// are written one after another until one fails). Default: PerRegion. Example: Single.
	Split PushSplit `json:"split,omitempty"`
	// Deletion is None (the stores keep the value) or Delete (it goes when the push goes). Default: None. Example: Delete.
	Deletion PushDeletion `json:"deletion,omitempty"`
}

// Defaults are patterns and intervals. In patterns $(…) is expanded for each object.
type Defaults struct {
	// Namespace of a tenant's objects. Default: $(tenant)-$(environment). Example: $(tenant).
	Namespace string `json:"namespace,omitempty"`
	// RemoteKey is a tenant secret's key in the stores. Default: $(tenant)/$(secret). Example: $(tenant)/$(environment)/$(secret).
	RemoteKey string `json:"remoteKey,omitempty"`
	// PlatformRemoteKey is a platform secret's key in the stores. Default: $(namespace)/$(secret). Example: platform/$(secret).
	PlatformRemoteKey string `json:"platformRemoteKey,omitempty"`
	// FormerRemoteKeys are patterns that remoteKey was before, the latest first. Example: [$(tenant)/$(secret)].
	FormerRemoteKeys []string `json:"formerRemoteKeys,omitempty"`
	// FormerPlatformRemoteKeys are patterns that platformRemoteKey was before, the latest first. Example: [$(namespace)/$(secret)].
	FormerPlatformRemoteKeys []string `json:"formerPlatformRemoteKeys,omitempty"`
	// ExternalSecret is the name of a service's ExternalSecret and Secret. Default: $(service)-secrets. Example: $(service)-env.
	ExternalSecret string `json:"externalSecret,omitempty"`
	// RefreshInterval of what is pulled. Default: 1h. Example: 30m.
	RefreshInterval Duration `json:"refreshInterval,omitempty"`
	// PushInterval of what is pushed. Default: 1h. Example: 10m.
	PushInterval Duration `json:"pushInterval,omitempty"`
}

// RenamedTenant is a tenant that had another name. What the patterns for keys make of that name counts as its former keys.
type RenamedTenant struct {
	// From is the name that it had; no tenant may have it now. Example: acme.
	From string `json:"from" esotree:"required"`
	// To is the name that it has today: where a became b, and b became c, both entries say c. Example: acme-corp.
	To string `json:"to" esotree:"required"`
}

// GitRepository is a Flux source that reads its credentials from a platform secret.
type GitRepository struct {
	// Name of the GitRepository. Example: component.
	Name string `json:"name" esotree:"required"`
	// Namespace of the GitRepository and of the Secret it names. Example: flux-system.
	Namespace string `json:"namespace" esotree:"required"`
	// Regions in which it is rendered. Default: All. Example: All.
	Regions *Regions `json:"regions,omitempty"`
	// Spec is Flux's own, verbatim. Its secretRef must name a secret of the description. Example: {url: "https://git.example.com/acme/component.git", interval: 10m, secretRef: {name: gitea-token}}.
	Spec Open `json:"spec" esotree:"required"`
}

// GitOps asks for the objects that make Flux or Argo CD apply the tree.
type GitOps struct {
	// Engine is Flux or ArgoCD.
	Engine Engine `json:"engine" esotree:"required"`
	// Namespace of the engine's objects. Default: flux-system or argocd. Example: flux-system.
	Namespace string `json:"namespace,omitempty"`
	// Path of the rendered tree in the Git repository. Default: rendered. Example: clusters/rendered.
	Path string `json:"path,omitempty"`
	// SourceRef is Flux's own spec.sourceRef. Required for Flux. Example: {kind: GitRepository, name: component}.
	SourceRef Open `json:"sourceRef,omitempty"`
	// Interval of the Flux Kustomizations. Default: 10m. Example: 5m.
	Interval Duration `json:"interval,omitempty"`
	// RepoURL is the Git repository that Argo CD reads. Required for Argo CD. Example: https://git.example.com/acme/platform.git.
	RepoURL string `json:"repoURL,omitempty"`
	// TargetRevision is the revision that Argo CD reads. Default: HEAD. Example: main.
	TargetRevision string `json:"targetRevision,omitempty"`
	// Project is the Argo CD AppProject of the platform's own applications. Default: the platform's name. Example: platform.
	Project string `json:"project,omitempty"`
}
