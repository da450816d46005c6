// Package secretscan tells what looks like a secret that somebody wrote into a file.
//
// Scan knows the formats of tokens that carry a mark of their own and is right nearly always. HighEntropy guesses from how
// random a string looks; it prefers silence to a false alarm and so misses short, hexadecimal and symbol-rich passwords. Neither
// ever returns the value, so that a message made of their answers holds no secret.
package secretscan
