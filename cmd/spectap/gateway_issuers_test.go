package main

import (
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/guard/oauth/oauthtest"
)

const issuersPolicy = `
version: 1
tools:
  list_hosts: {}
  search_traffic: {require: [{path: identity.claims.groups, op: contains, value: ops}]}
  get_flow: {require: [{path: identity.scopes, op: contains, value: read}]}
  get_traffic_summary: {require: [{path: identity.corp.claims.groups, op: contains, value: ops}]}
`

// Two issuers are accepted, and each vouches only for its own tokens: claims of one about groups,
// scopes or people of the other have no effect.
func TestOAuthIssuers(t *testing.T) {
	corp, guests, other := oauthtest.New(t, oauthAudience), oauthtest.New(t, oauthAudience), oauthtest.New(t, oauthAudience)
	guests.Publish(oauthtest.Key("ec", "k", "ES256"))
	other.Publish(oauthtest.Key("ed", "k", "EdDSA"))
	grants := filepath.Join(t.TempDir(), "grants.json")
	command(t, "grant", "add", "--grants", grants, "ops", "--claim", "groups=ops", "--claim", "iss="+corp.URL)
	command(t, "grant", "add", "--grants", grants, "guest", "--claim", "iss="+guests.URL)
	command(t, "grant", "add", "--grants", grants, "anybody", "--claim", "groups=ops", "--claim", "scope=read", "--claim", "sub=anna")
	flags := []string{"--oauth-issuer", "corp=" + corp.URL, "--oauth-issuer", "guests=" + guests.URL, "--oauth-audience", oauthAudience, "--oauth-claim", "groups"}
	url := demoGateway(t, issuersPolicy, append(flags, "--grants", grants)...)
	metadata := sendMCP(t, strings.TrimSuffix(url, "/mcp")+"/.well-known/oauth-protected-resource/mcp", "GET", "", "", "")
	if text, _ := io.ReadAll(metadata.Body); !strings.Contains(string(text), `"authorization_servers":["`+corp.URL+`","`+guests.URL+`"]`) {
		t.Errorf("the metadata is %s", text)
	}
	called := func(token, tool string) string {
		t.Helper()
		c := must(connect(t, url, token, "2025-11-25"))
		var r mcp.CallToolRequest
		r.Params.Name = tool
		res := must(c.CallTool(t.Context(), r))
		return res.Content[0].(mcp.TextContent).Text
	}
	for tool, isFor := range map[string][]*oauthtest.Issuer{"list_hosts": {corp, guests}, "get_traffic_summary": {corp}, "search_traffic": nil, "get_flow": nil} {
		for _, i := range []*oauthtest.Issuer{corp, guests} {
			got := called(i.AccessToken(nil), tool)
			if denied := strings.HasPrefix(got, "[POLICY DENIED]"); denied == slices.Contains(isFor, i) {
				t.Errorf("%s, corp: %v: %s", tool, i == corp, got)
			}
		}
	}
	for name, token := range map[string]string{
		"a third issuer":                   other.AccessToken(nil),
		"the other one's name in a token":  guests.AccessToken(map[string]any{"iss": corp.URL}),
		"the first one's name in a token":  corp.AccessToken(map[string]any{"iss": guests.URL}),
		"both names":                       guests.AccessToken(map[string]any{"iss": []string{guests.URL, corp.URL}}),
		"no name":                          guests.AccessToken(map[string]any{"iss": nil}),
		"the name of an issuer in its URL": guests.AccessToken(map[string]any{"iss": "corp"}),
		"no token":                         "a.b.c",
	} {
		if resp := sendMCP(t, url, "POST", token, "", helloMCP); resp.StatusCode != 401 {
			t.Errorf("%s: %s", name, resp.Status)
		}
	}
	if resp := sendMCP(t, url, "POST", corp.AccessToken(map[string]any{"groups": "dev"}), "", helloMCP); resp.StatusCode != 403 {
		t.Errorf("a token that only a grant of no issuer fits: %s", resp.Status)
	}
	if resp := sendMCP(t, url, "POST", guests.AccessToken(map[string]any{"groups": "dev"}), "", helloMCP); resp.StatusCode != 200 {
		t.Errorf("a token that the grant of its issuer fits: %s", resp.Status)
	}
	session := sendMCP(t, url, "POST", corp.AccessToken(nil), "", helloMCP).Header.Get("Mcp-Session-Id")
	if resp := sendMCP(t, url, "POST", guests.AccessToken(nil), session, pingMCP); resp.StatusCode != 404 {
		t.Errorf("the same subject of another issuer in the session: %s", resp.Status)
	}
}
