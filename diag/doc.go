// Package diag holds what esotree tells a person: source files with their bytes, positions in them, findings, the sorted
// Set that is the only thing that can be printed, and one writer per output format.
//
// Offsets are kept inside; lines and columns are computed when something is printed. Columns count bytes from 1, but for
// SARIF, which declares and gets code points.
package diag
