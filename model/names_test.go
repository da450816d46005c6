package model

import (
	"regexp"
	"testing"
)

// TestNames holds the checks against the regular expressions that they stand for.
func TestNames(t *testing.T) {
	texts := []string{""}
	for _, a := range []string{"a", "Z", "0", "-", ".", "_", "é", " ", "\n", "/"} {
		for _, text := range texts {
			if len(text) < 8 {
				texts = append(texts, text+a, a+text)
			}
		}
	}
	for form, is := range map[string]func(string) bool{
		`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`:                                   isLabel,
		`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`: isSubdomain,
		`^[-._a-zA-Z0-9]+$`:                                                 isSecretKey,
	} {
		legal := regexp.MustCompile(form)
		for _, text := range texts {
			if is(text) != legal.MatchString(text) {
				t.Fatalf("%q: %v, %s says %v", text, is(text), form, legal.MatchString(text))
			}
		}
	}
}
