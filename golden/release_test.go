package golden_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"testing/fstest"

	"github.com/openova-io/esotree"
	"github.com/openova-io/esotree/internal/eso"
)

// TestReleases holds that every field and every value of an enumeration that is rendered for a release exists in it.
func TestReleases(t *testing.T) {
	for _, release := range eso.Releases() {
		profile, _ := eso.For(release)
		t.Run(release.String(), func(t *testing.T) {
			files := openova(t)
			data := bytes.Replace(files["platform.yaml"].Data, []byte(`version: "2.9"`), []byte(fmt.Sprintf("version: %q", release)), 1)
			files["platform.yaml"] = &fstest.MapFile{Data: data}
			c, findings, err := esotree.Compile(context.Background(), files, []string{"."})
			if err != nil {
				t.Fatal(err)
			}
			if !profile.HasField("ExternalSecret", "spec.refreshPolicy") {
				if all := findings.All(); len(all) == 0 || all[0].Code != "release-too-old" {
					t.Errorf("a release that can't do it is not refused: %v", all)
				}
				return
			}
			refuse(t, findings)
			for part := range c.Parts(context.Background()) {
				for _, f := range part.Findings {
					t.Errorf("%s", f.Message)
				}
				for _, folder := range part.Folders {
					for _, o := range folder.Objects {
						if _, ok := eso.KindOf(eso.Group, o.Kind); !ok {
							if _, ok := eso.KindOf(eso.GeneratorGroup, o.Kind); !ok {
								continue
							}
						}
						raw, err := o.JSON()
						if err != nil {
							t.Fatal(err)
						}
						var plain map[string]any
						if err := json.Unmarshal(raw, &plain); err != nil {
							t.Fatal(err)
						}
						checkFields(t, profile, o.Kind, o.Name, "spec", plain["spec"])
					}
				}
			}
		})
	}
}

func checkFields(t *testing.T, p *eso.Profile, kind, name, path string, v any) {
	t.Helper()
	if !p.HasField(kind, path) {
		t.Errorf("%s %s: there is no field %s", kind, name, path)
		return
	}
	switch v := v.(type) {
	case map[string]any:
		if p.FieldType(kind, path) == "map" {
			return
		}
		for key, inner := range v {
			checkFields(t, p, kind, name, path+"."+key, inner)
		}
	case []any:
		for _, item := range v {
			checkFields(t, p, kind, name, path+"[]", item)
		}
	case string:
		if legal := p.Enum(kind, path); legal != nil && !p.HasEnum(kind, path, v) {
			t.Errorf("%s %s: %s can't be %q", kind, name, path, v)
		}
	}
}
