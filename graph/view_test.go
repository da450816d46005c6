package graph

import (
	"encoding/json"
	"reflect"
	"testing"

	esv1 "github.com/external-secrets/external-secrets/apis/externalsecrets/v1"
	esv1alpha1 "github.com/external-secrets/external-secrets/apis/externalsecrets/v1alpha1"
	genv1alpha1 "github.com/external-secrets/external-secrets/apis/generators/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/randfill"

	"github.com/openova-io/esotree/object"
)

// TestViewsOfTypedValues: a view of a typed value is that of its JSON.
func TestViewsOfTypedValues(t *testing.T) {
	random := randfill.NewWithSeed(1).NumElements(0, 3).Funcs(
		func(v *apiextensions.JSON, c randfill.Continue) { v.Raw, _ = json.Marshal(c.String(5)) },
		func(v *metav1.FieldsV1, c randfill.Continue) { v.Raw = []byte("{}") })
	for _, of := range []struct {
		view   any
		values []any
	}{
		{pullObject{}, []any{&esv1.ExternalSecret{}}},
		{clusterPullObject{}, []any{&esv1.ClusterExternalSecret{}}},
		{pushObject{}, []any{&esv1alpha1.PushSecret{}}},
		{clusterPushObject{}, []any{&esv1alpha1.ClusterPushSecret{}}},
		{storeObject{}, []any{&esv1.SecretStore{}, &esv1.ClusterSecretStore{}}},
		{generatorObject{}, []any{&genv1alpha1.Password{}, &genv1alpha1.ClusterGenerator{}, &genv1alpha1.Fake{}, &genv1alpha1.Webhook{}, &genv1alpha1.SSHKey{}, &genv1alpha1.MFA{}}},
		{secretObject{}, []any{&corev1.Secret{}}},
	} {
		for _, value := range of.values {
			for i := range 50 {
				random.NilChance(float64(i) / 50).MaxDepth(14).Fill(value)
				typed := &object.Object{Value: value}
				text, err := typed.JSON()
				if err != nil {
					t.Fatal(err)
				}
				got, want := reflect.New(reflect.TypeOf(of.view)), reflect.New(reflect.TypeOf(of.view))
				if err := typed.View(got.Interface()); err != nil {
					t.Fatalf("%T: %v", value, err)
				}
				if err := json.Unmarshal(text, want.Interface()); err != nil {
					t.Fatal(err)
				}
				if !reflect.DeepEqual(got.Interface(), want.Interface()) {
					t.Fatalf("%s:\ngot  %+v\nwant %+v", text, got.Elem(), want.Elem())
				}
			}
		}
	}
}
