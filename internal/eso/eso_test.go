package eso

import (
	"reflect"
	"slices"
	"testing"
)

func profile(t *testing.T, s string) *Profile {
	t.Helper()
	r, err := ParseRelease(s)
	if err != nil {
		t.Fatal(err)
	}
	p, exact := For(r)
	if !exact {
		t.Fatalf("release %s is not known", s)
	}
	return p
}

func TestParseRelease(t *testing.T) {
	for in, want := range map[string]Release{
		"2.9": {2, 9}, "v2.9.0": {2, 9}, "0.20.4": {0, 20}, "v1.0": {1, 0}, "2.9.0-rc1": {2, 9}, "v2.10.0+build.7": {2, 10},
	} {
		if got, err := ParseRelease(in); err != nil || got != want {
			t.Errorf("ParseRelease(%q) = %v, %v; want %v", in, got, err, want)
		}
	}
	for _, in := range []string{"", "2", "v", "2.", ".9", "2.9.", "2.9.0.1", "latest", "2.-9", "2.+9", "vv2.9", "2.x", "99999.1"} {
		if got, err := ParseRelease(in); err == nil {
			t.Errorf("ParseRelease(%q) = %v; want an error", in, got)
		}
	}
}

func TestCompare(t *testing.T) {
	order := []Release{{0, 9}, {0, 20}, {1, 0}, {1, 3}, {2, 0}, {2, 9}, {2, 10}}
	for i, a := range order {
		for j, b := range order {
			want := 0
			if i < j {
				want = -1
			} else if i > j {
				want = 1
			}
			if a.Compare(b) != want || a.AtLeast(b) != (i >= j) {
				t.Errorf("%s against %s: %d, %v", a, b, a.Compare(b), a.AtLeast(b))
			}
		}
	}
}

func TestFor(t *testing.T) {
	for _, c := range []struct {
		in, want Release
		exact    bool
	}{
		{Release{2, 9}, Release{2, 9}, true},
		{Release{0, 20}, Release{0, 20}, true},
		{Release{0, 99}, Release{0, 20}, false},
		{Release{1, 4}, Release{1, 3}, false},
		{Release{99, 0}, Latest().Release(), false},
		{Release{0, 1}, Releases()[0], false},
	} {
		p, exact := For(c.in)
		if p.Release() != c.want || exact != c.exact {
			t.Errorf("For(%s) = %s, %v; want %s, %v", c.in, p.Release(), exact, c.want, c.exact)
		}
	}
}

func TestServed(t *testing.T) {
	for _, c := range []struct {
		release, group, kind string
		want                 []string
	}{
		{"2.9", Group, "ExternalSecret", []string{"v1"}},
		{"0.17", Group, "SecretStore", []string{"v1"}},
		{"0.16", Group, "ExternalSecret", []string{"v1", "v1beta1"}},
		{"0.15", Group, "ExternalSecret", []string{"v1beta1", "v1alpha1"}},
		{"2.9", Group, "PushSecret", []string{"v1alpha1"}},
		{"2.9", GeneratorGroup, "GitlabDeployToken", []string{"v1alpha1"}},
		{"0.20", GeneratorGroup, "GitlabDeployToken", nil},
		{"2.9", Group, "Password", nil},
		{"2.9", Group, "Secret", nil},
	} {
		if got := profile(t, c.release).Served(c.group, c.kind); !slices.Equal(got, c.want) {
			t.Errorf("%s %s %s: %q; want %q", c.release, c.group, c.kind, got, c.want)
		}
	}
	if got, ok := profile(t, "2.9").APIVersion(GeneratorGroup, "Password"); got != "generators.external-secrets.io/v1alpha1" || !ok {
		t.Errorf("APIVersion of Password: %q, %v", got, ok)
	}
	if got, ok := ServedUntil(Group, "ExternalSecret", "v1beta1"); got != (Release{0, 17}) || !ok {
		t.Errorf("v1beta1 is served until %s, %v", got, ok)
	}
	if got, ok := ServedSince(Group, "ExternalSecret", "v1"); got != (Release{0, 16}) || !ok {
		t.Errorf("v1 is served since %s, %v", got, ok)
	}
	if _, ok := ServedUntil(Group, "ExternalSecret", "v1"); ok {
		t.Error("v1 is said to be gone")
	}
}

func TestFields(t *testing.T) {
	for _, c := range []struct {
		release, kind, path string
		want                bool
	}{
		{"2.9", "ExternalSecret", "spec.target.creationPolicy", true},
		{"2.9", "ExternalSecret", "spec.data[0].remoteRef.nullBytePolicy", true},
		{"2.9", "ExternalSecret", "spec.data[].remoteRef.nullBytePolicy", true},
		{"2.9", "ExternalSecret", "spec.data.remoteRef.nullBytePolicy", true},
		{"2.2", "ExternalSecret", "spec.data.remoteRef.nullBytePolicy", false},
		{"2.9", "ExternalSecret", `spec.target.template.data["tls.crt"]`, true},
		{"2.9", "ExternalSecret", "spec.target.template.data{}", true},
		{"2.9", "ExternalSecret", `spec.target.template.data["tls.crt"].x`, false},
		{"2.9", "ExternalSecret", "spec.target[0].creationPolicy", false},
		{"2.9", "ExternalSecret", "spec.nope", false},
		{"2.9", "ExternalSecret", "metadata.labels", true},
		{"2.9", "ExternalSecret", "", false},
		{"2.9", "PushSecret", "spec.dataTo", true},
		{"0.20", "PushSecret", "spec.dataTo", false},
		{"2.9", "ClusterSecretStore", "spec.provider.openBao.server", true},
		{"0.20", "ClusterSecretStore", "spec.provider.openBao.server", false},
		{"2.9", "Deployment", "spec", false},
	} {
		if got := profile(t, c.release).HasField(c.kind, c.path); got != c.want {
			t.Errorf("%s %s %s: %v; want %v", c.release, c.kind, c.path, got, c.want)
		}
	}
	if got := Latest().Fields("ExternalSecret", "spec.data"); !slices.Equal(got, []string{"remoteRef", "secretKey", "sourceRef"}) {
		t.Errorf("fields of spec.data: %q", got)
	}
	if got := Latest().Fields("ExternalSecret", "spec.data[].remoteRef"); !slices.Contains(got, "nullBytePolicy") {
		t.Errorf("fields of remoteRef: %q", got)
	}
	if got := Latest().Fields("ExternalSecret", ""); !slices.Contains(got, "spec") {
		t.Errorf("fields at the top: %q", got)
	}
	for path, want := range map[string]string{
		"spec.data": "array", "spec.target.immutable": "boolean", "spec.target.template.data": "map", "metadata.name": "any",
		"spec.refreshInterval": "string", "spec.x": "",
	} {
		if got := Latest().FieldType("ExternalSecret", path); got != want {
			t.Errorf("type of %s: %q; want %q", path, got, want)
		}
	}
}

func TestSince(t *testing.T) {
	for _, c := range []struct {
		kind, path string
		want       Release
		ok         bool
	}{
		{"ExternalSecret", "spec.data.remoteRef.nullBytePolicy", Release{2, 3}, true},
		{"ExternalSecret", "spec.refreshPolicy", Release{0, 16}, true},
		{"ExternalSecret", "spec.syncWindows", Release{2, 7}, true},
		{"SSHKey", "spec", Release{0, 19}, true},
		{"ExternalSecret", "spec.nope", Release{}, false},
		{"Nope", "spec", Release{}, false},
	} {
		if got, ok := Since(c.kind, c.path); got != c.want || ok != c.ok {
			t.Errorf("Since(%s, %s) = %s, %v; want %s, %v", c.kind, c.path, got, ok, c.want, c.ok)
		}
	}
	if got, ok := EnumSince("ExternalSecret", "spec.target.creationPolicy", "CreateOrMerge"); got != (Release{2, 8}) || !ok {
		t.Errorf("CreateOrMerge since %s, %v", got, ok)
	}
	if got, ok := Until("ClusterExternalSecret", "spec.namespaceSelector"); ok {
		t.Errorf("namespaceSelector until %s", got)
	}
}

func TestEnum(t *testing.T) {
	const path = "spec.target.creationPolicy"
	if !profile(t, "2.8").HasEnum("ExternalSecret", path, "CreateOrMerge") || profile(t, "2.7").HasEnum("ExternalSecret", path, "CreateOrMerge") {
		t.Error("CreateOrMerge is to be of 2.8 and later")
	}
	if got := profile(t, "0.20").Enum("ExternalSecret", path); !slices.Equal(got, []string{"Owner", "Orphan", "Merge", "None"}) {
		t.Errorf("creation policies of 0.20: %q", got)
	}
	if Latest().HasEnum("ExternalSecret", "spec.target.name", "") || Latest().Enum("ExternalSecret", "metadata.name") != nil {
		t.Error("a name is said to be enumerated")
	}
}

func TestDefaults(t *testing.T) {
	at := func(release, kind, path string) (any, bool) {
		for _, d := range profile(t, release).Defaults(kind) {
			if d.Path == path {
				return d.Value, true
			}
		}
		return nil, false
	}
	for _, c := range []struct {
		release, kind, path string
		want                any
		ok                  bool
	}{
		{"0.20", "ExternalSecret", "spec.data[].remoteRef.conversionStrategy", "Default", true},
		{"2.8", "ExternalSecret", "spec.data[].remoteRef.metadataPolicy", "None", true},
		{"2.9", "ExternalSecret", "spec.data[].remoteRef.conversionStrategy", nil, false},
		{"2.3", "ExternalSecret", "spec.data[].remoteRef.nullBytePolicy", "Ignore", true},
		{"2.9", "ExternalSecret", "spec.data[].remoteRef.nullBytePolicy", nil, false},
		{"1.0", "ExternalSecret", "spec.refreshInterval", "1h", true},
		{"2.9", "ExternalSecret", "spec.refreshInterval", "1h0m0s", true},
		{"2.9", "Password", "spec.length", int64(24), true},
		{"2.9", "Password", "spec.noUpper", false, true},
		{"2.9", "ClusterGenerator", "spec.generator.passwordSpec.length", int64(24), true},
		{"2.9", "PushSecret", "spec.updatePolicy", "Replace", true},
	} {
		if got, ok := at(c.release, c.kind, c.path); !reflect.DeepEqual(got, c.want) || ok != c.ok {
			t.Errorf("%s %s %s: %#v, %v; want %#v, %v", c.release, c.kind, c.path, got, ok, c.want, c.ok)
		}
	}
	if Latest().Defaults("Nope") != nil {
		t.Error("an unknown kind has defaults")
	}
}

func TestKinds(t *testing.T) {
	want := Kind{Group: Group, Name: "ClusterSecretStore", Plural: "clustersecretstores"}
	if got, ok := KindOf(Group, "ClusterSecretStore"); got != want || !ok {
		t.Errorf("%+v, %v", got, ok)
	}
	if got, ok := KindOf(GeneratorGroup, "Password"); !got.Namespaced || !ok {
		t.Errorf("%+v, %v", got, ok)
	}
	if !slices.ContainsFunc(Kinds(), func(k Kind) bool { return k.Name == "MFA" }) {
		t.Error("MFA is missing")
	}
}

// Every path is answered, and the questions about a field agree with each other.
func FuzzHasField(f *testing.F) {
	for _, path := range []string{"", "spec", "spec.data[0].remoteRef", `a["`, "[", "{", "}", "spec..data", `spec.target.template.data["a.b"]`} {
		f.Add("ExternalSecret", path)
	}
	f.Fuzz(func(t *testing.T, kind, path string) {
		has := Latest().HasField(kind, path)
		if has != (Latest().FieldType(kind, path) != "") {
			t.Errorf("%s %q: HasField %v, type %q", kind, path, has, Latest().FieldType(kind, path))
		}
		if has {
			if _, ok := Since(kind, path); !ok {
				t.Errorf("%s %q is there since never", kind, path)
			}
		}
	})
}

func BenchmarkDecodeAll(b *testing.B) {
	kinds, err := tables.ReadFile("kinds.txt")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		c := parseKinds(string(kinds))
		for _, k := range c.kinds {
			text, err := tables.ReadFile("fields/" + k.Name + ".txt")
			if err != nil || len(parseFields(string(text), c.releases)) == 0 {
				b.Fatal(k.Name, err)
			}
		}
	}
}
