package yamlsrc

// Limits bounds what Read accepts. A zero number means the one of DefaultLimits.
type Limits struct {
	// Bytes is the size of a file.
	Bytes int
	// Depth is how deep lists and maps may be nested, aliases followed; a scalar at the root has depth 1.
	Depth int
	// Nodes is the number of keys, scalars, lists and maps in a file, each alias counted as all that it stands for.
	Nodes int
	// Aliases accepts anchors, aliases and merge keys and resolves them. Without it each is a finding yaml-alias.
	Aliases bool
	// Comments keeps the comments, and the tags of plain scalars, for Document.Commented. All is read by the YAML library then, which is
	// slower.
	Comments bool
}

// DefaultLimits returns 32 MiB, depth 100, 2 million nodes, and no aliases.
func DefaultLimits() Limits { return Limits{Bytes: 32 << 20, Depth: 100, Nodes: 2_000_000} }

func (l Limits) withDefaults() Limits {
	d := DefaultLimits()
	if l.Bytes <= 0 {
		l.Bytes = d.Bytes
	}
	if l.Depth <= 0 {
		l.Depth = d.Depth
	}
	if l.Nodes <= 0 {
		l.Nodes = d.Nodes
	}
	return l
}
