package yamlsrc

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// JSON returns the document as JSON with the keys of maps in the order of the text. It is what sigs.k8s.io/yaml makes of the
// text, so what kubectl sends. The error says that a number is infinite or not a number, which JSON cannot hold.
func (d *Document) JSON() ([]byte, error) { return appendJSON(nil, d.root) }

// NodeJSON is JSON for a part of the tree under Root.
func NodeJSON(n *yaml.Node) ([]byte, error) { return appendJSON(nil, n) }

var errNotFinite = errors.New("a number that is infinite or not a number has no place in JSON")

func appendJSON(b []byte, n *yaml.Node) (_ []byte, err error) {
	n = deref(n)
	switch n.Kind {
	case yaml.MappingNode:
		b = append(b, '{')
		for i, p := range pairs(n) {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendString(b, p.name), ':')
			if b, err = appendJSON(b, p.value); err != nil {
				return nil, err
			}
		}
		return append(b, '}'), nil
	case yaml.SequenceNode:
		b = append(b, '[')
		for i, c := range n.Content {
			if i > 0 {
				b = append(b, ',')
			}
			if b, err = appendJSON(b, c); err != nil {
				return nil, err
			}
		}
		return append(b, ']'), nil
	case yaml.ScalarNode:
		return appendScalar(b, scalar(n))
	}
	return append(b, "null"...), nil
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
