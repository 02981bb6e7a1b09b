//go:build unix

package browser

import (
	"errors"
	"os/exec"
	"syscall"
)

// separate puts the browser into its own process group: an interrupt from the terminal does not
// reach it, so it can end cleanly, and its child processes can be killed with it.
func separate(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func interrupt(c *exec.Cmd) { c.Process.Signal(syscall.SIGTERM) }

func killGroup(c *exec.Cmd) { syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }

// isRunning reports whether there is a process of this number.
func isRunning(process int) bool { return !errors.Is(syscall.Kill(process, 0), syscall.ESRCH) }
