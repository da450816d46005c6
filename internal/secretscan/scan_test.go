package secretscan

import (
	"encoding/base64"
	"math/rand"
	"strings"
	"testing"
)

const (
	digits    = "0123456789"
	lowers    = "abcdefghijklmnopqrstuvwxyz"
	uppers    = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	alnum     = digits + lowers + uppers
	hexDigits = "0123456789abcdef"
	base32    = uppers + "234567"
)

// random returns n letters. The test data is made here, so that nothing in the repository looks like a secret.
func random(seed int64, n int, alphabet string) string {
	r := rand.New(rand.NewSource(seed))
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[r.Intn(len(alphabet))]
	}
	return string(b)
}

// tokens are one or more of every kind.
func tokens(seed int64) map[string][]string {
	x := func(n int, alphabet string) string { return random(seed, n, alphabet) }
	jwt := func(parts ...int) string {
		s := "ey" + "J" + x(20, alnum)
		for _, n := range parts {
			s += "." + x(n, alnum)
		}
		return s
	}
	pem := func(kind string) string {
		return "-----BEGIN " + kind + "PRIVATE " + "KEY-----\n" + x(64, alnum) + "\n-----END " + kind + "PRIVATE " + "KEY-----\n"
	}
	return map[string][]string{
		"a private key": {pem(""), pem("RSA "), pem("EC "), pem("OPENSSH "), pem("ENCRYPTED "), base64.StdEncoding.EncodeToString([]byte(pem("RSA "))),
			base64.StdEncoding.EncodeToString(append([]byte{0x30, 0x82, 4, 0xa4, 2, 1, 0}, x(64, alnum)...)), "PuTTY-User-" + "Key-File-3: ssh-rsa"},
		"an age secret key":                 {"AGE-SECRET-" + "KEY-1" + x(58, base32)},
		"a JSON Web Token":                  {"ey" + "J" + x(20, alnum) + ".ey" + "J" + x(40, alnum) + "." + x(43, alnum), jwt(40, 16, 60, 22)},
		"a Vault token":                     {"hv" + "s." + x(24, alnum), "hv" + "b." + x(90, alnum)},
		"an AWS access key":                 {"AK" + "IA" + x(16, base32), "AS" + "IA" + x(16, base32)},
		"an Azure client secret":            {x(3, alnum) + "8" + "Q~" + x(34, alnum)},
		"an Azure account key":              {"AccountName=a;Account" + "Key=" + x(86, alnum) + "==;"},
		"a Google API key":                  {"AI" + "za" + x(35, alnum)},
		"a Google OAuth secret":             {"GOC" + "SPX-" + x(28, alnum), "ya" + "29." + x(60, alnum)},
		"a GitHub token":                    {"gh" + "p_" + x(36, alnum), "gh" + "s_" + x(36, alnum), "github" + "_pat_" + x(22, alnum) + "_" + x(59, alnum)},
		"a GitLab token":                    {"gl" + "pat-" + x(20, alnum), "gl" + "rt-" + x(20, alnum)},
		"a Gitea or Forgejo token":          {"gt" + "a_" + x(40, hexDigits)},
		"a Slack token":                     {"xo" + "xb-" + x(12, digits) + "-" + x(12, digits) + "-" + x(24, alnum), "xa" + "pp-1-A" + x(10, base32) + "-" + x(13, digits) + "-" + x(64, hexDigits)},
		"a Slack webhook":                   {"https://hooks.slack.com/" + "services/T" + x(8, base32) + "/B" + x(8, base32) + "/" + x(24, alnum)},
		"a Stripe key":                      {"sk" + "_live_" + x(24, alnum), "rk" + "_test_" + x(24, alnum), "wh" + "sec_" + x(32, alnum)},
		"an npm token":                      {"np" + "m_" + x(36, alnum)},
		"a PyPI token":                      {"py" + "pi-AgEIcHlwaS5vcmc" + x(60, alnum)},
		"a RubyGems token":                  {"ruby" + "gems_" + x(48, hexDigits)},
		"a Docker Hub token":                {"dckr" + "_pat_" + x(27, alnum)},
		"a DigitalOcean token":              {"do" + "p_v1_" + x(64, hexDigits)},
		"a Grafana token":                   {"gl" + "sa_" + x(32, alnum) + "_" + x(8, hexDigits)},
		"a Terraform Cloud token":           {x(14, alnum) + ".atlas" + "v1." + x(67, alnum)},
		"a Pulumi token":                    {"pu" + "l-" + x(40, hexDigits)},
		"a Databricks token":                {"da" + "pi" + x(32, hexDigits)},
		"a SendGrid key":                    {"S" + "G." + x(22, alnum) + "." + x(43, alnum)},
		"a Mailgun key":                     {"ke" + "y-" + x(32, hexDigits)},
		"a Twilio key":                      {"S" + "K" + x(32, hexDigits)},
		"a Telegram bot token":              {x(9, "123456789") + ":" + "AA" + x(33, alnum)},
		"a Shopify token":                   {"shp" + "at_" + x(32, hexDigits)},
		"a Square token":                    {"sq" + "0atp-" + x(22, alnum)},
		"an OpenAI key":                     {"sk" + "-proj-" + x(48, alnum), "sk" + "-" + x(48, alnum)},
		"an Anthropic key":                  {"sk" + "-ant-api03-" + x(90, alnum)},
		"a Hugging Face token":              {"hf" + "_" + x(34, lowers+uppers)},
		"a Doppler token":                   {"dp" + ".st.prd." + x(43, alnum)},
		"a 1Password service account token": {"ops" + "_ey" + "J" + x(80, alnum)},
		"a Tailscale key":                   {"ts" + "key-auth-" + x(12, alnum) + "-" + x(32, alnum)},
		"a New Relic key":                   {"NR" + "AK-" + x(27, uppers+digits)},
		"an Atlassian token":                {"ATA" + "TT3" + x(180, alnum)},
		"a PlanetScale secret":              {"pscale" + "_tkn_" + x(43, alnum)},
		"a Linear key":                      {"lin" + "_api_" + x(40, alnum)},
		"a URL with a password":             {"postgresql://app:" + x(20, alnum) + "@db:5432/app", "redis://:" + x(12, alnum) + "@cache:6379"},
	}
}

func TestScanFinds(t *testing.T) {
	all := tokens(1)
	for _, f := range known {
		if len(all[f.kind]) == 0 {
			t.Errorf("%s has no test", f.kind)
		}
	}
	for seed := range int64(20) {
		for kind, list := range tokens(seed) {
			for _, token := range list {
				for _, text := range []string{token, "  " + token + "\n", `{"token": "` + token + `"}`} {
					if got, found := Scan(text); !found || got != kind {
						if strings.HasPrefix(text, "{") && !strings.Contains(token, " ") && kind == "a private key" {
							continue // base64 is looked into when it is the whole text
						}
						t.Errorf("seed %d: %s (%d bytes) is taken for %q", seed, kind, len(text), got)
					}
				}
			}
		}
	}
}

func TestScanLooksIntoBase64(t *testing.T) {
	for kind, list := range tokens(2) {
		for _, token := range list {
			text := base64.StdEncoding.EncodeToString([]byte(token + "\n"))
			if strings.Contains(token, " ") || kind != "a private key" {
				if got, found := Scan(text); !found || got != kind {
					t.Errorf("%s in base64 is taken for %q", kind, got)
				}
			}
		}
	}
}

// ordinary are values as they stand in manifests and descriptions.
func ordinary() []string {
	certificate := "-----BEGIN CERTIFICATE-----\n" + strings.Repeat(random(3, 64, alnum+"+/")+"\n", 20) + "-----END CERTIFICATE-----\n"
	derCertificate := append([]byte{0x30, 0x82, 3, 0x1f, 0x30, 0x82, 2, 7}, random(4, 300, alnum)...)
	return []string{
		"", "a", "true", "1h0m0s", "external-secrets.io/v1", "ClusterSecretStore", "vault-region1", "acme/postgres", "kubernetes.io/dockerconfigjson",
		"generators.external-secrets.io/v1alpha1", "BeyondtrustWorkloadCredentialsDynamicSecret", "https://vault.region1.example.com:8200/v1/secret/data/acme",
		"postgresql://app:{{ .password | urlquery }}@postgres.databases:5432/app", "postgresql://app:$(vars.password)@db/app", "postgresql://app:${PASSWORD}@db/app",
		"postgresql://user:password@localhost:5432/app", "redis://:***@cache:6379", "https://example.com/a:b@c", "git@github.com:openova-io/esotree.git", "ssh://git@host:22/x.git",
		"mailto:someone@example.com", "http://[::1]:8080/", "amqp://user@host:5672/vhost", "http://example.com:80+&@127.88.23.245:22/", `http://example.com:80\\@127.88.23.245:22/`,
		"{{ .password }}", `{{ ternary (index . "password") "" (eq (index . "_epoch" | default "1") "2") | default .new_password }}`,
		"3f2504e0-4f89-11d3-9a0c-0305e82c3301", "3F2504E04F8911D39A0C0305E82C3301", "sha256:" + random(5, 64, hexDigits), random(6, 40, hexDigits), random(7, 64, hexDigits),
		"registry.example.com/team/app@sha256:" + random(8, 64, hexDigits), "SHA256:" + random(9, 43, alnum), "sha512-" + random(10, 86, alnum) + "==",
		"arn:aws:iam::123456789012:role/ExternalSecretsOperatorRole2", "arn:aws:secretsmanager:eu-central-1:123456789012:secret:MyTestDatabaseSecret-a1b2c3",
		"projects/my-project-123456/locations/global/keyRings/Ring1/cryptoKeys/Key1", "/var/run/secrets/kubernetes.io/serviceaccount/token",
		"my-service-account@my-project-123456.iam.gserviceaccount.com", "ip-10-0-12-34.eu-central-1.compute.internal", "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com",
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + random(11, 43, alnum) + " me@host", "AAAAC3NzaC1lZDI1NTE5AAAAI" + random(12, 43, alnum), "age1" + random(13, 58, lowers+digits),
		certificate, base64.StdEncoding.EncodeToString([]byte(certificate)), base64.StdEncoding.EncodeToString(derCertificate),
		base64.StdEncoding.EncodeToString([]byte("just some text that somebody encoded in base64")), base64.StdEncoding.EncodeToString([]byte(`{"auths": {"registry.example.com": {}}}`)),
		"The quick brown fox jumps over 13 lazy Dogs", "Payment provider API key", "checkout-service-7d9c6b5f48-x2x7k", "thisIsAVeryLongCamelCaseName2WithDigits", "ThisIsIPv4AndIPv6Config2026",
		"SCREAMING_SNAKE_CASE_NAME_2", "HTTPServerURL2XMLParserID3", "v1.2.3-rc.1+build.20260131T101010Z", "2026-01-31T10:00:00.000Z", "*/5 * * * *", "^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$",
		"application/vnd.oci.image.manifest.v1+json", "node.kubernetes.io/instance-type=m5.2xlarge", "postgresql15server2023backup01", "eu-central-1a,eu-central-1b", "0123456789012345678901234567890",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "abcdefghijklmnopqrstuvwxyz0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#%&*+-.:",
		"x.spec.containers.all(c, c.securityContext.runAsNonRoot == true)", "$.data.items[0].metadata.name", "gh" + "p_" + strings.Repeat("x", 36), "AK" + "IAIOSFODNN7" + "EXAMPLE",
		"hv" + "s.your-token-goes-here-please", "sk" + "_live_" + strings.Repeat("x", 24), "xoxb-your-bot-token-goes-here", "glsa_", "npm_config_registry", "hf_hub_download", "sk-learn-and-more-names",
		"key-encryption-key-of-the-cluster", "github_pat_", "eyJ", "pypi-publish", "SG.London", "dapi-server", "-----BEGIN PUBLIC KEY-----", "clusters/region1/tenants/acme/prod/externalsecret-postgres.yaml",
		"Zürich-Straße-2026-Ä", "你好世界你好世界你好世界你好世界", "https://login.microsoftonline.com/3f2504e0-4f89-11d3-9a0c-0305e82c3301/oauth2/v2.0/token",
	}
}

func TestOrdinaryValues(t *testing.T) {
	for _, s := range ordinary() {
		if kind, found := Scan(s); found {
			t.Errorf("%q is taken for %s", s, kind)
		}
		if HighEntropy(s) {
			t.Errorf("%q is taken for random", s)
		}
	}
}

func TestHighEntropyFinds(t *testing.T) {
	for _, c := range []struct {
		name, alphabet string
		n              int
		least          int // of 1000
	}{
		{"24 letters and digits", alnum, 24, 880},
		{"32 letters and digits", alnum, 32, 930},
		{"44 of base64", alnum + "+/", 44, 900},
		{"88 of base64", alnum + "+/", 88, 900},
		{"43 of base64url", alnum + "-_", 43, 880},
		{"40 of base32", base32, 40, 600},
	} {
		found := 0
		for seed := range int64(1000) {
			if HighEntropy(random(seed, c.n, c.alphabet)) {
				found++
			}
		}
		if found < c.least {
			t.Errorf("%s: %d of 1000 are found, want %d", c.name, found, c.least)
		}
	}
}

// FuzzScan: nothing panics, the answers are consistent, and a kind is always one of the list.
func FuzzScan(f *testing.F) {
	kinds := map[string]bool{"a URL with a password": true}
	for _, known := range known {
		kinds[known.kind] = true
	}
	for _, s := range ordinary() {
		f.Add(s)
	}
	for _, list := range tokens(1) {
		for _, s := range list {
			f.Add(s)
		}
	}
	f.Fuzz(func(t *testing.T, s string) {
		kind, found := Scan(s)
		if found != kinds[kind] {
			t.Errorf("found is %t for %q", found, kind)
		}
		if HighEntropy(s) != HighEntropy(" "+s+"\n") {
			t.Error("white space around it makes a difference")
		}
	})
}
