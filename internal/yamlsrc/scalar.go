package yamlsrc

import (
	"encoding/base64"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// A scalar's value as kubectl would see it is nil, bool, int64, uint64 (only above the range of int64), float64 or string.

var floatForm = regexp.MustCompile(`^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`)

// resolve gives a scalar its value by the rules of sigs.k8s.io/yaml. An explicit tag that the text does not fit is ignored and
// the text taken as a string; Read has reported it.
func (t *tree) resolve(i int32) any {
	v, _ := t.resolveTagged(i)
	return v
}

// textOf is resolve for a scalar that is a string, which is by far the most often asked.
func (t *tree) textOf(i int32) (string, bool) {
	s := t.nodes[i].style
	if value := t.value(i); s&tagged == 0 {
		return value, s&textual != 0 || isText(value)
	}
	text, ok := t.resolve(i).(string)
	return text, ok
}

// isNull reports whether a node is a scalar that means null.
func (t *tree) isNull(i int32) bool {
	n := &t.nodes[i]
	if n.kind != Scalar || n.style&textual != 0 && n.style&tagged == 0 {
		return false
	}
	if n.style&tagged != 0 {
		return t.resolve(i) == nil
	}
	v, is := word(t.value(i))
	return is && v == nil
}

// isText reports whether plain gives a string.
func isText(s string) bool {
	if s == "" {
		return false
	}
	switch c := s[0]; {
	case c == '.', c == '+', c == '-', c >= '0' && c <= '9':
		_, is := plain(s).(string)
		return is
	case len(s) > len("false"):
		return true
	}
	_, is := word(s)
	return !is
}

func (t *tree) resolveTagged(i int32) (value any, ok bool) {
	n, text := &t.nodes[i], t.value(i)
	if n.style&tagged == 0 {
		if n.style&textual != 0 {
			return text, true
		}
		return plain(text), true
	}
	switch t.odd[i].tag {
	case "!!str":
		return text, true
	case "!!binary":
		data, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return text, false
		}
		return string(data), true
	case "!!null":
		if plain(text) != nil {
			return text, false
		}
		return nil, true
	case "!!bool":
		v, is := plain(text).(bool)
		if !is {
			return text, false
		}
		return v, true
	case "!!int":
		switch v := plain(text).(type) {
		case int64, uint64:
			return v, true
		}
		return text, false
	case "!!float":
		switch v := plain(text).(type) {
		case float64:
			return v, true
		case int64:
			return float64(v), true
		}
		return text, false
	}
	return text, true
}

// plain resolves an unquoted scalar.
func plain(s string) any {
	if v, is := word(s); is {
		return v
	}
	switch s {
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

// word resolves the words that mean null, true or false.
func word(s string) (value any, is bool) {
	switch s {
	case "", "~", "null", "Null", "NULL":
		return nil, true
	case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y":
		return true, true
	case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N":
		return false, true
	}
	return nil, false
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
func (t *tree) keyName(i int32) (string, bool) {
	i = t.at(i)
	if t.nodes[i].kind != Scalar {
		return "", false
	}
	if text, ok := t.textOf(i); ok {
		return text, true
	}
	switch v := t.resolve(i).(type) {
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
