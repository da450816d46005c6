package diag

// Severity says what a finding means for the run. The zero value is Error, so that a forgotten severity is the strict one.
type Severity uint8

const (
	// Error fails the run: nothing is written, the program exits with 1.
	Error Severity = iota
	// Warning is shown and fails the run only when asked to.
	Warning
	// Note is information.
	Note
)

// String returns "error", "warning" or "note".
func (s Severity) String() string {
	switch s {
	case Warning:
		return "warning"
	case Note:
		return "note"
	default:
		return "error"
	}
}

// ObjectRef names a Kubernetes object.
type ObjectRef struct {
	APIVersion string `json:"apiVersion,omitempty"`
	Kind       string `json:"kind,omitempty"`
	Namespace  string `json:"namespace,omitempty"`
	Name       string `json:"name,omitempty"`
}

// Related is another place that a finding speaks of.
type Related struct {
	Span    Span
	Message string
}

// Finding is one thing that is wrong, doubtful or worth knowing. At least one of Span, File, Path and Object is set.
type Finding struct {
	// Code is the stable kebab-case code of the rule, such as "unknown-secret".
	Code     string
	Severity Severity
	// Message is one sentence without a final full stop. It never holds a secret-looking value.
	Message string
	// Hint says what to do, or "".
	Hint string
	// Span is where a person wrote it. It may be unknown: descriptions built in Go have no text.
	Span Span
	// File names the file when only the file is known and not the place in it.
	File string
	// Path is the field, such as spec.secrets[0].keys.url.template.
	Path string
	// Object is the object the finding is about; the zero value where there is none.
	Object ObjectRef
	// Related are other places, in the order they matter.
	Related []Related
	// Count is how many findings were folded into this one; 0 and 1 both mean a single one.
	Count int
}
