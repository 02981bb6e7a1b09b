//go:build unix

package browser

import (
	"errors"
	"os/exec"
	"syscall"
)

// separate gives the browser a process group of its own: an interrupt of the terminal does not
// reach it, so that it ends in order, and what it started can be killed with it.
func separate(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func interrupt(c *exec.Cmd) { c.Process.Signal(syscall.SIGTERM) }

func killGroup(c *exec.Cmd) { syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }

// isRunning reports whether there is a process of this number.
func isRunning(process int) bool { return !errors.Is(syscall.Kill(process, 0), syscall.ESRCH) }
