package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/desktop/mcpconfig"
)

// atHome makes a new folder the home and the working folder.
func atHome(t *testing.T) string {
	t.Helper()
	home := t.TempDir()
	for _, name := range []string{"XDG_CONFIG_HOME", "XDG_DATA_HOME", "CODEX_HOME", "CLAUDE_CONFIG_DIR", "APPDATA", "OPENAPI_BASE_URL", cli.ConfigEnv} {
		t.Setenv(name, "")
	}
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	t.Chdir(home)
	return home
}

// TestInstallIsUsable installs a server for every client and starts it with the arguments of the
// entry.
func TestInstallIsUsable(t *testing.T) {
	home := atHome(t)
	hostileFiles(t, home) // a store
	for _, id := range mcpconfig.IDs() {
		t.Run(id, func(t *testing.T) {
			if status, out, errs := runHere("mcp", "install", id, "--db", "flows.db", "--allow", "capture"); status != 0 || out != "" {
				t.Fatalf("status %d, %s%s", status, out, errs)
			}
			_, printed, _ := runHere("mcp", "install", id, "--db", "flows.db", "--allow", "capture", "--print")
			if id == "codex" {
				if want := `args = ["mcp", "--allow", "capture", "--db", "` + filepath.Join(home, "flows.db") + `"]`; !strings.Contains(printed, want) {
					t.Errorf("got %s\nwant %s", printed, want)
				}
				return
			}
			var file map[string]map[string]struct {
				Command string
				Args    []string
			}
			if err := json.Unmarshal([]byte(printed), &file); err != nil {
				t.Fatalf("%v: %s", err, printed)
			}
			for _, servers := range file {
				entry := servers["spectap"]
				if !filepath.IsAbs(entry.Command) || len(entry.Args) < 2 {
					t.Fatalf("got %+v", entry)
				}
				t.Chdir(t.TempDir()) // a client starts it anywhere
				a := runAgent(t, entry.Args[1:]...)
				if hosts := a.call("list_hosts", nil)["hosts"]; len(hosts.([]any)) == 0 {
					t.Error("the server has another store")
				}
			}
			if status, _, errs := runHere("mcp", "install", id, "--remove"); status != 0 || !strings.Contains(errs, "removed from") {
				t.Errorf("remove: %d, %s", status, errs)
			}
		})
	}
}

// TestInstallRefusals checks that no secret gets into a file, and that errors say what to type.
func TestInstallRefusals(t *testing.T) {
	home := atHome(t)
	one, _, _ := hostileFiles(t, home)
	path := filepath.Join(home, ".cursor", "mcp.json")
	noError(t, os.Mkdir(filepath.Dir(path), 0o700))
	for _, tt := range []struct {
		file, args, want string
	}{
		{"", "serve install cursor " + one + " --bearer-token planted-secret", "--env BEARER_TOKEN"},
		{"", "serve install cursor " + one + " --base-url https://u:planted-secret@x.example", "has credentials"},
		{"", "serve install cursor https://u:planted-secret@x.example/openapi.json", "has credentials"},
		{"", "mcp install cursor --auto-start --upstream-proxy http://u:planted-secret@x.example", "has credentials"},
		{"", "mcp install cursor --env A=planted-secret", "without a value"},
		{"", "serve install cursor none.yaml", "none.yaml"},
		{"", "serve install cursor -", "name a file"},
		{"", "serve install cursor " + one + " --http 127.0.0.1:1", "starts the server itself"},
		{"", "serve install cursor", "--db or --host"},
		{"", "serve install cursor --remove", "needs a name"},
		{"", "mcp install claude-desktop --env A", "--credential-file"},
		{"", "mcp install windsurf --scope project", "--scope user"},
		{"", "mcp install cursor --scope all", "user or project"},
		{"", "mcp install cursor --allow all", "must be one of"},
		{"", "mcp install emacs", "vscode|windsurf|zed"},
		{`{"mcpServers": {`, "mcp install cursor", "it was left alone"},
		{`{"mcpServers": {"spectap": {"command": "npx"}}}`, "mcp install cursor", "--name spectap-2"},
		{`{"mcpServers": {"spectap": {"command": "npx"}}}`, "mcp install cursor --remove", "belongs to another program"},
	} {
		noError(t, os.WriteFile(path, []byte(tt.file), 0o600))
		status, out, errs := runHere(strings.Fields(tt.args)...)
		if status == 0 || !strings.Contains(errs, tt.want) || strings.Contains(out+errs, "planted-secret") {
			t.Errorf("%s: status %d, %s%s\nwant %s", tt.args, status, out, errs, tt.want)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != tt.file {
			t.Errorf("%s: the file has %q, %v", tt.args, got, err)
		}
	}
}
