package schema

// Tenant describes one tenant: the environments it has, its secrets and the services that read them.
type Tenant struct {
	// APIVersion is esotree.openova.io/v1alpha1.
	APIVersion string `json:"apiVersion" esotree:"required"`
	// Kind is Tenant.
	Kind string `json:"kind" esotree:"required"`
	// Metadata names the tenant.
	Metadata Metadata `json:"metadata" esotree:"required"`
	// Spec is the tenant as it should be.
	Spec TenantSpec `json:"spec" esotree:"required"`

	// Source is the text this was read from; nil for a description built in Go.
	Source *Source `json:"-"`
}

// TenantSpec is the tenant as it should be.
type TenantSpec struct {
	// Environments that the tenant has. Default: all of the platform's. Example: [staging, prod].
	Environments []string `json:"environments,omitempty"`
	// Vars can be used as $(vars.NAME) everywhere in the tenant. Example: {dbHost: postgres.databases}.
	Vars map[string]string `json:"vars,omitempty"`
	// Secrets that the tenant owns. Example: [{name: postgres, class: database-password}].
	Secrets []Secret `json:"secrets,omitempty"`
	// Services that read secrets. Example: [{name: checkout, data: {DATABASE_PASSWORD: postgres/password}}].
	Services []Service `json:"services,omitempty"`
	// Grants let other tenants read this tenant's secrets. Example: [{secret: smtp, to: [globex]}].
	Grants []Grant `json:"grants,omitempty"`
	// Overrides change one environment; secrets and services are merged by name. Example: [{environment: staging, secrets: [{name: postgres, rotation: {epoch: "2"}}]}].
	Overrides []Override `json:"overrides,omitempty"`
}

// Override changes what one environment gets.
type Override struct {
	// Environment that it changes. Example: staging.
	Environment string `json:"environment" esotree:"required"`
	// Vars win over all others. Example: {dbHost: postgres.staging}.
	Vars map[string]string `json:"vars,omitempty"`
	// Secrets merged by name into the tenant's; a new name adds a secret to this environment. Example: [{name: postgres, rotation: {epoch: "2"}}].
	Secrets []Secret `json:"secrets,omitempty"`
	// Services merged by name into the tenant's; a new name adds a service to this environment. Example: [{name: checkout, pin: false}].
	Services []Service `json:"services,omitempty"`
}

// Grant lets other tenants read a secret. The reader names it as tenant:secret/key or platform:secret/key.
type Grant struct {
	// Secret that may be read. Example: smtp.
	Secret string `json:"secret" esotree:"required"`
	// To are the tenants that may read it. Example: [globex].
	To []string `json:"to" esotree:"required"`
}

// Service is a workload's view of secrets: one ExternalSecret per environment and region.
type Service struct {
	// Name of the service: a DNS label, unique in its tenant. Example: checkout.
	Name string `json:"name" esotree:"required"`
	// Namespace of the ExternalSecret. Default: the tenant's; required for a platform service. Example: monitoring.
	Namespace string `json:"namespace,omitempty"`
	// Environments that have the service. Default: all of the tenant's. Example: [prod].
	Environments []string `json:"environments,omitempty"`
	// Regions that run the service. Default: All of the environment. Example: Home.
	Regions *Regions `json:"regions,omitempty"`
	// Labels of the service's Secret. Example: {app: checkout}.
	Labels map[string]string `json:"labels,omitempty"`
	// Annotations of the service's Secret. Example: {reloader.stakater.com/match: "true"}.
	Annotations map[string]string `json:"annotations,omitempty"`
	// RefreshInterval overrides the default. Example: 15m.
	RefreshInterval Duration `json:"refreshInterval,omitempty"`
	// Pin makes the service wait for the epoch of each secret it reads. Default: true. Example: false.
	Pin *bool `json:"pin,omitempty"`
	// Data maps a key of the service's Secret to [tenant:]secret/key. Example: {DATABASE_URL: postgres/url, SMTP_PASSWORD: "globex:smtp/password"}.
	Data map[string]string `json:"data,omitempty"`
	// DataFrom takes all keys of a secret. Example: [{secret: session, prefix: SESSION_}].
	DataFrom []DataFrom `json:"dataFrom,omitempty"`
	// Target is ESO's own spec.target, verbatim. Example: {template: {type: Opaque}}.
	Target Open `json:"target,omitempty"`
}

// DataFrom takes all keys of a secret.
type DataFrom struct {
	// Secret is [tenant:]secret. Example: session.
	Secret string `json:"secret" esotree:"required"`
	// Prefix is put before each key. Example: SESSION_.
	Prefix string `json:"prefix,omitempty"`
}
