package model

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/internal/yamlsrc"
	"github.com/openova-io/esotree/schema"
)

// Last returns the day of the last rotation, midnight UTC: the epoch where it begins with a date, else Since; false where
// neither says.
func (r Rotation) Last() (time.Time, bool) {
	if day, ok := epochDay(r.Epoch); ok {
		return day, true
	}
	day, err := time.Parse(time.DateOnly, r.Since)
	return day, err == nil
}

// epochDay reads an epoch such as 2026-11-23, or 2026-11-23.2 for the second rotation of a day.
func epochDay(epoch string) (time.Time, bool) {
	if epoch == "" { // which nearly all have
		return time.Time{}, false
	}
	date, _, _ := strings.Cut(epoch, ".")
	day, err := time.Parse(time.DateOnly, date)
	return day, err == nil
}

// Next returns when the value is to be replaced next. For a clock it is the beginning of the next period after now, at which
// the operator rotates by itself; else the due date of the last rotation, which may be past. It is false where nothing is due
// ever: no every, no date, or someone else rotates.
func (r Rotation) Next(now time.Time) (time.Time, bool) {
	switch {
	case r.Every <= 0 || r.By == schema.ByExternal:
		return time.Time{}, false
	case r.Clock():
		period := int64(r.Every / time.Second)
		if period <= 0 {
			return time.Time{}, false
		}
		at := now.Unix() + r.Offset
		index := at / period
		if at%period < 0 {
			index--
		}
		return time.Unix((index+1)*period-r.Offset, 0).UTC(), true
	}
	last, ok := r.Last()
	return last.Add(r.Every), ok
}

// Due reports whether a commit should rotate the value by now. A clock is never due: the operator sees to it.
func (r Rotation) Due(now time.Time) bool {
	next, ok := r.Next(now)
	return ok && !r.Clock() && !next.After(now)
}

// NextEpoch returns the epoch that the next rotation sets: the next number where the epoch counts from one, else the day of
// now in UTC. The second rotation of a day gets ".2". The error says that the epoch is of a later day than now.
func (r Rotation) NextEpoch(now time.Time) (string, error) {
	if n, err := strconv.ParseUint(r.Epoch, 10, 31); err == nil {
		return strconv.FormatUint(n+1, 10), nil
	}
	today := now.UTC().Format(time.DateOnly)
	day, dated := epochDay(r.Epoch)
	switch {
	case !dated || day.Format(time.DateOnly) < today:
		return today, nil
	case day.Format(time.DateOnly) > today:
		return "", fmt.Errorf("its epoch %q is later than %s", r.Epoch, today)
	}
	_, count, again := strings.Cut(r.Epoch, ".")
	if !again {
		return today + ".2", nil
	}
	n, err := strconv.ParseUint(count, 10, 31)
	if err != nil {
		return "", fmt.Errorf("its epoch %q is of today already", r.Epoch)
	}
	return today + "." + strconv.FormatUint(n+1, 10), nil
}

// EpochRotates reports whether another epoch makes another value. Where it does not, the epoch is a person's record of
// having replaced what esotree can't: something typed in, another controller's Secret, a token of a provider.
func (s *Secret) EpochRotates() bool {
	return s.Origin == Generated && (s.Remembered() || !s.Rotation.Clock())
}

// Setting is a string that is to be set in a description.
type Setting struct {
	// In is a place in the document that is to be changed. It is not valid for a description built in Go.
	In diag.Span
	// Path of the string, which need not be there yet.
	Path, Value string
	// Written is what stands there now, "" where nothing does.
	Written string
}

// Rotate returns what has to be set in the description for a rotation to the epoch that NextEpoch gives: the epoch where it
// is written, else at the secret itself, never in its class; and since, where that dates the value and the epoch does not.
// alone asks for the secret's own environment only, and the epoch then goes to the environment's override.
func (s *Secret) Rotate(now time.Time, alone bool) (epoch string, settings []Setting, err error) {
	if why := s.notRotatable(); why != "" {
		return "", nil, fmt.Errorf("secret %q of %s can't be rotated: %s", s.Name, s.Scope.Label(), why)
	}
	epoch, err = s.Rotation.NextEpoch(now)
	if err != nil {
		return "", nil, fmt.Errorf("secret %q of %s can't be rotated: %w", s.Name, s.Scope.Label(), err)
	}
	if settings, err = s.set(settings, "rotation.epoch", epoch, alone); err != nil {
		return "", nil, err
	}
	if _, dated := epochDay(epoch); !dated && s.Rotation.Since != "" {
		settings, err = s.set(settings, "rotation.since", now.UTC().Format(time.DateOnly), alone)
	}
	return epoch, settings, err
}

func (s *Secret) notRotatable() string {
	switch {
	case s.Origin == Offline:
		return "it is kept offline"
	case s.Origin == Local:
		return "its provider issues it, and the operator asks for a new one at every refresh"
	case s.Origin == Generated && !s.EpochRotates():
		return "with recover: None the clock alone rotates it"
	}
	return ""
}

// set plans one field of the secret.
func (s *Secret) set(settings []Setting, field, value string, alone bool) ([]Setting, error) {
	own := slices.DeleteFunc(slices.Clone(s.place), func(l layer) bool { return strings.HasPrefix(l.path, "spec.classes") })
	if len(own) == 0 || own[0].source == nil {
		return nil, fmt.Errorf("secret %q of %s was not read from a file", s.Name, s.Scope.Label())
	}
	at := own[len(own)-1]
	for _, l := range own {
		if l.source.Has(join(l.path, field)) {
			at = l
			break
		}
	}
	if alone && !s.only(at) {
		var more []Setting
		if at, more = s.override(own[0]); len(more) > 0 {
			settings = append(settings, more...)
		}
	}
	set := Setting{In: at.source.Span(at.path), Path: join(at.path, field), Value: value}
	if at.source.Has(set.Path) {
		span := at.source.Span(set.Path)
		set.Written = strings.Trim(string(span.File.Data[span.Start:span.End]), `'"`)
		set.In = span
		if strings.Contains(set.Written, "$(") {
			_, line, _ := span.Location()
			return nil, fmt.Errorf("secret %q of %s can't be rotated: its %s is %s (line %d), change that", s.Name, s.Scope.Label(), field, set.Written, line)
		}
	}
	return append(settings, set), nil
}

// only reports whether what stands in a layer counts in the secret's environment alone.
func (s *Secret) only(l layer) bool {
	if s.Environment() == "" || strings.HasPrefix(l.path, "spec.overrides") {
		return true
	}
	for _, other := range s.Scope.Model.secretsOf(s.Scope.tenant).scopes {
		if other.Environment == s.Scope.Environment {
			continue
		}
		for _, same := range other.Secrets {
			if same.Name == s.Name {
				return false
			}
		}
	}
	return true
}

// Environment is the name of the secret's environment, "" for the platform's.
func (s *Secret) Environment() string {
	if s.Scope.Environment == nil {
		return ""
	}
	return s.Scope.Environment.Name
}

// override finds the secret's item in the overrides of its environment, with what has to be set for it to be there.
func (s *Secret) override(nearest layer) (layer, []Setting) {
	if strings.HasPrefix(nearest.path, "spec.overrides") {
		return nearest, nil
	}
	source := nearest.source
	overrides := s.Scope.tenant.Spec.Overrides
	i := slices.IndexFunc(overrides, func(o schema.Override) bool { return o.Environment == s.Environment() })
	var settings []Setting
	in := source.Span("spec")
	j := 0
	if i < 0 {
		i = len(overrides)
		settings = append(settings, Setting{In: in, Path: yamlsrc.Index("spec.overrides", i) + ".environment", Value: s.Environment()})
	} else {
		j = len(overrides[i].Secrets)
	}
	path := yamlsrc.Index(yamlsrc.Index("spec.overrides", i)+".secrets", j)
	return layer{source, path}, append(settings, Setting{In: in, Path: path + ".name", Value: s.Name})
}

// Reader is a service that reads a secret.
type Reader struct {
	Service *Service
	// Regions in which it reads it, in the platform's order.
	Regions []*Region
	// Waits is set when the service keeps its Secret as it is until the secret's new epoch is in the store.
	Waits bool
}

// Readers finds who reads the secrets of the scopes among the services of the scopes. The order is that of the scopes.
func (m *Model) Readers(scopes []*Scope) map[*Secret][]Reader {
	secrets := map[secretRef]*Secret{}
	for _, s := range scopes {
		at := secretRef{tenant: platformRef, environment: int32(slices.Index(m.Environments, s.Environment))}
		if s.tenant != nil {
			from, _ := m.described(s.Tenant)
			at.tenant = int32(from)
		}
		for i, secret := range s.Secrets {
			at.nth = int32(i)
			secrets[at] = secret
		}
	}
	out := map[*Secret][]Reader{}
	for _, s := range scopes {
		for _, service := range s.Services {
			for _, in := range service.In {
				for _, secret := range m.readBy(service, in.Region, secrets) {
					out[secret] = addReader(out[secret], secret, service, in.Region)
				}
			}
		}
	}
	return out
}

// readBy are the secrets that a service reads in a region, each once.
func (m *Model) readBy(service *Service, in *Region, secrets map[secretRef]*Secret) []*Secret {
	var out []*Secret
	find := func(key string) {
		at, ok := m.writer(in, service.Scope, key)
		if !ok { // the stores replicate: only the home store is written
			at, ok = m.writer(service.Scope.Home, service.Scope, key)
		}
		if !ok {
			return
		}
		if secret := secrets[at]; secret != nil && !slices.Contains(out, secret) {
			out = append(out, secret)
		}
	}
	for _, r := range service.Reads {
		find(r.RemoteKey)
	}
	for _, x := range service.Extracts {
		find(x.RemoteKey)
	}
	return out
}

func addReader(list []Reader, secret *Secret, service *Service, in *Region) []Reader {
	if n := len(list); n > 0 && list[n-1].Service == service {
		list[n-1].Regions = append(list[n-1].Regions, in)
		return list
	}
	return append(list, Reader{Service: service, Regions: []*Region{in},
		Waits: slices.ContainsFunc(service.Pins, func(p Pin) bool { return p.RemoteKey == secret.RemoteKey })})
}
