package main

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/openova-io/esotree/schema"
)

//go:embed scaffold
var scaffold embed.FS

// scaffolded are the files that init writes, with where their text comes from.
var scaffolded = [...]struct{ name, from string }{
	{"platform.yaml", "scaffold/platform.yaml"},
	{"tenants/example.yaml", "scaffold/tenants/example.yaml"},
	{".gitattributes", "scaffold/gitattributes"},
	{".pre-commit-config.yaml", "scaffold/pre-commit-config.yaml"},
}

func (p *program) newInit() *cobra.Command {
	return &cobra.Command{Use: "init [DIR]", Short: "Write a first description",
		Long: `Write a first description into DIR (default: the current folder), with the JSON Schemas that editors check it by, a
.gitattributes for the rendered tree and a pre-commit entry that renders it. A file that is there already is left alone.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			dir := "."
			if len(args) == 1 {
				dir = args[0]
			}
			return p.init(dir)
		}}
}

func (p *program) init(dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, file := range scaffolded {
		data, err := scaffold.ReadFile(file.from)
		if err != nil {
			return err
		}
		if err := p.create(root, file.name, data); err != nil {
			return err
		}
	}
	for _, kind := range []string{schema.KindPlatform, schema.KindTenant} {
		name := map[string]string{schema.KindPlatform: "platform", schema.KindTenant: "tenant"}[kind]
		if err := p.create(root, ".esotree/schema/"+name+".schema.json", schema.JSONSchema(kind)); err != nil {
			return err
		}
	}
	fmt.Fprintln(p.stderr, "next: esotree render")
	return nil
}

// create writes a new file; one that is there is left as it is.
func (p *program) create(root *os.Root, name string, data []byte) error {
	if dir := path.Dir(name); dir != "." {
		if err := root.MkdirAll(dir, 0o777); err != nil {
			return err
		}
	}
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	said := path.Join(filepath.ToSlash(root.Name()), name)
	if errors.Is(err, fs.ErrExist) {
		fmt.Fprintln(p.stderr, "kept    "+said)
		return nil
	}
	if err != nil {
		return err
	}
	if _, err = f.Write(data); err == nil {
		err = f.Close()
	}
	if err == nil {
		fmt.Fprintln(p.stderr, "created "+said)
	}
	return err
}
