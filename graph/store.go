package graph

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/openova-io/esotree/internal/eso"
	"github.com/openova-io/esotree/object"
)

// Store is a SecretStore or a ClusterSecretStore.
type Store struct {
	Object *object.Object
	// Provider is the field under spec.provider, such as vault; "" where there is not exactly one.
	Provider string
	// Config is what stands under spec.provider.<provider>.
	Config map[string]any
	// Identity tells whether two stores are the same one, in whatever cluster and under whatever name: provider, address,
	// mount and namespace. Credentials are not in it.
	Identity string
	// Sure says that an equal Identity is the same place beyond doubt. It is false where the account comes from credentials.
	Sure       bool
	Conditions []Condition
	// Pushed says that a push of the graph writes to it.
	Pushed bool
}

// Clustered reports whether it is a ClusterSecretStore.
func (s *Store) Clustered() bool { return s.Object.Kind == "ClusterSecretStore" }

// Field returns a field of Config by its dotted path; "" where there is none or where it is no string.
func (s *Store) Field(path string) string {
	var v any = s.Config
	for field := range strings.SplitSeq(path, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			return ""
		}
		v = m[field]
	}
	text, _ := v.(string)
	return text
}

// Key returns the form of a remote key that is the same for all ways to write it.
func (s *Store) Key(key string) string {
	if s == nil || s.Provider != "vault" && s.Provider != "openBao" {
		return key
	}
	key = strings.TrimPrefix(key, "/")
	mount := strings.Trim(s.Field("path"), "/")
	rest, named := strings.CutPrefix(key, mount+"/")
	if mount == "" || !named {
		return key
	}
	return strings.TrimPrefix(rest, "data/")
}

// byCredentials are providers whose account is told by the credentials alone.
func byCredentials(provider string) bool {
	switch provider {
	case "vault", "openBao", "azurekv", "gcpsm", "conjur", "infisical", "akeyless":
		return false
	}
	return true
}

func newStore(o *object.Object, in *storeObject) *Store {
	s := &Store{Object: o}
	if len(in.Spec.Provider) == 1 {
		for name, config := range in.Spec.Provider {
			if json.Unmarshal(config, &s.Config) == nil {
				s.Provider = name
			}
		}
	}
	s.Conditions = in.Spec.Conditions
	if s.Provider == "" {
		s.Identity = unknownStore(o.Cluster, o.Namespace, StoreRef{Name: o.Name, Kind: o.Kind})
		return s
	}
	s.Sure = !byCredentials(s.Provider)
	parts := []string{s.Provider}
	if facts, ok := eso.ProviderOf(s.Provider); ok {
		for _, field := range facts.Address {
			if value := s.Field(field); value != "" {
				parts = append(parts, field+"="+strings.Trim(value, "/"))
			}
		}
	}
	if len(parts) == 1 { // nothing tells where it is: all of it does, and for what is in the cluster, the cluster
		var all bytes.Buffer
		if json.Compact(&all, in.Spec.Provider[s.Provider]) == nil {
			parts = append(parts, all.String())
		}
		parts = append(parts, o.Cluster)
	}
	s.Identity = strings.Join(parts, "\x00")
	return s
}

func unknownStore(cluster, namespace string, ref StoreRef) string {
	if ref.Clustered() {
		namespace = ""
	}
	return strings.Join([]string{"", cluster, namespace, ref.Kind, ref.Name}, "\x00")
}
