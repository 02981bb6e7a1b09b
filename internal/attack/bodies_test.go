package attack

import (
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/test/must"
)

// Bodies that one client leaves unfinished take all the memory that a server gives to bodies, and
// the messages of others are served nevertheless (threat 14).
func TestBodiesOfOthers(t *testing.T) {
	fill := func(a *attack, at, token string) {
		parsed := must.Get(url.Parse(at))
		body := strings.Repeat(" ", 16<<20-1)
		done := make(chan error, 16)
		for range 16 {
			go func() {
				conn, err := net.Dial("tcp", parsed.Host)
				if err != nil {
					done <- err
					return
				}
				a.Cleanup(func() { conn.Close() })
				conn.SetDeadline(time.Now().Add(deadline))
				_, err = fmt.Fprintf(conn, "POST /mcp HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
					parsed.Host, token, 16<<20, body)
				done <- err
			}()
		}
		for range 16 {
			if err := <-done; err != nil {
				a.Log(err) // the server has refused it
			}
		}
	}
	const tries, holds = "sends 16 messages of 16 MiB but for the last byte", "the small messages of others are served"
	try(t, "gateway", tries, holds, func(a *attack) {
		u := a.upstream(nil)
		grants := filepath.Join(a.dir, "grants.json")
		alice := strings.TrimSpace(a.must("grant", "add", "--grants", grants, "alice"))
		mallory := strings.TrimSpace(a.must("grant", "add", "--grants", grants, "mallory"))
		s := a.start(nil, append([]string{"gateway", "--policy", a.file("policy.yaml", "version: 1\ndefault: allow\n"), "--http", "127.0.0.1:0", "--grants", grants, "--",
			binary}, a.serving(u, twoTools)...)...)
		at := s.waitLog("MCP at ")
		g := a.httpAgent(legacy, at, alice)
		fill(a, at, mallory)
		stillServed(a, s, g)
	})
	try(t, "serve", tries, holds, func(a *attack) {
		u := a.upstream(nil)
		s, at, token := a.listen(nil, a.serving(u, twoTools)...)
		g := a.httpAgent(legacy, at, token)
		fill(a, at, token)
		stillServed(a, s, g)
	})
}

// stillServed makes small requests of another client.
func stillServed(a *attack, s *service, g *agent) {
	for range 20 {
		if r := g.request("tools/list", object{}); r.Result == nil {
			a.breach("another client gets %s: %s", r.raw, s.log())
			return
		}
	}
}
