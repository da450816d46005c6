package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openova-io/esotree/schema"
)

func (p *program) newSchema() *cobra.Command {
	kinds := []string{"description", "platform", "tenant"}
	return &cobra.Command{Use: "schema [" + strings.Join(kinds, "|") + "]", Short: "Print the JSON Schema of a description",
		Long: "Print the JSON Schema of descriptions: of both kinds (the default), of the Platform or of the Tenant.",
		Args: cobra.MaximumNArgs(1), ValidArgs: kinds,
		RunE: func(_ *cobra.Command, args []string) error {
			kind := ""
			if len(args) == 1 {
				switch strings.ToLower(args[0]) {
				case "description":
				case "platform":
					kind = schema.KindPlatform
				case "tenant":
					kind = schema.KindTenant
				default:
					return fmt.Errorf("there is no schema %q: it is one of %s", args[0], strings.Join(kinds, ", "))
				}
			}
			_, err := p.stdout.Write(schema.JSONSchema(kind))
			return err
		}}
}
