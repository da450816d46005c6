package render

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"text/template"
	"time"

	"github.com/Masterminds/sprig/v3"
	"sigs.k8s.io/yaml"

	"github.com/openova-io/esotree/internal/eso"
	"github.com/openova-io/esotree/model"
	"github.com/openova-io/esotree/schema"
)

// symbols are all that a password of ESO's generator can hold.
const symbols = "~!@#$%^&*()_+`-={}|[]\\:\"<>?,./"

var (
	clock     time.Time
	functions = func() template.FuncMap {
		f := sprig.TxtFuncMap()
		f["now"] = func() time.Time { return clock }
		return f
	}()
	parsed = map[string]*template.Template{}
)

// execute runs a target template as ESO does: engine v2, missingkey=error, data as strings.
func execute(texts, data map[string]string, now time.Time) (map[string]string, error) {
	clock = now
	out := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(texts)) {
		t, known := parsed[texts[key]]
		if !known {
			var err error
			if t, err = template.New(key).Option("missingkey=error").Funcs(functions).Parse(texts[key]); err != nil {
				return nil, err
			}
			parsed[texts[key]] = t
		}
		var text strings.Builder
		if err := t.Execute(&text, data); err != nil {
			return nil, err
		}
		out[key] = text.String()
	}
	return out, nil
}

// world is one secret's home cluster and its stores.
type world struct {
	s      *model.Secret
	now    time.Time
	fresh  int                    // how often the generator has run
	stores [2]map[string]string   // the home store first; nil: it has nothing
	former [][2]map[string]string // the same by former key
	secret map[string]string      // nil: there is none
}

// refresh is what ESO does with an origin: generate, ask the stores (the home store last), run the template.
func (w *world) refresh(t *testing.T) {
	t.Helper()
	w.fresh++
	data := map[string]string{}
	for _, k := range w.s.Keys {
		if k.Output != "" {
			data["new_"+k.Output] = fmt.Sprintf("fresh%d%s", w.fresh, symbols)
		}
		for _, read := range k.Reads {
			data["new_"+read] = fmt.Sprintf("fresh%d%s", w.fresh, symbols)
		}
	}
	for i := len(w.stores) - 1; i >= 0; i-- {
		maps.Copy(data, w.stores[i])
		for j := range w.former {
			for key, text := range w.former[j][i] {
				data[model.FormerPrefix(j)+key] = text
			}
		}
	}
	out, err := execute(remembering{w.s}.data(), data, w.now)
	if err != nil {
		t.Fatal(err)
	}
	pairs, err := execute(map[string]string{"": remembering{w.s}.generated()}, data, w.now)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal([]byte(pairs[""]), &out); err != nil {
		t.Fatal(err)
	}
	w.secret = out
}

// guarded is what a push writes: the Secret, and over it what the push's template says.
func (w *world) guarded() (map[string]string, error) {
	out, err := execute(settled(w.s), w.secret, w.now)
	value := maps.Clone(w.secret)
	maps.Copy(value, out)
	return value, err
}

// push writes the Secret's keys to every store, once the guard lets it; it tries again until the value has settled.
func (w *world) push(t *testing.T) bool {
	t.Helper()
	if w.secret == nil {
		return false
	}
	value, err := w.guarded()
	if err != nil && strings.Contains(err.Error(), "to settle") {
		w.now = w.now.Add(time.Second)
		value, err = w.guarded()
	}
	if err != nil {
		if !strings.Contains(err.Error(), "waiting for epoch") {
			t.Fatal(err)
		}
		return false
	}
	for i := range w.stores {
		w.stores[i] = maps.Clone(value)
	}
	return true
}

// TestSettle lets the generator run twice within milliseconds: nothing is pushed between, and the second value is what the
// stores get. A value that came from a store has nothing to settle.
func TestSettle(t *testing.T) {
	for shape, s := range secrets() {
		t.Run(shape, func(t *testing.T) {
			w := &world{s: s, now: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)}
			w.refresh(t)
			for range 2 {
				if _, err := w.guarded(); err == nil || !strings.Contains(err.Error(), "to settle") {
					t.Fatalf("a value that was just made is pushed: %v", err)
				}
				w.now = w.now.Add(3 * time.Millisecond)
				w.refresh(t)
			}
			second := w.value()
			w.now = w.now.Add(time.Second)
			got, err := w.guarded()
			if err != nil {
				t.Fatalf("a second later it is not pushed: %v", err)
			}
			want := slices.Sorted(slices.Values(append(s.Pushed(), model.GeneratedKey)))
			if keys := slices.Sorted(maps.Keys(got)); !slices.Equal(keys, want) {
				t.Errorf("pushed %v, want %v", keys, want)
			}
			made := got[model.GeneratedKey]
			w.stores[0] = got
			w.refresh(t)
			if w.value() != second || w.secret[model.GeneratedKey] != made {
				t.Errorf("the store's value %q of %s came back as %q of %s", second, made, w.value(), w.secret[model.GeneratedKey])
			}
			delete(w.stores[0], model.GeneratedKey)
			w.refresh(t)
			if _, there := w.secret[model.GeneratedKey]; there || w.value() != second {
				t.Errorf("a value that somebody else wrote to the store became %v", w.secret)
			}
			if _, err := w.guarded(); err != nil {
				t.Errorf("a value from the store waits: %v", err)
			}
		})
	}
}

func region() *model.Region { return &model.Region{Name: "one"} }

// secrets are the shapes that a generated secret can have.
func secrets() map[string]*model.Secret {
	password := model.Key{Name: "password", Output: "password"}
	url := model.Key{Name: "url", Template: `postgresql://app:{{ .password | urlquery }}@db/app`, Reads: []string{"password"}}
	shape := func(r model.Rotation, keys ...model.Key) *model.Secret {
		return &model.Secret{Name: "s", Origin: model.Generated, Generator: model.Generator{Facts: &eso.Generator{}}, Keys: keys, Rotation: r, Ask: []*model.Region{region()},
			PushInterval: time.Hour}
	}
	clock := model.Rotation{By: schema.ByClock, Every: 720 * time.Hour, Offset: 1207}
	both, kept := clock, clock
	both.Epoch, kept.KeepPrevious = "2", true
	return map[string]*model.Secret{
		"plain":               shape(model.Rotation{}, password),
		"derived":             shape(model.Rotation{}, password, url),
		"epoch":               shape(model.Rotation{Epoch: "2"}, password, url),
		"kept":                shape(model.Rotation{Epoch: "2", KeepPrevious: true}, password, url),
		"clock":               shape(clock, password, url),
		"clock and epoch":     shape(both, password, url),
		"clock, previous":     shape(kept, password),
		"renamed":             shape(model.Rotation{Epoch: "2"}, model.Key{Name: "main.key", Output: "password"}, url),
		"only derived":        shape(model.Rotation{Epoch: "2"}, url),
		"only derived, clock": shape(both, url),
		"twice":               shape(model.Rotation{Epoch: "2"}, password, model.Key{Name: "z", Output: "password"}),
		"pair":                pair(shape(both, model.Key{Name: "id", Output: "privateKey"}, model.Key{Name: "id.pub", Output: "publicKey"})),
		"pair, derived":       pair(shape(model.Rotation{Epoch: "2"}, model.Key{Name: "id", Output: "privateKey"}, model.Key{Name: "line", Template: "{{ .publicKey }} me", Reads: []string{"publicKey"}})),
		"dashes":              shape(model.Rotation{Epoch: "2", KeepPrevious: true}, model.Key{Name: "a-b", Output: "password"}),
	}
}

// pair makes the secret one of a generator whose outputs belong together.
func pair(s *model.Secret) *model.Secret {
	s.Generator.Facts.Outputs = []string{"privateKey", "publicKey"}
	return s
}

// TestTorn holds that a key which the store lacks never gets a value that does not belong to what it has.
func TestTorn(t *testing.T) {
	all := secrets()
	for name, c := range map[string]struct {
		s      *model.Secret
		stored map[string]string
		want   map[string]string // nil: it fails
	}{
		"a public key":        {all["pair"], map[string]string{"id": "private", "_epoch": "2"}, nil},
		"a private key":       {all["pair"], map[string]string{"id.pub": "public", "_epoch": "2"}, nil},
		"both of another":     {all["pair"], map[string]string{"id": "private", "_epoch": "1"}, map[string]string{"id": "fresh", "id.pub": "fresh"}},
		"a derived one":       {all["pair, derived"], map[string]string{"id": "private", "_epoch": "2"}, nil},
		"none":                {all["pair"], nil, map[string]string{"id": "fresh", "id.pub": "fresh"}},
		"the same output":     {all["twice"], map[string]string{"password": "old", "_epoch": "2"}, map[string]string{"password": "old", "z": "old"}},
		"the same, the other": {all["twice"], map[string]string{"z": "old", "_epoch": "2"}, map[string]string{"password": "old", "z": "old"}},
	} {
		w := &world{s: c.s, now: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC), stores: [2]map[string]string{c.stored}}
		data := maps.Clone(c.stored)
		if data == nil {
			data = map[string]string{}
		}
		for _, output := range []string{"password", "privateKey", "publicKey"} {
			data["new_"+output] = "fresh"
		}
		got, err := execute(remembering{w.s}.data(), data, w.now)
		if (err != nil) != (c.want == nil) || err != nil && !strings.Contains(err.Error(), "give it another epoch") {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
		for key, want := range c.want {
			if got[key] != want {
				t.Errorf("%s: %s is %q, want %q", name, key, got[key], want)
			}
		}
	}
}

// TestStates runs each origin's templates against each state that the stores can be in.
func TestStates(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	period := func(at time.Time) string { return fmt.Sprintf("2592000-%d", (at.Unix()+1207)/2592000) }
	states := []struct {
		name               string
		markers            map[string]string
		value              bool
		epochNew, clockNew bool // whether an origin with epoch "2", or with a clock, makes a new value
	}{
		{"nothing", nil, false, true, true},
		{"a value without marker", nil, true, true, false},
		{"this epoch", map[string]string{"_epoch": "2"}, true, false, false},
		{"another epoch", map[string]string{"_epoch": "1"}, true, true, false},
		{"this period", map[string]string{"_epoch": "2", "_period": period(now)}, true, false, false},
		{"a past period", map[string]string{"_epoch": "2", "_period": period(now.Add(-720 * time.Hour))}, true, false, true},
		{"a period of another length", map[string]string{"_epoch": "2", "_period": "60-1"}, true, false, false},
		{"another epoch, this period", map[string]string{"_epoch": "7", "_period": period(now)}, true, true, false},
	}
	for shape, s := range secrets() {
		for _, state := range states {
			t.Run(shape+"/"+state.name, func(t *testing.T) {
				w := &world{s: s, now: now}
				if state.value {
					stored := maps.Clone(state.markers)
					if stored == nil {
						stored = map[string]string{}
					}
					for _, k := range s.Keys {
						stored[k.Name] = "old" + symbols
						if k.Template != "" && len(s.Keys) > 1 {
							stored[k.Name] = "something stale"
						}
					}
					w.stores[0] = stored
				}
				w.refresh(t)
				wantNew := !state.value || s.Rotation.Epoch != "" && state.epochNew || s.Rotation.Clock() && state.clockNew
				first := s.Keys[0]
				got := w.secret[first.Name]
				if isNew := strings.Contains(got, "fresh1"); isNew != wantNew {
					t.Errorf("%s is %q, want a new value: %v", first.Name, got, wantNew)
				}
				if !wantNew && first.Template == "" && got != "old"+symbols {
					t.Errorf("the stored value came back as %q", got)
				}
				for _, k := range s.Keys[1:] {
					if k.Template == "" || len(s.Generator.Facts.Outputs) > 1 {
						continue
					}
					chosen := template.URLQueryEscaper(got)
					if want := "postgresql://app:" + chosen + "@db/app"; w.secret[k.Name] != want {
						t.Errorf("%s is %q, it does not see the chosen value %q", k.Name, w.secret[k.Name], chosen)
					}
				}
				if s.Rotation.KeepPrevious {
					want := ""
					if wantNew && state.value {
						want = "old" + symbols
					}
					if previous := w.secret[model.PreviousPrefix+first.Name]; previous != want {
						t.Errorf("the previous value is %q, want %q", previous, want)
					}
				}
				if w.secret["_epoch"] != s.Rotation.Epoch {
					t.Errorf("_epoch is %q", w.secret["_epoch"])
				}
				if p, there := w.secret["_period"]; there != s.Rotation.Clock() || there && p != period(now) {
					t.Errorf("_period is %q, %v", p, there)
				}
			})
		}
	}
}

// TestNothingRotatesUnasked lets random things happen to each shape of secret: the value changes with the epoch and the
// clock and with nothing else.
func TestNothingRotatesUnasked(t *testing.T) {
	for shape, original := range secrets() {
		t.Run(shape, func(t *testing.T) {
			for seed := range uint64(20) {
				random := rand.New(rand.NewPCG(seed, 1))
				s := *original
				w := &world{s: &s, now: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)}
				w.refresh(t)
				if !w.push(t) {
					t.Fatal("the first value is not pushed")
				}
				value := w.value()
				history := ""
				for step := range 40 {
					changes := false
					switch event := random.IntN(11); event {
					case 0: // relabelled, or the object deleted and applied again
						w.refresh(t)
					case 1: // the Secret deleted
						w.secret = nil
						w.refresh(t)
					case 2: // the Secret edited by hand
						w.secret[s.Keys[0].Name] = "edited"
						w.refresh(t)
					case 3: // one store lost, the cluster rebuilt
						lost := random.IntN(2)
						w.stores[lost] = nil
						for i := range w.former {
							w.former[i][lost] = nil
						}
						w.secret = nil
						w.refresh(t)
						w.push(t)
					case 4: // the push runs
						w.push(t)
					case 5: // an epoch
						if s.Rotation.Epoch != "" {
							s.Rotation.Epoch = fmt.Sprintf("e%d", step)
							if w.push(t) {
								t.Fatalf("seed %d: %s: the old value was pushed under a new epoch", seed, history)
							}
							w.refresh(t)
							w.push(t)
							changes = true
						}
					case 6: // the clock moves on, less than a period
						before := w.period()
						w.now = w.now.Add(time.Duration(random.IntN(200)) * time.Hour)
						w.refresh(t)
						w.push(t)
						changes = s.Rotation.Clock() && before != w.period()
					case 7: // a clock is dropped and put back
						if s.Rotation.Clock() {
							by := s.Rotation
							s.Rotation.By = schema.ByCommit
							w.refresh(t)
							w.push(t)
							s.Rotation = by
							w.refresh(t)
							w.push(t)
						}
					case 9: // the key in the stores moves, and with another name the clock's offset, and the Secret
						s.Former = append([]string{"latest"}, s.Former...)
						w.former = append([][2]map[string]string{w.stores}, w.former...)
						if len(w.former) > 2 {
							s.Former, w.former = s.Former[:2], w.former[:2]
						}
						w.stores = [2]map[string]string{}
						if random.IntN(2) == 0 {
							w.secret = nil
							s.Rotation.Offset = int64(random.IntN(3)) * 1000000
						}
						if random.IntN(2) == 0 { // the push may be faster than the origin
							w.push(t)
						}
						w.refresh(t)
						w.push(t)
					case 10: // the former keys are dropped
						s.Former, w.former = nil, nil
						w.refresh(t)
					case 8: // the clock gets another length and its old one back
						if s.Rotation.Clock() {
							every := s.Rotation.Every
							s.Rotation.Every = 100 * time.Hour
							w.refresh(t)
							w.push(t)
							s.Rotation.Every = every
							w.refresh(t)
							w.push(t)
						}
					}
					history += fmt.Sprint(step, " ")
					got := w.value()
					if (got != value) != changes {
						t.Fatalf("seed %d, step %s: value %q became %q, want a change: %v", seed, history, value, got, changes)
					}
					value = got
				}
			}
		})
	}
}

// value is all that the Secret holds but for esotree's own markers and previous values.
func (w *world) value() string {
	var out strings.Builder
	for _, k := range w.s.Keys {
		fmt.Fprintf(&out, "%s=%s ", k.Name, w.secret[k.Name])
	}
	return out.String()
}

func (w *world) period() int64 {
	if !w.s.Rotation.Clock() {
		return 0
	}
	return (w.now.Unix() + w.s.Rotation.Offset) / int64(w.s.Rotation.Every/time.Second)
}

// TestGuards runs the templates of a pinned reader and of a mirror before and after the value that they wait for.
func TestGuards(t *testing.T) {
	guard := waitFor(field("_postgres_epoch"), "2", "postgres") + "{{ .URL }}"
	for epoch, want := range map[string]string{"2": "u", "1": "waiting for epoch 2 of postgres", "": "waiting for epoch 2 of postgres"} {
		out, err := execute(map[string]string{"URL": guard}, map[string]string{"URL": "u", "_postgres_epoch": epoch}, time.Time{})
		if err != nil && !strings.Contains(err.Error(), want) || err == nil && out["URL"] != want {
			t.Errorf("epoch %q: %v %v", epoch, out, err)
		}
	}
	for name, data := range map[string]map[string]string{"present": {"a.b": "v", "c": "v"}, "missing": {}} {
		for _, key := range []string{"a.b", "c"} {
			out, err := execute(map[string]string{key: required(key)}, data, time.Time{})
			if (err != nil) != (name == "missing") || err == nil && out[key] != "v" {
				t.Errorf("%s %s: %v %v", name, key, out, err)
			}
		}
	}
}

// TestLook holds that secrets that look alike have the same templates: each difference that a template can show is seen.
func TestLook(t *testing.T) {
	base := func() *model.Secret {
		return &model.Secret{Name: "s", Origin: model.Generated, Generator: model.Generator{Kind: "Password", Facts: &eso.Generator{}}, Ask: []*model.Region{region()},
			Rotation: model.Rotation{Epoch: "2"}, Keys: []model.Key{{Name: "a", Output: "password"}, {Name: "b", Template: "x{{ .password }}", Reads: []string{"password"}}, {Name: "d", Output: "second"}}}
	}
	texts := func(s *model.Secret) string { return fmt.Sprint(remembering{s}.data(), remembering{s}.generated()) }
	look := func(s *model.Secret) string { return string(remembering{s}.look(nil)) }
	for name, change := range map[string]func(*model.Secret){
		"no epoch":           func(s *model.Secret) { s.Rotation.Epoch = "" },
		"another epoch":      func(s *model.Secret) { s.Rotation.Epoch = "3" },
		"the previous":       func(s *model.Secret) { s.Rotation.KeepPrevious = true },
		"a key's name":       func(s *model.Secret) { s.Keys[0].Name = "c" },
		"a key's output":     func(s *model.Secret) { s.Keys[0].Output = "other" },
		"a template":         func(s *model.Secret) { s.Keys[1].Template = "y{{ .password }}" },
		"what is read":       func(s *model.Secret) { s.Keys[1].Reads = []string{"other", "password"} },
		"a key less":         func(s *model.Secret) { s.Keys = s.Keys[:1] },
		"where a text ends":  func(s *model.Secret) { s.Keys[0].Name, s.Keys[0].Output = "ap", "assword" },
		"another generator":  func(s *model.Secret) { s.Generator.Kind = "SSHKey"; pair(s) },
		"a key more":         func(s *model.Secret) { s.Keys = append(s.Keys, model.Key{Name: "c", Output: "password"}) },
		"the secret's names": func(s *model.Secret) { s.Name, s.Target, s.Push, s.RemoteKey, s.Namespace = "t", "t", "t", "t", "t" },
	} {
		s := base()
		change(s)
		if changed := texts(s) != texts(base()); changed == (look(s) == look(base())) {
			t.Errorf("%s: the templates change: %t", name, changed)
		}
	}
}
