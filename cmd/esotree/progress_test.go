package main

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openova-io/esotree/object"
)

// screen is a terminal of one line: what stands on it, and all that ever did.
type screen struct {
	mu   sync.Mutex
	line string
	all  []string
}

func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, part := range strings.Split(string(b), eraseLine) {
		if i > 0 {
			s.line = ""
		}
		s.line += part
	}
	s.all = append(s.all, s.line)
	return len(b), nil
}

func (s *screen) shows(text string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.line == text
}

func (s *screen) wait(t *testing.T, text string) {
	t.Helper()
	for range 1000 {
		if s.shows(text) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%q is never shown, but %q", text, s.all)
}

func TestProgress(t *testing.T) {
	var s screen
	b := startProgress(&s, 0)
	b.say("reading descriptions")
	s.wait(t, "reading descriptions")
	folders := b.passes(slices.Values([]object.Folder{{}, {Tenant: "acme"}, {Tenant: "acme"}, {Tenant: "globex"}}), 2)
	for f := range folders {
		if f.Tenant == "globex" {
			s.wait(t, "checking tenants: 2 of 2")
		}
	}
	again := b.hide()
	if !s.shows("") {
		t.Error("the line stands in the way of what is printed")
	}
	again()
	for f := range folders {
		if f.Tenant == "acme" {
			s.wait(t, "writing tenants: 1 of 2")
			break
		}
	}
	b.end()
	if !s.shows("") {
		t.Error("the line stays")
	}
	var none *progress
	none.say("x")
	none.hide()()
	none.end()
	for range none.passes(folders, 1) {
	}
	if p := (&program{environment: environment{stderr: &s, getenv: func(string) string { return "" }}}).newProgress(); p != nil {
		t.Error("a line for what is no terminal")
	}
}
