package graph

import (
	"encoding/json"
	"time"

	"github.com/openova-io/esotree/object"
)

// The views are what of ESO's objects the graph looks at, the same for v1 and v1beta1. Fields of the type object.Text are there for
// the objects that the API server would refuse.

// StoreRef names a store as an object does.
type StoreRef struct {
	Name string `json:"name"`
	// Kind is SecretStore where it is empty.
	Kind string `json:"kind"`
}

// Clustered reports whether the reference is to a ClusterSecretStore.
func (r StoreRef) Clustered() bool { return r.Kind == "ClusterSecretStore" }

// GeneratorRef names a generator as an object does.
type GeneratorRef struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Name       string `json:"name"`
}

// TemplateView is the template of a target or of a push.
type TemplateView struct {
	EngineVersion string                     `json:"engineVersion"`
	Type          object.Text                `json:"type"`
	MergePolicy   string                     `json:"mergePolicy"`
	Data          map[string]string          `json:"data"`
	Metadata      map[string]json.RawMessage `json:"metadata"`
	From          []struct {
		Target  string  `json:"target"`
		Literal *string `json:"literal"`
	} `json:"templateFrom"`
}

// SourceRefView says where an entry comes from.
type SourceRefView struct {
	StoreRef     *StoreRef     `json:"storeRef"`
	GeneratorRef *GeneratorRef `json:"generatorRef"`
}

// RemoteRefView is a read.
type RemoteRefView struct {
	Version          object.Text `json:"version"`
	MetadataPolicy   object.Text `json:"metadataPolicy"`
	DecodingStrategy object.Text `json:"decodingStrategy"`
	Key              string      `json:"key"`
	Property         string      `json:"property"`
}

// RewriteView is one rewrite of the keys of an entry; Regexp is nil where it is another one.
type RewriteView struct {
	Regexp *struct {
		Source string `json:"source"`
		Target string `json:"target"`
	} `json:"regexp"`
}

// PullView is the spec of an ExternalSecret.
type PullView struct {
	RefreshPolicy   string   `json:"refreshPolicy"`
	RefreshInterval Duration `json:"refreshInterval"`
	Store           StoreRef `json:"secretStoreRef"`
	Target          struct {
		Name           string        `json:"name"`
		CreationPolicy string        `json:"creationPolicy"`
		DeletionPolicy string        `json:"deletionPolicy"`
		Immutable      bool          `json:"immutable"`
		Template       *TemplateView `json:"template"`
	} `json:"target"`
	Data []struct {
		SecretKey string        `json:"secretKey"`
		RemoteRef RemoteRefView `json:"remoteRef"`
		SourceRef SourceRefView `json:"sourceRef"`
	} `json:"data"`
	DataFrom []struct {
		Extract   *RemoteRefView  `json:"extract"`
		Find      json.RawMessage `json:"find"`
		Rewrite   []RewriteView   `json:"rewrite"`
		SourceRef SourceRefView   `json:"sourceRef"`
	} `json:"dataFrom"`
}

// PushView is the spec of a PushSecret.
type PushView struct {
	RefreshInterval Duration `json:"refreshInterval"`
	DeletionPolicy  string   `json:"deletionPolicy"`
	UpdatePolicy    string   `json:"updatePolicy"`
	Stores          []struct {
		StoreRef
	} `json:"secretStoreRefs"`
	Selector struct {
		Secret *struct {
			Name     string          `json:"name"`
			Selector json.RawMessage `json:"selector"`
		} `json:"secret"`
		Generator *GeneratorRef `json:"generatorRef"`
	} `json:"selector"`
	Template *TemplateView `json:"template"`
	Data     []struct {
		ConversionStrategy object.Text `json:"conversionStrategy"`
		Match              struct {
			SecretKey string `json:"secretKey"`
			RemoteRef struct {
				RemoteKey string `json:"remoteKey"`
				Property  string `json:"property"`
			} `json:"remoteRef"`
		} `json:"match"`
	} `json:"data"`
	DataTo []struct {
		StoreRef  *StoreRef     `json:"storeRef"`
		RemoteKey string        `json:"remoteKey"`
		Match     *MatchView    `json:"match"`
		Rewrite   []RewriteView `json:"rewrite"`
	} `json:"dataTo"`
}

// MatchView picks keys by a pattern.
type MatchView struct {
	Regexp string `json:"regexp"`
}

// Duration is one as it is written; "" where it is absent.
type Duration string

// Every is how long it is for the operator: "0" is none, and what is absent or unreadable is its default of 1h.
func (d Duration) Every() time.Duration {
	every, err := time.ParseDuration(string(d))
	if err != nil {
		return time.Hour
	}
	return every
}

type metaView struct {
	Metadata struct {
		Name        object.Text       `json:"name"`
		Namespace   object.Text       `json:"namespace"`
		Annotations map[string]string `json:"annotations"`
		Labels      map[string]string `json:"labels"`
	} `json:"metadata"`
}

type pullObject struct {
	metaView
	Spec PullView `json:"spec"`
}

type clusterPullObject struct {
	metaView
	Spec struct {
		Name               string            `json:"externalSecretName"`
		Namespaces         []string          `json:"namespaces"`
		NamespaceSelector  json.RawMessage   `json:"namespaceSelector"`
		NamespaceSelectors []json.RawMessage `json:"namespaceSelectors"`
		Pull               PullView          `json:"externalSecretSpec"`
	} `json:"spec"`
}

type pushObject struct {
	metaView
	Spec PushView `json:"spec"`
}

type clusterPushObject struct {
	metaView
	Spec struct {
		Push PushView `json:"pushSecretSpec"`
	} `json:"spec"`
}

type storeObject struct {
	metaView
	Spec struct {
		Provider   map[string]json.RawMessage `json:"provider"`
		Conditions []Condition                `json:"conditions"`
	} `json:"spec"`
}

// generatorObject has what outputs depend on: fields of a spec that name them, or the generator that a ClusterGenerator wraps.
type generatorObject struct {
	metaView
	Spec struct {
		SecretKeys any `json:"secretKeys"`
		Data       any `json:"data"`
		Kind       any `json:"kind"`
		Generator  any `json:"generator"`
	} `json:"spec"`
}

func (g *generatorObject) field(name string) any {
	switch name {
	case "secretKeys":
		return g.Spec.SecretKeys
	case "data":
		return g.Spec.Data
	}
	return nil
}

type secretObject struct {
	metaView
	Data       map[string]json.RawMessage `json:"data"`
	StringData map[string]json.RawMessage `json:"stringData"`
}

// Condition is one condition of a ClusterSecretStore; a namespace passes the store when it passes one of them.
type Condition struct {
	Namespaces        []string        `json:"namespaces"`
	NamespaceRegexes  []string        `json:"namespaceRegexes"`
	NamespaceSelector json.RawMessage `json:"namespaceSelector"`
}
