package model

import (
	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/schema"
)

// objectKind is what has names of its own: a kind in a namespace of a cluster.
type objectKind struct {
	cluster         *Region
	kind, namespace string
}

// claimant is who has an object's name: a secret, or else a service.
type claimant struct {
	secret  *Secret
	service *Service
}

func (c claimant) what() string {
	if c.secret != nil {
		return "secret " + quote(c.secret.Name) + " of " + c.secret.Scope.Label()
	}
	return "service " + quote(c.service.Name) + " of " + c.service.Scope.Label()
}

func (c claimant) place() place {
	if c.secret != nil {
		return c.secret.place
	}
	return c.service.place
}

// claims are names of objects, each with the first who has it.
type claims struct {
	taken map[objectKind]map[string]claimant
	// before are those of the platform.
	before map[objectKind]map[string]claimant
	// spare are cleared maps, for the next kinds.
	spare []map[string]claimant
	// reported are who has been told of whom: once is enough.
	reported map[[2]claimant]bool
	findings []diag.Finding
}

func newClaims() *claims { return &claims{taken: map[objectKind]map[string]claimant{}} }

// scopes claims the names of the scopes' objects.
func (c *claims) scopes(scopes []*Scope) {
	for _, s := range scopes {
		for _, secret := range s.Secrets {
			c.secret(secret)
		}
		for _, service := range s.Services {
			c.service(service)
		}
	}
}

// collisions finds objects of one name: the scopes' own among each other, and with those of the platform's secrets, unless it is the
// platform's.
func (m *Model) collisions(scopes []*Scope, before map[objectKind]map[string]claimant) []diag.Finding {
	c, _ := m.claims.Get().(*claims)
	if c == nil {
		c = newClaims()
	}
	c.before = before
	c.scopes(scopes)
	findings := c.findings
	c.clear()
	m.claims.Put(c)
	return findings
}

// clear makes the claims ready for other scopes. Maps are kept unless they are large, since clearing takes as long as they are large.
func (c *claims) clear() {
	for _, names := range c.taken {
		if len(names) <= 64 && len(c.spare) < 16 {
			clear(names)
			c.spare = append(c.spare, names)
		}
	}
	clear(c.taken)
	c.before, c.reported, c.findings = nil, nil, nil
}

func (c *claims) add(kind objectKind, name, field string, of claimant) {
	taken := c.taken[kind]
	other, twice := c.before[kind][name]
	if !twice {
		other, twice = taken[name]
	}
	if !twice {
		if taken == nil {
			taken = c.names()
			c.taken[kind] = taken
		}
		taken[name] = of
		return
	}
	if c.reported[[2]claimant{other, of}] {
		return
	}
	if c.reported == nil {
		c.reported = map[[2]claimant]bool{}
	}
	c.reported[[2]claimant{other, of}] = true
	hint := "give one of them another name or namespace"
	if span, path := of.place().at("name"); span.IsValid() {
		if first, same := other.place().at("name"); first == span && path == same {
			hint = "two environments share a namespace: put $(environment) in spec.defaults.namespace of the Platform"
		}
	}
	f := of.place().finding("duplicate-name", field, kind.kind+" "+quote(name)+" in namespace "+quote(kind.namespace)+" of "+kind.cluster.Name+" would be that of "+other.what()+" and of "+of.what(), hint)
	span, _ := other.place().at(field)
	f.Related = []diag.Related{{Span: span, Message: "the other one"}}
	c.findings = append(c.findings, f)
}

func (c *claims) names() map[string]claimant {
	if n := len(c.spare); n > 0 {
		names := c.spare[n-1]
		c.spare = c.spare[:n-1]
		return names
	}
	return map[string]claimant{}
}

func (c *claims) secret(s *Secret) {
	of := claimant{secret: s}
	home := s.Scope.Home
	for _, r := range s.In {
		made := r != home || s.Origin != Referenced
		if made {
			c.add(objectKind{r, "Secret", s.Namespace}, s.Target, "names.target", of)
			c.add(objectKind{r, "ExternalSecret", s.Namespace}, s.ExternalSecret, "names.externalSecret", of)
		}
		if s.Origin == Local || s.Origin == Generated && r == home {
			c.add(objectKind{r, s.Generator.Kind, s.Namespace}, s.GeneratorName, "names.generator", of)
		}
	}
	if len(s.PushTo) == 0 {
		return
	}
	pushes := objectKind{home, "PushSecret", s.Namespace}
	if s.PushOptions.Split != schema.PushPerRegion {
		c.add(pushes, s.Push, "names.push", of)
		return
	}
	for _, r := range s.PushTo {
		c.add(pushes, s.PushName(r), "names.push", of)
	}
}

func (c *claims) service(s *Service) {
	of := claimant{service: s}
	for _, in := range s.In {
		c.add(objectKind{in.Region, "ExternalSecret", s.Namespace}, s.ExternalSecret, "name", of)
		target := s.ExternalSecret
		if name, ok := in.Target["name"].(string); ok && name != "" {
			target = name
		}
		if policy := in.Target["creationPolicy"]; policy != "Merge" && policy != "None" {
			c.add(objectKind{in.Region, "Secret", s.Namespace}, target, "target.name", of)
		}
	}
}

// PushName is the name of the PushSecret for a region's store.
func (s *Secret) PushName(to *Region) string {
	if s.PushOptions.Split != schema.PushPerRegion {
		return s.Push
	}
	return s.Push + "-" + to.Name
}
