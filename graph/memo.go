package graph

import (
	"strings"
	"sync"
)

// memo remembers what was found out about texts. Templates are the same in most objects that a class makes, and parsing them takes
// longer than all else that is done with them. What is remembered depends on the text alone and is not changed.
type memo[T any] struct {
	mu    sync.Mutex
	known map[string]T
}

// mostTexts bounds a memo: when it is full it begins anew.
const mostTexts = 1000

func (m *memo[T]) of(text string, find func(string) T) T {
	m.mu.Lock()
	found, ok := m.known[text]
	m.mu.Unlock()
	if ok {
		return found
	}
	found = find(text)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil || len(m.known) == mostTexts {
		m.known = map[string]T{}
	}
	m.known[strings.Clone(text)] = found
	return found
}
