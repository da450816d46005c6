package yamlsrc

import (
	"encoding/base64"
	"math"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A scalar's value as kubectl would see it is nil, bool, int64, uint64 (only above the range of int64), float64 or string.

var floatForm = regexp.MustCompile(`^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`)

// scalar resolves a scalar node by the rules of sigs.k8s.io/yaml. An explicit tag that the text does not fit is ignored and
// the text taken as a string; Read has reported it.
func scalar(n *yaml.Node) any {
	v, _ := scalarTagged(n)
	return v
}

// textOf is scalar for a node that is a string, which is by far the most often asked.
func textOf(n *yaml.Node) (string, bool) {
	if n.Style&yaml.TaggedStyle == 0 && (n.Style&quotedStyle != 0 || isText(n.Value)) {
		return n.Value, true
	}
	s, ok := scalar(n).(string)
	return s, ok
}

// Text returns the text of a scalar that is a string; false for everything else. `off` is a boolean.
func Text(n *yaml.Node) (string, bool) {
	if n = deref(n); n.Kind != yaml.ScalarNode {
		return "", false
	}
	return textOf(n)
}

// IsNull reports whether a node is a scalar that means null.
func IsNull(n *yaml.Node) bool { return isNull(n) }

// isText reports whether plain gives a string, where the first letter shows it; false where it takes a closer look.
func isText(s string) bool {
	if s == "" {
		return false
	}
	switch c := s[0]; {
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z':
		return len(s) > len("false") || plain(s) == any(s)
	case c == '.', c == '+', c == '-', c == '~', c >= '0' && c <= '9':
		return false
	}
	return true
}

const quotedStyle = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle

func scalarTagged(n *yaml.Node) (value any, ok bool) {
	if n.Style&yaml.TaggedStyle == 0 {
		if n.Style&quotedStyle != 0 {
			return n.Value, true
		}
		return plain(n.Value), true
	}
	switch n.Tag {
	case "!!str":
		return n.Value, true
	case "!!binary":
		data, err := base64.StdEncoding.DecodeString(n.Value)
		if err != nil {
			return n.Value, false
		}
		return string(data), true
	case "!!null":
		v := plain(n.Value)
		if v != nil {
			return n.Value, false
		}
		return nil, true
	case "!!bool":
		v, is := plain(n.Value).(bool)
		if !is {
			return n.Value, false
		}
		return v, true
	case "!!int":
		switch v := plain(n.Value).(type) {
		case int64, uint64:
			return v, true
		}
		return n.Value, false
	case "!!float":
		switch v := plain(n.Value).(type) {
		case float64:
			return v, true
		case int64:
			return float64(v), true
		}
		return n.Value, false
	}
	return n.Value, true
}

// plain resolves an unquoted scalar.
func plain(s string) any {
	switch s {
	case "", "~", "null", "Null", "NULL":
		return nil
	case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y":
		return true
	case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N":
		return false
	case ".nan", ".NaN", ".NAN":
		return math.NaN()
	case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF":
		return math.Inf(1)
	case "-.inf", "-.Inf", "-.INF":
		return math.Inf(-1)
	}
	switch c := s[0]; {
	case c == '.':
		if f, err := strconv.ParseFloat(s, 64); err == nil {
			return f
		}
		return s
	case c == '+' || c == '-' || c >= '0' && c <= '9':
		return number(s)
	}
	return s
}

func number(s string) any {
	digits := strings.ReplaceAll(s, "_", "")
	if i, err := strconv.ParseInt(digits, 0, 64); err == nil {
		return i
	}
	if u, err := strconv.ParseUint(digits, 0, 64); err == nil {
		return u
	}
	if floatForm.MatchString(digits) {
		if f, err := strconv.ParseFloat(digits, 64); err == nil {
			return f
		}
	}
	if rest, ok := strings.CutPrefix(digits, "0b"); ok {
		if i, err := strconv.ParseInt(rest, 2, 64); err == nil {
			return i
		}
	}
	if rest, ok := strings.CutPrefix(digits, "-0b"); ok {
		if i, err := strconv.ParseInt("-"+rest, 2, 64); err == nil {
			return i
		}
	}
	return s
}

// keyName returns the name that a mapping key has in JSON; false where JSON has none for it.
func keyName(n *yaml.Node) (string, bool) {
	n = deref(n)
	if n.Kind != yaml.ScalarNode {
		return "", false
	}
	if text, ok := textOf(n); ok {
		return text, true
	}
	switch v := scalar(n).(type) {
	case bool:
		return strconv.FormatBool(v), true
	case int64:
		return strconv.FormatInt(v, 10), true
	case float64:
		switch {
		case math.IsNaN(v):
			return ".nan", true
		case math.IsInf(v, 1):
			return ".inf", true
		case math.IsInf(v, -1):
			return "-.inf", true
		}
		return strconv.FormatFloat(v, 'g', -1, 32), true
	}
	return "", false
}
