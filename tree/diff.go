package tree

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
)

// Diff writes what Plan.Apply would change, and what it refuses to, as a unified diff in the form of Git's. A foreign file or
// an edited one is shown as it is and as it is wanted. Files are named below the folder at, "" for names in the tree.
func Diff(ctx context.Context, w io.Writer, p *Plan, at string) error {
	out := bufio.NewWriter(w)
	var text worker
	for _, gitops := range []bool{false, true} {
		for j := range p.jobs(gitops) {
			if err := ctx.Err(); err != nil {
				return err
			}
			files, err := j.data(&text)
			if err != nil {
				return err
			}
			for _, f := range files {
				old, exists, err := p.old(j.plan.path, f)
				if err != nil {
					return err
				}
				writeDiff(out, path.Join(at, j.plan.path, f.name), old, f.data, exists, true)
			}
		}
	}
	for _, f := range p.changed {
		for _, s := range f.surplus {
			old, exists, err := p.old(f.path, filePlan{name: s.name, action: Delete})
			if err != nil {
				return err
			}
			writeDiff(out, path.Join(at, f.path, s.name), old, nil, exists, false)
		}
	}
	return out.Flush()
}

// old reads a file as it is; what is no file or too large counts as absent.
func (p *Plan) old(folder string, f filePlan) (data []byte, exists bool, err error) {
	if f.action == Create {
		return nil, false, nil
	}
	dir, err := p.store.Open(folder)
	if err != nil {
		return nil, false, err
	}
	if f.action == Refuse {
		entries, err := dir.List()
		if err != nil {
			return nil, false, errors.Join(err, dir.Close())
		}
		for _, e := range entries {
			if e.Name == f.name && e.Kind != File {
				return nil, false, dir.Close()
			}
		}
	}
	data, err = dir.Read(f.name, nil)
	closeErr := dir.Close()
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrTooLarge) {
		return nil, false, closeErr
	}
	return data, err == nil, errors.Join(err, closeErr)
}

// around is how many unchanged lines are shown around a change.
const around = 3

// writeDiff writes the difference between two files; a bufio.Writer remembers its error.
func writeDiff(out *bufio.Writer, name string, old, wanted []byte, exists, stays bool) {
	fmt.Fprintf(out, "diff --git a/%s b/%s\n", name, name)
	from, to := "a/"+name, "b/"+name
	if !exists {
		from = "/dev/null"
		fmt.Fprintln(out, "new file mode 100644")
	}
	if !stays {
		to = "/dev/null"
		fmt.Fprintln(out, "deleted file mode 100644")
	}
	fmt.Fprintf(out, "--- %s\n+++ %s\n", from, to)
	a, b := lines(old), lines(wanted)
	edits := compareLines(a, b)
	for len(edits) > 0 {
		n := 1
		for n < len(edits) && edits[n].a-edits[n-1].aEnd <= 2*around {
			n++
		}
		hunk(out, a, b, edits[:n])
		edits = edits[n:]
	}
}

// lines splits a text behind each line ending.
func lines(text []byte) [][]byte {
	list := bytes.SplitAfter(text, []byte("\n"))
	return list[:len(list)-btoi(len(list[len(list)-1]) == 0)]
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func hunk(out *bufio.Writer, a, b [][]byte, edits []edit) {
	first, last := edits[0], edits[len(edits)-1]
	before, after := min(around, first.a), min(around, len(a)-last.aEnd)
	position := func(start, end int) string {
		if start == end {
			return fmt.Sprintf("%d,0", start)
		}
		if end-start == 1 {
			return fmt.Sprint(start + 1)
		}
		return fmt.Sprintf("%d,%d", start+1, end-start)
	}
	fmt.Fprintf(out, "@@ -%s +%s @@\n", position(first.a-before, last.aEnd+after), position(first.b-before, last.bEnd+after))
	show := func(mark byte, list [][]byte) {
		for _, line := range list {
			out.WriteByte(mark)
			out.Write(line)
			if line[len(line)-1] != '\n' {
				out.WriteString("\n\\ No newline at end of file\n")
			}
		}
	}
	at := first.a - before
	for _, e := range edits {
		show(' ', a[at:e.a])
		show('-', a[e.a:e.aEnd])
		show('+', b[e.b:e.bEnd])
		at = e.aEnd
	}
	show(' ', a[at:at+after])
}
