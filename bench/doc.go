// Package bench holds the workload that esotree's speed is measured on: tenants of ten services, each with a generator,
// its ExternalSecret, a PushSecret to two stores and a consumer's ExternalSecret. `make bench` runs it side by side with a
// plain loop that writes the same bytes, and with other tools where they are installed.
package bench

import (
	"fmt"
	"strings"
)

// Platform describes the workload's platform: two regions with a Vault each.
func Platform() string {
	var b strings.Builder
	b.WriteString("apiVersion: esotree.openova.io/v1alpha1\nkind: Platform\nmetadata:\n  name: bench\nspec:\n  push: {split: Single}\n  regions:\n")
	for _, region := range []string{"region1", "region2"} {
		fmt.Fprintf(&b, `    - name: %[1]s
      store:
        provider:
          vault:
            server: https://vault.%[1]s.example.com
            path: secret
            version: v2
            auth:
              kubernetes:
                mountPath: kubernetes
                role: external-secrets
                serviceAccountRef:
                  name: external-secrets
                  namespace: external-secrets
`, region)
	}
	b.WriteString("  environments:\n    - name: prod\n")
	return b.String()
}

// Tenant describes tenant i with a number of services; a service runs in the home region only, so that each makes four
// objects.
func Tenant(i, services int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "apiVersion: esotree.openova.io/v1alpha1\nkind: Tenant\nmetadata:\n  name: tenant-%06d\nspec:\n  secrets:\n", i)
	for s := range services {
		fmt.Fprintf(&b, `    - name: db-%02d
      class: database-password
      rotation:
        since: "2026-01-01"
      keys:
        password: {}
        url:
          template: "postgresql://app:{{ .password | urlquery }}@postgres.databases:5432/app"
`, s)
	}
	b.WriteString("  services:\n")
	for s := range services {
		fmt.Fprintf(&b, "    - name: service-%02d\n      regions: Home\n      data:\n        DATABASE_URL: db-%02d/url\n        PASSWORD: db-%02d/password\n", s, s, s)
	}
	return b.String()
}
