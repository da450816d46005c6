package object

import (
	"encoding/json"
	"sync"
	"testing"
)

// TestJSON: the JSON of a typed value is made once, whoever asks, and <, > and & stay as they are; what was read stays as it is.
func TestJSON(t *testing.T) {
	calls := 0
	o := &Object{Value: map[string]any{"a": "<&>", "b": counter{&calls}}}
	for range 3 {
		if text, err := o.JSON(); err != nil || string(text) != `{"a":"<&>","b":1}` {
			t.Errorf("got %s, %v", text, err)
		}
	}
	if calls != 1 {
		t.Errorf("made %d times", calls)
	}
	raw := &Object{Value: json.RawMessage(` {"a": 1} `)}
	if text, err := raw.JSON(); err != nil || string(text) != ` {"a": 1} ` {
		t.Errorf("got %q, %v", text, err)
	}
	if _, err := (&Object{Value: make(chan int)}).JSON(); err == nil {
		t.Error("a channel has JSON")
	}
	typed := &Object{Value: &struct{ A string }{"x"}}
	var running sync.WaitGroup
	for range 8 {
		running.Go(func() {
			if text, err := typed.JSON(); err != nil || string(text) != `{"A":"x"}` {
				t.Errorf("got %s, %v", text, err)
			}
		})
	}
	running.Wait()
}

type counter struct{ calls *int }

func (c counter) MarshalJSON() ([]byte, error) {
	*c.calls++
	return []byte("1"), nil
}
