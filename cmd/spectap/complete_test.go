package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spf13/cobra"
)

// TestCompletionTables checks that values are for flags and commands that exist.
func TestCompletionTables(t *testing.T) {
	p := newProgram(strings.NewReader(""), io.Discard, io.Discard)
	root := newRootCmd(p)
	find := func(path string) *cobra.Command {
		cmd, rest, err := root.Find(strings.Fields(path))
		if err != nil || len(rest) > 0 {
			t.Errorf("%q: no such command", path)
			return nil
		}
		return cmd
	}
	for path := range p.argumentValues() {
		find(path)
	}
	all := map[string]bool{}
	var visit func(*cobra.Command)
	visit = func(cmd *cobra.Command) {
		for name := range p.flagValues() {
			if cmd.LocalFlags().Lookup(name) != nil {
				all[name] = true
			}
		}
		for _, c := range cmd.Commands() {
			visit(c)
		}
	}
	visit(root)
	for name := range p.flagValues() {
		path, flag, specific := cutLast(name, " ")
		if !specific {
			if !all[name] {
				t.Errorf("no command has the flag --%s", name)
			}
			continue
		}
		if cmd := find(path); cmd != nil && cmd.Flag(flag) == nil {
			t.Errorf("%s has no flag --%s", path, flag)
		}
	}
}

// TestCompletionWords checks the values that flags offer against the values that they accept.
func TestCompletionWords(t *testing.T) {
	p := newProgram(strings.NewReader(""), io.Discard, io.Discard)
	flags := p.flagValues()
	for _, tt := range []struct {
		flag string
		line []string // the value is added
	}{
		{"check format", []string{"check", "none.yaml", "--format"}}, {"coverage format", []string{"coverage", "none.yaml", "--format"}},
		{"diff format", []string{"diff", "none.yaml", "none.yaml", "--format"}}, {"lint format", []string{"lint", "none.yaml", "--format"}},
		{"validate format", []string{"validate", "none.yaml", "--format"}}, {"doc format", []string{"doc", "none.yaml", "--format"}},
		{"export format", []string{"export", "--format"}}, {"diff fail-on", []string{"diff", "none.yaml", "none.yaml", "--fail-on"}},
		{"check fail-on", []string{"check", "none.yaml", "--fail-on"}}, {"openapi", []string{"export", "--openapi"}},
		{"log-level", []string{"flows", "ls", "--log-level"}}, {"log-format", []string{"flows", "ls", "--log-format"}},
		{"serve mode", []string{"serve", "none.yaml", "--dry-run", "--mode"}},
		{"serve tool-name-format", []string{"serve", "none.yaml", "--dry-run", "--tool-name-format"}},
	} {
		for _, c := range flags[tt.flag](t.Context(), nil, nil, "") {
			args := append([]string{"--db", t.TempDir() + "/none.db"}, append(tt.line, c.value)...)
			var stderr strings.Builder
			if status := run(t.Context(), args, strings.NewReader(""), io.Discard, &stderr); status == exitMisuse {
				t.Errorf("%q is refused: %s", args, stderr.String())
			}
		}
	}
}

// TestCompletionTime checks that a shell gets its answer if the values do not come.
func TestCompletionTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		defer close(release)
		slow := func(context.Context, *cobra.Command, []string, string) []candidate {
			<-release // does not watch its context, like a page fault
			return []candidate{{value: "late"}}
		}
		cmd := &cobra.Command{}
		cmd.SetContext(t.Context())
		began := time.Now()
		if got, directive := answer(slow)(cmd, nil, ""); len(got) > 0 || directive != cobra.ShellCompDirectiveNoFileComp {
			t.Errorf("got %q, %d", got, directive)
		}
		if took := time.Since(began); took > completionTime+grace {
			t.Errorf("the answer took %s", took)
		}
	})
}

// hostileWords are names that act if a shell or a terminal takes them for more than text. Traffic
// and documents may have them.
var hostileWords = []string{
	"$(touch pwned)", "`touch pwned`", "a;touch pwned", "a&&touch${IFS}pwned", "a|touch pwned", "a\ntouch pwned\n", "a>pwned",
	"'$(touch pwned)'", "\"$(touch pwned)\"", "\x1b]0;owned\a", "\x1b[2J", "a\rb", "~root", "=touch", "a b", "*", "[a-z]", "{a,b}",
	"-rf", "--db=pwned", "<(touch pwned)", "(touch pwned)", "%s%n", "!!", "a\\nb", "a\tb", "#a", "a\u202eb", "a\u00a0b",
}

// TestTypeable lists what shells may insert.
func TestTypeable(t *testing.T) {
	for _, value := range []string{
		"api.example.com:8443", "/users/{user_id}/orders", "GET", "listUsers", "status:404", "last", "42", "status:400-499", "1.2.3.4:80",
	} {
		if !typeable(value) {
			t.Errorf("%q is not offered", value)
		}
	}
	for _, value := range []string{"", "[::1]:80", "/a{b,c}", "/a{1..9}", "-x", "=x", "~", "a b", "a'b", "é", strings.Repeat("a", maxTypeable+1)} {
		if typeable(value) {
			t.Errorf("%q is offered", value)
		}
	}
	for _, name := range hostileWords {
		if typeable(name) {
			t.Errorf("%q is offered", name)
		}
	}
}

// TestCompletionOfCommands checks the values of commands that need no store.
func TestCompletionOfCommands(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"chromium", "firefox"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir)
	for _, tt := range []struct {
		line []string
		want string
	}{
		{[]string{"browser", "--browser", ""}, "chromium\nfirefox\n"},
		{[]string{"help", "sess"}, "sessions\t"},
		{[]string{"help", "flows", "ex"}, "export\t"},
		{[]string{"replay", "7", "--set", "q"}, "query.\nquery=\n:38\n"},
	} {
		var stdout strings.Builder
		run(t.Context(), append([]string{"__complete"}, tt.line...), strings.NewReader(""), &stdout, io.Discard)
		if !strings.HasPrefix(stdout.String(), tt.want) {
			t.Errorf("%q: %q, want %q", tt.line, stdout.String(), tt.want)
		}
	}
}

// TestCompletionOfFlows describes flows so that a person can tell them apart, without secrets.
func TestCompletionOfFlows(t *testing.T) {
	t.Setenv(configEnv, "")
	db := filepath.Join(t.TempDir(), "s.db")
	tap := startRecorder(t, db)
	tap.record("GET", "shop.example/items/7", `{}`)
	tap.record("GET", "shop.example/token/ghp_1234567890abcdefghijklmnopqrstuvwxyz", `{}`)
	got := command(t, "__complete", "replay", "--db", db, "")
	if !strings.Contains(got, "1\tGET /items/7 200, shop.example\n") || strings.Contains(got, "ghp_") || !strings.Contains(got, "/token/_redacted") {
		t.Errorf("offered: %s", got)
	}
}
