package secretscan

import (
	"encoding/base64"
	"math/bits"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// format is one kind of token.
type format struct {
	kind string
	// marks are texts of which one is in every token; they save running the expression over ordinary values.
	marks   []string
	pattern *regexp.Regexp
}

// known is never changed.
var known = []format{
	{"a private key", []string{"PRIVATE KEY", "PuTTY-User-Key-File-"}, regexp.MustCompile(`-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-\d`)},
	{"an age secret key", []string{"AGE-"}, regexp.MustCompile(`\bAGE-(?:SECRET-KEY|PLUGIN-[A-Z0-9-]+)-1[0-9A-Z]{20,}`)},
	{"a JSON Web Token", []string{"eyJ"}, regexp.MustCompile(`\beyJ[\w-]{8,}\.(?:eyJ[\w-]{8,}|[\w-]{20,}\.[\w-]{8,}\.[\w-]{8,})\.[\w-]{10,}`)},
	{"a Vault token", []string{"hvs.", "hvb.", "hvr."}, regexp.MustCompile(`\bhv[sbr]\.[\w-]{24,}`)},
	{"an AWS access key", []string{"AKIA", "ASIA", "ABIA", "ACCA"}, regexp.MustCompile(`\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b`)},
	{"an Azure client secret", []string{"Q~"}, regexp.MustCompile(`(?:^|[^\w~.-])[\w~.-]{3}\dQ~[\w~.-]{31,34}(?:$|[^\w~.-])`)},
	{"an Azure account key", []string{"AccountKey=", "SharedAccessKey="}, regexp.MustCompile(`(?:Account|SharedAccess)Key=[A-Za-z0-9+/]{40,}={0,2}`)},
	{"a Google API key", []string{"AIza"}, regexp.MustCompile(`\bAIza[\w-]{35}`)},
	{"a Google OAuth secret", []string{"GOCSPX-", "ya29."}, regexp.MustCompile(`\bGOCSPX-[\w-]{28}|\bya29\.[\w-]{20,}`)},
	{"a GitHub token", []string{"ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"}, regexp.MustCompile(`\bgh[pousr]_[A-Za-z0-9]{36,}|\bgithub_pat_\w{60,}`)},
	{"a GitLab token", []string{"glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glft-", "glsoat-", "glimt-", "glagent-", "glrtr-", "glffct-", "gloas-"}, regexp.MustCompile(`\bgl(?:pat|dt|rt|cbt|ptt|ft|soat|imt|agent|rtr|ffct)-[\w-]{20,}|\bgloas-[0-9a-f]{64}`)},
	{"a Gitea or Forgejo token", []string{"gta_", "gto_"}, regexp.MustCompile(`\bgt[ao]_[a-z0-9]{40,}`)},
	{"a Slack token", []string{"xox", "xapp-"}, regexp.MustCompile(`\bxox[abeoprs]-[0-9]{9,}-[\w-]{10,}|\bxapp-\d-[A-Z0-9]+-\d+-[a-z0-9]{20,}`)},
	{"a Slack webhook", []string{"hooks.slack.com/"}, regexp.MustCompile(`hooks\.slack\.com/(?:services|workflows)/T[A-Z0-9]{6,}/[A-Z0-9]{6,}/[A-Za-z0-9]{16,}`)},
	{"a Stripe key", []string{"k_live_", "k_test_", "whsec_"}, regexp.MustCompile(`\b[sr]k_(?:live|test)_[0-9A-Za-z]{16,}|\bwhsec_[0-9A-Za-z+/]{24,}`)},
	{"an npm token", []string{"npm_"}, regexp.MustCompile(`\bnpm_[A-Za-z0-9]{36}\b`)},
	{"a PyPI token", []string{"pypi-"}, regexp.MustCompile(`\bpypi-Ag[\w-]{50,}`)},
	{"a RubyGems token", []string{"rubygems_"}, regexp.MustCompile(`\brubygems_[0-9a-f]{48}\b`)},
	{"a Docker Hub token", []string{"dckr_"}, regexp.MustCompile(`\bdckr_(?:pat|oat)_[\w-]{20,}`)},
	{"a DigitalOcean token", []string{"_v1_"}, regexp.MustCompile(`\bdo[opr]_v1_[0-9a-f]{64}\b`)},
	{"a Grafana token", []string{"glsa_", "glc_"}, regexp.MustCompile(`\bglsa_[A-Za-z0-9]{32}_[0-9a-f]{8}\b|\bglc_[A-Za-z0-9+/]{32,}`)},
	{"a Terraform Cloud token", []string{".atlasv1."}, regexp.MustCompile(`\b[A-Za-z0-9]{14}\.atlasv1\.[\w-]{60,}`)},
	{"a Pulumi token", []string{"pul-"}, regexp.MustCompile(`\bpul-[0-9a-f]{40}\b`)},
	{"a Databricks token", []string{"dapi"}, regexp.MustCompile(`\bdapi[0-9a-f]{32}\b`)},
	{"a SendGrid key", []string{"SG."}, regexp.MustCompile(`\bSG\.[\w-]{22}\.[\w-]{43}`)},
	{"a Mailgun key", []string{"key-"}, regexp.MustCompile(`\bkey-[0-9a-f]{32}\b`)},
	{"a Twilio key", []string{"SK"}, regexp.MustCompile(`\bSK[0-9a-f]{32}\b`)},
	{"a Telegram bot token", []string{":AA"}, regexp.MustCompile(`\b\d{8,10}:AA[\w-]{33}`)},
	{"a Shopify token", []string{"shp"}, regexp.MustCompile(`\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}\b`)},
	{"a Square token", []string{"sq0"}, regexp.MustCompile(`\bsq0[a-z]{3}-[\w-]{22,}`)},
	{"an OpenAI key", []string{"sk-"}, regexp.MustCompile(`\bsk-(?:proj|svcacct|admin)-[\w-]{32,}|\bsk-[A-Za-z0-9]{48}\b`)},
	{"an Anthropic key", []string{"sk-ant-"}, regexp.MustCompile(`\bsk-ant-[\w-]{32,}`)},
	{"a Hugging Face token", []string{"hf_"}, regexp.MustCompile(`\bhf_[A-Za-z]{34}\b`)},
	{"a Doppler token", []string{"dp."}, regexp.MustCompile(`\bdp\.(?:pt|st|ct|sa|scim|audit)\.[\w.-]{40,}`)},
	{"a 1Password service account token", []string{"ops_eyJ"}, regexp.MustCompile(`\bops_eyJ[\w+/=-]{50,}`)},
	{"a Tailscale key", []string{"tskey-"}, regexp.MustCompile(`\btskey-[a-z]+-[A-Za-z0-9]+-[A-Za-z0-9]{16,}`)},
	{"a New Relic key", []string{"NRAK-"}, regexp.MustCompile(`\bNRAK-[A-Z0-9]{27}\b`)},
	{"an Atlassian token", []string{"ATATT3"}, regexp.MustCompile(`\bATATT3[\w=-]{60,}`)},
	{"a PlanetScale secret", []string{"pscale_"}, regexp.MustCompile(`\bpscale_(?:tkn|pw|oauth)_[\w.-]{32,}`)},
	{"a Linear key", []string{"lin_api_"}, regexp.MustCompile(`\blin_api_[A-Za-z0-9]{40}`)},
}

// credentials finds the password of a URL.
var credentials = regexp.MustCompile(`[a-zA-Z][a-zA-Z0-9+.-]*://[^\s:/@?#"']*:([^\s/@"'{}<>$]+)@[^\s/@]`)

// port is a port and more, as in http://example.com:80+&@example.org: such a text shows how URLs are misread, and holds no password.
var port = regexp.MustCompile(`^[0-9]{1,5}[^0-9A-Za-z]`)

// Scan says whether a text holds a secret of a known format, and of which kind, with its article: "a GitHub token". The
// first kind of a fixed order wins. Texts in base64 are looked into. Placeholders such as a row of x are no secrets.
func Scan(text string) (kind string, found bool) {
	if kind, found = scan(text); found {
		return kind, true
	}
	data, ok := decoded(text)
	switch {
	case !ok:
		return "", false
	case isDERPrivateKey(data):
		return "a private key", true
	case isText(data):
		return scan(string(data))
	}
	return "", false
}

// shortestFind is the length of the shortest text that anything is found in, a URL with a password: x://:y@z.
const shortestFind = 8

func scan(text string) (kind string, found bool) {
	if len(text) < shortestFind { // as most are
		return "", false
	}
	marked := candidates(text)
	isURL := marked&urlBit != 0
	marked &^= urlBit
	for ; marked != 0; marked &= marked - 1 {
		f := &known[bits.TrailingZeros64(marked)]
		for _, match := range f.pattern.FindAllString(text, -1) {
			if !isPlaceholder(match) {
				return f.kind, true
			}
		}
	}
	if isURL && hasUser(text) {
		for _, match := range credentials.FindAllStringSubmatch(text, -1) {
			if !isPlaceholder(match[1]) && !port.MatchString(match[1]) {
				return "a URL with a password", true
			}
		}
	}
	return "", false
}

// hasUser reports whether a text holds what credentials may match: a URL that says user:password@ before its host. Most URLs do not.
func hasUser(text string) bool {
	for {
		_, rest, found := strings.Cut(text, "://")
		if !found {
			return false
		}
		if colon := strings.IndexAny(rest, " \t\n\f\r:/@?#\"'"); colon >= 0 && rest[colon] == ':' {
			password := rest[colon+1:]
			if at := strings.IndexAny(password, " \t\n\f\r/@\"'{}<>$"); at > 0 && password[at] == '@' {
				return true
			}
		}
		text = rest
	}
}

// urlBit stands beside the bits of the formats for "://".
const urlBit = 1 << 63

// marks are those of the formats and of URLs by their first byte, each with its bit. It is never changed.
var marks = func() (index [256][]mark) {
	for i, f := range known {
		for _, text := range f.marks {
			index[text[0]] = append(index[text[0]], mark{text[1:], 1 << i})
		}
	}
	index[':'] = append(index[':'], mark{"//", urlBit})
	return index
}()

type mark struct {
	rest string
	bit  uint64
}

// seconds are the second bytes of the marks that begin with a byte, one bit for four bytes: nearly all of a text is passed over by
// looking here. It is never changed.
var seconds = func() (index [256]uint64) {
	for first, list := range marks {
		for _, m := range list {
			index[first] |= 1 << (m.rest[0] & 63)
		}
	}
	return index
}()

// candidates are the formats of which some mark is in the text, as bits, and urlBit: one pass over the text in the place of one a mark.
func candidates(text string) (bits uint64) {
	for i := 0; i+1 < len(text); i++ {
		if seconds[text[i]]&(1<<(text[i+1]&63)) == 0 {
			continue
		}
		for _, m := range marks[text[i]] {
			if strings.HasPrefix(text[i+1:], m.rest) {
				bits |= m.bit
			}
		}
	}
	return bits
}

// isPlaceholder reports whether a match is what documentation writes in the place of a secret.
func isPlaceholder(match string) bool {
	lower := strings.ToLower(match)
	for _, word := range []string{"example", "xxxx", "your-", "your_", "placeholder", "redacted", "****", "...."} {
		if strings.Contains(lower, word) {
			return true
		}
	}
	switch lower {
	case "password", "passwd", "pass", "pwd", "secret", "token", "xxx", "***", "...":
		return true
	}
	return false
}

// decoded undoes base64; false where the text is none, is too short to hold anything, or holds neither text nor DER.
func decoded(text string) ([]byte, bool) {
	text = strings.TrimSpace(text)
	if len(text) < 24 {
		return nil, false
	}
	for i := 0; i < len(text); i++ {
		if c := text[i]; class(c) == other && strings.IndexByte("+/-_= \r\n", c) < 0 {
			return nil, false
		}
	}
	if !beginsWell(text) {
		return nil, false
	}
	text = strings.TrimRight(strings.Map(func(r rune) rune {
		if r == '\n' || r == '\r' || r == ' ' {
			return -1
		}
		return r
	}, text), "=")
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		if data, err := encoding.DecodeString(text); err == nil {
			return data, true
		}
	}
	return nil, false
}

// beginsWell reports whether what the beginning of a base64 text stands for may be that of text or DER. Names and paths, which may be taken for
// base64, seldom do.
func beginsWell(text string) bool {
	var data [6]byte
	encoding := base64.RawStdEncoding
	if strings.ContainsAny(text[:8], "-_") {
		encoding = base64.RawURLEncoding
	}
	n, err := encoding.Decode(data[:], []byte(text[:8]))
	if err != nil || data[0] == 0x30 && data[1] == 0x82 {
		return true // it may be broken into lines
	}
	for rest := data[:n]; utf8.FullRune(rest); {
		r, size := utf8.DecodeRune(rest)
		if !isReadable(r, size) {
			return false
		}
		rest = rest[size:]
	}
	return true
}

// isText reports whether data is readable text.
func isText(data []byte) bool {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if !isReadable(r, size) {
			return false
		}
		i += size
	}
	return len(data) > 0
}

// isReadable reports whether a rune that was decoded from some bytes is one of readable text.
func isReadable(r rune, size int) bool {
	return (r != utf8.RuneError || size > 1) && (unicode.IsPrint(r) || r == '\n' || r == '\r' || r == '\t')
}

// isDERPrivateKey reports whether data begins as a PKCS#1 or PKCS#8 private key: a sequence whose first element is the
// version 0. A certificate or public key begins with another sequence.
func isDERPrivateKey(data []byte) bool {
	return len(data) > 32 && data[0] == 0x30 && data[1] == 0x82 && data[4] == 0x02 && data[5] == 0x01 && data[6] == 0x00
}

// isDER reports whether data is a long ASN.1 sequence of sequences: a certificate, a public key.
func isDER(data []byte) bool {
	return len(data) > 32 && data[0] == 0x30 && data[1] == 0x82 && data[4] == 0x30
}
