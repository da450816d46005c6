// Command eso is the External Secrets Operator's own controller with the one provider and the generators that the tests use. Its
// flags are the operator's.
package main

import (
	"github.com/external-secrets/external-secrets/cmd/controller"
	_ "github.com/external-secrets/external-secrets/pkg/generator/password"
	_ "github.com/external-secrets/external-secrets/pkg/generator/sshkey"
	_ "github.com/external-secrets/external-secrets/pkg/generator/uuid"
	_ "github.com/external-secrets/external-secrets/pkg/provider/vault"
)

func main() { controller.Execute() }
