package yamlsrc

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strconv"
)

// JSON returns the document as JSON with the keys of maps in the order of the text. It is what sigs.k8s.io/yaml makes of the
// text, so what kubectl sends. The error says that a number is infinite or not a number, which JSON cannot hold.
func (d *Document) JSON() ([]byte, error) { return d.json(0) }

var errNotFinite = errors.New("a number that is infinite or not a number has no place in JSON")

func (t *tree) json(i int32) ([]byte, error) { return t.appendJSON(make([]byte, 0, t.jsonSize(i)), i) }

// jsonSize is how many bytes the JSON of a node takes, nearly always: aliases and escapes take more, numbers less.
func (t *tree) jsonSize(i int32) (size int) {
	for at := i; at < t.nodes[i].next; at++ {
		size += len(t.value(at)) + len(`"":`)
	}
	return size
}

func (t *tree) appendJSON(b []byte, i int32) (_ []byte, err error) {
	i = t.at(i)
	switch n := &t.nodes[i]; n.kind {
	case Map:
		b = append(b, '{')
		first := len(b)
		for e := t.entries(i); e.more(); {
			if len(b) > first {
				b = append(b, ',')
			}
			b = append(appendString(b, e.name), ':')
			if b, err = t.appendJSON(b, e.value); err != nil {
				return nil, err
			}
		}
		return append(b, '}'), nil
	case List:
		b = append(b, '[')
		for c := i + 1; c < n.next; c = t.nodes[c].next {
			if c > i+1 {
				b = append(b, ',')
			}
			if b, err = t.appendJSON(b, c); err != nil {
				return nil, err
			}
		}
		return append(b, ']'), nil
	}
	if text, ok := t.textOf(i); ok {
		return appendString(b, text), nil
	}
	return appendScalar(b, t.resolve(i))
}

func appendScalar(b []byte, value any) ([]byte, error) {
	switch v := value.(type) {
	case bool:
		return strconv.AppendBool(b, v), nil
	case int64:
		return strconv.AppendInt(b, v, 10), nil
	case uint64:
		return strconv.AppendUint(b, v, 10), nil
	case float64:
		if math.IsInf(v, 0) || math.IsNaN(v) {
			return nil, errNotFinite
		}
		text, err := json.Marshal(v)
		return append(b, text...), err
	case string:
		return appendString(b, v), nil
	}
	return append(b, "null"...), nil
}

// appendString writes a JSON string without escaping <, > and &, which keeps excerpts readable.
func appendString(b []byte, s string) []byte {
	safe := true
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x20 || c >= 0x7f || c == '"' || c == '\\' {
			safe = false
			break
		}
	}
	if safe {
		return append(append(append(b, '"'), s...), '"')
	}
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil { // a string always encodes
		return append(b, `""`...)
	}
	return append(b, bytes.TrimSuffix(buf.Bytes(), []byte{'\n'})...)
}
