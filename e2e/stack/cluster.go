package stack

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// Cluster is an etcd and a Kubernetes API server. Nothing else of Kubernetes runs: no garbage collector, no kubelet.
type Cluster struct {
	// Dir holds the data, the certificates and the logs. Started again on the same folder, a cluster has its old objects.
	Dir string

	binaries  Binaries
	token     string
	port      int
	etcd, api *process
}

// NewCluster makes a cluster that is not started. Its address stays the same for as long as it lives.
func NewCluster(dir string, binaries Binaries) (*Cluster, error) {
	c := &Cluster{Dir: dir, binaries: binaries}
	secret := make([]byte, 16)
	if _, err := rand.Read(secret); err != nil {
		return nil, err
	}
	c.token = hex.EncodeToString(secret)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	if err := writeCerts(dir); err != nil {
		return nil, err
	}
	admin := c.token + ",admin,admin,system:masters\n"
	if err := os.WriteFile(c.file("tokens.csv"), []byte(admin), 0o600); err != nil {
		return nil, err
	}
	var err error
	c.port, err = freePort()
	return c, err
}

func (c *Cluster) file(name string) string { return filepath.Join(c.Dir, name) }

// Start starts etcd and the API server and waits until it is ready, some five seconds.
func (c *Cluster) Start(ctx context.Context) error {
	client, err := freePort()
	if err != nil {
		return err
	}
	peer, err := freePort()
	if err != nil {
		return err
	}
	etcd, peers := fmt.Sprintf("http://127.0.0.1:%d", client), fmt.Sprintf("http://127.0.0.1:%d", peer)
	c.etcd, err = start(c.Dir, "etcd", c.binaries.Etcd, nil,
		"--data-dir="+c.file("etcd"), "--listen-client-urls="+etcd, "--advertise-client-urls="+etcd, "--listen-peer-urls="+peers,
		"--initial-advertise-peer-urls="+peers, "--initial-cluster=default="+peers, "--force-new-cluster="+fmt.Sprint(c.exists()),
		"--unsafe-no-fsync", "--log-level=warn")
	if err != nil {
		return err
	}
	if err := c.etcd.await(ctx, 30*time.Second, func() error { return get(http.DefaultClient, etcd+"/health") }); err != nil {
		return err
	}
	c.api, err = start(c.Dir, "kube-apiserver", c.binaries.APIServer, nil,
		"--etcd-servers="+etcd, "--bind-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", c.port), "--advertise-address=127.0.0.1",
		"--endpoint-reconciler-type=none", "--disable-admission-plugins=ServiceAccount", "--authorization-mode=RBAC",
		"--tls-cert-file="+c.file("tls.crt"), "--tls-private-key-file="+c.file("tls.key"), "--token-auth-file="+c.file("tokens.csv"),
		"--service-account-issuer=https://kubernetes.default.svc", "--service-account-signing-key-file="+c.file("sa.key"),
		"--service-account-key-file="+c.file("sa.key"), "--api-audiences=https://kubernetes.default.svc,vault",
		"--service-cluster-ip-range=10.0.0.0/24", "--allow-privileged=true")
	if err != nil {
		return err
	}
	config := c.Config()
	hc, err := rest.HTTPClientFor(config)
	if err != nil {
		return err
	}
	return c.api.await(ctx, 2*time.Minute, func() error { return get(hc, config.Host+"/readyz") })
}

func (c *Cluster) exists() bool {
	_, err := os.Stat(c.file("etcd"))
	return err == nil
}

// Stop stops both; the data stays.
func (c *Cluster) Stop() {
	c.api.stop()
	c.etcd.stop()
	c.api, c.etcd = nil, nil
}

// Config is how its administrator reaches it.
func (c *Cluster) Config() *rest.Config {
	return &rest.Config{
		Host:            fmt.Sprintf("https://127.0.0.1:%d", c.port),
		BearerToken:     c.token,
		TLSClientConfig: rest.TLSClientConfig{CAFile: c.file("ca.crt")},
		QPS:             500, Burst: 1000,
	}
}

// CA is the certificate authority of its API server, as PEM.
func (c *Cluster) CA() (string, error) {
	data, err := os.ReadFile(c.file("ca.crt"))
	return string(data), err
}

// kubeconfig writes the file that the operator reads.
func (c *Cluster) kubeconfig() (string, error) {
	config := c.Config()
	const name = "e2e"
	file := c.file("kubeconfig")
	return file, clientcmd.WriteToFile(clientcmdapi.Config{
		Clusters:       map[string]*clientcmdapi.Cluster{name: {Server: config.Host, CertificateAuthority: config.CAFile}},
		AuthInfos:      map[string]*clientcmdapi.AuthInfo{name: {Token: c.token}},
		Contexts:       map[string]*clientcmdapi.Context{name: {Cluster: name, AuthInfo: name}},
		CurrentContext: name,
	}, file)
}

func get(client *http.Client, url string) error {
	answer, err := client.Get(url)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", url, answer.Status)
	}
	return nil
}
