package model

import (
	"sync"
	"time"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/internal/eso"
	"github.com/openova-io/esotree/schema"
)

// Model is the linked platform with the index of all tenants. It is immutable after Link and safe for concurrent use.
type Model struct {
	// Name of the platform.
	Name string
	// Regions in the order of the description.
	Regions []*Region
	// Environments in the order of the description.
	Environments []*Environment
	// Home is where platform secrets originate.
	Home *Region
	// Isolation, APIDefaults and Namespaces with their defaults applied.
	Isolation   schema.Isolation
	APIDefaults schema.APIDefaults
	Namespaces  schema.Namespaces
	// GitOps is nil unless the platform asks for it.
	GitOps *GitOps
	// Platform is the description; it is not to be changed.
	Platform *schema.Platform

	tenants []*schema.Tenant
	classes map[string]*class
	// generators are what is known of the kinds.
	generators map[string]*eso.Generator
	// push are the Platform's options of a push, with the defaults.
	push *schema.Push
	// top is the Platform's description.
	top    place
	index  index
	again  again
	unread unread
	kept   kept

	templates keyTemplates
	claims    sync.Pool
}

// Region is one cluster and its nearest store.
type Region struct {
	Name string
	// Release of the operator that this cluster runs, ESO the profile of it or, where that is not known, of the next lower one.
	Release eso.Release
	ESO     *eso.Profile
	// Store is the name of the region's ClusterSecretStore.
	Store string
	// Provider is what is known of the store's provider.
	Provider eso.Provider

	spec *schema.Region
	path string
	// policies is set where the release has the field refreshPolicy.
	policies bool
}

// Known reports whether the provider of the region's store is one that some release of the operator has.
func (r *Region) Known() bool { return r.Provider.Source != "" }

// Environment is a stage of the tenants.
type Environment struct {
	Name    string
	Regions []*Region
	Home    *Region

	homeLast []*Region
	vars     varLayer
	path     string
}

// Scope is one tenant in one environment, or the platform itself. It owns one folder per region.
type Scope struct {
	Model *Model
	// Tenant is "" for the platform.
	Tenant string
	// Environment is nil for the platform.
	Environment *Environment
	Regions     []*Region
	Home        *Region
	// Namespace that the scope's objects have unless they say otherwise; "" for the platform.
	Namespace string
	Secrets   []*Secret
	Services  []*Service
	// Source is the description that the scope comes from.
	Source *schema.Source

	tenant *schema.Tenant
	// homeLast are the Regions with Home behind all others.
	homeLast []*Region
	// shared is what names gives for no region in particular, once all of it is known.
	shared *names
	// services are the Services as they are described, and amiss what is wrong with their list.
	services []serviceItem
	amiss    []diag.Finding
	// broken are secrets that could not be linked: references to them are not reported once more.
	broken []string
	// beside are all scopes of the tenant, this one among them, and entries what services have asked of their secrets.
	beside  holding
	entries map[*Secret]*entry
}

// Label names the scope for a person: acme/prod, or platform.
func (s *Scope) Label() string {
	if s.Environment == nil {
		return "platform"
	}
	return s.Tenant + "/" + s.Environment.Name
}

// owns names a kind of thing for a person: the platform's are told apart.
func (s *Scope) owns(what string) string {
	if s.Environment == nil {
		return "platform " + what
	}
	return what
}

// Origin is where a secret's value comes from.
type Origin uint8

const (
	// Generated in the home region unless a store remembers it, and pushed.
	Generated Origin = iota
	// Local is generated in each cluster where it is used, and never pushed: what a provider issues.
	Local
	// Bootstrap is typed in by a person in the home region, and pushed.
	Bootstrap
	// Offline is never rendered.
	Offline
	// Referenced is made by another controller in the home region, and pushed.
	Referenced
	// Remote is in the stores already.
	Remote
)

// Secret is one linked secret of a scope. It is not to be changed: others have the same.
type Secret struct {
	// Scope that the secret is of, as it is before services are linked.
	Scope  *Scope
	Name   string
	Class  string
	Origin Origin
	// Generator is set for Generated and Local.
	Generator Generator
	// Prompt is set for Bootstrap and Offline.
	Prompt string
	// Registry is the host of a container registry, for Local secrets of type kubernetes.io/dockerconfigjson.
	Registry string
	// Keys sorted by name. Empty only for a Remote secret whose keys are not known.
	Keys []Key
	// Namespace of the Secret and all its objects.
	Namespace string
	// RemoteKey is the key in the stores; "" for Local and Offline.
	RemoteKey string
	// Former are keys that the value had in the stores before, the latest first, as far as they are asked for.
	Former []string
	// Names of the objects.
	GeneratorName, ExternalSecret, Push, Target string
	// Type of the Secret, "" for Opaque.
	Type                string
	Labels, Annotations map[string]string
	Immutable           bool
	// In are the regions in which the Secret exists, in the order of the platform's.
	In []*Region
	// PushTo are the regions whose stores get the value; empty when it is not pushed.
	PushTo []*Region
	// PushOptions with the defaults applied.
	PushOptions schema.Push
	// Ask are the regions whose stores an origin asks for the value, the home region last; empty with recover None.
	Ask      []*Region
	Rotation Rotation
	// RefreshInterval of mirrors and of Local secrets, PushInterval of the push.
	RefreshInterval, PushInterval time.Duration

	place place
	// formerAt are the places of Former in the list that has them.
	formerAt []int
	// formerOwn says that the secret names Former, in its item or an override: neither its class nor a pattern of the Platform. It is kept,
	// since the text that says so is not.
	formerOwn bool
	// broken are keys that are described but could not be linked: references to them are not reported once more.
	broken []string
}

// Generator is a linked generator.
type Generator struct {
	Kind  string
	Spec  map[string]any
	Facts *eso.Generator
	// Class is the generator of the secret's class, where that is the secret's as it stands: all that have it have the same Spec.
	Class *schema.Generator
}

// Key is one key of a Secret.
type Key struct {
	Name string
	// Output is the generator's output, or the key of the source; "" when Template is set.
	Output string
	// Template makes the key from outputs.
	Template string
	// Reads are the outputs that Template reads, sorted.
	Reads []string
}

// Rotation of a secret.
type Rotation struct {
	// Epoch is the wanted epoch, "" when the secret was never rotated.
	Epoch string
	// Every is 0 when there is no due date and no clock.
	Every        time.Duration
	By           schema.RotationBy
	Since        string
	KeepPrevious bool
	// Offset shifts the periods of a clock, in seconds, so that secrets don't rotate all at once.
	Offset int64
}

// Clock reports whether the operator rotates the secret by itself.
func (r Rotation) Clock() bool { return r.By == schema.ByClock && r.Every > 0 }

// Remembered reports whether the stores are asked for the value before one is generated.
func (s *Secret) Remembered() bool { return s.Origin == Generated && len(s.Ask) > 0 }

// Marked reports whether the epoch travels with the value, in the key _epoch.
func (s *Secret) Marked() bool { return s.Remembered() && s.Rotation.Epoch != "" }

// Bare reports whether the store of a region has the secret as a bare value: its provider knows no properties, or
// replaces the whole value when one key is pushed.
func (s *Secret) Bare(in *Region) bool {
	perKey := len(s.PushTo) > 0 && s.PushOptions.Mode == schema.PushPerKey
	return in.Known() && (!in.Provider.Properties || perKey && in.Provider.PushProperty == "ignored")
}

// unreadable says why the secret can't be pulled from a region's store, "" when it can.
func (s *Secret) unreadable(in *Region) string {
	switch {
	case !in.Known():
		return ""
	case in.Provider.WriteOnly:
		return in.Provider.Name + " can only be written to"
	case s.Bare(in) && len(s.Keys) != 1:
		return "a value of " + in.Provider.Name + " has no keys of its own, so the secret must have one key"
	}
	return ""
}

// NameSpan is Span for the name of the field.
func (s *Secret) NameSpan(field string) (diag.Span, string) { return s.place.nameAt(field) }

// Service is one linked service of a scope.
type Service struct {
	Scope     *Scope
	Name      string
	Namespace string
	// ExternalSecret is the object's name, and the Secret's unless the target names another.
	ExternalSecret string
	// Reads are the single keys, sorted by Key.
	Reads []Read
	// Extracts are whole secrets whose keys are not known.
	Extracts []Extract
	// Pins are the secrets whose epoch the service waits for, in the order of their Key.
	Pins []Pin
	// In has what differs by region, in the order of the platform's regions.
	In []ServiceIn

	place place
}

// Read is one key of a service's Secret.
type Read struct {
	// Key of the service's Secret.
	Key string
	// RemoteKey and Property in the store.
	RemoteKey, Property string
	// Bare are the regions whose stores have the value under RemoteKey itself, without a property.
	Bare []*Region
	// External is set when the value comes from outside of the description.
	External bool
	// Field of the service that asks for it.
	Field string
}

// Extract takes all keys of a remote key.
type Extract struct {
	RemoteKey, Prefix, Field string
}

// Pin makes a service wait for an epoch.
type Pin struct {
	// Key that holds the epoch in the service's data: _<secret>_epoch.
	Key string
	// Secret as the service names it.
	Secret string
	// RemoteKey in the store.
	RemoteKey string
	// Epoch to wait for.
	Epoch string
}

// ServiceIn is a service in one region.
type ServiceIn struct {
	Region              *Region
	RefreshInterval     time.Duration
	Labels, Annotations map[string]string
	// Target is ESO's spec.target with $(…) expanded; nil when the description has none.
	Target map[string]any
}

// NameSpan is Span for the name of the field.
func (s *Service) NameSpan(field string) (diag.Span, string) { return s.place.nameAt(field) }

// GitRepository is a Flux source in one region.
type GitRepository struct {
	Name, Namespace string
	Region          *Region
	Spec            map[string]any
	Span            diag.Span
}

// Tenants returns the tenants' descriptions, sorted by name. Of some only the name and the environments may be known: Tenant.Whole has
// the rest.
func (m *Model) Tenants() []*schema.Tenant { return m.tenants }

// NamespaceOwner is the tenant that a namespace is the default of; "" where there is none.
func (m *Model) NamespaceOwner(namespace string) string { return m.index.namespaces[namespace] }

// Region returns the region of a name.
func (m *Model) Region(name string) (*Region, bool) {
	for _, r := range m.Regions {
		if r.Name == name {
			return r, true
		}
	}
	return nil, false
}

func (m *Model) hasEnvironment(name string) bool {
	_, ok := m.Environment(name)
	return ok
}

// Environment returns the environment of a name.
func (m *Model) Environment(name string) (*Environment, bool) {
	for _, e := range m.Environments {
		if e.Name == name {
			return e, true
		}
	}
	return nil, false
}
