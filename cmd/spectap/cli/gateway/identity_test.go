package gateway

import (
	"os"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

// The name of a server is unique: other words, another URL or another folder give another name. It
// contains no secrets.
func TestServersHaveNames(t *testing.T) {
	t.Chdir(t.TempDir())
	must.Do(t, os.WriteFile("server", nil, 0o600))
	at := func(url string) backend { return backend{upstream: upstreamFlags{URL: url}} }
	words := func(w ...string) backend { return backend{command: w} }
	all := []struct {
		b     backend
		shown string // prefix of the name
	}{
		{at("https://mcp.example.com/mcp"), "https://mcp.example.com/mcp"},
		{at("https://mcp.example.com/mcp/"), "https://mcp.example.com/mcp/"},
		{at("https://mcp.example.com"), "https://mcp.example.com/"},
		{at("https://mcp.example.com/mcp?api_key=swordfish"), "https://mcp.example.com/mcp?api_key=(secret) ("},
		{at("https://mcp.example.com/s/tok9KqW3vXz71LmPq/mcp"), "https://mcp.example.com/s/(secret)/mcp ("},
		{at("https://mcp.example.com/s/tok0KqW3vXz71LmPq/mcp"), "https://mcp.example.com/s/(secret)/mcp ("},
		{at("https://ann:swordfish@mcp.example.com/mcp"), "https://…@mcp.example.com/mcp ("},
		{backend{name: "github", upstream: upstreamFlags{URL: "https://mcp.example.com/mcp"}}, "github: https://mcp.example.com/mcp"},
		{words("npx", "some-server", "a"), "npx some-server a ("},
		{words("npx", "some-server", "--token", "swordfish"), "npx some-server --token (secret) ("},
		{words("npx", "-y", strings.Repeat("x", 200), "a"), "npx -y xxx"},
		{words("npx", "-y", strings.Repeat("x", 200), "b"), "npx -y xxx"},
		{words("npx", "some-server a"), "npx 'some-server a' ("},
		{words("sh", "-c", "exec ./server"), "sh -c 'exec ./server' ("},
		{words("./server"), "./server ("},
		{words("node", "--main=server"), "node --main=server ("},
	}
	seen := map[string]bool{}
	for _, c := range all {
		c.b.identify()
		name := c.b.identity
		if !strings.HasPrefix(name, c.shown) || strings.Contains(name, "swordfish") || seen[name] || len(name) > 130 {
			t.Errorf("%q, want a name of its own that begins with %q", name, c.shown)
		}
		seen[name] = true
	}
	t.Chdir(t.TempDir())
	must.Do(t, os.WriteFile("server", nil, 0o600))
	for i, c := range all {
		c.b.identify()
		if inFolder := i >= len(all)-4; seen[c.b.identity] == inFolder {
			t.Errorf("in another folder: %q", c.b.identity)
		}
	}
}
