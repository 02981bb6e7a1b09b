package attack

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// A client of the gateway that uses all its sessions at once keeps nobody out (threat 14).
func TestSessionsOfCrowds(t *testing.T) {
	for name, revision := range map[string]string{"with sessions": legacy, "without sessions": modern} {
		try(t, name, "opens 10 sessions and a stream in each", "another grant is served", func(a *attack) {
			u := a.upstream(nil)
			grants := filepath.Join(a.dir, "grants.json")
			alice := strings.TrimSpace(a.must("grant", "add", "--grants", grants, "alice"))
			mallory := strings.TrimSpace(a.must("grant", "add", "--grants", grants, "mallory"))
			s := a.start(nil, append([]string{"gateway", "--policy", a.file("policy.yaml", "version: 1\ndefault: allow\n"), "--http", "127.0.0.1:0", "--grants", grants, "--max-sessions", "8", "--",
				binary}, a.serving(u, twoTools)...)...)
			at := s.waitLog("MCP at ")
			for range 10 {
				r, err := http.NewRequestWithContext(a.Context(), "POST", at, strings.NewReader(hello))
				if err != nil {
					a.Fatal(err)
				}
				r.Header = http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"}, "Authorization": {"Bearer " + mallory}}
				resp, err := http.DefaultClient.Do(r)
				if err != nil {
					a.Fatal(err)
				}
				resp.Body.Close()
				if resp.StatusCode != http.StatusOK {
					continue
				}
				stream, err := http.NewRequestWithContext(a.Context(), "GET", at, nil)
				if err != nil {
					a.Fatal(err)
				}
				stream.Header = http.Header{"Accept": {"text/event-stream"}, "Authorization": {"Bearer " + mallory}, "Mcp-Session-Id": {resp.Header.Get("Mcp-Session-Id")}}
				open, err := http.DefaultClient.Do(stream)
				if err != nil {
					a.Fatal(err)
				}
				a.Cleanup(func() { open.Body.Close() })
			}
			g := &agent{a: a, revision: revision, waiting: map[string]chan message{}, url: at, token: alice}
			if revision == legacy {
				if m := g.request("initialize", object{"protocolVersion": legacy, "capabilities": object{}, "clientInfo": object{"name": "t", "version": "1"}}); m.Result == nil {
					a.breach("another grant cannot begin a session: %s", m.raw)
					return
				}
			}
			if r := g.request("tools/list", object{}); r.Result == nil {
				a.breach("another grant gets %s", r.raw)
			}
		})
	}
}

const hello = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"m","version":"1"}}}`
