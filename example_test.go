package esotree_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"slices"
	"testing/fstest"

	"github.com/openova-io/esotree"
	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/schema"
	"github.com/openova-io/esotree/tree"
)

// The whole way from descriptions in a folder to a tree in memory. A tree.Disk in its place writes files.
func Example() {
	ctx := context.Background()
	description, findings, err := esotree.Load(ctx, os.DirFS("examples/openova"), []string{"."})
	if err != nil {
		log.Fatal(err)
	}
	compilation, more, err := esotree.Link(ctx, description)
	if err != nil {
		log.Fatal(err)
	}
	findings.Add(more.All()...)
	if findings.HasErrors() {
		log.Fatal(diag.Write(os.Stderr, "text", findings, diag.WriteOptions{}))
	}

	everything := func(string) bool { return true }
	var store tree.Memory
	plan, err := tree.Write(ctx, &store, compilation.Folders(ctx, everything, findings), tree.Options{
		Scope: tree.Scope{Platform: compilation.Model.Name, Loaded: compilation.Has},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("created:", plan.Counts().Created > 0, "errors:", findings.HasErrors())
	_, written := store.Files()["region1/tenants/acme/prod/externalsecret-postgres.yaml"]
	fmt.Println("origin of acme's postgres:", written)
	// Output:
	// created: true errors: false
	// origin of acme's postgres: true
}

// One tenant's objects, typed, without any file.
func ExampleCompilation_Select() {
	ctx := context.Background()
	files := fstest.MapFS{"all.yaml": {Data: []byte(`
apiVersion: esotree.openova.io/v1alpha1
kind: Platform
metadata: {name: small}
spec:
  regions:
    - name: one
      store: {provider: {vault: {server: "https://vault.example.com", path: secret, version: v2}}}
  environments: [{name: prod}]
---
apiVersion: esotree.openova.io/v1alpha1
kind: Tenant
metadata: {name: acme}
spec:
  secrets: [{name: session, generator: {kind: UUID}}]
`)}}
	description, _, err := esotree.Load(ctx, files, []string{"."})
	if err != nil {
		log.Fatal(err)
	}
	compilation, _, err := esotree.Link(ctx, description)
	if err != nil {
		log.Fatal(err)
	}
	for part := range compilation.Select(ctx, func(tenant string) bool { return tenant == "acme" }) {
		for _, folder := range part.Folders {
			fmt.Println(folder.Path)
			for _, o := range folder.Objects {
				fmt.Println(" ", o.Kind, o.Name)
			}
		}
	}
	// Output:
	// one/tenants/acme/prod
	//   UUID session-generator
	//   ExternalSecret session
	//   PushSecret push-session-one
}

// A description can be built in Go; what is wrong with it has no line, but the field.
func ExampleLink() {
	ctx := context.Background()
	description := &schema.Description{
		Platform: &schema.Platform{
			APIVersion: schema.APIVersion, Kind: schema.KindPlatform, Metadata: schema.Metadata{Name: "built"},
			Spec: schema.PlatformSpec{
				Regions: []schema.Region{{Name: "one", Store: schema.Store{
					Provider: schema.Open{"vault": map[string]any{"server": "https://vault.example.com", "path": "secret"}}}}},
				Recover: "Sometimes",
			},
		},
	}
	_, findings, err := esotree.Link(ctx, description)
	if err != nil {
		log.Fatal(err)
	}
	for f := range slices.Values(findings.All()) {
		fmt.Printf("%s: %s [%s]\n", f.Path, f.Message, f.Code)
	}
	// Output:
	// spec.recover: recover can't be "Sometimes" [invalid-value]
}
