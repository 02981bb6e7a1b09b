//go:build unix

package mcpclient

import (
	"os/exec"
	"syscall"
)

// setProcessGroup puts a child into a process group of its own. Ctrl-C on the terminal is for the
// client, which cancels a call; the server must outlive it.
func setProcessGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
