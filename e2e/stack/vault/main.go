// Command vault is a Vault server for a test: in memory, one KV v2 mount and as many Kubernetes auth mounts as it is asked for.
// It prints its root token when it is ready, so that whoever started it can configure it.
//
// Its modules are under the Business Source License; it is built for tests only and is no part of esotree.
package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"

	"github.com/hashicorp/go-hclog"
	kubeauth "github.com/hashicorp/vault-plugin-auth-kubernetes"
	kv "github.com/hashicorp/vault-plugin-secrets-kv"
	"github.com/hashicorp/vault/command/server"
	"github.com/hashicorp/vault/helper/metricsutil"
	vaulthttp "github.com/hashicorp/vault/http"
	"github.com/hashicorp/vault/internalshared/configutil"
	"github.com/hashicorp/vault/sdk/helper/consts"
	"github.com/hashicorp/vault/sdk/logical"
	"github.com/hashicorp/vault/sdk/physical/inmem"
	"github.com/hashicorp/vault/vault"
)

func main() {
	addr := flag.String("listen", "127.0.0.1:8200", "address to serve plain HTTP on")
	level := flag.String("log-level", "warn", "trace, debug, info, warn or error")
	flag.Parse()
	if err := run(*addr, *level); err != nil {
		fmt.Fprintln(os.Stderr, "vault:", err)
		os.Exit(1)
	}
}

func run(addr, level string) error {
	logger := hclog.New(&hclog.LoggerOptions{Name: "vault", Level: hclog.LevelFromString(level), Output: os.Stderr})
	storage, err := inmem.NewInmem(nil, logger)
	if err != nil {
		return err
	}
	core, err := vault.NewCore(&vault.CoreConfig{
		Physical:           storage,
		Logger:             logger,
		DisableMlock:       true,
		BuiltinRegistry:    plugins{},
		LogicalBackends:    map[string]logical.Factory{"kv": kv.Factory},
		CredentialBackends: map[string]logical.Factory{"kubernetes": kubeauth.Factory},
		RawConfig:          &server.Config{},
		MetricsHelper:      metricsutil.NewMetricsHelper(nil, false),
	})
	if err != nil {
		return err
	}
	ctx := context.Background()
	shares := &vault.SealConfig{SecretShares: 1, SecretThreshold: 1}
	made, err := core.Initialize(ctx, &vault.InitParams{BarrierConfig: shares, RecoveryConfig: shares})
	if err != nil {
		return err
	}
	for _, key := range made.SecretShares {
		if _, err := core.Unseal(key); err != nil {
			return err
		}
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	// The unseal key is printed so that a test can seal the server and open it again.
	fmt.Printf("%s %x\n", made.RootToken, made.SecretShares[0])
	handler := vaulthttp.Handler.Handler(&vault.HandlerProperties{Core: core, ListenerConfig: &configutil.Listener{}})
	return http.Serve(listener, handler)
}

// plugins are the backends that are built in.
type plugins struct{}

var _ interface {
	Contains(string, consts.PluginType) bool
} = plugins{}

func (plugins) Keys(kind consts.PluginType) []string {
	switch kind {
	case consts.PluginTypeSecrets:
		return []string{"kv"}
	case consts.PluginTypeCredential:
		return []string{"kubernetes"}
	}
	return nil
}

func (p plugins) Contains(name string, kind consts.PluginType) bool {
	return slices.Contains(p.Keys(kind), name)
}

func (p plugins) Get(name string, kind consts.PluginType) (func() (any, error), bool) {
	if !p.Contains(name, kind) {
		return nil, false
	}
	factory := logical.Factory(kv.Factory)
	if kind == consts.PluginTypeCredential {
		factory = kubeauth.Factory
	}
	return func() (any, error) { return factory, nil }, true
}

func (plugins) DeprecationStatus(string, consts.PluginType) (consts.DeprecationStatus, bool) {
	return consts.Supported, true
}

func (plugins) IsBuiltinEntPlugin(string, consts.PluginType) bool { return false }
