package eso

import (
	_ "embed"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"
)

//go:embed generators.json
var generatorFacts []byte

// Generator is what a generator kind puts out. Its slices must not be changed.
type Generator struct {
	// Kind is the kind in generators.external-secrets.io/v1alpha1.
	Kind string `json:"kind"`
	// Outputs are the keys that it always puts out, in the order of its documentation; none with OpenOutputs.
	Outputs []string `json:"outputs"`
	// Optional are keys that it may put out too.
	Optional []string `json:"optional"`
	// OpenOutputs says that the keys are not known from the kind alone: they depend on the spec or on the answer.
	OpenOutputs bool `json:"openOutputs"`
	// OutputsField is a field of the generator whose items or keys, where it is set, are the outputs in the place of
	// Outputs: spec.secretKeys of Password (since 1.1), spec.data of Fake. "" where there is none.
	OutputsField string `json:"outputsField"`
	// SideEffects says that a provider issues something at each run.
	SideEffects bool `json:"sideEffects"`
	// Revokes says that the next run, and the deletion of the consumer, takes back what the last one issued.
	Revokes bool `json:"revokes"`
	// ShortLived says that what it issues expires.
	ShortLived bool `json:"shortLived"`
	// TokenLife is how long it lives by default; 0 where it is not ShortLived, or where only the token itself knows.
	TokenLife time.Duration `json:"-"`
	// LifeField is a field of the generator that sets the life, in seconds; "" where none does.
	LifeField string `json:"lifeField"`
	// Registry says where the registry's host comes from: "output" (RegistryOutput), "spec" (RegistryField) or "",
	// that is nowhere: someone has to name it.
	Registry string `json:"-"`
	// RegistryOutput is the output that holds the registry's host or URL.
	RegistryOutput string `json:"registryOutput"`
	// RegistryField is the generator's field that holds it.
	RegistryField string `json:"registryField"`
	// Username and Password are the outputs that a registry login takes; "" where it puts out none.
	Username string `json:"username"`
	Password string `json:"password"`
	// User is the user name that goes with Password where no output holds it; "" where there is none.
	User string `json:"user"`
	// Auth is the output that is the login's ready "auth" value, base64 of user:password; "" where there is none.
	Auth string `json:"auth"`
	// Expiry is the output that tells when the token expires; "" where there is none.
	Expiry string `json:"expiry"`
	// Rotatable says that a run is free of side effects and its value can be kept by the stores: Password, UUID, SSHKey.
	Rotatable bool `json:"rotatable"`
	// Wraps says that it stands for another generator, named by its spec.kind: ClusterGenerator.
	Wraps bool `json:"wraps"`
	// Since is the first release that serves it.
	Since Release `json:"-"`
	// Source names where in ESO's sources of 2.9 the facts were read.
	Source string `json:"source"`
}

// life is the fact of a generator that is not a JSON type.
type life struct {
	TokenLife string `json:"tokenLife"`
}

var generators = sync.OnceValue(func() []Generator {
	var all []Generator
	var lives []life
	if json.Unmarshal(generatorFacts, &all) != nil || json.Unmarshal(generatorFacts, &lives) != nil {
		return nil
	}
	for i := range all {
		g := &all[i]
		g.TokenLife, _ = time.ParseDuration(lives[i].TokenLife)
		g.ShortLived = g.ShortLived || g.TokenLife > 0
		switch {
		case g.RegistryOutput != "":
			g.Registry = "output"
		case g.RegistryField != "":
			g.Registry = "spec"
		}
		g.Since, _ = ServedSince(GeneratorGroup, g.Kind, "v1alpha1")
	}
	return all
})

// Generators returns every generator kind, sorted. GeneratorState is not one.
func Generators() []Generator { return slices.Clone(generators()) }

// GeneratorOf returns the facts of a generator kind.
func GeneratorOf(kind string) (Generator, bool) {
	for _, g := range generators() {
		if g.Kind == kind {
			return g, true
		}
	}
	return Generator{}, false
}

// ClusterSpecField returns the field of a ClusterGenerator's spec.generator that holds the spec of a generator kind:
// passwordSpec for Password. It is false where the release's ClusterGenerator cannot hold the kind.
func (p *Profile) ClusterSpecField(kind string) (string, bool) {
	for _, name := range p.Fields("ClusterGenerator", "spec.generator") {
		if strings.EqualFold(name, kind+"Spec") {
			return name, true
		}
	}
	return "", false
}
