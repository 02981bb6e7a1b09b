package mcpconfig

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

// TestFile checks the paths on all systems.
func TestFile(t *testing.T) {
	vars := func(pairs ...string) func(string) string {
		return func(name string) string {
			for i := 0; i < len(pairs); i += 2 {
				if pairs[i] == name {
					return pairs[i+1]
				}
			}
			return ""
		}
	}
	for _, tt := range []struct {
		id, goos string
		getenv   func(string) string
		want     string
	}{
		{"claude-code", "linux", vars(), "/h/.claude.json"},
		{"claude-code", "linux", vars("CLAUDE_CONFIG_DIR", "/c"), "/c/.claude.json"},
		{"claude-desktop", "linux", vars(), "/h/.config/Claude/claude_desktop_config.json"},
		{"claude-desktop", "linux", vars("XDG_CONFIG_HOME", "/x"), "/x/Claude/claude_desktop_config.json"},
		{"claude-desktop", "linux", vars("XDG_CONFIG_HOME", "relative"), "/h/.config/Claude/claude_desktop_config.json"},
		{"claude-desktop", "darwin", vars(), "/h/Library/Application Support/Claude/claude_desktop_config.json"},
		{"claude-desktop", "windows", vars("APPDATA", "/h/Roaming"), "/h/Roaming/Claude/claude_desktop_config.json"},
		{"claude-desktop", "windows", vars(), "/h/AppData/Roaming/Claude/claude_desktop_config.json"},
		{"codex", "darwin", vars(), "/h/.codex/config.toml"},
		{"codex", "linux", vars("CODEX_HOME", "/c"), "/c/config.toml"},
		{"cursor", "windows", vars(), "/h/.cursor/mcp.json"},
		{"gemini", "darwin", vars(), "/h/.gemini/settings.json"},
		{"vscode", "linux", vars(), "/h/.config/Code/User/mcp.json"},
		{"vscode", "darwin", vars(), "/h/Library/Application Support/Code/User/mcp.json"},
		{"vscode", "windows", vars("APPDATA", "/h/Roaming"), "/h/Roaming/Code/User/mcp.json"},
		{"windsurf", "linux", vars(), "/h/.codeium/windsurf/mcp_config.json"},
		{"zed", "linux", vars(), "/h/.config/zed/settings.json"},
		{"zed", "darwin", vars("XDG_CONFIG_HOME", "/x"), "/h/.config/zed/settings.json"},
		{"zed", "windows", vars("APPDATA", "/h/Roaming"), "/h/Roaming/Zed/settings.json"},
	} {
		c, ok := Find(tt.id)
		if !ok {
			t.Fatal(tt.id)
		}
		got, err := c.File(&Environment{GOOS: tt.goos, Home: "/h", Getenv: tt.getenv}, User)
		if filepath.ToSlash(got) != tt.want || err != nil {
			t.Errorf("%s on %s: %s, %v; want %s", tt.id, tt.goos, got, err, tt.want)
		}
	}
	for id, want := range map[string]string{
		"claude-code": "/p/.mcp.json", "codex": "/p/.codex/config.toml", "cursor": "/p/.cursor/mcp.json",
		"gemini": "/p/.gemini/settings.json", "vscode": "/p/.vscode/mcp.json", "zed": "/p/.zed/settings.json",
		"claude-desktop": "", "windsurf": "",
	} {
		c, _ := Find(id)
		got, err := c.File(&Environment{Project: "/p"}, Project)
		if filepath.ToSlash(got) != want || (want == "") != errors.Is(err, ErrNoProject) {
			t.Errorf("%s: %s, %v; want %s", id, got, err, want)
		}
	}
	c, _ := Find("cursor")
	if _, err := c.File(&Environment{GOOS: "linux"}, User); err == nil {
		t.Error("a file without a home folder")
	}
}

// TestQuote checks that texts come back from both formats, and that nothing invisible is written.
func TestQuote(t *testing.T) {
	text := "a\"\\\n\x1b\x7f\u009b\u202e\U000e0041é \u2028"
	for id, decode := range map[string]func([]byte) (map[string]any, error){
		"cursor": func(b []byte) (map[string]any, error) {
			f, err := parseJSON(b)
			if err != nil {
				return nil, err
			}
			return f.decode()
		},
		"codex": func(b []byte) (map[string]any, error) {
			f, err := parseTOML(b)
			if err != nil {
				return nil, err
			}
			return f.values, nil
		},
	} {
		c, _ := Find(id)
		entry := must.Get(c.Entry(&Server{Name: "a", Command: text}))
		all, err := decode([]byte(entry))
		if err != nil {
			t.Fatalf("%q: %v", entry, err)
		}
		got, _ := c.entry(all, "a")
		if m, _ := got.(map[string]any); m["command"] != text || strings.ContainsAny(entry, "\x1b\x7f\u009b\u202e\u2028") {
			t.Errorf("got %q from %q", m["command"], entry)
		}
	}
}
