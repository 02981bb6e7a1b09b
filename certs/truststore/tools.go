package truststore

import (
	"os/exec"
	"strings"
)

// packageCommand returns the command that installs a package on this machine, or "" without a
// package manager. The parameters are the names of the package by distribution, or "" for a
// distribution without the package.
func packageCommand(debian, fedora, arch, suse, brew string) string {
	for _, m := range []struct{ tool, command, name string }{
		{"apt-get", "sudo apt-get install ", debian},
		{"dnf", "sudo dnf install ", fedora},
		{"yum", "sudo yum install ", fedora},
		{"pacman", "sudo pacman -S ", arch},
		{"zypper", "sudo zypper install ", suse},
		{"brew", "brew install ", brew},
	} {
		if _, err := exec.LookPath(m.tool); err == nil && m.name != "" {
			return m.command + m.name
		}
	}
	return ""
}

// quote quotes s as one word for a POSIX shell.
func quote(s string) string {
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,+@%", r)
	}) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
