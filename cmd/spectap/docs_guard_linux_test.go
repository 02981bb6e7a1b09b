package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/internal/safefile"
	"github.com/spectap/spectap/store"
)

// documentedCommands returns the command lines of a page of docs, each as its arguments, with pairs
// of texts replaced.
func documentedCommands(t *testing.T, page string, pairs ...string) [][]string {
	t.Helper()
	text := readFile(t, filepath.Join("..", "..", "docs", page))
	words := regexp.MustCompile(`#.*|'[^']*'|"[^"]*"|\S+`)
	var out [][]string
	for _, line := range docsLines(strings.NewReplacer(append(pairs, "\\\n", " ")...).Replace(string(text))) {
		var args []string
		for _, w := range words.FindAllString(line, -1) {
			if !strings.HasPrefix(w, "#") {
				args = append(args, strings.Trim(w, `'"`))
			}
		}
		if args[0] != "spectap" {
			t.Fatalf("%s: %s: not a command of spectap", page, line)
		}
		out = append(out, args[1:])
	}
	return out
}

// documented runs a command line of a page. Servers end when they have started.
func documented(t *testing.T, args []string, status int) {
	t.Helper()
	if got, errs := runDocumented(args); got != status {
		t.Errorf("spectap %s: exit status %d, not %d: %s", strings.Join(args, " "), got, status, errs)
	}
}

// replaced returns the arguments with some of them replaced. "npx NAME" becomes a server that needs
// no npm.
func replaced(args []string, pairs ...string) []string {
	pairs = append(pairs, "npx some-mcp-server", "spectap mcp --db flows.db", "127.0.0.1:8090", "127.0.0.1:0", "127.0.0.1:9470", "127.0.0.1:0")
	r := strings.NewReplacer(pairs...)
	joined := strings.Split(r.Replace(strings.Join(args, "\x00")), "\x00")
	if i := len(joined) - 2; i > 0 && joined[i] == "npx" {
		joined = append(joined[:i], "spectap", "mcp", "--db", "flows.db")
	}
	return joined
}

// guardFolder makes the working directory one with the files that the pages of the guards name.
func guardFolder(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	t.Chdir(dir)
	t.Setenv("HOME", dir)
	setDataHome(t, filepath.Join(dir, "data"))
	defaultStore(t)
	t.Setenv("API_KEY", "hunter2")
	t.Setenv("SPECTAP_AUTH_KEY", "hunter2")
	st := openStore(t, "flows.db", store.Options{Create: true})
	st.Close()
	for name, text := range map[string]string{
		"api.yaml":   strings.Replace(payYAML, "BASE", "https://api.example.com", 1),
		"secret.txt": "0123456789abcdef", "approval.key": "0123456789abcdef", "policy.yaml": "version: 1\ntools: {\"*\": {}}\n",
	} {
		noError(t, os.WriteFile(name, []byte(text), 0o600))
	}
	out := command(t, "demo", "--db", filepath.Join(dir, "data", "spectap", "flows.db"))
	_, folder, _ := strings.Cut(out, "files: ")
	folder, _, _ = strings.Cut(folder, "\n")
	t.Cleanup(func() { os.RemoveAll(folder) })
	if _, err := os.Stat(filepath.Join(folder, "shop.yaml")); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(folder, safefile.TempLockFile)); err == nil {
		t.Errorf("%s is left as a folder to remove", folder)
	}
}

// TestPinsPage runs every command of docs/pins.md, when two definitions wait for a person.
func TestPinsPage(t *testing.T) {
	all := documentedCommands(t, "pins.md")
	guardFolder(t)
	if len(all) < 6 {
		t.Errorf("found only %d commands", len(all))
	}
	text := strings.Replace(payYAML, "BASE", "https://api.example.com", 1)
	for _, path := range []string{"/payments:", "/accounts:"} { // as pinned, and as it is later
		noError(t, os.WriteFile("shop.yaml", []byte(strings.Replace(text, "/payments:", path, 1)), 0o600))
		documented(t, []string{"serve", "shop.yaml", "--pins", "pins.json"}, 0)
	}
	for _, args := range all {
		status := 0
		switch args[1] {
		case "diff":
			status = cli.ExitFound
		case "accept", "reject":
			_, ref := waitingIn(t, "pins.json")
			args[len(args)-1] = ref
		}
		documented(t, replaced(args), status)
	}
}

// TestApprovalsPage runs every command of docs/approvals.md, about a call that waits.
func TestApprovalsPage(t *testing.T) {
	all := documentedCommands(t, "approvals.md")
	guardFolder(t)
	h := newHeldServe(t, "2025-11-25", "--require-approval", "--approval-wait", "1ms")
	if len(all) < 14 {
		t.Errorf("found only %d commands", len(all))
	}
	h.heldFile("/srv/")
	for _, args := range all {
		line := strings.Join(args, " ")
		names := []string{"approvals.json", h.file}
		if strings.Contains(line, "k3x7q2m5ab") {
			folder := "/srv/"
			if strings.Contains(line, "/tmp") {
				folder = "/tmp/"
			}
			if strings.Contains(line, "approval.key") {
				h.revokeAll() // else the call would not be held
			}
			names = append(names, "k3x7q2m5ab", h.heldFile(folder))
		}
		if strings.Contains(line, "rule-p4n6s8t2vw") {
			standing, err := h.book.Standing(time.Now())
			if err != nil || len(standing) == 0 {
				t.Fatalf("no approvals by rule: %v", err)
			}
			names = append(names, "rule-p4n6s8t2vw", standing[0].ID)
		}
		args = replaced(args, names...)
		if args[0] == "approvals" && (args[1] == "approve" || args[1] == "deny" || args[1] == "allow") {
			args = append(args, "--yes") // the test has no terminal
		}
		documented(t, args, 0)
	}
}

// revokeAll ends all approvals by rule.
func (h *heldServe) revokeAll() {
	h.t.Helper()
	all, err := h.book.Standing(time.Now())
	if err != nil {
		h.t.Fatal(err)
	}
	for _, s := range all {
		if s.State == approval.Approved {
			if _, err := h.book.Revoke(s.ID, approval.Decision{By: approval.User("t"), Channel: approval.Terminal}, time.Now()); err != nil {
				h.t.Fatal(err)
			}
		}
	}
}

// heldFile returns the id of a call that waits: a new one about a file in the folder if there is
// none.
func (h *heldServe) heldFile(folder string) string {
	h.t.Helper()
	all, err := h.book.List(time.Now())
	if err != nil {
		h.t.Fatal(err)
	}
	for _, held := range all {
		if held.State == approval.Waiting {
			return held.ID
		}
	}
	var r mcp.CallToolRequest
	r.Params.Name, r.Params.Arguments = "addFile", map[string]any{"path": folder + strconv.Itoa(len(all))}
	if res, err := h.CallTool(h.t.Context(), r); err != nil || !res.IsError {
		h.t.Fatalf("not held: %v, %v", res, err)
	}
	return h.waiting().ID
}
