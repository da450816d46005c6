package stack

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"
)

// Mount is where every Vault of the tests has its KV v2 engine.
const Mount = "secret"

// Vault is a server in memory: stopped, it forgets everything.
type Vault struct {
	// Addr is host and port.
	Addr string

	token, unsealKey string
	process          *process
}

// StartVault starts an empty Vault with a KV v2 mount and waits until it answers.
func StartVault(ctx context.Context, dir string, binaries Binaries) (*Vault, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	v := &Vault{Addr: fmt.Sprintf("127.0.0.1:%d", port)}
	v.process, err = start(dir, "vault", binaries.Vault, nil, "-listen="+v.Addr)
	if err != nil {
		return nil, err
	}
	if err := v.process.await(ctx, time.Minute, v.greet); err != nil {
		return nil, err
	}
	return v, v.Do(ctx, http.MethodPost, "sys/mounts/"+Mount, map[string]any{"type": "kv", "options": map[string]any{"version": "2"}}, nil)
}

// greet reads the token and key that the server prints last of all.
func (v *Vault) greet() error {
	file, err := os.Open(v.process.log)
	if err != nil {
		return err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if token, key, found := strings.Cut(lines.Text(), " "); found && strings.HasPrefix(token, "hvs.") {
			v.token, v.unsealKey = token, key
		}
	}
	if v.token == "" {
		return fmt.Errorf("no token printed yet")
	}
	return get(http.DefaultClient, "http://"+v.Addr+"/v1/sys/health")
}

// Stop ends it, and all it knows.
func (v *Vault) Stop() {
	if v != nil {
		v.process.stop()
	}
}

// Do calls its API with the root token. A nil answer is not read.
func (v *Vault) Do(ctx context.Context, method, path string, body, answer any) error {
	var reader io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return err
		}
		reader = bytes.NewReader(data)
	}
	request, err := http.NewRequestWithContext(ctx, method, "http://"+v.Addr+"/v1/"+path, reader)
	if err != nil {
		return err
	}
	request.Header.Set("X-Vault-Token", v.token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusNotFound {
		return errNotFound
	}
	if response.StatusCode >= 300 {
		text, _ := io.ReadAll(response.Body)
		return fmt.Errorf("vault: %s %s: %s %s", method, path, response.Status, bytes.TrimSpace(text))
	}
	if answer == nil {
		return nil
	}
	return json.NewDecoder(response.Body).Decode(answer)
}

var errNotFound = fmt.Errorf("vault: not found")

// Seal closes it; nothing answers but the unseal call.
func (v *Vault) Seal(ctx context.Context) error {
	return v.Do(ctx, http.MethodPut, "sys/seal", nil, nil)
}

// Unseal opens it again.
func (v *Vault) Unseal(ctx context.Context) error {
	return v.Do(ctx, http.MethodPut, "sys/unseal", map[string]any{"key": v.unsealKey}, nil)
}

// Policy writes a policy: capabilities by path.
func (v *Vault) Policy(ctx context.Context, name string, paths map[string][]string) error {
	var text strings.Builder
	names := make([]string, 0, len(paths))
	for path := range paths {
		names = append(names, path)
	}
	slices.Sort(names)
	for _, path := range names {
		quoted, err := json.Marshal(paths[path])
		if err != nil {
			return err
		}
		fmt.Fprintf(&text, "path %q { capabilities = %s }\n", path, quoted)
	}
	return v.Do(ctx, http.MethodPut, "sys/policies/acl/"+name, map[string]any{"policy": text.String()}, nil)
}

// Trust lets a cluster's service accounts log in at an auth mount. The reviewer's token is what Vault asks the cluster with.
func (v *Vault) Trust(ctx context.Context, mount string, c *Cluster, reviewer string) error {
	ca, err := c.CA()
	if err != nil {
		return err
	}
	var mounts map[string]any
	if err := v.Do(ctx, http.MethodGet, "sys/auth", nil, &mounts); err != nil {
		return err
	}
	if mounts[mount+"/"] == nil {
		if err := v.Do(ctx, http.MethodPost, "sys/auth/"+mount, map[string]any{"type": "kubernetes"}, nil); err != nil {
			return err
		}
	}
	return v.Do(ctx, http.MethodPost, "auth/"+mount+"/config", map[string]any{
		"kubernetes_host": c.Config().Host, "kubernetes_ca_cert": ca, "token_reviewer_jwt": reviewer, "disable_local_ca_jwt": true,
	}, nil)
}

// Role lets the operator's service account log in at a mount under a name, with the policies.
func (v *Vault) Role(ctx context.Context, mount, name string, policies ...string) error {
	return v.Do(ctx, http.MethodPost, "auth/"+mount+"/role/"+name, map[string]any{
		"bound_service_account_names": []string{"external-secrets"}, "bound_service_account_namespaces": []string{"external-secrets"},
		"token_policies": policies, "token_ttl": "10m",
	}, nil)
}

// DropRole takes a role away.
func (v *Vault) DropRole(ctx context.Context, mount, name string) error {
	return v.Do(ctx, http.MethodDelete, "auth/"+mount+"/role/"+name, nil, nil)
}

// Value is what a store key holds.
type Value struct {
	Version int
	Data    map[string]string
}

// Put writes a value as a person would who lets the operator manage it from then on.
func (v *Vault) Put(ctx context.Context, key string, data map[string]string) error {
	if err := v.Do(ctx, http.MethodPost, Mount+"/metadata/"+key, map[string]any{"custom_metadata": map[string]string{"managed-by": "external-secrets"}}, nil); err != nil {
		return err
	}
	return v.Do(ctx, http.MethodPost, Mount+"/data/"+key, map[string]any{"data": data}, nil)
}

// Forget removes a key with all its versions.
func (v *Vault) Forget(ctx context.Context, key string) error {
	return v.Do(ctx, http.MethodDelete, Mount+"/metadata/"+key, nil, nil)
}

// Values reads every key.
func (v *Vault) Values(ctx context.Context) (map[string]Value, error) {
	values := map[string]Value{}
	return values, v.walk(ctx, "", values)
}

func (v *Vault) walk(ctx context.Context, prefix string, values map[string]Value) error {
	var list struct{ Data struct{ Keys []string } }
	if err := v.Do(ctx, "LIST", Mount+"/metadata/"+prefix, nil, &list); err == errNotFound {
		return nil
	} else if err != nil {
		return err
	}
	for _, key := range list.Data.Keys {
		if strings.HasSuffix(key, "/") {
			if err := v.walk(ctx, prefix+key, values); err != nil {
				return err
			}
			continue
		}
		var one struct {
			Data struct {
				Data     map[string]any
				Metadata struct{ Version int }
			}
		}
		if err := v.Do(ctx, http.MethodGet, Mount+"/data/"+prefix+key, nil, &one); err == errNotFound {
			continue
		} else if err != nil {
			return err
		}
		value := Value{Version: one.Data.Metadata.Version, Data: map[string]string{}}
		for k, x := range one.Data.Data {
			value.Data[k] = fmt.Sprint(x)
		}
		values[prefix+key] = value
	}
	return nil
}
