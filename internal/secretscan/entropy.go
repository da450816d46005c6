package secretscan

import (
	"math"
	"strings"
)

const (
	shortest    = 20  // bytes of the whole string
	longest     = 512 // what is longer is data, not a credential
	shortestRun = 16  // letters and digits in a row
)

// HighEntropy reports whether a whole string looks like a random password or key: long, without words, its upper case, lower
// case and digits all mixed. It stays silent for URLs, host names, paths, templates, sentences, names in any case style, UUIDs, hexadecimal
// digests, certificates, public keys, and base64 of readable text.
func HighEntropy(s string) bool {
	if len(s) < shortest { // as most are
		return false
	}
	s = strings.TrimSpace(s)
	if len(s) < shortest || len(s) > longest || isOrdinary(s) {
		return false
	}
	if data, ok := decoded(s); ok {
		if isDER(data) {
			return false
		}
		if isText(data) {
			return HighEntropy(string(data))
		}
	}
	run := longestRun(s)
	return len(run) >= shortestRun && entropy(run) >= 3 && isMixed(run)
}

// isOrdinary knows what is long and mixed and no secret.
func isOrdinary(s string) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c <= ' ' || c >= 0x7f: // sentences, lists, other languages
			return true
		case strings.IndexByte("{}()[]<>$\"'`\\|;?,*", c) >= 0: // templates, expressions, patterns, structured text
			return true
		}
	}
	if strings.Contains(s, "://") {
		return true
	}
	for _, prefix := range []string{
		"SHA256:", "sha256:", "sha256-", "sha384-", "sha512-", "sha512:", // fingerprints and digests
		"AAAAB3NzaC1", "AAAAC3NzaC1", "AAAAE2Vj", "age1", // public keys
		"arn:", "projects/", "/subscriptions/", // cloud resources
	} {
		if strings.HasPrefix(s, prefix) {
			return true
		}
	}
	return strings.Contains(s, "@sha256:")
}

// longestRun returns the longest part of letters and digits.
func longestRun(s string) string {
	best := ""
	for _, run := range strings.FieldsFunc(s, func(r rune) bool { return class(byte(r)) == other }) {
		if len(run) > len(best) {
			best = run
		}
	}
	return best
}

const (
	lower = iota
	upper
	digit
	other
)

func class(c byte) int {
	switch {
	case c >= 'a' && c <= 'z':
		return lower
	case c >= 'A' && c <= 'Z':
		return upper
	case c >= '0' && c <= '9':
		return digit
	}
	return other
}

// isMixed reports whether letters and digits alternate as in random text and not as in names. A name is made of words: of
// lower case that may begin with a capital, of capitals, or of digits. The words of random text are some two bytes long.
func isMixed(run string) bool {
	var seen [other]int
	words := 1
	for i := 0; i < len(run); i++ {
		c := class(run[i])
		seen[c]++
		if i == 0 {
			continue
		}
		before := class(run[i-1])
		capitalized := before == upper && c == lower && (i == 1 || class(run[i-2]) != upper)
		if before != c && !capitalized {
			words++
		}
	}
	perWord := float64(len(run)) / float64(words)
	switch {
	case isHex(run):
		return false
	case seen[lower] > 0 && seen[upper] > 0 && seen[digit] > 0:
		return perWord <= 2.4
	case seen[digit] > 0: // one case only, as in base32: digits must be frequent, and the string longer
		return len(run) >= 24 && seen[digit] >= 4 && seen[lower]+seen[upper] >= 8 && perWord <= 3.6
	}
	return false
}

func isHex(run string) bool {
	for i := 0; i < len(run); i++ {
		if c := run[i]; !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F') {
			return false
		}
	}
	return true
}

// entropy is Shannon's, in bits a byte.
func entropy(s string) float64 {
	var count [256]int
	for i := 0; i < len(s); i++ {
		count[s[i]]++
	}
	bits := 0.0
	for _, n := range count {
		if n > 0 {
			p := float64(n) / float64(len(s))
			bits -= p * math.Log2(p)
		}
	}
	return bits
}
