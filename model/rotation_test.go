package model_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/openova-io/esotree/model"
	"github.com/openova-io/esotree/schema"
)

func moment(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

const day = 24 * time.Hour

func TestNext(t *testing.T) {
	for _, c := range []struct {
		name string
		r    model.Rotation
		now  string
		next string // "" for never
		due  bool
	}{
		{"an epoch that is a date", model.Rotation{Epoch: "2026-11-02", Every: 90 * day}, "2026-11-24T00:00:00Z", "2027-01-31T00:00:00Z", false},
		{"due on the day", model.Rotation{Epoch: "2026-11-02", Every: 90 * day}, "2027-01-31T00:00:00Z", "2027-01-31T00:00:00Z", true},
		{"the second rotation of a day", model.Rotation{Epoch: "2026-11-02.2", Every: 90 * day}, "2026-11-24T00:00:00Z", "2027-01-31T00:00:00Z", false},
		{"since", model.Rotation{Since: "2026-02-07", Every: 90 * day}, "2026-11-24T00:00:00Z", "2026-05-08T00:00:00Z", true},
		{"an epoch that counts, dated by since", model.Rotation{Epoch: "3", Since: "2026-11-01", Every: day}, "2026-11-24T00:00:00Z", "2026-11-02T00:00:00Z", true},
		{"the epoch's date wins over since", model.Rotation{Epoch: "2026-11-02", Since: "2020-01-01", Every: 90 * day}, "2026-11-24T00:00:00Z", "2027-01-31T00:00:00Z", false},
		{"undated", model.Rotation{Epoch: "2", Every: 90 * day}, "2026-11-24T00:00:00Z", "", false},
		{"nothing asked for", model.Rotation{Epoch: "2026-11-02"}, "2036-11-24T00:00:00Z", "", false},
		{"someone else", model.Rotation{Since: "2020-01-01", Every: day, By: schema.ByExternal}, "2026-11-24T00:00:00Z", "", false},
		{"a clock", model.Rotation{Every: day, By: schema.ByClock, Offset: 3600}, "2026-11-24T12:00:00Z", "2026-11-24T23:00:00Z", false},
		{"a clock at its boundary", model.Rotation{Every: day, By: schema.ByClock, Offset: 3600}, "2026-11-24T23:00:00Z", "2026-11-25T23:00:00Z", false},
		{"a clock before 1970", model.Rotation{Every: day, By: schema.ByClock}, "1969-12-31T12:00:00Z", "1970-01-01T00:00:00Z", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			next, ok := c.r.Next(moment(c.now))
			got := ""
			if ok {
				got = next.Format(time.RFC3339)
			}
			if got != c.next || c.r.Due(moment(c.now)) != c.due {
				t.Errorf("got %q, due %v; want %q, %v", got, c.r.Due(moment(c.now)), c.next, c.due)
			}
		})
	}
}

// TestNextAgreesWithTemplate counts as the rendered template does: div (add (now).Unix OFFSET) PERIOD changes at Next and
// not before.
func TestNextAgreesWithTemplate(t *testing.T) {
	index := func(at time.Time, offset, period int64) int64 { return (at.Unix() + offset) / period }
	for _, period := range []int64{60, 86400, 30 * 86400} {
		for _, offset := range []int64{0, 1, period / 3, period - 1} {
			for _, now := range []string{"2026-11-24T00:00:00Z", "2026-02-28T23:59:59Z", "2000-01-01T12:34:56Z"} {
				r := model.Rotation{By: schema.ByClock, Every: time.Duration(period) * time.Second, Offset: offset}
				next, ok := r.Next(moment(now))
				here := index(moment(now), offset, period)
				if !ok || index(next, offset, period) != here+1 || index(next.Add(-time.Second), offset, period) != here {
					t.Errorf("period %d, offset %d, %s: %s is no boundary", period, offset, now, next)
				}
			}
		}
	}
}

func TestNextEpoch(t *testing.T) {
	for _, c := range []struct{ epoch, want string }{
		{"", "2026-11-24"},
		{"1", "2"},
		{"41", "42"},
		{"v3", "2026-11-24"},
		{"2026-11-02", "2026-11-24"},
		{"2026-11-02.7", "2026-11-24"},
		{"2026-11-24", "2026-11-24.2"},
		{"2026-11-24.2", "2026-11-24.3"},
		{"2026-11-25", ""},
		{"2026-11-24.b", ""},
	} {
		got, err := model.Rotation{Epoch: c.epoch}.NextEpoch(moment("2026-11-24T23:30:00Z"))
		if got != c.want || (err != nil) != (c.want == "") {
			t.Errorf("after %q: got %q, %v; want %q", c.epoch, got, err, c.want)
		}
	}
}

const rotating = `apiVersion: esotree.openova.io/v1alpha1
kind: Platform
metadata: {name: p}
spec:
  vars: {epoch: "7"}
  regions:
    - {name: r1, store: {provider: {vault: {server: "https://a", path: secret, version: v2}}}}
    - {name: r2, store: {provider: {vault: {server: "https://b", path: secret, version: v2}}}}
  environments: [{name: prod}, {name: staging, regions: [r2]}]
  defaults: {remoteKey: $(tenant)/$(environment)/$(secret)}
  classes:
    dated: {generator: {kind: Password}, rotation: {epoch: "5", every: 30d, since: "2026-01-01"}}
---
apiVersion: esotree.openova.io/v1alpha1
kind: Tenant
metadata: {name: t}
spec:
  secrets:
    - {name: plain, class: database-password}
    - {name: classed, class: dated}
    - {name: split, class: database-password, rotation: {epoch: "1"}}
    - {name: indirect, class: database-password, rotation: {epoch: "$(vars.epoch)"}}
    - {name: typed, class: gitea-token}
    - {name: token, class: registry-token, generator: {kind: ECRAuthorizationToken, spec: {region: eu-central-1}}}
  services:
    - {name: app, data: {A: split/password}}
  grants: [{secret: split, to: [u]}]
  overrides:
    - environment: staging
      secrets:
        - {name: split, rotation: {epoch: "2026-11-01"}}
---
apiVersion: esotree.openova.io/v1alpha1
kind: Tenant
metadata: {name: u}
spec:
  services:
    - {name: other, pin: false, data: {B: "t:split/password"}}
`

func link(t *testing.T, text string) (*model.Model, []*model.Scope) {
	t.Helper()
	d, findings, err := schema.Load(context.Background(), fstest.MapFS{"all.yaml": {Data: []byte(text)}}, []string{"all.yaml"})
	if err != nil || findings.HasErrors() {
		t.Fatal(err, findings.All())
	}
	m, found, err := model.Link(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		if f.Severity == 0 {
			t.Fatal(f)
		}
	}
	var scopes []*model.Scope
	for _, tenant := range m.Tenants() {
		s, _ := m.Scopes(tenant)
		scopes = append(scopes, s...)
	}
	return m, scopes
}

func secretOf(t *testing.T, scopes []*model.Scope, label, name string) *model.Secret {
	t.Helper()
	for _, s := range scopes {
		for _, secret := range s.Secrets {
			if s.Label() == label && secret.Name == name {
				return secret
			}
		}
	}
	t.Fatalf("no secret %s of %s", name, label)
	return nil
}

func TestRotate(t *testing.T) {
	_, scopes := link(t, rotating)
	for _, c := range []struct {
		label, name string
		alone       bool
		want        []string
	}{
		{"t/prod", "plain", false, []string{"spec.secrets[0].rotation.epoch = 2026-11-24"}},
		{"t/prod", "classed", false, []string{"spec.secrets[1].rotation.epoch = 6", "spec.secrets[1].rotation.since = 2026-11-24"}},
		{"t/prod", "split", false, []string{"spec.secrets[2].rotation.epoch = 2"}},
		{"t/staging", "split", false, []string{"spec.overrides[0].secrets[0].rotation.epoch = 2026-11-24"}},
		{"t/staging", "split", true, []string{"spec.overrides[0].secrets[0].rotation.epoch = 2026-11-24"}},
		{"t/staging", "plain", true, []string{"spec.overrides[0].secrets[1].name = plain", "spec.overrides[0].secrets[1].rotation.epoch = 2026-11-24"}},
		{"t/prod", "plain", true, []string{"spec.overrides[1].environment = prod", "spec.overrides[1].secrets[0].name = plain", "spec.overrides[1].secrets[0].rotation.epoch = 2026-11-24"}},
		{"t/prod", "typed", false, []string{"spec.secrets[4].rotation.epoch = 2026-11-24"}},
	} {
		_, settings, err := secretOf(t, scopes, c.label, c.name).Rotate(moment("2026-11-24T10:00:00Z"), c.alone)
		var got []string
		for _, s := range settings {
			got = append(got, s.Path+" = "+s.Value)
			if !s.In.IsValid() {
				t.Errorf("%s: %s has no place", c.name, s.Path)
			}
		}
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s %s: got %q, %v; want %q", c.label, c.name, got, err, c.want)
		}
	}
	for name, message := range map[string]string{"indirect": "$(vars.epoch)", "token": "its provider issues it"} {
		if _, _, err := secretOf(t, scopes, "t/prod", name).Rotate(moment("2026-11-24T10:00:00Z"), false); err == nil || !strings.Contains(err.Error(), message) {
			t.Errorf("%s: got %v, want %q", name, err, message)
		}
	}
	for name, want := range map[string]bool{"plain": true, "typed": false, "token": false} {
		if got := secretOf(t, scopes, "t/prod", name).EpochRotates(); got != want {
			t.Errorf("an epoch rotates %s: %v", name, got)
		}
	}
}

func TestReaders(t *testing.T) {
	m, scopes := link(t, rotating)
	readers := m.Readers(scopes)
	got := func(label, name string) (out []string) {
		for _, r := range readers[secretOf(t, scopes, label, name)] {
			text := r.Service.Scope.Label() + " " + r.Service.Name
			for _, region := range r.Regions {
				text += " " + region.Name
			}
			if r.Waits {
				text += " waits"
			}
			out = append(out, text)
		}
		return out
	}
	if g, want := got("t/prod", "split"), []string{"t/prod app r1 r2 waits", "u/prod other r1 r2"}; !slices.Equal(g, want) {
		t.Errorf("got %q, want %q", g, want)
	}
	if g, want := got("t/staging", "split"), []string{"t/staging app r2 waits", "u/staging other r2"}; !slices.Equal(g, want) {
		t.Errorf("got %q, want %q", g, want)
	}
	if g := got("t/prod", "plain"); g != nil {
		t.Errorf("got %q, want nobody", g)
	}
}
