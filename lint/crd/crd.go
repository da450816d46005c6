// Package crd checks objects as the API server does before it stores them: against the CustomResourceDefinitions of a
// bundle, with apiextensions-apiserver's own code, and against the rules of ESO's admission webhook, which no CRD holds.
//
// It is apart from lint because of what it depends on. Its rules are lint.Rule values like any other:
//
//	bundle, err := crd.Load(os.DirFS("."), "crds.yaml")
//	rules, err := bundle.Rules("2.9")
//	lint.Run(ctx, graph, lint.Options{ESO: "2.9", Rules: append(lint.Rules(), rules...)})
package crd

import (
	"fmt"
	"sync"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
)

// kind names a kind in all its versions.
type kind struct{ group, name string }

// definition is one CustomResourceDefinition.
type definition struct {
	kind
	// origin is where it was read, as FILE:LINE.
	origin     string
	namespaced bool
	// open keeps fields that the schema does not have.
	open     bool
	versions []*version
}

// version is a version that is served.
type version struct {
	name string
	// status says that a status is not taken from a manifest.
	status bool
	checks *checks
}

// checks is a compiled schema.
type checks struct {
	schema    *structural.Structural
	validator validation.SchemaValidator
	// rules compiles the CEL rules when they are first asked for, which takes longer than all the rest: few kinds of a bundle have
	// an object. It returns nil where there are none.
	rules func() *cel.Validator
}

// define takes over what a CustomResourceDefinition says of the versions that are served.
func define(c *apiextensionsv1.CustomResourceDefinition, origin string) (*definition, error) {
	d := &definition{
		kind: kind{c.Spec.Group, c.Spec.Names.Kind}, origin: origin,
		namespaced: c.Spec.Scope == apiextensionsv1.NamespaceScoped, open: c.Spec.PreserveUnknownFields,
	}
	for i := range c.Spec.Versions {
		v := &c.Spec.Versions[i]
		if !v.Served {
			continue
		}
		compiled, err := compile(v)
		if err != nil {
			return nil, fmt.Errorf("version %q of %s: %w", v.Name, d.name, err)
		}
		d.versions = append(d.versions, &version{name: v.Name, status: v.Subresources != nil && v.Subresources.Status != nil, checks: compiled})
	}
	return d, nil
}

// compile turns a schema into what the API server checks with, in the way that its handler of custom resources does.
func compile(v *apiextensionsv1.CustomResourceDefinitionVersion) (*checks, error) {
	if v.Schema == nil || v.Schema.OpenAPIV3Schema == nil {
		return nil, fmt.Errorf("it has no schema")
	}
	var props apiextensions.JSONSchemaProps
	if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(v.Schema.OpenAPIV3Schema, &props, nil); err != nil {
		return nil, err
	}
	c := &checks{}
	var err error
	if c.schema, err = structural.NewStructural(&props); err != nil {
		return nil, err
	}
	c.schema = c.schema.DeepCopy() // defaults are shared with what it was made of
	if err = defaulting.PruneDefaults(c.schema); err != nil {
		return nil, err
	}
	if c.validator, _, err = validation.NewSchemaValidator(&props); err != nil {
		return nil, err
	}
	c.rules = sync.OnceValue(func() *cel.Validator { return cel.NewValidator(c.schema, true, celconfig.PerCallLimit) })
	return c, nil
}
