package graph

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"

	"github.com/openova-io/esotree/internal/eso"
	"github.com/openova-io/esotree/internal/yamlsrc"
	"github.com/openova-io/esotree/object"
)

// Misfit is an object with a field whose type is not the API's. The API server refuses it, and the graph leaves it out.
type Misfit struct {
	Object *object.Object
	// Path is the first such field.
	Path string
	// Want and Got are the types, in the words of JSON: text, number, boolean, list, object.
	Want, Got string
}

// view fills a view of an object. Where a type does not fit and the object is of an API that the graph knows, the node is a Misfit.
func view(o *object.Object, into any) (node any, ok bool) {
	err := o.View(into)
	if err == nil {
		return nil, true
	}
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) && isKnownAPI(GroupOf(o)) {
		if text, err := o.JSON(); err == nil {
			return &Misfit{o, pathAt(text, wrong.Offset), wanted(wrong.Type), given(wrong.Value)}, false
		}
	}
	return nil, false
}

func isKnownAPI(group string) bool {
	switch group {
	case "", "apps", "batch", "networking.k8s.io", eso.Group, eso.GeneratorGroup:
		return true
	}
	return false
}

func wanted(t reflect.Type) string {
	if t == reflect.TypeFor[object.Text]() {
		return "text"
	}
	switch t.Kind() {
	case reflect.String:
		return "text"
	case reflect.Bool:
		return "boolean"
	case reflect.Slice, reflect.Array:
		return "list"
	case reflect.Struct, reflect.Map:
		return "object"
	}
	return "number"
}

func given(value string) string {
	value, _, _ = strings.Cut(value, " ") // "number 1.5"
	switch value {
	case "string":
		return "text"
	case "bool":
		return "boolean"
	case "array":
		return "list"
	}
	return value
}

// pathAt returns the path of the innermost value of a JSON text that ends at an offset, or that begins right before it.
func pathAt(text []byte, offset int64) string {
	type level struct {
		path  string
		index int // -1 for an object
		key   string
		named bool
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var open []level
	// here is the path of the value that comes next.
	here := func() string {
		if len(open) == 0 {
			return ""
		}
		top := &open[len(open)-1]
		if top.index < 0 {
			return yamlsrc.Join(top.path, top.key)
		}
		return yamlsrc.Index(top.path, top.index)
	}
	for {
		token, err := d.Token()
		if err != nil {
			return ""
		}
		if n := len(open); n > 0 && open[n-1].index < 0 && !open[n-1].named {
			if name, ok := token.(string); ok {
				open[n-1].key, open[n-1].named = name, true
				continue
			}
		}
		delim, isDelim := token.(json.Delim)
		switch {
		case isDelim && (delim == '}' || delim == ']'):
			open = open[:len(open)-1]
		case d.InputOffset() >= offset:
			return here()
		case isDelim && delim == '{':
			open = append(open, level{path: here(), index: -1})
			continue
		case isDelim:
			open = append(open, level{path: here()})
			continue
		}
		if n := len(open); n > 0 {
			open[n-1].named = false
			if open[n-1].index >= 0 {
				open[n-1].index++
			}
		}
	}
}
