package schema

// Tenant describes one tenant: the environments it has, its secrets and the services that read them.
type Tenant struct {
	APIVersion string     `json:"apiVersion" esotree:"required"`
	Kind       string     `json:"kind" esotree:"required"`
	Metadata   Metadata   `json:"metadata" esotree:"required"`
	Spec       TenantSpec `json:"spec" esotree:"required"`

	// Source is the text this was read from; nil for a description built in Go.
	Source *Source `json:"-"`
}

// TenantSpec is the tenant as it should be.
type TenantSpec struct {
	// Environments that the tenant has. Default: all of the platform's.
	Environments []string `json:"environments,omitempty"`
	// Vars can be used as $(vars.NAME) everywhere in the tenant.
	Vars map[string]string `json:"vars,omitempty"`
	// Secrets that the tenant owns.
	Secrets []Secret `json:"secrets,omitempty"`
	// Services that read secrets.
	Services []Service `json:"services,omitempty"`
	// Grants let other tenants read this tenant's secrets.
	Grants []Grant `json:"grants,omitempty"`
	// Overrides change one environment; secrets and services are merged by name.
	Overrides []Override `json:"overrides,omitempty"`
}

// Override changes what one environment gets.
type Override struct {
	// Environment that it changes.
	Environment string `json:"environment" esotree:"required"`
	// Vars win over all others.
	Vars map[string]string `json:"vars,omitempty"`
	// Secrets merged by name into the tenant's; a new name adds a secret to this environment.
	Secrets []Secret `json:"secrets,omitempty"`
	// Services merged by name into the tenant's; a new name adds a service to this environment.
	Services []Service `json:"services,omitempty"`
}

// Grant lets other tenants read a secret. The reader names it as tenant:secret/key or platform:secret/key.
type Grant struct {
	// Secret that may be read.
	Secret string `json:"secret" esotree:"required"`
	// To are the tenants that may read it.
	To []string `json:"to" esotree:"required"`
}

// Service is a workload's view of secrets: one ExternalSecret per environment and region.
type Service struct {
	// Name of the service: a DNS label, unique in its tenant.
	Name string `json:"name" esotree:"required"`
	// Namespace of the ExternalSecret. Default: the tenant's; required for a platform service.
	Namespace string `json:"namespace,omitempty"`
	// Environments that have the service. Default: all of the tenant's.
	Environments []string `json:"environments,omitempty"`
	// Regions that run the service. Default: All of the environment.
	Regions *Regions `json:"regions,omitempty"`
	// Labels of the service's Secret.
	Labels map[string]string `json:"labels,omitempty"`
	// Annotations of the service's Secret.
	Annotations map[string]string `json:"annotations,omitempty"`
	// RefreshInterval overrides the default.
	RefreshInterval Duration `json:"refreshInterval,omitempty"`
	// Pin makes the service wait for the epoch of each secret it reads. Default: true.
	Pin *bool `json:"pin,omitempty"`
	// Data maps a key of the service's Secret to [tenant:]secret/key.
	Data map[string]string `json:"data,omitempty"`
	// DataFrom takes all keys of a secret.
	DataFrom []DataFrom `json:"dataFrom,omitempty"`
	// Target is ESO's own spec.target, verbatim.
	Target Open `json:"target,omitempty"`
}

// DataFrom takes all keys of a secret.
type DataFrom struct {
	// Secret is [tenant:]secret.
	Secret string `json:"secret" esotree:"required"`
	// Prefix is put before each key.
	Prefix string `json:"prefix,omitempty"`
}
