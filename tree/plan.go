package tree

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"iter"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/object"
)

// DefaultBudget is how many bytes of files a Plan keeps when Options say nothing.
const DefaultBudget = 32 << 20

// Options are a Scope and what tunes the work.
type Options struct {
	Scope
	// Budget is up to how many bytes of changed files the Plan keeps them; where there are more, all are rendered again when they are
	// written. 0 means DefaultBudget, a negative one nothing.
	Budget int64
	// Workers is how many goroutines encode, compare and write; 0 means one per core. Findings and plans do not depend on it.
	Workers int
}

// Action says what is to be done with a file.
type Action uint8

// The actions of a Change.
const (
	Create Action = iota
	Update
	Delete
	// Refuse is for a file that is edited or foreign, or whose tenant is gone. A finding says why; Plan.Apply does nothing
	// at all then.
	Refuse
	unchanged
)

// String returns "create", "update", "delete" or "refuse".
func (a Action) String() string {
	return [...]string{"create", "update", "delete", "refuse"}[min(a, Refuse)]
}

// Change is one file that is not as it is wanted.
type Change struct {
	Path   string
	Action Action
	// Tenant is "" for the platform's own files.
	Tenant string
}

// Counts are numbers of files.
type Counts struct{ Created, Updated, Deleted, Refused, Unchanged int }

// Plan is what has to be done to a tree. It is computed by Compute and holds for the state that the tree had then.
type Plan struct {
	store     Store
	folders   iter.Seq[object.Folder]
	opts      Options
	changed   []*folderPlan // in the order of the folders; what is only pruned comes last
	empty     []string      // folders that are there for nothing
	torn      []string      // folders that a killed run has not finished
	byPath    map[string]*folderPlan
	unchanged int
	findings  diag.Set
}

// folderPlan is what has to be done in one folder.
type folderPlan struct {
	path     string
	tenant   string
	wanted   bool
	fresh    bool      // there is no such folder yet
	leftover bool      // a killed run's temporary file is there
	surplus  []surplus // by name, kustomization.yaml first
	// actions has an Action for each file that the folder is rendered to, "" where nothing is to be written. It is all that grows with
	// the tree, so that it has no names; sum tells whether they are the same when the folder is rendered again.
	actions string
	sum     uint64
	// kept are the files to write, by name, kustomization.yaml last; nil where the folder is to be rendered again.
	kept []filePlan
}

// pending are the files to write, of those that the folder is rendered to.
func (f *folderPlan) pending(files []file) ([]filePlan, error) {
	if len(files) != len(f.actions) || sumOf(files) != f.sum {
		return nil, fmt.Errorf("the folder %q was rendered differently the second time", f.path)
	}
	out := make([]filePlan, 0, len(files))
	for i, file := range files {
		if action := Action(f.actions[i]); action != unchanged {
			out = append(out, filePlan{file.name, action, file.data})
		}
	}
	return out, nil
}

// decide notes what is to be done with each of the folder's files, and keeps those to write while the budget lasts.
func (f *folderPlan) decide(files []file, actions []byte, budget *atomic.Int64) {
	size := 0
	for i, action := range actions {
		if Action(action) != unchanged {
			size += len(files[i].data)
		}
	}
	if size == 0 { // no file is empty
		return
	}
	f.actions, f.sum = string(actions), sumOf(files)
	if budget.Add(int64(-size)) < 0 { // it stays so, and all is dropped
		return
	}
	f.kept, _ = f.pending(files)
	for i := range f.kept {
		f.kept[i].data = bytes.Clone(f.kept[i].data)
	}
}

// sumOf is a sum of the files' names.
func sumOf(files []file) uint64 {
	h := fnv.New64a()
	for _, file := range files {
		_, _ = io.WriteString(h, file.name)
		_, _ = h.Write([]byte{0})
	}
	return h.Sum64()
}

type filePlan struct {
	name   string
	action Action
	data   []byte
}

// surplus is a file of ours that is not wanted.
type surplus struct {
	name   string
	tenant string
	edited bool
	action Action // Delete or Refuse
}

// outcome is what came of comparing one folder.
type outcome struct {
	plan      *folderPlan
	files     int
	unchanged int
	findings  []diag.Finding
	err       error
}

// Compute compares folders with what a store holds, without changing anything. The folders are ranged over once now, and
// a second time by Apply and Diff when the changed files do not fit the budget; both must yield the same. The error is that of
// the store, of the context, or says that an object cannot be written; whatever is wrong with the tree or the names is in
// Plan.Findings.
func Compute(ctx context.Context, store Store, folders iter.Seq[object.Folder], opts Options) (*Plan, error) {
	opts.Budget = cmp.Or(opts.Budget, DefaultBudget)
	opts.Workers = cmp.Or(opts.Workers, runtime.GOMAXPROCS(0))
	p := &Plan{store: store, folders: folders, opts: opts, byPath: map[string]*folderPlan{}}
	wanted, tenants := map[string]bool{}, map[string]bool{}
	var budget atomic.Int64
	budget.Store(opts.Budget)
	files, dropped := 0, 0
	for o := range inOrder(ctx, opts.Workers, p.selected(), func(w *worker, f object.Folder) outcome { return p.compare(w, &f, &budget) }) {
		if o.err != nil {
			return nil, o.err
		}
		if fold := strings.ToLower(o.plan.path); wanted[fold] {
			o.findings = append(o.findings, diag.Finding{Code: "name-collision", Message: fmt.Sprintf("two folders would be at %q", o.plan.path), File: o.plan.path})
		} else {
			wanted[fold] = true
		}
		tenants[o.plan.tenant] = true
		files += o.files
		p.unchanged += o.unchanged
		p.findings.Add(o.findings...)
		p.add(o.plan)
		if budget.Load() < 0 {
			for _, f := range p.changed[dropped:] {
				f.kept = nil
			}
			dropped = len(p.changed)
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if files == 0 && p.opts.Filter.Shard.Count <= 1 && !p.findings.HasErrors() {
		p.findings.Add(diag.Finding{Code: "nothing-rendered", Message: "the description renders no object, and an empty tree would delete everything",
			Object: diag.ObjectRef{Kind: "Platform", Name: opts.Platform}})
	}
	var w worker
	if err := p.walk(ctx, &w, ".", wanted); err != nil {
		return nil, err
	}
	if p.opts.Loaded == nil {
		p.opts.Loaded = func(tenant string) bool { return tenants[tenant] }
	}
	p.settle()
	return p, nil
}

// selected yields the folders that are within the filter.
func (p *Plan) selected() iter.Seq[object.Folder] {
	return func(yield func(object.Folder) bool) {
		for f := range p.folders {
			if p.opts.Filter.Region(f.Region) && p.opts.Filter.Tenant(f.Tenant) && !yield(f) {
				return
			}
		}
	}
}

func (p *Plan) add(f *folderPlan) {
	if f.actions != "" || len(f.surplus) > 0 || f.leftover {
		p.changed = append(p.changed, f)
		p.byPath[f.path] = f
	}
}

// compare compares one wanted folder with what is there.
func (p *Plan) compare(w *worker, f *object.Folder, budget *atomic.Int64) (o outcome) {
	o.plan = &folderPlan{path: f.Path, tenant: f.Tenant, wanted: true}
	if at, ok := locate(f.Path); !ok || !at.leaf || at.region != f.Region || at.tenant != f.Tenant {
		o.err = fmt.Errorf("the folder %q has no place in the tree of region %q and tenant %q", f.Path, f.Region, f.Tenant)
		return o
	}
	if f.Platform != p.opts.Platform {
		o.err = fmt.Errorf("the folder %q is of platform %q, not %q", f.Path, f.Platform, p.opts.Platform)
		return o
	}
	files, findings, err := w.encode(f)
	if o.findings, o.err = findings, err; err != nil || len(findings) > 0 {
		return o
	}
	o.files = len(files)
	dir, err := p.look(f.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		o.plan.fresh = true
		o.plan.decide(files, bytes.Repeat([]byte{byte(Create)}, len(files)), budget)
		return o
	case errors.Is(err, ErrNotFolder):
		var at *fs.PathError
		errors.As(err, &at)
		o.findings = append(o.findings, diag.Finding{Code: "file-foreign", Message: fmt.Sprintf("%q is a file or a link where a folder is needed", at.Path),
			Hint: "move it away; links are never followed", File: at.Path})
		return o
	case err != nil:
		o.err = err
		return o
	}
	defer func() { o.err = errors.Join(o.err, dir.Close()) }()
	entries, err := dir.List()
	if err != nil {
		o.err = err
		return o
	}
	if w.names == nil {
		w.names = map[string]bool{}
	}
	clear(w.names)
	w.actions = w.actions[:0]
	for _, file := range files {
		w.names[file.name] = true
		at, found := slices.BinarySearchFunc(entries, file.name, func(e Entry, name string) int { return cmp.Compare(e.Name, name) })
		if !found {
			w.actions = append(w.actions, byte(Create))
			continue
		}
		finding, same, err := p.present(w, dir, entries[at], f.Path, file.data)
		if err != nil {
			o.err = err
			return o
		}
		switch {
		case same:
			o.unchanged++
			w.actions = append(w.actions, byte(unchanged))
		case finding.Code != "":
			o.findings = append(o.findings, finding)
			w.actions = append(w.actions, byte(Refuse))
		default:
			w.actions = append(w.actions, byte(Update))
		}
	}
	if o.err = p.unwanted(w, dir, entries, o.plan, w.names); o.err != nil {
		return o
	}
	o.plan.decide(files, w.actions, budget)
	return o
}

// look opens a folder that is only read.
func (p *Plan) look(name string) (readable, error) {
	if d, ok := p.store.(*Disk); ok {
		return d.look(name)
	}
	return p.store.Open(name)
}

// present compares a wanted file with what stands in its place. The finding, if it has a code, says why it must not be
// overwritten.
func (p *Plan) present(w *worker, dir readable, e Entry, folder string, wanted []byte) (finding diag.Finding, same bool, err error) {
	if on, ok := dir.(*diskDir); ok && e.Kind == File {
		if w.read, same = on.holds(e.Name, wanted, w.read); same {
			return finding, true, nil
		}
	}
	name := path.Join(folder, e.Name)
	foreign := diag.Finding{Code: "file-foreign", Hint: "move it away: a file that esotree did not write is never overwritten", File: name}
	if e.Kind != File {
		foreign.Message = fmt.Sprintf("%q is a folder or a link where a file is to be written", name)
		return foreign, false, nil
	}
	w.read, err = dir.Read(e.Name, w.read[:0])
	if err != nil && !errors.Is(err, ErrTooLarge) {
		return finding, false, err
	}
	if bytes.Equal(w.read, wanted) || bytes.Equal(bytes.TrimPrefix(unix(w.read), []byte(byteOrderMark)), wanted) {
		return finding, true, nil
	}
	h, _, ok := ParseHeader(w.read)
	switch {
	case !ok:
		foreign.Message = fmt.Sprintf("%q was not written by esotree and is in the way", name)
		return foreign, false, nil
	case h.Platform != p.opts.Platform:
		foreign.Message = fmt.Sprintf("%q belongs to platform %q and is in the way", name, h.Platform)
		return foreign, false, nil
	case !p.opts.Force && Edited(w.read):
		return edited(name, h, "overwritten"), false, nil
	}
	return finding, false, nil
}

func edited(name string, h Header, fate string) diag.Finding {
	return diag.Finding{Code: "file-edited", Message: fmt.Sprintf("%q was edited by hand and would be %s", name, fate),
		Hint: fmt.Sprintf("make the change in %s, or use --force to lose it", h.Source), File: name}
}

// unwanted finds our files in a folder that are not among the wanted ones.
func (p *Plan) unwanted(w *worker, dir readable, entries []Entry, f *folderPlan, wanted map[string]bool) error {
	for _, e := range entries {
		if e.Name == temporary && e.Kind != Folder {
			f.leftover = true
		}
		if e.Kind != File || wanted[e.Name] || path.Ext(e.Name) != ".yaml" {
			continue
		}
		var err error
		w.read, err = dir.Read(e.Name, w.read[:0])
		if errors.Is(err, ErrTooLarge) {
			continue
		}
		if err != nil {
			return err
		}
		h, _, ok := ParseHeader(w.read)
		if !ok || h.Platform != p.opts.Platform || !p.opts.holds(h.Tenant) {
			continue
		}
		f.surplus = append(f.surplus, surplus{name: e.Name, tenant: h.Tenant, edited: Edited(w.read), action: Delete})
	}
	slices.SortStableFunc(f.surplus, func(a, b surplus) int {
		switch {
		case a.name == kustomization:
			return -1
		case b.name == kustomization:
			return 1
		}
		return 0
	})
	return nil
}

// walk looks into the folders of the layout that are not wanted.
func (p *Plan) walk(ctx context.Context, w *worker, name string, wanted map[string]bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	dir, err := p.look(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	entries, err := dir.List()
	if err != nil {
		return errors.Join(err, dir.Close())
	}
	at, _ := locate(name)
	if at.leaf {
		f := &folderPlan{path: name, tenant: at.tenant}
		err = p.unwanted(w, dir, entries, f, nil)
		p.add(f)
	}
	if err := errors.Join(err, dir.Close()); err != nil {
		return err
	}
	if len(entries) == 0 && name != "." {
		p.empty = append(p.empty, name)
	}
	if at.leaf {
		return nil
	}
	for _, e := range entries {
		finished, torn := finishedName(e.Name)
		child := path.Join(name, finished)
		if !torn {
			child = path.Join(name, e.Name)
		}
		at, ok := locate(child)
		if torn {
			if e.Kind == Folder && ok && at.leaf && p.opts.reaches(child, at) {
				p.torn = append(p.torn, path.Join(name, e.Name))
			}
			continue
		}
		if e.Kind != Folder || !ok || !p.opts.reaches(child, at) || wanted[strings.ToLower(child)] {
			continue
		}
		if err := p.walk(ctx, w, child, wanted); err != nil {
			return err
		}
	}
	return nil
}

// settle decides about the surplus files, now that all tenants are known.
func (p *Plan) settle() {
	gone := map[string]bool{}
	for _, f := range p.changed {
		for i := range f.surplus {
			s := &f.surplus[i]
			name := path.Join(f.path, s.name)
			switch {
			case s.tenant != "" && !p.opts.Loaded(s.tenant) && !p.opts.PruneGone && !slices.Contains(p.opts.PruneTenants, s.tenant):
				s.action = Refuse
				if !gone[s.tenant] {
					gone[s.tenant] = true
					p.findings.Add(diag.Finding{Code: "tenant-gone", Message: fmt.Sprintf("tenant %q has no description, but %q holds its files", s.tenant, f.path),
						Hint: fmt.Sprintf("use --prune-tenant %s to delete them", s.tenant), File: name})
				}
			case s.edited && !p.opts.Force:
				s.action = Refuse
				p.findings.Add(edited(name, Header{Source: "the description"}, "deleted"))
			}
		}
	}
}

// Findings are file-edited, file-foreign, tenant-gone, name-collision, invalid-name and nothing-rendered, all errors.
func (p *Plan) Findings() *diag.Set { return &p.findings }

// Changes yields what is to be done, folder by folder. Where the plan has not kept the changed files it ranges over the folders again.
func (p *Plan) Changes() iter.Seq[Change] {
	return func(yield func(Change) bool) {
		rendered, stop := iter.Pull(p.again(func(*folderPlan) bool { return true }))
		defer stop()
		var w worker
		for _, f := range p.changed {
			files := f.kept
			if f.actions != "" && files == nil {
				j, more := rendered()
				if !more { // they are others than they were; who applies the plan is told
					return
				}
				var err error
				if files, err = j.data(&w); err != nil {
					return
				}
			}
			for _, file := range files {
				if !yield(Change{path.Join(f.path, file.name), file.action, f.tenant}) {
					return
				}
			}
			for _, s := range f.surplus {
				if !yield(Change{path.Join(f.path, s.name), s.action, s.tenant}) {
					return
				}
			}
		}
	}
}

// Counts sums the changes up.
func (p *Plan) Counts() Counts {
	c := Counts{Unchanged: p.unchanged}
	count := func(action Action) {
		switch action {
		case Create:
			c.Created++
		case Update:
			c.Updated++
		case Delete:
			c.Deleted++
		case Refuse:
			c.Refused++
		}
	}
	for _, f := range p.changed {
		for i := range len(f.actions) {
			count(Action(f.actions[i]))
		}
		for _, s := range f.surplus {
			count(s.action)
		}
	}
	return c
}

// Clean reports whether the tree is as it is wanted.
func (p *Plan) Clean() bool {
	c := p.Counts()
	return c == Counts{Unchanged: c.Unchanged} && !p.findings.HasErrors()
}
