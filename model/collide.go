package model

import (
	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/schema"
)

// objectName tells the objects of a cluster apart.
type objectName struct {
	cluster               *Region
	kind, namespace, name string
}

// claim is who has an object's name.
type claim struct {
	what  string
	place place
}

// claims are names of objects, each with the first who has it.
type claims struct {
	taken, before map[objectName]claim
	// reported are who has been told of whom: once is enough.
	reported map[[2]string]bool
	findings []diag.Finding
}

// collisions finds objects of one name: the scopes' own among each other, and with the platform's, which before holds.
func collisions(scopes []*Scope, before map[objectName]claim) (map[objectName]claim, []diag.Finding) {
	objects := 0
	for _, s := range scopes {
		objects += 4*len(s.Secrets) + 2*len(s.Services)
	}
	c := claims{taken: make(map[objectName]claim, objects), before: before, reported: map[[2]string]bool{}}
	for _, s := range scopes {
		for _, secret := range s.Secrets {
			c.secret(secret)
		}
		for _, service := range s.Services {
			c.service(service)
		}
	}
	return c.taken, c.findings
}

func (c *claims) add(name objectName, field string, of claim) {
	other, twice := c.before[name]
	if !twice {
		other, twice = c.taken[name]
	}
	if !twice {
		c.taken[name] = of
		return
	}
	if c.reported[[2]string{other.what, of.what}] {
		return
	}
	c.reported[[2]string{other.what, of.what}] = true
	hint := "give one of them another name or namespace"
	if span, path := of.place.at("name"); span.IsValid() {
		if first, same := other.place.at("name"); first == span && path == same {
			hint = "two environments share a namespace: put $(environment) in spec.defaults.namespace of the Platform"
		}
	}
	f := of.place.finding("duplicate-name", field, name.kind+" "+quote(name.name)+" in namespace "+quote(name.namespace)+" of "+name.cluster.Name+" would be that of "+other.what+" and of "+of.what, hint)
	span, _ := other.place.at(field)
	f.Related = []diag.Related{{Span: span, Message: "the other one"}}
	c.findings = append(c.findings, f)
}

func (c *claims) secret(s *Secret) {
	of := claim{"secret " + quote(s.Name) + " of " + s.Scope.Label(), s.place}
	home := s.Scope.Home
	for _, r := range s.In {
		made := r != home || s.Origin != Referenced
		if made {
			c.add(objectName{r, "Secret", s.Namespace, s.Target}, "names.target", of)
			c.add(objectName{r, "ExternalSecret", s.Namespace, s.ExternalSecret}, "names.externalSecret", of)
		}
		if s.Origin == Local || s.Origin == Generated && r == home {
			c.add(objectName{r, s.Generator.Kind, s.Namespace, s.GeneratorName}, "names.generator", of)
		}
	}
	if len(s.PushTo) == 0 {
		return
	}
	if s.PushOptions.Split != schema.PushPerRegion {
		c.add(objectName{home, "PushSecret", s.Namespace, s.Push}, "names.push", of)
		return
	}
	for _, r := range s.PushTo {
		c.add(objectName{home, "PushSecret", s.Namespace, s.PushName(r)}, "names.push", of)
	}
}

func (c *claims) service(s *Service) {
	of := claim{"service " + quote(s.Name) + " of " + s.Scope.Label(), s.place}
	for _, in := range s.In {
		c.add(objectName{in.Region, "ExternalSecret", s.Namespace, s.ExternalSecret}, "name", of)
		target := s.ExternalSecret
		if name, ok := in.Target["name"].(string); ok && name != "" {
			target = name
		}
		if policy := in.Target["creationPolicy"]; policy != "Merge" && policy != "None" {
			c.add(objectName{in.Region, "Secret", s.Namespace, target}, "target.name", of)
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
