// Package pack holds the kustomize component that teaches kustomize the kinds of the External Secrets Operator.
package pack

import (
	"embed"
	"io/fs"
)

//go:embed kustomization.yaml openapi.json references.yaml
var files embed.FS

// Files are the files of the component.
func Files() fs.FS { return files }
