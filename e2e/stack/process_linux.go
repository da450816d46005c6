package stack

import "syscall"

// dieWithParent has the kernel end a program when the one that started it ends, however that ends.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
