package render

import "sync"

// memo remembers what was made of a text: most secrets of a class come to the same. What it gives out is not to be changed. The zero
// value is ready.
type memo[T any] struct {
	mu    sync.Mutex
	known map[string]T
}

// mostRemembered bounds a memo, since a text may name its tenant.
const mostRemembered = 1000

func (m *memo[T]) of(text []byte, make func() T) T {
	m.mu.Lock()
	out, known := m.known[string(text)]
	m.mu.Unlock()
	if known {
		return out
	}
	out = make()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil || len(m.known) == mostRemembered {
		m.known = map[string]T{}
	}
	m.known[string(text)] = out
	return out
}
