package golden_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"testing/fstest"
	"text/template"
)

// TestRegistryTokens makes the image pull Secret of each registry's token, with outputs as the generators have them: a
// kubelet reads user name and password from it, or their base64, for the registry's host.
func TestRegistryTokens(t *testing.T) {
	for kind, c := range map[string]struct {
		secret, host, user string
		outputs            map[string]string
	}{
		"ECR":        {"{kind: ECRAuthorizationToken, spec: {region: eu-central-1}}", "1.dkr.ecr.example.com", "AWS", map[string]string{"username": "AWS", "password": `to"ken`, "proxy_endpoint": "https://1.dkr.ecr.example.com"}},
		"GCR":        {"{kind: GCRAccessToken, spec: {projectID: p, auth: {}}}, registry: europe-docker.pkg.dev", "europe-docker.pkg.dev", "oauth2accesstoken", map[string]string{"username": "oauth2accesstoken", "password": `to"ken`}},
		"ACR":        {"{kind: ACRAccessToken, spec: {registry: r.azurecr.io, auth: {}}}", "r.azurecr.io", "0000", map[string]string{"username": "0000", "password": `to"ken`}},
		"Quay":       {"{kind: QuayAccessToken, spec: {url: quay.io, robotAccount: o+a, serviceAccountRef: {name: x}}}", "quay.io", "o+a", map[string]string{"registry": "quay.io", "auth": base64.StdEncoding.EncodeToString([]byte(`o+a:to"ken`))}},
		"GitHub":     {`{kind: GithubAccessToken, spec: {appID: "1", installID: "2", auth: {privateKey: {secretRef: {name: x, key: k}}}}}, registry: ghcr.io`, "ghcr.io", "x-access-token", map[string]string{"token": `to"ken`}},
		"GitLab":     {"{kind: GitlabDeployToken}, registry: \"registry.example.com:5000\"", "registry.example.com:5000", "bot", map[string]string{"username": "bot", "token": `to"ken`}},
		"Cloudsmith": {"{kind: CloudsmithAccessToken, spec: {orgSlug: o, serviceSlug: s, serviceAccountRef: {name: x}}}, registry: docker.cloudsmith.io", "docker.cloudsmith.io", "token", map[string]string{"auth": base64.StdEncoding.EncodeToString([]byte(`token:to"ken`))}},
	} {
		t.Run(kind, func(t *testing.T) {
			files := maps.Clone(plain)
			files["acme.yaml"] = strings.Replace(plain["acme.yaml"], "generator: {kind: ECRAuthorizationToken, spec: {region: eu-central-1}}", "generator: "+c.secret, 1)
			in := fstest.MapFS{}
			for name, text := range files {
				in[name] = &fstest.MapFile{Data: []byte(text)}
			}
			got, found := compiled(t, in)
			for _, f := range found {
				if f.Code != "unknown-generator" { // GitlabDeployToken is newer than the types
					t.Errorf("%s [%s]", f.Message, f.Code)
				}
			}
			for _, cluster := range []string{"one", "two"} {
				pull := 0
				for _, o := range got[cluster] {
					name := o["metadata"].(map[string]any)["name"]
					if o["kind"] == "PushSecret" && name == "push-pull" {
						t.Error("a token that expires is pushed")
					}
					if o["kind"] != "ExternalSecret" || name != "pull" {
						continue
					}
					pull++
					checkDockerConfig(t, o, c.outputs, c.host, c.user)
				}
				if want := map[string]int{"one": 1, "two": 2}[cluster]; pull != want { // two has staging as well
					t.Errorf("%s has %d of them", cluster, pull)
				}
			}
		})
	}
}

// checkDockerConfig runs the template of an ExternalSecret as the operator does.
func checkDockerConfig(t *testing.T, o map[string]any, outputs map[string]string, host, user string) {
	t.Helper()
	made := o["spec"].(map[string]any)["target"].(map[string]any)["template"].(map[string]any)
	if made["type"] != "kubernetes.io/dockerconfigjson" {
		t.Errorf("its type is %v", made["type"])
	}
	data := made["data"].(map[string]any)
	text, _ := data[".dockerconfigjson"].(string)
	if len(data) != 1 || text == "" {
		t.Fatalf("its keys are %v", data)
	}
	functions := template.FuncMap{
		"toJson":     func(v any) (string, error) { b, err := json.Marshal(v); return string(b), err },
		"b64enc":     func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
		"trimPrefix": func(prefix, s string) string { return strings.TrimPrefix(s, prefix) },
	}
	parsed, err := template.New("").Funcs(functions).Option("missingkey=error").Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := parsed.Execute(&out, outputs); err != nil {
		t.Fatal(err)
	}
	var config struct {
		Auths map[string]struct{ Username, Password, Auth string }
	}
	if err := json.Unmarshal(out.Bytes(), &config); err != nil {
		t.Fatalf("%v: %s", err, &out)
	}
	login, ok := config.Auths[host]
	auth, err := base64.StdEncoding.DecodeString(login.Auth)
	if !ok || len(config.Auths) != 1 || err != nil || string(auth) != user+`:to"ken` {
		t.Errorf("it is %s", &out)
	}
	if login.Username != "" && (login.Username != user || login.Password != `to"ken`) {
		t.Errorf("it is %s", &out)
	}
}
