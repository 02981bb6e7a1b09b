//go:build !unix

package browser

import "os/exec"

func separate(*exec.Cmd) {}

// interrupt kills the browser: on Windows no signal asks it to end. Its other processes end when
// their channel to it closes.
func interrupt(c *exec.Cmd) { c.Process.Kill() }

func killGroup(c *exec.Cmd) { c.Process.Kill() }
