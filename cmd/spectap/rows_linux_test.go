package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// onTerminal returns what a command prints to stdout on a terminal of some columns, as lines.
func onTerminal(t *testing.T, columns uint16, args ...string) []string {
	t.Helper()
	return onTerminals(t, columns, false, args...)
}

// onTerminals is onTerminal, with stderr on the same terminal if both is set.
func onTerminals(t *testing.T, columns uint16, both bool, args ...string) []string {
	t.Helper()
	user, tty := openTerminal(t)
	defer user.Close()
	noError(t, unix.IoctlSetWinsize(int(user.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 50, Col: columns}))
	shown := make(chan string, 1)
	go func() {
		text, _ := io.ReadAll(user) // ends with EIO when the last program has closed its side
		shown <- string(text)
	}()
	errs := io.Discard
	if both {
		errs = tty
	}
	code := run(t.Context(), args, strings.NewReader(""), tty, errs)
	tty.Close()
	text := <-shown
	if code != cli.ExitFine && code != cli.ExitFound {
		t.Fatalf("%v: exit status %d: %s", args, code, text)
	}
	return strings.Split(strings.TrimSuffix(strings.ReplaceAll(text, "\r\n", "\n"), "\n"), "\n")
}

// longDocument has texts that fit no terminal.
const longDocument = `openapi: 3.1.0
info: {title: A, version: "1"}
servers: [{url: "https://shop.example"}]
paths:
  /shops/{shop_id}/departments/{department_id}/shelves:
    put:
      summary: Replace what is here by what the caller has sent
      parameters: [{name: at_most_so_many_of_them, in: query, schema: {type: %s}}]
      responses: {"200": {description: OK}}
`

// TestRowsFitTerminal prints lists and help on terminals. No line is wider.
func TestRowsFitTerminal(t *testing.T) {
	helpOfDefaults(t)
	t.Setenv(cli.ConfigEnv, "")
	t.Chdir(t.TempDir()) // its path may be wider than the terminal
	db, grants := "s.db", "grants.json"
	st := openStore(t, db, store.Options{Create: true})
	long := "/first/" + strings.Repeat("segment/", 20) + "日本/last"
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.Local)
	n := must(st.BeginSession(t.Context(), store.Session{Command: []string{"npm", "run", strings.Repeat("x", 45), strings.Repeat("y", 45), "end"}, Started: now}))
	f := flow.Flow{ID: flow.NewID(), Done: true, Source: "proxy", Started: now, Session: n,
		Request:  flow.Request{Method: "GET", Scheme: "https", Authority: "shop.example", Path: long},
		Response: &flow.Response{Status: 200}}
	must(st.Append(t.Context(), f))
	noError(t, st.Close())
	a, b := "a.yaml", "b.yaml"
	noError(t, os.WriteFile(a, []byte(fmt.Sprintf(longDocument, "integer")), 0o600))
	noError(t, os.WriteFile(b, []byte(fmt.Sprintf(longDocument, "string")), 0o600))
	command(t, "grant", "add", "anna", "--grants", grants, "--tools", "read_one,read_two", "--tools", "write_three_of_them", "--expires", "30d")

	for _, tt := range []struct {
		args []string
		want []string // parts of the output
	}{
		{[]string{"flows", "ls", "--db", db}, []string{"  GET  ", "shop.", "…", "last"}},
		{[]string{"sessions", "ls", "--db", db}, []string{"1 flow   npm", "…", "end"}},
		{[]string{"grant", "ls", "--grants", grants}, []string{"anna", "since"}},
		{[]string{"store", "stats", "--db", db}, []string{"file"}},
		{[]string{"sessions", "show", "last", "--db", db}, nil},
		{[]string{"diff", "--fail-on", "never", a, b}, []string{"info", "PUT"}},
		{[]string{"coverage", a, "--db", db}, []string{"operations not reached"}},
		{[]string{"flows", "ls", "--help"}, []string{"Lists captured flows"}},
		{[]string{"sessions", "--help"}, nil},
		{[]string{"environment", "--help"}, nil},
		{[]string{"completion", "--help"}, nil},
	} {
		for _, columns := range []uint16{60, 80, 130} {
			lines := onTerminal(t, columns, tt.args...)
			for _, line := range lines {
				if w := cli.TextWidth(line); w > int(columns) {
					t.Errorf("%v: a line has %d of %d columns: %s", tt.args, w, columns, line)
				}
			}
			for _, part := range tt.want {
				if all := strings.Join(lines, "\n"); !strings.Contains(all, part) {
					t.Errorf("%v on %d columns has no %q: %s", tt.args, columns, part, all)
				}
			}
		}
	}
	if all := strings.Join(onTerminal(t, 60, "grant", "ls", "--grants", grants), "\n"); !strings.Contains(all, "write_three_of_them") {
		t.Errorf("rights of a grant are left out: %s", all)
	}
	if text := command(t, "flows", "ls", "--db", db); !strings.Contains(text, long) {
		t.Errorf("a program reads %s", text)
	}
}
