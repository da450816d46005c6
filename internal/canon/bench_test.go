package canon

import (
	"encoding/json"
	"testing"

	"sigs.k8s.io/yaml"
)

func BenchmarkCanon(b *testing.B) {
	o := example()
	var e Encoder
	var out []byte
	b.ReportAllocs()
	for b.Loop() {
		out, _ = e.Append(out[:0], o)
	}
	b.SetBytes(int64(len(out)))
}

func BenchmarkJSON(b *testing.B) {
	o := example()
	b.ReportAllocs()
	for b.Loop() {
		_, _ = json.Marshal(o)
	}
}

func BenchmarkSigsYAML(b *testing.B) {
	o := example()
	b.ReportAllocs()
	for b.Loop() {
		_, _ = yaml.Marshal(o)
	}
}

// TestAllocations: a Go value allocates nothing, and of what becomes JSON first only encoding/json does.
func TestAllocations(t *testing.T) {
	raw := json.RawMessage(`{"spec":{"b":"x","a":["yes","a\nb",{"metadata":{"c":1,"b":2}}]},"metadata":{"namespace":"ns","name":"n"},"kind":"K"}`)
	small := json.RawMessage(`{}`)
	var e Encoder
	var out []byte
	count := func(v any) float64 {
		return testing.AllocsPerRun(100, func() {
			var err error
			if out, err = e.Append(out[:0], v); err != nil {
				t.Fatal(err)
			}
		})
	}
	if n := count(example()); n > 0 {
		t.Errorf("%v allocations for a struct", n)
	}
	if n := count(map[string]any{"a": "x", "b": []any{map[string]any{"c": 1, "d": map[string]string{"e": "f"}}}}); n > 0 {
		t.Errorf("%v allocations for maps", n)
	}
	if n, base := count(raw), count(small); n > base+1 {
		t.Errorf("%v allocations for JSON, %v for a small one", n, base)
	}
}
