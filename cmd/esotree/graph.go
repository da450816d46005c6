package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openova-io/esotree/graph"
)

// graphFlags are the flags of esotree graph.
type graphFlags struct {
	sideFlags
	format string
	filter graph.DrawFilter
}

func (p *program) newGraph() *cobra.Command {
	f := graphFlags{}
	formats := []string{graph.FormatMermaid, graph.FormatDOT, graph.FormatJSON}
	cmd := &cobra.Command{Use: "graph [NAME [PATH...]]", Short: "Draw the way of secrets as Mermaid, DOT or JSON",
		Long: `Draw the way of secrets, from what makes them over the stores to who reads them. NAME is what explain takes; without it, or
with NAME -, everything is drawn. PATH holds descriptions or any manifests (default: the current folder), and - are manifests on
standard input.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains(formats, f.format) {
				return fmt.Errorf("--format is one of %s", strings.Join(formats, ", "))
			}
			return p.graph(cmd.Context(), f, args)
		}}
	flags := cmd.Flags()
	flags.StringVar(&f.format, "format", graph.FormatMermaid, "how the graph is printed: "+strings.Join(formats, ", "))
	flags.StringVar(&f.filter.Tenant, "tenant", "", "draw this tenant's secrets only")
	flags.StringVar(&f.filter.Cluster, "region", "", "draw what stands in this region only, and the stores")
	flags.BoolVar(&f.manifests, "manifests", false, "read manifests even where there are descriptions")
	flags.StringSliceVar(&f.clusters, "cluster", nil, "the cluster that a folder of manifests is applied to, as NAME=PATH")
	return cmd
}

func (p *program) graph(ctx context.Context, f graphFlags, args []string) error {
	paths := args
	if len(args) > 0 {
		paths = args[1:]
		if args[0] != "-" {
			f.filter.Name = args[0]
		}
	}
	side, err := p.readPaths(ctx, paths, f.sideFlags)
	if err != nil {
		return err
	}
	d, err := graph.NewDrawing(side, f.filter)
	if err != nil {
		return err
	}
	return d.Write(p.stdout, f.format)
}
