// Gen writes what is derived from the types of package schema and their doc comments: the JSON Schemas beside them, and
// docs/reference.md. It runs in the folder of package schema, by go generate.
//
// A field's doc comment may end with two sentences: "Default: …", a literal or a rule in words, and "Example: …", which is
// YAML. Both go to where the schema and the page have a place for them.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"

	"github.com/invopop/jsonschema"
	"github.com/openova-io/esotree/schema"
)

func main() {
	if err := write("."); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func write(folder string) error {
	files, err := generate(folder)
	if err != nil {
		return err
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(folder, filepath.FromSlash(name)), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// generate returns the files by their names relative to the folder of package schema, whose source it reads.
func generate(folder string) (map[string][]byte, error) {
	c, err := readComments(folder)
	if err != nil {
		return nil, err
	}
	types := structTypes(c, reflect.TypeFor[schema.Platform](), reflect.TypeFor[schema.Tenant]())
	files, err := jsonSchemas(types, c)
	if err != nil {
		return nil, err
	}
	files["../docs/reference.md"] = reference(types)
	return files, nil
}

func readComments(folder string) (comments, error) {
	r := &jsonschema.Reflector{}
	if err := r.AddGoComments("", folder, jsonschema.WithFullComment()); err != nil {
		return nil, err
	}
	// The comments are keyed by the folder they were read from; types know their import path.
	c := comments{}
	here, path := filepath.ToSlash(filepath.Clean(folder)), reflect.TypeFor[schema.Platform]().PkgPath()
	for key, text := range r.CommentMap {
		if len(key) > len(here) && key[:len(here)] == here && key[len(here)] == '.' {
			c[path+key[len(here):]] = text
		}
	}
	return c, nil
}
