package kube

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	yamlutil "k8s.io/apimachinery/pkg/util/yaml"
)

// Ready reports an object's Ready condition, and what it says.
func Ready(o *unstructured.Unstructured) (bool, string) {
	conditions, _, _ := unstructured.NestedSlice(o.Object, "status", "conditions")
	for _, c := range conditions {
		if c, ok := c.(map[string]any); ok && c["type"] == "Ready" {
			return c["status"] == "True", fmt.Sprint(c["message"])
		}
	}
	return false, "no condition yet"
}

// Refreshed is when the operator last worked on an object, to the second.
func Refreshed(o *unstructured.Unstructured) time.Time {
	text, _, _ := unstructured.NestedString(o.Object, "status", "refreshTime")
	t, _ := time.Parse(time.RFC3339, text)
	return t
}

// Data is what a Secret holds, decoded.
func Data(o *unstructured.Unstructured) map[string]string {
	data, _, _ := unstructured.NestedStringMap(o.Object, "data")
	for k, v := range data {
		if plain, err := base64.StdEncoding.DecodeString(v); err == nil {
			data[k] = string(plain)
		}
	}
	return data
}

// Parse reads a YAML stream.
func Parse(data []byte) ([]*unstructured.Unstructured, error) {
	var objects []*unstructured.Unstructured
	decoder := yamlutil.NewYAMLOrJSONDecoder(bytes.NewReader(data), 4096)
	for {
		o := &unstructured.Unstructured{}
		if err := decoder.Decode(&o.Object); err == io.EOF {
			return objects, nil
		} else if err != nil {
			return nil, err
		}
		if len(o.Object) > 0 {
			objects = append(objects, o)
		}
	}
}
