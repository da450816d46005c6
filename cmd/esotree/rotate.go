package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/openova-io/esotree"
	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/graph"
	"github.com/openova-io/esotree/internal/yamledit"
	"github.com/openova-io/esotree/internal/yamlsrc"
	"github.com/openova-io/esotree/model"
)

// rotateFlags are the flags of esotree rotate.
type rotateFlags struct {
	due, dryRun, exitCode bool
	now, environment      string
	paths                 []string
}

func (p *program) newRotate() *cobra.Command {
	var f rotateFlags
	cmd := &cobra.Command{Use: "rotate NAME... | --due", Short: "Set the epoch of secrets in their descriptions",
		Long: `Set the epoch of secrets in the files that describe them, to the day or, where the epoch counts, to the next number.
Comments, order and everything else in the files stay. NAME is SECRET, TENANT/SECRET, TENANT/ENVIRONMENT/SECRET or
platform/SECRET. With --due, set it for each secret whose time has come and which a new epoch replaces; what a person must
replace is listed, and recorded by naming it. The commit of the change, rendered, is the rotation.`,
		RunE: func(cmd *cobra.Command, args []string) error { return p.rotate(cmd.Context(), f, args) }}
	flags := cmd.Flags()
	flags.BoolVar(&f.due, "due", false, "rotate what is due")
	flags.StringVar(&f.now, "now", "", "the day, as 2026-11-23, or time (RFC 3339) to reckon with (default: now)")
	flags.BoolVar(&f.dryRun, "dry-run", false, "write nothing; show what would be rotated and whom it reaches")
	flags.StringVar(&f.environment, "environment", "", "rotate in this environment only, where necessary by an override")
	flags.StringSliceVar(&f.paths, "path", []string{"."}, "files and folders of descriptions")
	flags.BoolVar(&f.exitCode, "exit-code", false, "exit with 3 when something was, or with --dry-run would be, rotated")
	return cmd
}

// moment reads a day or a time; "" is now.
func moment(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Now(), nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("--%s is a day such as 2026-11-23 or a time such as 2026-11-23T06:00:00Z, not %q", flag, text)
}

// rotation is a secret with what is set for it.
type rotation struct {
	secret *model.Secret
	// alone is set when the secret's other environments are to keep their values.
	alone    bool
	epoch    string
	settings []model.Setting
}

func (p *program) rotate(ctx context.Context, f rotateFlags, names []string) error {
	if f.due == (len(names) > 0) {
		return errors.New("name the secrets to rotate, or say --due")
	}
	now, err := moment("now", f.now)
	if err != nil {
		return err
	}
	in, err := openInput(f.paths)
	if err != nil {
		return err
	}
	c, findings, err := esotree.Compile(ctx, in.fsys, in.paths)
	if err != nil {
		return err
	}
	if c == nil || findings.HasErrors() {
		return p.report(p.stderr, findings)
	}
	scopes := allScopes(c)
	if f.environment != "" {
		if _, ok := c.Model.Environment(f.environment); !ok {
			return fmt.Errorf("--environment: there is no environment %q", f.environment)
		}
	}
	var rotations []rotation
	var byHand []*model.Secret
	if f.due {
		rotations, byHand = dueSecrets(scopes, f.environment, now)
	} else if rotations, err = namedSecrets(scopes, names, f.environment); err != nil {
		return err
	}
	for i := range rotations {
		r := &rotations[i]
		if r.epoch, r.settings, err = r.secret.Rotate(now, r.alone); err != nil {
			return err
		}
	}
	edited, err := editDescriptions(rotations)
	if err != nil {
		return err
	}
	after, err := p.recompile(ctx, in, edited)
	if err != nil {
		return err
	}
	if err := p.printRotations(rotations, byHand, allScopes(after), f); err != nil {
		return err
	}
	if !f.dryRun {
		for _, name := range slices.Sorted(maps.Keys(edited)) {
			if err := replaceFile(filepath.Join(in.dir, filepath.FromSlash(name)), edited[name]); err != nil {
				return err
			}
		}
	}
	if f.exitCode && len(rotations) > 0 {
		return exitError(exitDrift)
	}
	return nil
}

// allScopes links everything: the platform first, then the tenants by name. What is wrong has been found before.
func allScopes(c *esotree.Compilation) []*model.Scope {
	platform, _ := c.Model.PlatformScope()
	scopes := []*model.Scope{platform}
	for _, t := range c.Model.Tenants() {
		more, _ := c.Model.Scopes(t)
		scopes = append(scopes, more...)
	}
	return scopes
}

func dueSecrets(scopes []*model.Scope, environment string, now time.Time) (due []rotation, byHand []*model.Secret) {
	for _, scope := range scopes {
		for _, s := range scope.Secrets {
			switch {
			case environment != "" && s.Environment() != environment || !s.Rotation.Due(now):
			case s.EpochRotates():
				due = append(due, rotation{secret: s, alone: environment != ""})
			default:
				byHand = append(byHand, s)
			}
		}
	}
	return due, byHand
}

// namedSecrets finds the secrets of the given names, in the order of the names.
func namedSecrets(scopes []*model.Scope, names []string, environment string) ([]rotation, error) {
	var out []rotation
	for _, name := range names {
		var found []*model.Secret
		owners := map[string]bool{}
		var known []string
		for _, scope := range scopes {
			if environment != "" && (scope.Environment == nil || scope.Environment.Name != environment) {
				continue
			}
			for _, s := range scope.Secrets {
				owner := cmp.Or(scope.Tenant, "platform")
				known = append(known, s.Name, owner+"/"+s.Name)
				short := strings.Replace(name, ":", "/", 1)
				if name == s.Name || short == owner+"/"+s.Name || name == scope.Label()+"/"+s.Name {
					found = append(found, s)
					owners[owner+"/"+s.Name] = true
				}
			}
		}
		if len(found) == 0 {
			if near := yamlsrc.Closest(name, known); near != "" {
				return nil, fmt.Errorf("there is no secret %q; did you mean %q?", name, near)
			}
			return nil, fmt.Errorf("there is no secret %q", name)
		}
		if len(owners) > 1 {
			return nil, fmt.Errorf("%q may be any of %s", name, strings.Join(slices.Sorted(maps.Keys(owners)), ", "))
		}
		for _, s := range found {
			if !slices.ContainsFunc(out, func(r rotation) bool { return r.secret == s }) {
				out = append(out, rotation{secret: s, alone: environment != "" || strings.Count(name, "/") > 1})
			}
		}
	}
	return out, nil
}

// editDescriptions returns the new texts of the files, by their names. A place that several secrets share is set once.
func editDescriptions(rotations []rotation) (map[string][]byte, error) {
	files := map[string]*diag.File{}
	edits := map[string][]yamledit.Edit{}
	for _, r := range rotations {
		for _, s := range r.settings {
			name := s.In.File.Name
			files[name] = s.In.File
			edit := yamledit.Edit{Document: yamledit.DocumentAt(s.In.File, s.In.Start), Path: s.Path, Value: s.Value,
				After: []string{"class", "generator", "bootstrap", "secretRef", "remote", "name", "every"}}
			if !slices.ContainsFunc(edits[name], func(e yamledit.Edit) bool { return e.Document == edit.Document && e.Path == edit.Path }) {
				edits[name] = append(edits[name], edit)
			}
		}
	}
	out := map[string][]byte{}
	for name, list := range edits {
		data, err := yamledit.Set(name, files[name].Data, list...)
		if err != nil {
			return nil, err
		}
		out[name] = data
	}
	return out, nil
}

// recompile links the descriptions as they will be.
func (p *program) recompile(ctx context.Context, in input, edited map[string][]byte) (*esotree.Compilation, error) {
	in.fsys = overlay{in.fsys, edited}
	c, findings, err := esotree.Compile(ctx, in.fsys, in.paths)
	if err != nil {
		return nil, err
	}
	if c == nil || findings.HasErrors() {
		if err := p.report(p.stderr, findings); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// overlay is a file system some of whose files have another text.
type overlay struct {
	fs.FS
	edited map[string][]byte
}

// ReadFile implements fs.ReadFileFS.
func (o overlay) ReadFile(name string) ([]byte, error) {
	if data, ok := o.edited[name]; ok {
		return data, nil
	}
	return fs.ReadFile(o.FS, name)
}

// replaceFile writes a file in one step, so that a reader sees the old or the new text. A symbolic link stays one.
func replaceFile(name string, data []byte) (err error) {
	if name, err = filepath.EvalSymlinks(name); err != nil {
		return err
	}
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".esotree-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	_, err = f.Write(data)
	if e := f.Sync(); err == nil {
		err = e
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Chmod(f.Name(), info.Mode().Perm())
	}
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	return err
}

// rotationOut is what is printed of a rotation.
type rotationOut struct {
	Scope  string `json:"scope"`
	Secret string `json:"secret"`
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`
	From   string `json:"from,omitempty"`
	To     string `json:"to,omitempty"`
	// Rotates is false where the epoch only records what a person has done.
	Rotates bool        `json:"rotates"`
	Home    string      `json:"home,omitempty"`
	Stores  []string    `json:"stores,omitempty"`
	Readers []readerOut `json:"readers,omitempty"`
}

type readerOut struct {
	Scope   string   `json:"scope"`
	Service string   `json:"service"`
	Regions []string `json:"regions"`
	// Waits is set when the reader's Secret stays as it is until the new value is in its store.
	Waits bool `json:"waits"`
}

func (p *program) printRotations(rotations []rotation, byHand []*model.Secret, scopes []*model.Scope, f rotateFlags) error {
	var out struct {
		Rotations []rotationOut `json:"rotations"`
		ByHand    []rotationOut `json:"byHand"`
	}
	out.Rotations, out.ByHand = []rotationOut{}, []rotationOut{}
	if len(scopes) > 0 {
		readers := scopes[0].Model.Readers(scopes)
		for _, r := range rotations {
			o := outOf(r.secret)
			o.From, o.To = r.secret.Rotation.Epoch, r.epoch
			if after := sameSecret(scopes, r.secret); after != nil {
				span, _ := after.Span("rotation.epoch")
				o.File, o.Line, _ = span.Location()
				o.Readers = readersOut(readers[after])
			}
			out.Rotations = append(out.Rotations, o)
		}
	}
	for _, s := range byHand {
		o := outOf(s)
		span, _ := s.Span("name")
		o.File, o.Line, _ = span.Location()
		out.ByHand = append(out.ByHand, o)
	}
	if p.format == "json" {
		e := json.NewEncoder(p.stdout)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(out)
	}
	var b bytes.Buffer
	for _, o := range out.Rotations {
		o.write(&b)
	}
	for _, o := range out.ByHand {
		fmt.Fprintf(&b, "%s:%d: %s %s is due, and a person must replace it; record it with: esotree rotate %s\n", o.File, o.Line, o.Scope, o.Secret, o.commandName())
	}
	if len(scopes) > 0 {
		b.WriteString(rotationFacts(scopes[0].Model, out.Rotations))
	}
	if b.Len() == 0 {
		_, err := fmt.Fprintln(p.stderr, "nothing is due")
		return err
	}
	if f.dryRun && len(out.Rotations) > 0 {
		fmt.Fprintln(p.stderr, "nothing was written (--dry-run)")
	}
	_, err := io.Copy(p.stdout, &b)
	return err
}

// rotationFacts says what the operator will do about some rotations; "" where it does nothing.
func rotationFacts(m *model.Model, list []rotationOut) string {
	clusters := map[string][]string{}
	for _, o := range list {
		if !o.Rotates {
			continue
		}
		clusters[graph.FactEpoch] = append(clusters[graph.FactEpoch], o.Home)
		for _, r := range o.Readers {
			id := graph.FactWorstCase
			if r.Waits {
				id = graph.FactReaderWaits
			}
			clusters[id] = append(clusters[id], r.Regions...)
		}
	}
	var b strings.Builder
	for i, f := range graph.FactsIn(releases(m), clusters) {
		if i == 0 {
			b.WriteString("what the operator does:\n")
		}
		fmt.Fprintf(&b, "    %s\n", f.Line())
	}
	return b.String()
}

// sameSecret finds a secret among other scopes.
func sameSecret(scopes []*model.Scope, s *model.Secret) *model.Secret {
	for _, scope := range scopes {
		if scope.Label() != s.Scope.Label() {
			continue
		}
		for _, other := range scope.Secrets {
			if other.Name == s.Name {
				return other
			}
		}
	}
	return nil
}

func outOf(s *model.Secret) rotationOut {
	o := rotationOut{Scope: s.Scope.Label(), Secret: s.Name, Rotates: s.EpochRotates(), Home: s.Scope.Home.Name}
	for _, r := range s.PushTo {
		o.Stores = append(o.Stores, r.Name)
	}
	return o
}

func readersOut(list []model.Reader) []readerOut {
	out := make([]readerOut, 0, len(list))
	for _, r := range list {
		reader := readerOut{Scope: r.Service.Scope.Label(), Service: r.Service.Name, Waits: r.Waits}
		for _, region := range r.Regions {
			reader.Regions = append(reader.Regions, region.Name)
		}
		out = append(out, reader)
	}
	return out
}

// commandName is the secret's name on the command line.
func (o rotationOut) commandName() string {
	owner, _, _ := strings.Cut(o.Scope, "/")
	return owner + "/" + o.Secret
}

func (o rotationOut) write(b *bytes.Buffer) {
	from := "no epoch"
	if o.From != "" {
		from = fmt.Sprintf("epoch %q", o.From)
	}
	fmt.Fprintf(b, "%s:%d: %s %s: %s -> %q\n", o.File, o.Line, o.Scope, o.Secret, from, o.To)
	if !o.Rotates {
		fmt.Fprintf(b, "    records that a person replaced it; no value changes by this\n")
		return
	}
	fmt.Fprintf(b, "    rotates: made in %s", o.Home)
	if len(o.Stores) > 0 {
		fmt.Fprintf(b, " and pushed to the stores of %s", strings.Join(o.Stores, ", "))
	}
	b.WriteString("\n")
	for _, r := range o.Readers {
		name := r.Service
		if r.Scope != o.Scope {
			name = r.Scope + " " + name
		}
		when := ""
		if r.Waits {
			when = ", which waits for the epoch"
		}
		fmt.Fprintf(b, "    reaches %s in %s%s\n", name, strings.Join(r.Regions, ", "), when)
	}
}
