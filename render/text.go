package render

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/openova-io/esotree/model"
)

// isIdentifier reports whether a name can stand behind a dot in a template.
func isIdentifier(name string) bool {
	for i := range len(name) {
		switch c := name[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_':
		case c < '0', c > '9', i == 0:
			return false
		}
	}
	return name != ""
}

// field reads a key of a template's data, and fails where it is missing: ESO runs templates with missingkey=error, which
// .name obeys and index does not.
func field(name string) string {
	if isIdentifier(name) {
		return "." + name
	}
	return "(index . " + strconv.Quote(name) + ")"
}

// required is a template that gives a key's value and fails where it is missing or, for names that need index, empty.
func required(name string) string {
	if isIdentifier(name) {
		return "{{ ." + name + " }}"
	}
	return absent(name) + "{{ index . " + strconv.Quote(name) + " }}"
}

// absent is put before a template so that it fails while a key is missing or empty.
func absent(name string) string {
	return "{{ if not (index . " + strconv.Quote(name) + ") }}{{ fail " + strconv.Quote("no "+name+" yet") + " }}{{ end }}"
}

// originTexts are the templates of an origin whose stores are asked first: those of the keys, and that of what says when the value was
// made. They are not to be changed.
type originTexts struct {
	data      map[string]string
	generated string
}

// originTexts writes the templates once for all secrets that look alike.
func (w *writer) originTexts(s *model.Secret) originTexts {
	r := remembering{s}
	write := func() originTexts { return originTexts{r.data(), r.generated()} }
	if s.Rotation.Clock() { // its offset is the secret's own
		return write()
	}
	return w.origins.of(r.look(make([]byte, 0, 512)), write)
}

// remembering writes the templates of an origin whose stores are asked first: the generator's value is there as
// new_<output>, the store's as <key>, and as former1_<key> what it has under the first former key.
type remembering struct {
	s *model.Secret
}

// look is all that the templates depend on, but for a clock.
func (r remembering) look(text []byte) []byte {
	add := func(part string) {
		text = binary.AppendUvarint(text, uint64(len(part)))
		text = append(text, part...)
	}
	add(r.s.Generator.Kind)
	add(r.s.Rotation.Epoch)
	text = binary.AppendUvarint(text, uint64(len(r.s.Former)))
	text = strconv.AppendBool(text, r.s.Rotation.KeepPrevious)
	for _, k := range r.s.Keys {
		add(k.Name)
		add(k.Output)
		add(k.Template)
		text = binary.AppendUvarint(text, uint64(len(k.Reads)))
		for _, read := range k.Reads {
			add(read)
		}
	}
	return text
}

// prelude sets $from, and $keep where the clock counts: the store's value is kept when its epoch is the wanted one and its period is
// absent, of another length, or the wanted one. Under a former key the clock may have had other periods.
func (r remembering) prelude() string {
	from := chosen(r.s, r.carried()...)
	if !r.s.Rotation.Clock() {
		return from
	}
	prefix, period, moved := strconv.Quote(strconv.FormatInt(r.seconds(), 10)+"-"), r.read(model.PeriodKey), ""
	if len(r.s.Former) > 0 {
		moved = ` (ne $from "")`
	}
	keep := fmt.Sprintf(`(or (eq $p (%s)) (not (hasPrefix %s (%s)))%s)`, period, prefix, period, moved)
	if r.s.Rotation.Epoch != "" {
		keep = "and " + r.sameEpoch() + " " + keep
	} else {
		keep = keep[1 : len(keep)-1]
	}
	return from + "{{ $p := " + r.period() + " }}{{ $keep := " + keep + " }}"
}

// carried are the keys that a value can't be without: those that are not made anew from others.
func (r remembering) carried() []string {
	var out []string
	for _, k := range r.s.Keys {
		if k.Template == "" || whole(r.s, k) {
			out = append(out, k.Name)
		}
	}
	return out
}

// read reads a key of the store's value.
func (r remembering) read(key string) string { return read(r.s, key) }

// chosen sets $from to the prefix of what the stores have: none for what is under the secret's key, else that of the first former key
// under which there is any of these keys. So a value is taken as a whole, and never mixed of several.
func chosen(s *model.Secret, keys ...string) string {
	if len(s.Former) == 0 {
		return ""
	}
	if len(keys) == 0 {
		return `{{ $from := "" }}`
	}
	var prefixes strings.Builder
	for i := range slices.Backward(s.Former) {
		prefixes.WriteString(strconv.Quote(model.FormerPrefix(i)) + " ")
	}
	there := "index $ (print . " + strconv.Quote(keys[0]) + ")"
	if len(keys) > 1 {
		there = "or (" + there
		for _, key := range keys[1:] {
			there += ") (index $ (print . " + strconv.Quote(key) + ")"
		}
		there += ")"
	}
	return `{{ $from := "" }}{{ range list ` + prefixes.String() + `"" }}{{ if ` + there + ` }}{{ $from = . }}{{ end }}{{ end }}`
}

// read reads a key of what the stores have, behind chosen.
func read(s *model.Secret, key string) string {
	if len(s.Former) == 0 {
		return "index . " + strconv.Quote(key)
	}
	return "index . (print $from " + strconv.Quote(key) + ")"
}

// restored is a key of a value that a person typed in once; it fails where no store has it.
func restored(s *model.Secret, key model.Key) string {
	if len(s.Former) == 0 {
		return required(key.Name)
	}
	var plain []string
	for _, k := range s.Keys {
		if k.Template == "" {
			plain = append(plain, k.Name)
		}
	}
	return chosen(s, plain...) + "{{ with " + read(s, key.Name) + " }}{{ . }}{{ else }}{{ fail " + strconv.Quote("no "+key.Name+" yet") + " }}{{ end }}"
}

func (r remembering) seconds() int64 { return int64(r.s.Rotation.Every / time.Second) }

// period is the wanted period: its length in seconds and its index.
func (r remembering) period() string {
	return fmt.Sprintf(`printf "%d-%%d" (div (add (now).Unix %d) %d)`, r.seconds(), r.s.Rotation.Offset, r.seconds())
}

func (r remembering) sameEpoch() string {
	return `(eq (` + r.read(model.EpochKey) + ` | default "1") ` + strconv.Quote(r.s.Rotation.Epoch) + `)`
}

// keep is the condition under which the store's value stays; "" when it always does.
func (r remembering) keep() string {
	switch {
	case r.s.Rotation.Clock():
		return "$keep"
	case r.s.Rotation.Epoch != "":
		return r.sameEpoch()
	default:
		return ""
	}
}

// stored is the store's value of a key if it is to be kept, else empty.
func (r remembering) stored(key string) string {
	read := r.read(key)
	if keep := r.keep(); keep != "" {
		return `ternary (` + read + `) "" ` + keep
	}
	return read
}

// choice is the value of a key: the store's if it is to be kept, else the fresh one.
func (r remembering) choice(key model.Key) string {
	return r.kept(key) + " | default " + field(model.FreshPrefix+key.Output)
}

// kept is the store's value of a plain key if it is to be kept, else empty. A key that the store does not have yet takes the
// value of another of the same output.
func (r remembering) kept(key model.Key) string {
	var out strings.Builder
	out.WriteString(r.stored(key.Name))
	for _, k := range r.s.Keys {
		if k.Template == "" && k.Output == key.Output && k.Name != key.Name {
			out.WriteString(" | default (" + r.stored(k.Name) + ")")
		}
	}
	return out.String()
}

// generated is a template of keys and values: the time at which the value was made, and nothing where the store's value is
// kept and does not say. The operator may run the generator twice within milliseconds, so the push waits until the value has
// settled: the stores must not keep the first of two.
func (r remembering) generated() string {
	var kept []string
	for _, k := range r.s.Keys {
		switch {
		case k.Template == "":
			kept = append(kept, "("+r.kept(k)+")")
		case whole(r.s, k):
			kept = append(kept, "("+r.stored(k.Name)+")")
		}
	}
	all := strings.Join(kept, " ")
	if len(kept) > 1 {
		all = "(and " + all + ")"
	}
	return r.prelude() + "{{ $made := " + r.read(model.GeneratedKey) + " }}{{ if not " + all + " }}{{ $made = (now).UnixMilli | toString }}{{ end }}" +
		"{{ with $made }}" + model.GeneratedKey + ": {{ toJson . }}{{ end }}"
}

// text is the template of a key.
func (r remembering) text(key model.Key) string {
	if key.Template == "" {
		return r.prelude() + r.torn(key) + "{{ " + r.choice(key) + " }}"
	}
	values, asWhole := r.values(key)
	if !asWhole {
		return r.prelude() + "{{ with dict" + values + " }}" + key.Template + "{{ end }}"
	}
	return r.prelude() + r.torn(key) + "{{ $old := " + r.stored(key.Name) + " }}{{ if $old }}{{ $old }}{{ else }}{{ with dict" + values + " }}" + key.Template + "{{ end }}{{ end }}"
}

// torn fails where the store has a part of what one run of the generator made and not this key, which can't be made up
// for: a private key without its public one, or a text of a password that only another text holds.
func (r remembering) torn(key model.Key) string {
	var parts []string
	for _, k := range r.s.Keys {
		if k.Name != key.Name && r.together(key, k) {
			parts = append(parts, "("+r.stored(k.Name)+")")
		}
	}
	if len(parts) == 0 {
		return ""
	}
	message := "the store has this value without " + key.Name + ": give it another epoch"
	return "{{ if and (not (" + r.stored(key.Name) + ")) (or " + strings.Join(parts, " ") + ") }}{{ fail " + strconv.Quote(message) + " }}{{ end }}"
}

// together reports whether a key that the store lacks would not fit another that it has.
func (r remembering) together(key, other model.Key) bool {
	a, b := outputs(r.s, key), outputs(r.s, other)
	if key.Template == "" && other.Template == "" && key.Output == other.Output {
		return false
	}
	if other.Template != "" && !whole(r.s, other) {
		return false // it is made anew from the keys that it reads
	}
	if len(r.s.Generator.Facts.Outputs) > 1 {
		return len(a) > 0 && len(b) > 0
	}
	return slices.ContainsFunc(a, func(output string) bool { return slices.Contains(b, output) })
}

// outputs are the generator's outputs that a key is made of.
func outputs(s *model.Secret, key model.Key) []string {
	if key.Template == "" {
		return []string{key.Output}
	}
	var out []string
	for _, read := range key.Reads {
		if k, ok := source(s, read); ok {
			read = k.Output
		}
		out = append(out, read)
	}
	return out
}

// values are what a derived key's template reads, each as chosen between store and generator. With asWhole one of them is
// kept under no key of its own, so the derived text itself is what the store remembers.
func (r remembering) values(key model.Key) (values string, asWhole bool) {
	var out strings.Builder
	asWhole = whole(r.s, key)
	for _, read := range key.Reads {
		value := field(model.FreshPrefix + read)
		if k, ok := source(r.s, read); ok {
			value = "(" + r.choice(k) + ")"
			if asWhole {
				value = field(model.FreshPrefix + k.Output)
			}
		}
		out.WriteString(" " + strconv.Quote(read) + " " + value)
	}
	if len(key.Reads) == 0 {
		return ` "esotree" ""`, asWhole
	}
	return out.String(), asWhole
}

// whole reports whether a derived key reads an output that is kept under no key of its own.
func whole(s *model.Secret, key model.Key) bool {
	return slices.ContainsFunc(key.Reads, func(read string) bool {
		_, kept := source(s, read)
		return !kept
	})
}

// source finds the plain key that a template means: by its name, else by its output.
func source(s *model.Secret, read string) (model.Key, bool) {
	for _, k := range s.Keys {
		if k.Template == "" && k.Name == read {
			return k, true
		}
	}
	for _, k := range s.Keys {
		if k.Template == "" && k.Output == read {
			return k, true
		}
	}
	return model.Key{}, false
}

// previous is the template of previous_<key>: what it was before the last change.
func (r remembering) previous(key model.Key) string {
	before := r.read(model.PreviousPrefix + key.Name)
	keep := r.keep()
	if keep == "" {
		return r.prelude() + "{{ " + before + " }}"
	}
	return r.prelude() + "{{ ternary (" + before + ") (" + r.read(key.Name) + ") " + keep + " }}"
}

// data is the whole template: every key that the value has, so that none lives on in the stores unseen.
func (r remembering) data() map[string]string {
	out := map[string]string{}
	for _, k := range r.s.Keys {
		out[k.Name] = r.text(k)
		if r.s.Rotation.KeepPrevious {
			out[model.PreviousPrefix+k.Name] = r.previous(k)
		}
	}
	if r.s.Rotation.Epoch != "" {
		out[model.EpochKey] = r.s.Rotation.Epoch
	}
	if r.s.Rotation.Clock() {
		out[model.PeriodKey] = "{{ " + r.period() + " }}"
	}
	return out
}

// plain is a key's template where nothing is remembered: the source's value as it is.
func plain(s *model.Secret, key model.Key) string {
	if key.Template == "" {
		return required(key.Output)
	}
	var values strings.Builder
	renamed := false
	for _, read := range key.Reads {
		from := read
		if k, ok := source(s, read); ok {
			from = k.Output
		}
		renamed = renamed || from != read
		values.WriteString(" " + strconv.Quote(read) + " " + field(from))
	}
	if !renamed {
		return key.Template
	}
	return "{{ with dict" + values.String() + " }}" + key.Template + "{{ end }}"
}

func plainData(s *model.Secret) map[string]string {
	out := map[string]string{}
	for _, k := range s.Keys {
		out[k.Name] = plain(s, k)
	}
	return out
}

// waitFor is put before a template so that it fails until a key holds the wanted epoch; of names the secret in the
// message and may be "".
func waitFor(read, epoch, of string) string {
	message := "waiting for epoch " + epoch
	if of != "" {
		message += " of " + of
	}
	return "{{ if ne " + read + " " + strconv.Quote(epoch) + " }}{{ fail " + strconv.Quote(message) + " }}{{ end }}"
}

// valueEpoch reads the epoch of a value; one without a marker counts as "1".
const valueEpoch = `(index . "_epoch" | default "1")`

// settle is put before a template so that it fails while the value is younger than a second.
const settle = `{{ if lt (sub (now).UnixMilli (int64 (index . "_generated" | default "0"))) 1000 }}{{ fail "waiting for the value to settle" }}{{ end }}`

// made is a template of keys and values: the time at which a value was made, where the store says it. A mirror has it too, so
// that a region that becomes the home pushes what the stores hold.
const made = `{{ with index . "_generated" }}_generated: {{ toJson . }}{{ end }}`
