package main

import (
	"io"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
)

// TestCompletionTables checks that values are for flags and commands that exist.
func TestCompletionTables(t *testing.T) {
	p := cli.New(strings.NewReader(""), io.Discard, io.Discard)
	root := newRootCmd(p)
	find := func(path string) *cobra.Command {
		cmd, rest, err := root.Find(strings.Fields(path))
		if err != nil || len(rest) > 0 {
			t.Errorf("%q: no such command", path)
			return nil
		}
		return cmd
	}
	for path := range argumentValues(p) {
		find(path)
	}
	all := map[string]bool{}
	var visit func(*cobra.Command)
	visit = func(cmd *cobra.Command) {
		for name := range valuesOfFlags(p) {
			if cmd.LocalFlags().Lookup(name) != nil {
				all[name] = true
			}
		}
		for _, c := range cmd.Commands() {
			visit(c)
		}
	}
	visit(root)
	for name := range valuesOfFlags(p) {
		path, flag, specific := cli.CutLast(name, " ")
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

// hostileWords are names that have an effect if a shell or a terminal interprets them. Traffic and
// documents may contain them.
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
		if !cli.Typeable(value) {
			t.Errorf("%q is not offered", value)
		}
	}
	for _, value := range []string{"", "[::1]:80", "/a{b,c}", "/a{1..9}", "-x", "=x", "~", "a b", "a'b", "é", strings.Repeat("a", cli.MaxTypeable+1)} {
		if cli.Typeable(value) {
			t.Errorf("%q is offered", value)
		}
	}
	for _, name := range hostileWords {
		if cli.Typeable(name) {
			t.Errorf("%q is offered", name)
		}
	}
}
