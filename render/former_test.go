package render

import (
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openova-io/esotree/model"
	"github.com/openova-io/esotree/schema"
)

// found is the data of an origin's template: what the generator makes, and over it what is under the former keys and the present one.
func found(s *model.Secret, present map[string]string, former ...map[string]string) map[string]string {
	data := map[string]string{}
	for _, output := range []string{"password", "privateKey", "publicKey"} {
		data[model.FreshPrefix+output] = "fresh " + output
	}
	for i, value := range former {
		for key, text := range value {
			data[model.FormerPrefix(i)+key] = text
		}
	}
	maps.Copy(data, present)
	return data
}

// outcome is what an origin makes of data, or that it fails.
func outcome(s *model.Secret, data map[string]string) map[string]string {
	texts := remembering{s}.data()
	texts["made"] = remembering{s}.generated()
	out, err := execute(texts, data, time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC))
	if err != nil {
		_, why, _ := strings.Cut(err.Error(), "error calling fail: ")
		return map[string]string{"fails": why}
	}
	return out
}

// TestFormerCountsAsPresent holds that a value under a former key is taken as one under the present key would be, and as a whole: of
// several values with random parts of their keys, the first that is there decides, and no other shows.
func TestFormerCountsAsPresent(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 1))
	for shape, plain := range secrets() {
		moved := *plain
		moved.Former = []string{"latest", "older"}
		if string(remembering{plain}.look(nil)) == string(remembering{&moved}.look(nil)) {
			t.Errorf("%s: the templates would be those of one without former keys", shape)
		}
		carried := remembering{plain}.carried()
		value := func(of string) map[string]string {
			if random.IntN(3) == 0 {
				return nil
			}
			out := map[string]string{}
			keys := []string{model.EpochKey, model.PeriodKey, model.GeneratedKey, "unknown"}
			for _, k := range plain.Keys {
				keys = append(keys, k.Name, model.PreviousPrefix+k.Name)
			}
			for _, key := range keys {
				switch {
				case random.IntN(4) == 0:
				case key == model.EpochKey:
					out[key] = []string{"1", "2"}[random.IntN(2)]
				case key == model.PeriodKey:
					out[key] = []string{"2592000-1", "60-1", "2592000-687"}[random.IntN(3)]
				default:
					out[key] = of + " " + key
				}
			}
			return out
		}
		chosen := map[string]int{}
		for range 300 {
			present, latest, older := value("present"), value("latest"), value("older")
			which := "none"
			var counts map[string]string
			for _, c := range []struct {
				name string
				of   map[string]string
			}{{"present", present}, {"latest", latest}, {"older", older}} {
				if slices.ContainsFunc(carried, func(key string) bool { return c.of[key] != "" }) {
					which, counts = c.name, maps.Clone(c.of)
					break
				}
			}
			chosen[which]++
			if which == "none" {
				counts = present
			} else if which != "present" {
				delete(counts, model.PeriodKey) // it may be that of a clock with another offset
			}
			got, want := outcome(&moved, found(&moved, present, latest, older)), outcome(plain, found(plain, counts))
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("%s: present %v, latest %v, older %v:\n got %v\nwant %v", shape, present, latest, older, got, want)
			}
		}
		if len(chosen) != 4 {
			t.Errorf("%s: not all cases were tried: %v", shape, chosen)
		}
	}
}

// TestFormerRestores holds the same for what a person typed in.
func TestFormerRestores(t *testing.T) {
	s := &model.Secret{Name: "s", Origin: model.Bootstrap, Former: []string{"latest", "older"},
		Keys: []model.Key{{Name: "main", Output: "main"}, {Name: "user.name", Output: "user.name"}}}
	both := func(of string) map[string]string { return map[string]string{"main": of, "user.name": of} }
	for name, c := range map[string]struct {
		present, latest, older map[string]string
		want                   string // "" where it waits for a person
	}{
		"nowhere":            {nil, nil, nil, ""},
		"present":            {both("a"), both("b"), both("c"), "a"},
		"latest":             {nil, both("b"), both("c"), "b"},
		"older":              {nil, nil, both("c"), "c"},
		"a part of it":       {map[string]string{"main": "a"}, both("b"), nil, ""},
		"a part of a former": {nil, map[string]string{"main": "b"}, both("c"), ""},
		"none of its keys":   {map[string]string{"other": "a"}, nil, both("c"), "c"},
	} {
		texts := map[string]string{}
		for _, k := range s.Keys {
			texts[k.Output] = restored(s, k)
		}
		got, err := execute(texts, found(s, c.present, c.latest, c.older), time.Time{})
		if c.want == "" {
			if err == nil || !strings.Contains(err.Error(), " yet") {
				t.Errorf("%s: %v, %v", name, got, err)
			}
		} else if err != nil || !maps.Equal(got, both(c.want)) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

// TestFormerOfNothing holds that the templates are right where no key has a value that a store could have: what is asked for then is the
// clock alone.
func TestFormerOfNothing(t *testing.T) {
	for name, rotation := range map[string]model.Rotation{
		"plain": {}, "epoch": {Epoch: "2"}, "previous": {Epoch: "2", KeepPrevious: true},
		"clock": {By: schema.ByClock, Every: time.Hour}, "clock and epoch": {By: schema.ByClock, Every: time.Hour, Epoch: "2"},
	} {
		s := &model.Secret{Name: "s", Origin: model.Generated, Former: []string{"latest"}, Rotation: rotation, Keys: []model.Key{{Name: "a", Template: "const"}}}
		got, err := execute(remembering{s}.data(), found(s, nil, map[string]string{"a": "other"}), time.Now())
		if err != nil || got["a"] != "const" {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}
