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

// TestAllocations: what is allocated is the JSON encoder's own sorting of maps; the pass to YAML allocates nothing.
func TestAllocations(t *testing.T) {
	small := map[string]any{"spec": 1}
	raw := json.RawMessage(`{"spec":{"b":"x","a":["yes","a\nb",{"metadata":{"c":1,"b":2}}]},"metadata":{"namespace":"ns","name":"n"},"kind":"K"}`)
	var e Encoder
	out, err := e.Append(nil, raw)
	if err != nil {
		t.Fatal(err)
	}
	base := testing.AllocsPerRun(100, func() { out, _ = e.Append(out[:0], small) })
	var v any = raw
	if n := testing.AllocsPerRun(100, func() { out, _ = e.Append(out[:0], v) }); n > base+2 {
		t.Errorf("%v allocations, %v for a small map", n, base)
	}
}
