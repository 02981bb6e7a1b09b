package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// shells are the shells that complete command lines, and how they are started without the settings
// of a person.
var shells = []struct {
	name  string
	args  []string
	setup string
}{
	{"bash", []string{"--norc", "--noprofile", "-i"}, "bind 'set bell-style none'; bind 'set enable-bracketed-paste off'; source <(spectap completion bash)"},
	{"zsh", []string{"-f", "-i"}, "unsetopt zle_bracketed_paste PROMPT_SP; autoload -U compinit; compinit -D -u; source <(spectap completion zsh)"},
	{"fish", []string{"--no-config", "-i"}, "spectap completion fish | source"},
}

// TestShellsComplete presses the tab key in real shells.
func TestShellsComplete(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	dir := t.TempDir()
	noError(t, os.WriteFile(filepath.Join(dir, "api.yaml"), nil, 0o600))
	for _, shell := range shells {
		t.Run(shell.name, func(t *testing.T) {
			needProgram(t, shell.name)
			c := startConsole(t, []string{"HOME=" + dir, "ZDOTDIR=" + dir, "XDG_CONFIG_HOME=" + dir, "TERM=dumb", "PS1=> "}, shell.name, shell.args...)
			noError(t, unix.IoctlSetWinsize(int(c.keys.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 50, Col: 200}))
			c.press("cd " + dir + "; " + shell.setup + "; echo rea''dy\n")
			c.see("ready")
			for _, tt := range []struct{ line, want string }{
				{"flows sh\t", "flows show"},
				{"help flows sh\t", "help flows show"},
				{"export --merge\t", "export --merge-hosts"},
				{"validate ap\t", "validate api.yaml"},
			} {
				// The line becomes the arguments of echo, which writes them to a file.
				c.press("spectap " + tt.line + "\x01echo \x05 >line; echo do''ne\n")
				c.see("done")
				line := readFile(t, filepath.Join(dir, "line"))
				if got := strings.TrimSpace(string(line)); got != "spectap "+tt.want {
					t.Errorf("%q became %q, want %q", tt.line, got, "spectap "+tt.want)
				}
			}
			c.press("exit\n")
		})
	}
}

// needProgram skips a test whose program is not installed. In CI the test fails instead.
func needProgram(t *testing.T, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("%s is missing", name)
		}
		t.Skipf("%s is not installed", name)
	}
}
