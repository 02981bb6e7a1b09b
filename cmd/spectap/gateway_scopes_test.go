package main

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectap/spectap/guard/oauth/oauthtest"
)

const scopePolicy = `
version: 1
tools:
  list_hosts: {}
  get_traffic_summary:
    require: [{path: identity.scopes, op: contains, value: summary}]
  search_traffic:
    require:
      - {path: identity.scopes, op: contains, value: search}
      - {path: identity.claims.groups, op: contains, value: ops}
  list_operations: {action: deny}
  send: {require: [{path: identity.scopes, op: contains, value: send}], require_approval: true}
  odd: {require: [{path: identity.scopes, op: contains, value: 'x", scope="admin'}]}
`

// callMCP returns a request for a call of a tool.
func callMCP(tool string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":%q,"arguments":{}}}`, tool)
}

// A call that only lacks scopes is answered with status 403 and the scopes to sign in for. Every
// other denial is a result, and so is that of a caller who did not sign in at the issuer.
func TestScopeChallenge(t *testing.T) {
	i := oauthtest.New(t, oauthAudience)
	dir := t.TempDir()
	grants, journal := filepath.Join(dir, "grants.json"), filepath.Join(dir, "audit.jsonl")
	own := strings.TrimSpace(command(t, "grant", "add", "--grants", grants, "ci"))
	command(t, "grant", "add", "--grants", grants, "everyone", "--claim", "iss="+i.URL)
	url := demoGateway(t, scopePolicy, "--oauth-issuer", i.URL, "--oauth-audience", oauthAudience, "--oauth-scope", "read", "--oauth-claim", "groups",
		"--grants", grants, "--audit", journal, "--approvals", filepath.Join(dir, "approvals.json"))
	metadata := strings.TrimSuffix(url, "/mcp") + "/.well-known/oauth-protected-resource/mcp"
	anna := i.AccessToken(map[string]any{"scope": "read write"})
	bert := i.AccessToken(map[string]any{"sub": "bert", "scope": "read", "groups": []string{"dev"}})
	challenge := func(needed, all string) string {
		return fmt.Sprintf(`Bearer error="insufficient_scope", error_description="the call needs the scope %s", resource_metadata="%s", scope="%s"`, needed, metadata, all)
	}
	for _, x := range []struct {
		name, token, tool string
		status            int
		challenge, body   string
	}{
		{"it lacks a scope", anna, "get_traffic_summary", 403, challenge("summary", "read write summary"), "/tools/get_traffic_summary/require/0"},
		{"nothing", anna, "list_hosts", 200, "", "result"},
		{"a scope, and the claim fits", anna, "search_traffic", 403, challenge("search", "read write search"), "/tools/search_traffic/require/0"},
		{"a scope, and the claim does not fit", bert, "search_traffic", 200, "", "/tools/search_traffic/require/0"},
		{"a scope, and a person's approval", anna, "send", 403, challenge("send", "read write send"), "/tools/send/require/0"},
		{"what is no scope", anna, "odd", 200, "", "/tools/odd/require/0"},
		{"it is denied", anna, "list_operations", 200, "", "POLICY DENIED"},
		{"it is hidden", anna, "export_openapi_spec", 200, "", "unknown tool"},
		{"it has the scope", i.AccessToken(map[string]any{"scope": "read summary"}), "get_traffic_summary", 200, "", "result"},
		{"of a grant", own, "get_traffic_summary", 200, "", "POLICY DENIED"},
		{"many scopes", i.AccessToken(map[string]any{"scope": "read " + strings.Repeat("s", 3000)}), "get_traffic_summary", 403, challenge("summary", "read summary"), "POLICY DENIED"},
	} {
		resp := sendMCP(t, url, "POST", x.token, "", helloMCP)
		resp = sendMCP(t, url, "POST", x.token, resp.Header.Get("Mcp-Session-Id"), callMCP(x.tool))
		text := must(io.ReadAll(resp.Body))
		got := resp.Header.Get("WWW-Authenticate")
		if resp.StatusCode != x.status || got != x.challenge || !strings.Contains(string(text), x.body) {
			t.Errorf("%s: %s\n%s\nwant %s\n%s", x.name, resp.Status, got, x.challenge, text)
		}
		var answer struct{ ID int }
		if resp.StatusCode == 403 && (json.Unmarshal(text, &answer) != nil || answer.ID != 3 || resp.Header.Get("Content-Type") != "application/json") {
			t.Errorf("%s: the answer is %s", x.name, text)
		}
	}
	data := readFile(t, journal)
	if n := strings.Count(string(data), `"decision":"deny","rule":"/tools/get_traffic_summary/require/0"`); n != 3 {
		t.Errorf("the audit has %d denials of get_traffic_summary, want 3", n)
	}
}
