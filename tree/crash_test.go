package tree

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

var errCrash = errors.New("crashed")

// failing is a store that works for some operations that change something, and fails at all later ones.
type failing struct {
	Store
	left *int
}

type failingDir struct {
	Dir
	left *int
}

func (f failing) spend() error {
	if *f.left--; *f.left < 0 {
		return errCrash
	}
	return nil
}

func (f failing) Open(name string) (Dir, error) {
	d, err := f.Store.Open(name)
	return failingDir{d, f.left}, err
}

func (f failing) Make(name string) (Dir, error) {
	if err := f.spend(); err != nil {
		return nil, err
	}
	d, err := f.Store.Make(name)
	return failingDir{d, f.left}, err
}

func (f failing) Create(name string, files iter.Seq2[string, []byte]) error {
	if err := f.spend(); err != nil {
		return err
	}
	return f.Store.Create(name, files)
}

func (f failing) RemoveFolder(name string) (bool, error) {
	if err := f.spend(); err != nil {
		return false, err
	}
	return f.Store.RemoveFolder(name)
}

func (d failingDir) Write(name string, data []byte) error {
	if err := (failing{nil, d.left}).spend(); err != nil {
		return err
	}
	return d.Dir.Write(name, data)
}

func (d failingDir) Remove(name string) error {
	if err := (failing{nil, d.left}).spend(); err != nil {
		return err
	}
	return d.Dir.Remove(name)
}

// TestFailsAnywhere: whichever operation is the first to fail, the tree is consistent and the next run completes it. One
// tenant is changed, one is new, one is dropped.
func TestFailsAnywhere(t *testing.T) {
	before, after := world("v1", "acme", "globex"), world("v2", "acme", "initech")
	o := loaded("acme", "globex", "initech")
	o.Workers = 1
	for n := 0; ; n++ {
		failed := false
		stores(t, func(t *testing.T, b bench) {
			write(t, b.store, before, o)
			left := n
			_, err := Write(t.Context(), failing{b.store, &left}, all(after), o)
			failed = err != nil
			if failed && !errors.Is(err, errCrash) {
				t.Fatal(err)
			}
			consistent(t, b.files())
			write(t, b.store, after, o)
			same(t, b.files(), wanted(t, after))
		})
		if !failed {
			if n < 30 {
				t.Errorf("only %d operations", n)
			}
			return
		}
	}
}

// TestDiskFailsAnywhere is the same for each system call, in two ways: the process goes on, as with a full disk, or it is gone.
func TestDiskFailsAnywhere(t *testing.T) {
	before, after := world("v1", "acme", "globex"), world("v2", "acme", "initech")
	o := loaded("acme", "globex", "initech")
	o.Workers = 1
	for _, gone := range []bool{false, true} {
		for n, failed := 0, true; failed; n++ {
			b, d := onDisk(t)
			write(t, d, before, o)
			left := n
			op := ""
			d.before = func(next string) error {
				if left--; left < 0 && (gone || left == -1) {
					op = next
					return syscall.ENOSPC
				}
				return nil
			}
			_, err := Write(t.Context(), d, all(after), o)
			if failed = err != nil; failed && (!errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "no space left on device") || !strings.Contains(err.Error(), "region")) && op != "rmdir" && op != "mkdir" {
				t.Fatalf("%s: %v", op, err)
			}
			d.before = nil
			consistent(t, b.files())
			for name := range b.files() {
				if strings.Contains(name, temporary) && !gone {
					t.Errorf("%s is left behind, though there was time to clean up", name)
				}
			}
			write(t, d, after, o)
			same(t, b.files(), wanted(t, after))
		}
	}
}

const childFolder = "ESOTREE_TREE_TEST_CHILD"

// TestMain lets the test binary be the process that is killed: it switches a tree between two states until then.
func TestMain(m *testing.M) {
	dir := os.Getenv(childFolder)
	if dir == "" {
		os.Exit(m.Run())
	}
	fmt.Println("ready")
	for i := 0; ; i++ {
		if err := child(dir, i); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
	}
}

func child(dir string, i int) error {
	d := NewDisk(dir)
	o := loaded("acme", "globex", "initech")
	o.Budget = -1
	states := [][]string{{"acme", "globex"}, {"acme", "initech"}}
	p, err := Write(context.Background(), d, all(world(fmt.Sprint("v", i), states[i%2]...)), o)
	if err == nil && p.findings.HasErrors() {
		err = fmt.Errorf("findings: %v", told(p))
	}
	return errors.Join(err, d.Close())
}

// TestKill kills a writing process at any moment, again and again on the same tree.
func TestKill(t *testing.T) {
	b, d := onDisk(t)
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	rounds := 40
	if testing.Short() {
		rounds = 5
	}
	leftovers := 0
	for range rounds {
		c := exec.Command(program)
		c.Env = append(os.Environ(), childFolder+"="+d.dir)
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		reader := bufio.NewReader(out)
		if line, err := reader.ReadString('\n'); line != "ready\n" {
			t.Errorf("the child says %q, %v", line, err)
		}
		time.Sleep(time.Duration(rand.IntN(20_000)) * time.Microsecond)
		if err := c.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if line, _ := reader.ReadString('\n'); line != "" {
			t.Errorf("the child failed: %s", line)
		}
		_ = c.Wait() // it was killed
		for name := range b.files() {
			if strings.Contains(name, temporary) {
				leftovers++
			}
		}
		consistent(t, b.files())
	}
	t.Logf("%d temporary files were left behind and cleaned up", leftovers)
	after := world("end", "acme")
	write(t, d, after, loaded("acme", "globex", "initech"))
	same(t, b.files(), wanted(t, after))
}

// TestUnfinished: what a killed run has left of a new folder is taken away, where the folder is wanted and where it is not; a
// link in its place too, but not what it points to.
func TestUnfinished(t *testing.T) {
	const torn = "/" + temporary + ".prod"
	stores(t, func(t *testing.T, b bench) {
		write(t, b.store, world("v1", "globex"), scope)
		for _, name := range []string{"region1/tenants/acme", "region1/tenants/globex", "region2/tenants/gone"} {
			b.put(name+torn+"/externalsecret-a.yaml", "# Code gener")
		}
		if b.link != nil {
			b.put("elsewhere/keep.yaml", "a: 1")
			b.link("region2/tenants/acme"+torn, "../../../elsewhere")
		}
		write(t, b.store, world("v1", "acme", "globex"), loaded("acme", "globex"))
		files := b.files()
		if b.link != nil && files["elsewhere/keep.yaml"] == "" {
			t.Error("a link was followed")
		}
		delete(files, "elsewhere/keep.yaml")
		same(t, files, wanted(t, world("v1", "acme", "globex")))
		if _, err := b.store.Open("region2/tenants/gone"); err == nil {
			t.Error("an empty folder stays")
		}
		err := b.store.Create("region1/tenants/acme/prod", func(yield func(string, []byte) bool) { yield("a", nil) })
		if !errors.Is(err, fs.ErrExist) {
			t.Errorf("a folder is created in the place of another: %v", err)
		}
	})
}

// TestTwoAtOnce: only one of several runs writes, the others say why they do not.
func TestTwoAtOnce(t *testing.T) {
	stores(t, func(t *testing.T, b bench) {
		unlock, err := b.store.Lock()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Write(t.Context(), b.store, all(world("v1", "acme")), scope); !errors.Is(err, ErrLocked) {
			t.Errorf("a second run: %v", err)
		}
		if err := unlock(); err != nil {
			t.Fatal(err)
		}
		write(t, b.store, world("v1", "acme"), scope)
		same(t, b.files(), wanted(t, world("v1", "acme")))
	})
}

// TestErrorStopsWorkers: with several goroutines too, the first error ends the run and the tree stays consistent.
func TestErrorStopsWorkers(t *testing.T) {
	b, d := onDisk(t)
	for i := range 40 {
		var left atomic.Int64
		left.Store(int64(i * 3))
		d.before = func(string) error {
			if left.Add(-1) < 0 {
				return syscall.EROFS
			}
			return nil
		}
		o := loaded("a", "b", "c", "d", "e")
		o.Workers = 4
		_, err := Write(t.Context(), d, all(world("v", "a", "b", "c", "d", "e")), o)
		if err != nil && !errors.Is(err, syscall.EROFS) {
			t.Fatal(err)
		}
		consistent(t, b.files())
	}
	d.before = nil
	write(t, d, world("v", "a", "b"), loaded("a", "b", "c", "d", "e"))
	same(t, b.files(), wanted(t, world("v", "a", "b")))
}
