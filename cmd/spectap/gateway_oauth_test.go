package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/cmd/spectap/cli/gateway"
	"github.com/spectap/spectap/guard/oauth/oauthtest"
)

const oauthAudience = "https://mcp.example.com/mcp"

const oauthPolicy = `
version: 1
tools:
  list_hosts: {}
  get_traffic_summary:
    require: [{path: identity.scopes, op: contains, value: write}]
  search_traffic:
    require: [{path: identity.claims.groups, op: contains, value: ops}]
    limits: [{counter: searches, window: hour, max: 1}]
`

// oauthGateway serves spectap mcp behind a gateway that accepts tokens of an issuer.
func oauthGateway(t *testing.T, i *oauthtest.Issuer, more ...string) string {
	t.Helper()
	return demoGateway(t, oauthPolicy, append([]string{"--oauth-issuer", i.URL, "--oauth-audience", oauthAudience}, more...)...)
}

// sendMCP sends a message to a gateway.
func sendMCP(t *testing.T, url, method, token, session, body string) *http.Response {
	t.Helper()
	req := must(http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body)))
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	if session != "" {
		req.Header.Set("Mcp-Session-Id", session)
	}
	resp := must(http.DefaultClient.Do(req))
	t.Cleanup(func() { resp.Body.Close() })
	return resp
}

const (
	helloMCP = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"c","version":"1"}}}`
	pingMCP  = `{"jsonrpc":"2.0","id":2,"method":"ping"}`
)

// The policy's conditions on scopes and claims apply to each caller, and each caller has its own
// limits.
func TestGatewayOAuth(t *testing.T) {
	i := oauthtest.New(t, oauthAudience)
	journal := filepath.Join(t.TempDir(), "audit.jsonl")
	url := oauthGateway(t, i, "--oauth-scope", "read", "--oauth-claim", "groups", "--audit", journal)
	call := func(version, token, tool string) string {
		t.Helper()
		c := must(connect(t, url, token, version))
		r, err := c.CallTool(t.Context(), mcp.CallToolRequest{Params: mcp.CallToolParams{Name: tool, Arguments: map[string]any{}}})
		if err != nil {
			return err.Error()
		}
		text, _ := json.Marshal(r.Content)
		return string(text)
	}
	anna := i.AccessToken(nil)
	bert := i.AccessToken(map[string]any{"sub": "bert", "scope": "read", "groups": []string{"dev"}})
	for _, version := range []string{"2025-11-25", "2026-07-28"} {
		for _, x := range []struct {
			token, tool, want string
		}{
			{anna, "list_hosts", ""}, {anna, "get_traffic_summary", ""},
			{bert, "list_hosts", ""}, {bert, "get_traffic_summary", "/tools/get_traffic_summary/require/0"},
			{bert, "search_traffic", "/tools/search_traffic/require/0"}, {anna, "export_openapi_spec", "unknown tool"},
		} {
			if got := call(version, x.token, x.tool); x.want == "" && strings.Contains(got, "DENIED") || !strings.Contains(got, x.want) {
				t.Errorf("%s: %s: %s", version, x.tool, got)
			}
		}
	}
	carl := i.AccessToken(map[string]any{"sub": "carl"})
	if got := call("2025-11-25", anna, "search_traffic"); strings.Contains(got, "DENIED") {
		t.Error(got)
	}
	if got := call("2026-07-28", i.AccessToken(map[string]any{"client_id": "other"}), "search_traffic"); !strings.Contains(got, "/tools/search_traffic/limits/0") {
		t.Error("the limit of anna, with another client:", got)
	}
	if got := call("2025-11-25", carl, "search_traffic"); strings.Contains(got, "DENIED") {
		t.Error("carl has a limit of his own:", got)
	}
	data := readFile(t, journal)
	if !strings.Contains(string(data), i.URL+"#anna") {
		t.Error("the audit does not name anna")
	}
	for _, token := range []string{anna, bert, carl} {
		if strings.Contains(string(data), token[len(token)-40:]) || strings.Contains(string(data), strings.Split(token, ".")[1]) {
			t.Error("the audit has a token")
		}
	}
}

// A client without a token learns where to get one, and one with a wrong token why it is refused.
func TestOAuthChallenges(t *testing.T) {
	i := oauthtest.New(t, oauthAudience)
	url := oauthGateway(t, i, "--oauth-scope", "read")
	origin := strings.TrimSuffix(url, "/mcp")
	metadata := origin + "/.well-known/oauth-protected-resource"
	where := fmt.Sprintf(`resource_metadata="%s/mcp", scope="read"`, metadata)
	for _, x := range []struct {
		name, token string
		status      int
		challenge   string // part of it
	}{
		{"none", "", 401, "Bearer " + where},
		{"valid", i.AccessToken(nil), 200, ""},
		{"another audience", i.AccessToken(map[string]any{"aud": url}), 401, `Bearer error="invalid_token", error_description="the access token is not accepted: it is for another audience", ` + where},
		{"expired", i.AccessToken(map[string]any{"exp": time.Now().Add(-time.Minute).Unix()}), 401, "it has expired"},
		{"no scope", i.AccessToken(map[string]any{"scope": "write"}), 403, `Bearer error="insufficient_scope", error_description="the access token does not grant what is needed: the scope read", ` + where},
		{"a longer scope", i.AccessToken(map[string]any{"scope": "readwrite read:all"}), 403, `error="insufficient_scope"`},
		{"scope in capitals", i.AccessToken(map[string]any{"scope": "READ"}), 403, `error="insufficient_scope"`},
		{"of a grant", "spectap_ABCDEFGHIJKLMNOPQRSTUVWXYZ", 401, `error="invalid_token"`},
		{"nonsense", "nonsense", 401, `error="invalid_token"`},
		{"huge", strings.Repeat("x", 40<<10), 401, `error="invalid_token"`},
	} {
		resp := sendMCP(t, url, "POST", x.token, "", helloMCP)
		if got := resp.Header.Get("WWW-Authenticate"); resp.StatusCode != x.status || !strings.Contains(got, x.challenge) {
			t.Errorf("%s: %s: %s", x.name, resp.Status, got)
		}
	}
	if resp := sendMCP(t, url+"?access_token="+i.AccessToken(nil), "POST", "", "", helloMCP); resp.StatusCode != 401 {
		t.Error("a token in the query:", resp.Status)
	}
	if resp := sendMCP(t, url+"?access_token=x", "POST", i.AccessToken(nil), "", helloMCP); resp.StatusCode != 400 {
		t.Error("two tokens:", resp.Status)
	}
	if resp := sendMCP(t, url, "POST", strings.Repeat("x", 1<<20), "", helloMCP); resp.StatusCode != 431 {
		t.Error("a token of a megabyte:", resp.Status)
	}
	for name, value := range map[string]string{ // which name a host of the client's choice
		"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example;proto=https", "X-Original-Host": "evil.example",
		"X-Forwarded-Proto": "https://evil.example/", "X-Forwarded-Prefix": "//evil.example", "Referer": "https://evil.example",
	} {
		for _, at := range []string{url, metadata} {
			r := must(http.NewRequest("GET", at, nil))
			r.Header.Set(name, value)
			resp := must(http.DefaultClient.Do(r))
			text, _ := io.ReadAll(resp.Body)
			resp.Body.Close()
			if all := fmt.Sprint(resp.Header, string(text)); strings.Contains(all, "evil.example") {
				t.Errorf("%s leads %s elsewhere: %s", name, at, all)
			}
		}
	}
	for _, at := range []string{metadata, metadata + "/mcp"} {
		resp := must(http.Get(at))
		var m struct {
			Resource string   `json:"resource"`
			Servers  []string `json:"authorization_servers"`
			Scopes   []string `json:"scopes_supported"`
		}
		err := json.NewDecoder(resp.Body).Decode(&m)
		resp.Body.Close()
		if err != nil || m.Resource != url || fmt.Sprint(m.Servers) != "["+i.URL+"]" || fmt.Sprint(m.Scopes) != "[read]" || resp.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %+v, %v", at, m, err)
		}
		if resp := sendMCP(t, at, "POST", "", "", helloMCP); resp.StatusCode != 405 {
			t.Errorf("POST to the metadata: %s", resp.Status)
		}
	}
	for _, at := range []string{origin + "/", metadata + "/other", origin + "/.well-known/openid-configuration"} {
		if resp := sendMCP(t, at, "GET", "", "", ""); resp.StatusCode != 401 {
			t.Errorf("%s: %s", at, resp.Status)
		}
	}
}

// A session belongs to the subject that began it, with its rights. A new token of the same subject
// goes on with it.
func TestOAuthSessions(t *testing.T) {
	i := oauthtest.New(t, oauthAudience)
	grants := filepath.Join(t.TempDir(), "grants.json")
	own := strings.TrimSpace(command(t, "grant", "add", "--grants", grants, "ci"))
	command(t, "grant", "add", "--grants", grants, "everyone", "--claim", "iss="+i.URL)
	url := oauthGateway(t, i, "--grants", grants)
	begin := func(token string) string {
		t.Helper()
		resp := sendMCP(t, url, "POST", token, "", helloMCP)
		if resp.StatusCode != 200 {
			t.Fatal(resp.Status)
		}
		return resp.Header.Get("Mcp-Session-Id")
	}
	ci := i.AccessToken(map[string]any{"sub": "ci"})
	session, ofGrant := begin(ci), begin(own)
	for name, x := range map[string]struct {
		token, session string
		want           int
	}{
		"itself":             {ci, session, 200},
		"a new token":        {i.AccessToken(map[string]any{"sub": "ci", "exp": time.Now().Add(9 * time.Hour).Unix(), "nonce": "x"}), session, 200},
		"another subject":    {i.AccessToken(nil), session, 404},
		"another client":     {i.AccessToken(map[string]any{"sub": "ci", "client_id": "x"}), session, 404},
		"other scopes":       {i.AccessToken(map[string]any{"sub": "ci", "scope": "read"}), session, 404},
		"grant of this name": {own, session, 404},
		"subject of a grant": {ci, ofGrant, 404},
		"the grant":          {own, ofGrant, 200},
		"subject like name":  {i.AccessToken(map[string]any{"sub": i.URL + "#ci"}), session, 404},
		"in another case":    {i.AccessToken(map[string]any{"sub": "CI"}), session, 404},
		"no token":           {"", session, 401},
		"another issuer":     {oauthtest.New(t, oauthAudience).AccessToken(map[string]any{"sub": "ci"}), session, 401},
	} {
		if resp := sendMCP(t, url, "POST", x.token, x.session, pingMCP); resp.StatusCode != x.want {
			t.Errorf("%s: %s, want %d", name, resp.Status, x.want)
		}
	}
}

// The claims of a token decide on its grant, and a session ends with the grant.
func TestOAuthGrants(t *testing.T) {
	i := oauthtest.New(t, oauthAudience)
	dir := t.TempDir()
	grants, own := filepath.Join(dir, "grants.json"), filepath.Join(dir, "own.yaml")
	noError(t, os.WriteFile(own, []byte("version: 1\ntools: {get_traffic_summary: {}}\n"), 0o600))
	if out := command(t, "grant", "add", "--grants", grants, "ops", "--claim", "groups=ops", "--tools", "list_*"); out != "" {
		t.Errorf("a token was printed: %s", out)
	}
	command(t, "grant", "add", "--grants", grants, "lead", "--claim", "groups=ops", "--claim", "scope=admin", "--policy", own)
	if out := command(t, "grant", "ls", "--grants", grants); !strings.Contains(out, "claim groups=ops  claim scope=admin") {
		t.Error(out)
	}
	url := oauthGateway(t, i, "--grants", grants)
	anna := i.AccessToken(nil)
	for token, want := range map[string]string{anna: "list_hosts", i.AccessToken(map[string]any{"scope": "admin read"}): "get_traffic_summary"} {
		c := must(connect(t, url, token, "2025-11-25"))
		if got := toolNames(t, c); got != want {
			t.Errorf("the tools are %q, want %q", got, want)
		}
	}
	resp := sendMCP(t, url, "POST", i.AccessToken(map[string]any{"groups": "dev"}), "", helloMCP)
	if resp.StatusCode != 403 || resp.Header.Get("WWW-Authenticate") != "" {
		t.Errorf("a token that fits no grant: %s %v", resp.Status, resp.Header)
	}
	session := sendMCP(t, url, "POST", anna, "", helloMCP).Header.Get("Mcp-Session-Id")
	stream := sendMCP(t, url, "GET", anna, session, "")
	if stream.StatusCode != 200 {
		t.Fatal(stream.Status)
	}
	command(t, "grant", "revoke", "--grants", grants, "ops")
	io.Copy(io.Discard, stream.Body) // the limit of the test bounds the wait
	resp = sendMCP(t, url, "POST", anna, session, pingMCP)
	if want := `error="insufficient_scope"`; resp.StatusCode != 403 || !strings.Contains(resp.Header.Get("WWW-Authenticate"), want) ||
		!strings.Contains(resp.Header.Get("WWW-Authenticate"), `scope="admin"`) {
		t.Errorf("a grant that was revoked: %s %v", resp.Status, resp.Header)
	}
}

// The documents of an issuer are bounded in size and time, and its metadata leads to no address of
// this machine that a person did not name.
func TestIssuerDocuments(t *testing.T) {
	reached := false
	private := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	t.Cleanup(private.Close)
	for name, x := range map[string]struct {
		keys http.HandlerFunc
		want string
	}{
		"100 MB": {func(w http.ResponseWriter, _ *http.Request) {
			line := strings.Repeat(`{"kty":"RSA"},`, 1000)
			for range 100 << 20 / len(line) {
				if _, err := io.WriteString(w, line); err != nil {
					return
				}
			}
		}, "larger than 1 MiB"},
		"slow": {func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, `{"keys":[`)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}, "deadline exceeded"},
		"redirect": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, private.URL, http.StatusFound) }, "status 302"},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "slow" {
				defer func(d time.Duration) { gateway.DocumentTime = d }(gateway.DocumentTime)
				gateway.DocumentTime = time.Second / 4
			}
			i := oauthtest.New(t, oauthAudience)
			i.PublishBy(x.keys)
			resp := sendMCP(t, oauthGateway(t, i), "POST", i.AccessToken(nil), "", helloMCP)
			text, _ := io.ReadAll(resp.Body)
			if resp.StatusCode != 503 || !strings.Contains(string(text), x.want) {
				t.Errorf("%s %s", resp.Status, text)
			}
		})
	}
	fetch := gateway.IssuerDocuments("https://login.example")
	if _, err := fetch(t.Context(), private.URL+"/keys"); err == nil || reached {
		t.Errorf("metadata leads to this machine: %v", err)
	}
	if reached {
		t.Error("a private address was reached")
	}
	if _, err := gateway.IssuerDocuments(private.URL)(t.Context(), private.URL+"/keys"); err != nil || !reached {
		t.Errorf("an address that a person named: %v", err)
	}
}

// Credentials that a client sends do not reach the server.
func TestOAuthCredentialsStay(t *testing.T) {
	const planted = "planted-secret-of-the-client"
	i := oauthtest.New(t, oauthAudience)
	token := i.AccessToken(nil)
	seen := make(chan string, 100)
	upstream := greeting(t, func(r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		seen <- fmt.Sprint(r.URL, r.Header, string(body))
	})
	t.Setenv(gateway.UpstreamVariable, "credential-of-the-gateway")
	url := gatewayTo(t, upstream, "--oauth-issuer", i.URL, "--oauth-audience", oauthAudience)
	req := must(http.NewRequest("POST", url+"?key="+planted, strings.NewReader(helloMCP)))
	for name, value := range map[string]string{
		"Authorization": "Bearer " + token, "Cookie": "session=" + planted, "Proxy-Authorization": "Basic " + planted, "X-Api-Key": planted,
		"X-Forwarded-Access-Token": planted, "Content-Type": "application/json", "Accept": "application/json, text/event-stream",
	} {
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil || resp.StatusCode != 200 {
		t.Fatal(resp, err)
	}
	resp.Body.Close()
	got := <-seen
	if strings.Contains(got, planted) || strings.Contains(got, token[:20]) || strings.Contains(got, token[len(token)-20:]) {
		t.Errorf("the server saw a credential of the client: %s", got)
	}
	if !strings.Contains(got, "[Bearer credential-of-the-gateway]") {
		t.Errorf("the server did not see that of the gateway: %s", got)
	}
}

// greeting starts an MCP server that answers initialize alone, with a session, and returns its URL.
func greeting(t *testing.T, see func(*http.Request)) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		see(r)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Mcp-Session-Id", "s")
		io.WriteString(w, `{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-11-25","capabilities":{}}}`)
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

// TestOAuthFlags checks the flags about the tokens that a gateway accepts.
func TestOAuthFlags(t *testing.T) {
	i, other := oauthtest.New(t, oauthAudience), oauthtest.New(t, oauthAudience)
	other.Publish(oauthtest.Key("rsa2", "a", "RS256"))
	payload, _ := json.Marshal(i.Claims(nil))
	usual, plain := i.AccessToken(nil), oauthtest.Sign(t, oauthtest.Signer("rsa"), "RS256", map[string]any{"typ": "JWT", "kid": "a"}, payload)
	upstream := greeting(t, func(*http.Request) {})
	for flags, x := range map[string]struct {
		token string
		want  int
	}{
		"":                                    {usual, 200},
		"--oauth-resource " + i.URL:           {usual, 401}, // the audience is another
		"--oauth-algorithm ES256":             {usual, 401},
		"--oauth-keys " + other.URL + "/keys": {usual, 401},
		"--oauth-scope read":                  {plain, 401},
		"--oauth-any-type":                    {plain, 200},
	} {
		args := []string{"--oauth-issuer", i.URL, "--oauth-resource", oauthAudience}
		url := gatewayTo(t, upstream, append(args, strings.Fields(flags)...)...)
		if resp := sendMCP(t, url, "POST", x.token, "", helloMCP); resp.StatusCode != x.want {
			t.Errorf("%s: %s, want %d", flags, resp.Status, x.want)
		}
	}
}

// TestGatewaySessions checks that flags bound the sessions, and end one that nobody uses.
func TestGatewaySessions(t *testing.T) {
	upstream := greeting(t, func(*http.Request) {})
	begin := func(url string) string {
		return sendMCP(t, url, "POST", "", "", helloMCP).Header.Get("Mcp-Session-Id")
	}
	url := gatewayTo(t, upstream, "--no-token", "--max-sessions", "1")
	first := begin(url)
	begin(url)
	if resp := sendMCP(t, url, "GET", "", first, ""); resp.StatusCode != 404 {
		t.Errorf("the first of two sessions: %s", resp.Status)
	}
	ended := make(chan bool, 1)
	begin(gatewayTo(t, greeting(t, func(r *http.Request) {
		if r.Method == http.MethodDelete {
			ended <- true
		}
	}), "--no-token", "--session-idle", "20ms"))
	select {
	case <-ended:
	case <-time.After(time.Minute):
		t.Error("a session that nobody uses stays")
	}
}
