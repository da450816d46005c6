// Package guard holds the kustomize component that fails a build in which functions were skipped.
package guard

import (
	"embed"
	"io/fs"
)

//go:embed kustomization.yaml
var files embed.FS

// Files are the files of the component.
func Files() fs.FS { return files }
