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

// of returns what was made of a text, or makes it.
func (m *memo[T]) of(text []byte, made func() T) T {
	if out, known := m.get(text); known {
		return out
	}
	out := made()
	m.put(text, out)
	return out
}

func (m *memo[T]) get(text []byte) (out T, known bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out, known = m.known[string(text)]
	return out, known
}

func (m *memo[T]) put(text []byte, out T) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil || len(m.known) == mostRemembered {
		m.known = map[string]T{}
	}
	m.known[string(text)] = out
}
