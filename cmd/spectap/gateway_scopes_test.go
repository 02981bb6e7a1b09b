package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
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
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		got := resp.Header.Get("WWW-Authenticate")
		if resp.StatusCode != x.status || got != x.challenge || !strings.Contains(string(text), x.body) {
			t.Errorf("%s: %s\n%s\nwant %s\n%s", x.name, resp.Status, got, x.challenge, text)
		}
		var answer struct{ ID int }
		if resp.StatusCode == 403 && (json.Unmarshal(text, &answer) != nil || answer.ID != 3 || resp.Header.Get("Content-Type") != "application/json") {
			t.Errorf("%s: the answer is %s", x.name, text)
		}
	}
	data, err := os.ReadFile(journal)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(data), `"decision":"deny","rule":"/tools/get_traffic_summary/require/0"`); n != 3 {
		t.Errorf("the audit has %d denials of get_traffic_summary, want 3", n)
	}
}

// Several servers behind one gateway are the same to a client, and so is a revision without
// sessions.
func TestScopeChallengeOfMerged(t *testing.T) {
	i := oauthtest.New(t, oauthAudience)
	first := demoGateway(t, "version: 1\ndefault: allow\n", "--no-token")
	dir := t.TempDir()
	for name, text := range map[string]string{"policy.yaml": scopePolicy, "servers.yaml": fmt.Sprintf("servers: {a: {url: %q, policy: policy.yaml}}\n", first)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	url := startGateway(t, []string{"--config", filepath.Join(dir, "servers.yaml"), "--oauth-issuer", i.URL, "--oauth-audience", oauthAudience})
	for version, header := range map[string][]string{"2025-11-25": nil, "2026-07-28": {"Mcp-Method", "tools/call", "Mcp-Name", "a_get_traffic_summary"}} {
		token, session, meta := i.AccessToken(nil), "", ""
		if header == nil {
			session = sendMCP(t, url, "POST", token, "", helloMCP).Header.Get("Mcp-Session-Id")
		} else {
			meta = fmt.Sprintf(`"_meta":{"io.modelcontextprotocol/protocolVersion":%q},`, version)
		}
		body := strings.Replace(callMCP("a_get_traffic_summary"), `"params":{`, `"params":{`+meta, 1)
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		for n, more := 0, append([]string{
			"Authorization", "Bearer " + token, "Content-Type", "application/json", "Accept", "application/json, text/event-stream",
			"Mcp-Protocol-Version", version, "Mcp-Session-Id", session,
		}, header...); n < len(more); n += 2 {
			if more[n+1] != "" {
				req.Header.Set(more[n], more[n+1])
			}
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if got := resp.Header.Get("WWW-Authenticate"); resp.StatusCode != 403 || !strings.HasSuffix(got, `, scope="read write summary"`) {
			t.Errorf("%s: %s %q %s", version, resp.Status, got, text)
		}
	}
}
