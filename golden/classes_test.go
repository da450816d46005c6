package golden_test

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/openova-io/esotree/schema"
	"github.com/openova-io/esotree/templates"
)

// TestClassesPage holds the page on classes against the classes: each is there, with its source, its rotation and its keys.
func TestClassesPage(t *testing.T) {
	var classes map[string]schema.Class
	if err := yaml.UnmarshalStrict(templates.Classes(), &classes); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../docs/classes.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string][]string{}
	for line := range strings.Lines(string(page)) {
		if cells := strings.Split(line, "|"); len(cells) == 7 && strings.Contains(cells[1], "`") {
			rows[strings.Trim(cells[1], " `")] = cells
		}
	}
	if got, want := slices.Sorted(maps.Keys(rows)), slices.Sorted(maps.Keys(classes)); !slices.Equal(got, want) {
		t.Fatalf("the page has %v, the program %v", got, want)
	}
	quoted := regexp.MustCompile("`([^`]+)`")
	for name, c := range classes {
		row := rows[name]
		if c.Description == "" {
			t.Errorf("%s has no description", name)
		}
		value := row[2]
		switch {
		case c.Generator != nil:
			spec := c.Generator.Spec
			if !strings.Contains(value, c.Generator.Kind) || !strings.Contains(value, fmt.Sprintf("%v characters", spec["length"])) {
				t.Errorf("%s: %s, but it is %v", name, value, spec)
			}
		case c.Bootstrap != nil && !strings.Contains(value, "a person"),
			c.Bootstrap != nil && c.Bootstrap.Offline != strings.Contains(value, "offline"),
			c.SecretRef != nil && !strings.Contains(value, "cert-manager"):
			t.Errorf("%s: %s", name, value)
		}
		replaced := row[3]
		var days string
		if r := c.Rotation; r != nil {
			if d, err := r.Every.Parse(); err == nil && d > 0 {
				days = fmt.Sprintf("every %d days", int(d.Hours()/24))
			}
			if (r.By == schema.ByClock) != strings.Contains(replaced, "the clock") || (r.KeepPrevious != nil && *r.KeepPrevious) != strings.Contains(replaced, "previous_") {
				t.Errorf("%s: %s", name, replaced)
			}
		}
		if !strings.Contains(replaced, days) || days == "" && strings.Contains(replaced, "days") {
			t.Errorf("%s: %s, but it is %q", name, replaced, days)
		}
		var keys []string
		for _, m := range quoted.FindAllStringSubmatch(row[4], -1) {
			keys = append(keys, m[1])
		}
		slices.Sort(keys)
		if want := slices.Sorted(maps.Keys(c.Keys)); len(want) > 0 && !slices.Equal(keys, want) {
			t.Errorf("%s: %v, but it has %v", name, keys, want)
		}
	}
}
