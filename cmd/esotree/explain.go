package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/openova-io/esotree/graph"
	"github.com/openova-io/esotree/lint"
)

// explainFlags are the flags of esotree explain.
type explainFlags struct {
	sideFlags
	format, at string
}

func (p *program) newExplain() *cobra.Command {
	f := explainFlags{}
	formats := []string{graph.FormatText, graph.FormatJSON}
	cmd := &cobra.Command{Use: "explain [NAME [PATH...]]", Short: "Show where a secret comes from, who reads it and what it survives",
		Long: `Show every station of a secret in every region, from its origin to its consumers, with the line that each is written at, the
longest time that a new value takes to each, when it is replaced next, and what the operator does with it. NAME is
NAMESPACE/SECRET, TENANT/SECRET, STORE:KEY, or a service, workload or ExternalSecret that reads secrets. PATH holds
descriptions or any manifests (default: the current folder), and - are manifests on standard input. Without NAME, or with NAME -, list all secrets. NAME may also be the
code of a lint rule, whose page is shown, or of a sentence about the operator, such as stores-asked, for which what was measured
is shown.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains(formats, f.format) {
				return fmt.Errorf("--format is one of %s", strings.Join(formats, ", "))
			}
			return p.explain(cmd.Context(), f, args)
		}}
	flags := cmd.Flags()
	flags.StringVar(&f.format, "format", graph.FormatText, "how the explanation is printed: "+strings.Join(formats, ", "))
	flags.StringVar(&f.at, "at", "", "the time to reckon the next rotation from: a day or RFC 3339 (default: now)")
	flags.BoolVar(&f.manifests, "manifests", false, "read manifests even where there are descriptions")
	flags.StringVar(&f.release, "eso", "", "the release line that the clusters of manifests run; descriptions say it themselves")
	flags.StringSliceVar(&f.clusters, "cluster", nil, "the cluster that a folder of manifests is applied to, as NAME=PATH")
	return cmd
}

func (p *program) explain(ctx context.Context, f explainFlags, args []string) error {
	at, err := moment("at", f.at)
	if err != nil {
		return err
	}
	name, paths := "", args
	if len(args) > 0 {
		name, paths = args[0], args[1:]
	}
	if name == "-" {
		name = ""
	}
	if page := lint.Doc(name); page != "" {
		_, err := fmt.Fprintln(p.stdout, strings.TrimSpace(page))
		return err
	}
	for _, fact := range graph.Facts() {
		if fact.ID == name {
			_, err := fmt.Fprintf(p.stdout, "%s\n\nmeasured: %s\noperator: %s\nrecord:   %s\n", fact.Text, fact.Quote, fact.Measured(), strings.Join(fact.Sources(), ", "))
			return err
		}
	}
	side, err := p.readPaths(ctx, paths, f.sideFlags)
	if err != nil {
		return err
	}
	list, err := graph.Explain(side, name, graph.ExplainOptions{At: at})
	if _, e := os.Stat(name); err != nil && e == nil {
		return fmt.Errorf("%w; all secrets of a folder: esotree explain - %s", err, name)
	}
	if err != nil {
		return err
	}
	if name == "" && f.format == graph.FormatText {
		return p.listSecrets(list)
	}
	return graph.WriteExplanations(p.stdout, list, f.format)
}

// listSecrets prints a line a secret.
func (p *program) listSecrets(list []graph.Explanation) error {
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SECRET\tTENANT\tKEY\tNEXT ROTATION\tMADE")
	for _, e := range list {
		next := "-"
		if n := e.Next; n != nil {
			next = n.At.Format(time.DateOnly) + " by " + n.By
			if n.Overdue {
				next += ", overdue"
			}
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", e.Secret, dash(e.Tenant), dash(e.Key), next, dash(e.Made))
	}
	return w.Flush()
}

func dash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
