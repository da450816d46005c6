package main

import (
	"fmt"
	"io"
	"iter"
	"sync"
	"time"

	"github.com/openova-io/esotree/object"
)

const (
	// patience is how long a command works before it says what it is doing.
	patience = time.Second
	// refresh is how often it is said anew.
	refresh = 100 * time.Millisecond
	// eraseLine goes to the line's beginning and erases it.
	eraseLine = "\r\x1b[K"
)

// progress is a line on a terminal that says what is being done, from when it has taken a while. A nil progress says nothing.
type progress struct {
	w    io.Writer
	stop chan struct{}

	mu      sync.Mutex
	text    string
	done    int
	of      int
	shown   bool
	waiting bool // the line is not to be shown for now
}

// newProgress returns nil where stderr is no terminal.
func (p *program) newProgress() *progress {
	if !terminal(p.stderr) || p.getenv("TERM") == "dumb" {
		return nil
	}
	return startProgress(p.stderr, patience)
}

func startProgress(w io.Writer, patience time.Duration) *progress {
	b := &progress{w: w, stop: make(chan struct{})}
	go func() {
		for timer := time.NewTimer(patience); ; timer.Reset(refresh) {
			select {
			case <-timer.C:
				b.show()
			case <-b.stop:
				timer.Stop()
				return
			}
		}
	}()
	return b
}

func (b *progress) show() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.waiting || b.text == "" {
		return
	}
	b.shown = true
	if b.of > 0 {
		fmt.Fprintf(b.w, eraseLine+"%s: %d of %d", b.text, b.done, b.of)
	} else {
		fmt.Fprint(b.w, eraseLine+b.text)
	}
}

// say sets what is being done.
func (b *progress) say(text string) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.text, b.done, b.of = text, 0, 0
}

// hide takes the line away while something else is printed, and returns what brings it back.
func (b *progress) hide() (again func()) {
	if b == nil {
		return func() {}
	}
	set := func(waiting bool) {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.waiting = waiting; b.shown && waiting {
			b.shown = false
			fmt.Fprint(b.w, eraseLine)
		}
	}
	set(true)
	return func() { set(false) }
}

// end takes the line away for good.
func (b *progress) end() {
	if b != nil {
		b.hide()
		close(b.stop)
	}
}

// passes counts the tenants of folders as they go by: the first time that they are ranged over they are checked and compared, later
// they are written.
func (b *progress) passes(folders iter.Seq[object.Folder], tenants int) iter.Seq[object.Folder] {
	if b == nil {
		return folders
	}
	text := "checking tenants"
	return func(yield func(object.Folder) bool) {
		b.say(text)
		text = "writing tenants"
		last := ""
		for f := range folders {
			if f.Tenant != last { // the platform's own folders come first and are not counted
				last = f.Tenant
				b.mu.Lock()
				b.done, b.of = b.done+1, tenants
				b.mu.Unlock()
			}
			if !yield(f) {
				return
			}
		}
	}
}
