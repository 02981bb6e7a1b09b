package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// hostileStore writes a store with hostile hosts, methods and tags, and one harmless flow.
func hostileStore(t *testing.T, path string) {
	t.Helper()
	db := openStore(t, path, store.Options{Create: true})
	defer db.Close()
	now := time.Now()
	add := func(method, host, path string, tags ...string) {
		f := flow.Flow{
			Source: "test", Started: now, Done: true, Tags: tags,
			Request:  flow.Request{Method: method, Scheme: "https", Authority: host, Path: path},
			Response: &flow.Response{Status: 200},
		}
		must(db.Append(t.Context(), f))
	}
	for _, name := range hostileWords {
		add("GET", name, "/"+name, name)
		add(name, "zzz.example.com", "/zzz")
	}
	add("GET", "zzz.example.com", "/zzz/plain", "zzz-tag")
	add("GET", "zzz.example.com:8443", "/zzz/plain", "zzz-tag")
}

const hostileNamed = `openapi: 3.0.3
info: {title: Shop, version: "1"}
paths:
  /a: {get: {operationId: "$(touch pwned)", tags: ["$(touch pwned)", "a\ntouch pwned"], responses: {"200": {description: ok}}}}
  /b: {get: {operationId: zzzList, tags: [zzz-group], responses: {"200": {description: ok}}}}
`

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

// TestShellsComplete presses the tab key in real shells. The store and the document are full of
// names that would run a command.
func TestShellsComplete(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	dir := t.TempDir()
	hostileStore(t, filepath.Join(dir, "flows.db"))
	noError(t, os.WriteFile(filepath.Join(dir, "api.yaml"), []byte(hostileNamed), 0o600))
	for _, shell := range shells {
		t.Run(shell.name, func(t *testing.T) {
			needProgram(t, shell.name)
			c := startConsole(t, []string{
				"SPECTAP_DB=" + filepath.Join(dir, "flows.db"), "HOME=" + dir, "ZDOTDIR=" + dir, "XDG_CONFIG_HOME=" + dir, "TERM=dumb", "PS1=> ",
			}, shell.name, shell.args...)
			noError(t, unix.IoctlSetWinsize(int(c.keys.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 50, Col: 200}))
			c.press("cd " + dir + "; " + shell.setup + "; echo rea''dy\n")
			c.see("ready")
			for _, tt := range []struct{ line, want string }{
				{"flows sh\t", "flows show"},
				{"export --host zzz.example.com:\t", "export --host zzz.example.com:8443"},
				{"export --host=zzz.example.com:\t", "export --host=zzz.example.com:8443"},
				{"flows ls tag:zz\t", "flows ls tag:zzz-tag"},
				{"run --tag zz\t", "run --tag zzz-tag"},
				{"filter api.yaml --tag zz\t", "filter api.yaml --tag zzz-group"},
				{"serve api.yaml --confirm zz\t", "serve api.yaml --confirm zzzList"},
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
			// Everything that can be offered is listed.
			for _, line := range []string{
				"export --host ", "flows show ", "flows ls tag:", "flows ls host:", "run --tag ", "explain ", "explain GET ",
				"filter api.yaml --tag ", "serve api.yaml --confirm ",
			} {
				c.press("spectap " + line + "\t\t\t")
				c.press("\x15\x15")
				c.press("echo aft''er\n")
				seen := c.see("after")
				for _, name := range hostileWords {
					if cli.Inert(name) != name && strings.Contains(seen, name) {
						t.Errorf("%s offers %q", line, name)
					}
				}
			}
			if _, err := os.Stat(filepath.Join(dir, "pwned")); err == nil {
				t.Fatal("a name ran a command")
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
