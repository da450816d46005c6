package lint

import (
	_ "embed"
	"strings"

	"github.com/openova-io/esotree/diag"
)

//go:embed rules.md
var texts string

// Doc returns the Markdown text of a code, without its heading; "" where there is none.
func Doc(code string) string {
	_, text, found := strings.Cut(texts, "\n## "+code+"\n")
	if !found {
		return ""
	}
	text, _, _ = strings.Cut(text, "\n## ")
	return strings.TrimSpace(text)
}

// Rules returns all rules, in the order of their texts. The slice is the caller's own.
func Rules() []Rule {
	const (
		e = diag.Error
		w = diag.Warning
	)
	type row struct {
		code     string
		severity diag.Severity
		closed   bool
		run      func(*Pass)
	}
	rows := []row{
		{"wrong-type", e, false, wrongType},
		{"store-missing", e, true, storeMissing},
		{"generator-missing", e, true, generatorMissing},
		{"store-denies-namespace", e, false, storeDeniesNamespace},
		{"api-not-served", e, false, apiNotServed},
		{"push-source-missing", w, false, pushSourceMissing},
		{"key-not-pushed", e, true, keyNotPushed},
		{"property-not-pushed", e, true, propertyNotPushed},
		{"template-key-missing", e, false, templateKeyMissing},
		{"template-syntax", e, false, templateSyntax},
		{"workload-key-missing", e, false, workloadKeyMissing},

		{"remote-key-two-writers", e, false, remoteKeyTwoWriters},
		{"target-two-owners", e, false, targetTwoOwners},
		{"duplicate-secret-key", e, false, duplicateSecretKey},
		{"push-pull-cycle", e, false, pushPullCycle},
		{"name-collision", e, false, nameCollision},

		{"generator-rotates-unasked", w, false, generatorRotatesUnasked},
		{"push-from-generator-loop", e, false, pushFromGeneratorLoop},
		{"push-torn-secret", w, false, pushTornSecret},
		{"push-template-adds", w, false, pushTemplateAdds},
		{"push-binary", w, false, pushBinary},
		{"delete-policy-loses-data", e, false, deletePolicyLosesData},
		{"refresh-too-fast", w, false, refreshTooFast},
		{"short-lived-token-too-slow", e, false, shortLivedTokenTooSlow},
		{"template-url-unescaped", w, false, templateURLUnescaped},
		{"target-copies-labels", w, false, targetCopiesLabels},

		{"kv-path-data-segment", e, false, kvPathDataSegment},
		{"kv-path-mount-in-key", diag.Note, false, kvPathMountInKey},
		{"kv-v1-push", e, false, kvV1Push},
		{"leading-slash", diag.Note, false, leadingSlash},
		{"remote-key-illegal", e, false, remoteKeyIllegal},

		{"path-outside-tenant", e, false, pathOutsideTenant},
		{"grant-missing", e, false, grantMissing},
		{"store-open-to-all", w, false, storeOpenToAll},
		{"namespace-squatted", e, false, namespaceSquatted},

		{"region-not-written", e, true, regionNotWritten},
		{"region-reads-remote-store", w, false, regionReadsRemoteStore},
		{"store-auth-foreign-cluster", w, false, storeAuthForeignCluster},

		{"secret-manifest", e, false, secretManifest},
		{"secret-literal", e, false, secretLiteral},
		{"sops-file", w, false, sopsFile},

		{"flux-substitution", e, false, fluxSubstitution},
		{"argo-default-drift", w, false, argoDefaultDrift},
	}
	rules := make([]Rule, len(rows))
	for i, r := range rows {
		rules[i] = Rule{Code: r.code, Doc: Doc(r.code), Severity: r.severity, ClosedWorld: r.closed, Run: r.run}
	}
	return rules
}
