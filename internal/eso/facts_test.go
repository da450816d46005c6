package eso

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

func strict(t *testing.T, data []byte, into any) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		t.Fatal(err)
	}
}

// The hand-read facts have no unknown field, and there is one entry for each kind and provider that the CRDs have.
func TestFactsAreComplete(t *testing.T) {
	strict(t, generatorFacts, &[]struct {
		Generator
		life
	}{})
	strict(t, providerFacts, &[]struct {
		Provider
		pushes
	}{})

	var have, want []string
	for _, g := range Generators() {
		have = append(have, g.Kind)
	}
	for _, k := range Kinds() {
		if k.Group == GeneratorGroup && k.Name != "GeneratorState" {
			want = append(want, k.Name)
		}
	}
	if !slices.Equal(have, want) {
		t.Errorf("generators\nhave %q\nwant %q", have, want)
	}

	have, want = nil, nil
	for _, p := range Providers() {
		have = append(have, p.Name)
	}
	for _, r := range Releases() {
		p, _ := For(r)
		want = append(want, p.Fields("SecretStore", "spec.provider")...)
	}
	slices.Sort(want)
	if want = slices.Compact(want); !slices.Equal(have, want) {
		t.Errorf("providers\nhave %q\nwant %q", have, want)
	}
}

func TestGeneratorFacts(t *testing.T) {
	for _, g := range Generators() {
		keys := slices.Concat(g.Outputs, g.Optional)
		for _, key := range []string{g.Username, g.Password, g.Auth, g.Expiry, g.RegistryOutput} {
			if key != "" && !slices.Contains(keys, key) {
				t.Errorf("%s does not put out %q", g.Kind, key)
			}
		}
		if g.OpenOutputs != (len(g.Outputs) == 0) {
			t.Errorf("%s: open %v with outputs %q", g.Kind, g.OpenOutputs, g.Outputs)
		}
		if g.Rotatable && (g.SideEffects || g.ShortLived) || g.Since == (Release{}) || g.Source == "" {
			t.Errorf("%s: %+v", g.Kind, g)
		}
		for _, path := range []string{g.RegistryField, g.LifeField, g.OutputsField} {
			if path != "" && !Latest().HasField(g.Kind, path) {
				t.Errorf("%s has no field %s", g.Kind, path)
			}
		}
		if _, ok := Latest().ClusterSpecField(g.Kind); !ok && !g.Wraps {
			t.Logf("a ClusterGenerator of %s cannot hold a %s", Latest().Release(), g.Kind)
		}
	}
	for kind, life := range map[string]time.Duration{
		"ECRAuthorizationToken": 12 * time.Hour, "GithubAccessToken": time.Hour, "GCRAccessToken": time.Hour, "Password": 0,
	} {
		if g, ok := GeneratorOf(kind); !ok || g.TokenLife != life || g.ShortLived != (life > 0) {
			t.Errorf("%s lives %s, %v", kind, g.TokenLife, ok)
		}
	}
	var rotatable []string
	for _, g := range Generators() {
		if g.Rotatable {
			rotatable = append(rotatable, g.Kind)
		}
	}
	if !slices.Equal(rotatable, []string{"Password", "SSHKey", "UUID"}) {
		t.Errorf("rotatable: %q", rotatable)
	}
	if g, _ := GeneratorOf("ECRAuthorizationToken"); g.Registry != "output" || g.RegistryOutput != "proxy_endpoint" {
		t.Errorf("ECR: %+v", g)
	}
	if g, _ := GeneratorOf("GitlabDeployToken"); g.Since != (Release{2, 8}) {
		t.Errorf("GitlabDeployToken since %s", g.Since)
	}
	if _, ok := GeneratorOf("GeneratorState"); ok {
		t.Error("GeneratorState is said to be a generator")
	}
	if name, ok := Latest().ClusterSpecField("Password"); name != "passwordSpec" || !ok {
		t.Errorf("%q, %v", name, ok)
	}
}

func TestProviderFacts(t *testing.T) {
	for _, p := range Providers() {
		if p.Since == (Release{}) || p.Source == "" {
			t.Errorf("%s: since %s, source %q", p.Name, p.Since, p.Source)
		}
		if p.Push && !p.PushSince.AtLeast(p.Since) || p.Whole && !p.WholeSince.AtLeast(p.PushSince) || p.Whole && !p.Push {
			t.Errorf("%s: since %s, push %s, whole %s", p.Name, p.Since, p.PushSince, p.WholeSince)
		}
		in := Latest()
		if p.Until != (Release{}) {
			in, _ = For(p.Since)
		}
		for _, field := range p.Address {
			if path := "spec.provider." + p.Name + "." + field; !in.HasField("SecretStore", path) {
				t.Errorf("%s has no field %s", in.Release(), path)
			}
		}
		if p.KeyPattern == "" {
			continue
		}
		pattern, err := regexp.Compile(p.KeyPattern)
		if err != nil || !strings.HasPrefix(p.KeyPattern, "^") || !strings.HasSuffix(p.KeyPattern, "$") {
			t.Errorf("%s: pattern %s: %v", p.Name, p.KeyPattern, err)
			continue
		}
		if pattern.MatchString("a/b") && !p.Slashes || pattern.MatchString("") {
			t.Errorf("%s: pattern %s", p.Name, p.KeyPattern)
		}
	}
	if _, ok := ProviderOf("openbao"); ok {
		t.Error("the provider's key is openBao")
	}
	for _, c := range []struct {
		provider, release string
		push, whole       bool
	}{
		{"vault", "0.20", true, true}, {"vault", "2.9", true, true}, {"openBao", "2.9", false, false}, {"openBao", "0.20", false, false},
		{"secretserver", "2.2", false, false}, {"secretserver", "2.3", true, true}, {"onepasswordSDK", "2.2", true, false},
		{"onepasswordSDK", "2.3", true, true}, {"scaleway", "2.9", true, false}, {"gitlab", "2.9", false, false},
		{"kubernetes", "2.9", true, true}, {"alibaba", "2.9", false, false}, {"infisical", "2.7", true, true},
	} {
		p, ok := ProviderOf(c.provider)
		if r := profile(t, c.release).Release(); !ok || p.CanPush(r) != c.push || p.CanPushWhole(r) != c.whole {
			t.Errorf("%s in %s: push %v, whole %v", c.provider, c.release, p.CanPush(r), p.CanPushWhole(r))
		}
	}
	for _, c := range []struct {
		provider, key string
		want          bool
	}{
		{"azurekv", "acme-postgres", true}, {"azurekv", "secret/acme-postgres", true}, {"azurekv", "acme/postgres", false},
		{"gcpsm", "acme_postgres", true}, {"gcpsm", "acme/postgres", false}, {"kubernetes", "acme.postgres", true},
		{"kubernetes", "Acme", false}, {"vault", "acme/postgres", true}, {"vault", "", false}, {"aws", "acme/postgres", true},
		{"aws", "acme postgres", false}, {"scaleway", "acme", false}, {"scaleway", "path:/acme/postgres", true},
	} {
		if p, ok := ProviderOf(c.provider); !ok || p.LegalKey(c.key) != c.want {
			t.Errorf("%s: key %q is legal: %v", c.provider, c.key, !c.want)
		}
	}
}
