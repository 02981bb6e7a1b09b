package main

import (
	"bytes"
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

// Two issuers are accepted, and each vouches for its own tokens only: what the other one says of
// groups, scopes or the first one's people counts for nothing.
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
		c, err := connect(t, url, token, "2025-11-25")
		if err != nil {
			t.Fatal(err)
		}
		var r mcp.CallToolRequest
		r.Params.Name = tool
		res, err := c.CallTool(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
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

// A call that lacks a scope asks its caller to sign in for it at the issuer that the caller is of,
// which the metadata at the URL of the challenge names alone.
func TestScopeChallengeOfIssuers(t *testing.T) {
	corp, guests := oauthtest.New(t, oauthAudience), oauthtest.New(t, oauthAudience)
	const policy = "version: 1\ntools:\n  get_flow: {require: {any: [{path: identity.corp.scopes, op: contains, value: flows}, {path: identity.guests.scopes, op: contains, value: look}]}}\n"
	url := demoGateway(t, policy, "--oauth-issuer", "corp="+corp.URL, "--oauth-issuer", "guests="+guests.URL, "--oauth-audience", oauthAudience)
	for i, scope := range map[*oauthtest.Issuer]string{corp: "flows", guests: "look"} {
		token := i.AccessToken(map[string]any{"scope": "read"})
		session := sendMCP(t, url, "POST", token, "", helloMCP).Header.Get("Mcp-Session-Id")
		resp := sendMCP(t, url, "POST", token, session, callMCP("get_flow"))
		got := resp.Header.Get("WWW-Authenticate")
		if resp.StatusCode != 403 || !strings.Contains(got, `error="insufficient_scope"`) || !strings.HasSuffix(got, `, scope="read `+scope+`"`) {
			t.Fatalf("%s: %s %s", scope, resp.Status, got)
		}
		_, rest, _ := strings.Cut(got, `resource_metadata="`)
		at, _, _ := strings.Cut(rest, `"`)
		if text, _ := io.ReadAll(sendMCP(t, at, "GET", "", "", "").Body); !strings.Contains(string(text), `"authorization_servers":["`+i.URL+`"]`) {
			t.Errorf("%s: the metadata at %s is %s", scope, at, text)
		}
	}
}

func TestWrongIssuers(t *testing.T) {
	base := []string{"gateway", "--policy", "none.yaml", "--http", "127.0.0.1:0"}
	for want, args := range map[string][]string{
		"several issuers have names": {"--oauth-issuer", "https://a.example", "--oauth-issuer", "b=https://b.example"},
		"lower-case letters":         {"--oauth-issuer", "Corp=https://a.example"},
		"is none of name, issuer":    {"--oauth-issuer", "claims=https://a.example"},
		"the same name or URL":       {"--oauth-issuer", "a=https://a.example", "--oauth-issuer", "b=https://a.example"},
		"once for each":              {"--oauth-issuer", "a=https://a.example", "--oauth-keys", "https://a.example/keys"},
		"with the name of an issuer": {"--oauth-issuer", "a=https://a.example", "--oauth-keys", "a=https://a.example/k", "--oauth-keys", "a=https://a.example/l"},
	} {
		var out, errs bytes.Buffer
		args = append(append(slices.Clone(base), args...), "--", "true")
		if status := run(t.Context(), args, strings.NewReader(""), &out, &errs); status == 0 || !strings.Contains(errs.String(), want) {
			t.Errorf("%q: %d, %s, want %q", args, status, errs.String(), want)
		}
	}
	f := oauthFlags{issuers: []string{"https://a.example/?x=1"}, keys: []string{"https://a.example/k?y=2"}}
	if all, err := f.named(); err != nil || all[0] != (namedIssuer{url: "https://a.example/?x=1", keys: "https://a.example/k?y=2"}) {
		t.Errorf("%+v, %v", all, err)
	}
}
