package attack

import (
	"path/filepath"
	"strings"
	"testing"
)

// A server that the gateway starts does not see what the gateway knows for others (threat 5).
func TestEnvironmentOfServers(t *testing.T) {
	try(t, "gateway", "reads its environment, as a server behind the gateway", "no credential for another server is in it", func(a *attack) {
		policy := a.file("policy.yaml", "version: 1\ntools: {}\n")
		config := a.file("servers.yaml", `servers:
  a: {command: [sh, -c, 'env >&2; echo that is all >&2; cat >/dev/null'], policy: `+policy+`}
  b: {url: "http://127.0.0.1:1/mcp", token_env: PLANTED_TOKEN, policy: `+policy+`}
  c: {url: "http://127.0.0.1:1/mcp", oauth: {token_url: "http://127.0.0.1:1/t", client: c, secret_env: PLANTED_SECRET}, policy: `+policy+`}
`)
		s := a.start([]string{
			"OF_THE_SERVER=kept", "PLANTED_TOKEN=planted-1", "PLANTED_SECRET=planted-2", "SPECTAP_UPSTREAM_TOKEN=planted-3",
			"SPECTAP_APPROVAL_WEBHOOK=https://hooks.example.com/planted-4",
		}, "gateway", "--config", config, "--approvals", filepath.Join(a.dir, "approvals.json"), "--approval-webhook-secret", a.file("secret", strings.Repeat("s", 32)))
		s.stdin.Write([]byte(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"a","version":"1"}}}` + "\n"))
		s.waitLog("that is all")
		a.including("the environment", s.log(), "OF_THE_SERVER=kept")
		a.excluding("the environment", s.log(), "planted-")
	})
}
