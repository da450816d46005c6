package tree

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"path"
	"slices"

	"github.com/openova-io/esotree/object"
)

// ErrRefused says that a Plan has errors among its findings, so that nothing was written.
var ErrRefused = errors.New("nothing was written, as the plan has errors")

// Write brings a store to the wanted state: it locks the store, computes a Plan and applies it unless there are errors among
// its findings, which are no error of Write's.
func Write(ctx context.Context, store Store, folders iter.Seq[object.Folder], opts Options) (p *Plan, err error) {
	unlock, err := store.Lock()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if p, err = Compute(ctx, store, folders, opts); err != nil {
		return nil, err
	}
	if p.findings.HasErrors() {
		return p, nil
	}
	return p, p.Apply(ctx)
}

// Apply does what the plan says, in the order that package tree documents. The caller holds the store's lock since
// before the plan was computed, or uses Write. After an error, files may have been written; the tree is consistent, and a
// new plan goes on from there.
func (p *Plan) Apply(ctx context.Context) error {
	if p.findings.HasErrors() {
		return ErrRefused
	}
	for err := range inOrder(ctx, p.opts.Workers, p.jobs(false), p.write) {
		if err != nil {
			return err
		}
	}
	for err := range inOrder(ctx, p.opts.Workers, p.jobs(true), p.write) {
		if err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, f := range p.changed {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := p.remove(f); err != nil {
			return err
		}
	}
	for _, name := range p.torn {
		if err := p.discard(name); err != nil {
			return err
		}
	}
	for _, name := range p.empty {
		if err := p.removeEmpty(name); err != nil {
			return err
		}
	}
	return nil
}

// job is a folder to write, with its objects where the plan has not kept the bytes.
type job struct {
	plan   *folderPlan
	folder *object.Folder
}

// jobs yields the folders with files to write: those of the GitOps engine, or all others.
func (p *Plan) jobs(gitops bool) iter.Seq[job] {
	mine := func(f *folderPlan) bool {
		at, _ := locate(f.path)
		return f.actions != "" && at.gitops == gitops
	}
	return func(yield func(job) bool) {
		for _, f := range p.changed {
			if f.kept != nil && mine(f) && !yield(job{plan: f}) {
				return
			}
		}
		p.again(mine)(yield)
	}
}

// again yields those of some folders with files to write that the plan has not kept. If there are any, everything is rendered again.
func (p *Plan) again(some func(*folderPlan) bool) iter.Seq[job] {
	dropped := func(f *folderPlan) bool { return f != nil && f.actions != "" && f.kept == nil && some(f) }
	return func(yield func(job) bool) {
		if !slices.ContainsFunc(p.changed, dropped) {
			return
		}
		for f := range p.selected() {
			if plan := p.byPath[f.Path]; dropped(plan) && !yield(job{plan, &f}) {
				return
			}
		}
	}
}

// data returns the files to write, encoded again where the plan has not kept them; those are good until the worker's next call.
func (j job) data(w *worker) ([]filePlan, error) {
	if j.folder == nil {
		return j.plan.kept, nil
	}
	files, findings, err := w.encode(j.folder)
	if err != nil {
		return nil, err
	}
	if len(findings) > 0 {
		files = nil
	}
	return j.plan.pending(files)
}

func (p *Plan) write(w *worker, j job) (err error) {
	files, err := j.data(w)
	if err != nil {
		return err
	}
	if j.plan.fresh {
		return p.store.Create(j.plan.path, func(yield func(string, []byte) bool) {
			for _, f := range files {
				if !yield(f.name, f.data) {
					return
				}
			}
		})
	}
	dir, err := p.store.Make(j.plan.path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	for _, f := range files {
		if err := dir.Write(f.name, f.data); err != nil {
			return err
		}
	}
	return nil
}

// remove deletes the surplus files of a folder, what a killed run left there, and the folder if nothing remains.
func (p *Plan) remove(f *folderPlan) error {
	if len(f.surplus) == 0 && !f.leftover {
		return nil
	}
	dir, err := p.store.Open(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	err = func() error {
		for _, s := range f.surplus {
			if err := dir.Remove(s.name); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
		if f.leftover {
			if err := dir.Remove(temporary); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
		return nil
	}()
	if err = errors.Join(err, dir.Close()); err != nil || f.wanted {
		return err
	}
	return p.removeEmpty(f.path)
}

// discard deletes a folder that a killed run has not finished, and the folders above it as far as they are empty.
func (p *Plan) discard(name string) error {
	dir, err := p.store.Open(name)
	if errors.Is(err, fs.ErrNotExist) { // it was finished in the meantime, by this run
		return nil
	}
	if err != nil {
		return err
	}
	entries, err := dir.List()
	for _, e := range entries {
		if err == nil && e.Kind != Folder {
			err = dir.Remove(e.Name)
		}
	}
	if err = errors.Join(err, dir.Close()); err != nil {
		return err
	}
	return p.removeEmpty(name)
}

// removeEmpty removes a folder, and those above it, as far as they are empty.
func (p *Plan) removeEmpty(name string) error {
	for ; name != "."; name = path.Dir(name) {
		if gone, err := p.store.RemoveFolder(name); err != nil || !gone {
			return err
		}
	}
	return nil
}
