//go:build !unix

package browser

import (
	"os"
	"os/exec"
)

func separate(*exec.Cmd) {}

// interrupt kills the browser: on Windows no signal asks it to end. Its other processes end when
// their channel to it closes.
func interrupt(c *exec.Cmd) { c.Process.Kill() }

func killGroup(c *exec.Cmd) { c.Process.Kill() }

// isRunning reports whether there is a process of this number.
func isRunning(process int) bool {
	p, err := os.FindProcess(process) // on Windows it fails if there is no such process
	if err == nil {
		p.Release()
	}
	return err == nil
}
