// Package collector sets how much memory the program uses before it is collected. It is imported for that alone.
//
// It is a package of its own because of when it runs. Go initialises packages that do not need each other in the order of their
// paths, and this one needs only the standard library: so it comes before most of Kubernetes and of ESO, whose own initialisation would
// be interrupted twice to collect, which is a quarter of the processor time that `esotree version` takes.
package collector

import (
	"os"
	"runtime/debug"
)

// Memory may grow to five times of what is in use before it is collected, up to a limit from where it is collected as usual: a run
// is short, and a fifth of its time would go into collecting. Who sets GOGC or GOMEMLIMIT knows better.
func init() {
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetGCPercent(400)
		debug.SetMemoryLimit(440 << 20)
	}
}
