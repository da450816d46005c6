package stack

import (
	"fmt"
)

// Operator is the External Secrets Operator's controller, outside the cluster it works on.
type Operator struct {
	process *process
}

// StartOperator starts the controller on a cluster that has its CRDs, with env beside this program's environment.
func StartOperator(c *Cluster, concurrent int, env ...string) (*Operator, error) {
	kubeconfig, err := c.kubeconfig()
	if err != nil {
		return nil, err
	}
	p, err := start(c.Dir, "operator", c.binaries.Operator, append(env, "KUBECONFIG="+kubeconfig),
		"--metrics-addr=0", "--live-addr=0", "--loglevel=info", fmt.Sprintf("--concurrent=%d", concurrent))
	return &Operator{process: p}, err
}

// Stop ends it.
func (o *Operator) Stop() {
	if o != nil {
		o.process.stop()
	}
}

// Log is the file with what it says.
func (o *Operator) Log() string { return o.process.log }
