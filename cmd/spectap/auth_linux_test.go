package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/guard/oauth/oauthtest"
)

// anna is a person who signs in at the URL, or with the code, that a program prints.
type anna struct {
	*oauthtest.People
	t        *testing.T
	printed  strings.Builder
	browsers sync.WaitGroup
}

var signInURL = regexp.MustCompile(`http\S+/authorize\S+`)

func (a *anna) Write(p []byte) (int, error) {
	a.printed.Write(p)
	if at := signInURL.FindString(string(p)); at != "" {
		a.browsers.Go(func() { a.browse(at) })
	}
	if strings.Contains(string(p), "the code is WXYZ") {
		a.Approve()
	}
	return len(p), nil
}

// browse signs in with Chromium, if make ui has installed what drives it, or else curl.
func (a *anna) browse(at string) {
	browser := exec.Command("node", "../../page/web/test/signin.mjs", at)
	if _, err := os.Stat("../../page/web/node_modules/playwright-core"); err != nil {
		browser = exec.Command("curl", "-sL", "-d", "user=anna&password=tulip", at)
	}
	page, err := browser.CombinedOutput()
	if err != nil || !strings.Contains(string(page), "spectap has the answer") {
		a.t.Errorf("the browser shows %s, %v", page, err)
	}
}

// TestAuth signs a person in for an MCP server and for an API, by each command that can, and shows
// what an agent is told without it.
func TestAuth(t *testing.T) {
	dir := t.TempDir()
	setDataHome(t, dir)
	t.Setenv("DISPLAY", "")
	t.Setenv("WAYLAND_DISPLAY", "")
	m := server.NewMCPServer("people", "1")
	m.AddTool(mcp.NewTool("who"), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return mcp.NewToolResultText("anna"), nil
	})
	inner := server.NewStreamableHTTPServer(m)
	p := oauthtest.NewPeople(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/me" {
			io.WriteString(w, `{"name":"anna"}`)
			return
		}
		inner.ServeHTTP(w, r)
	}))
	origin := strings.TrimSuffix(p.Server, "/mcp")
	policy, doc := filepath.Join(dir, "policy.yaml"), filepath.Join(dir, "api.yaml")
	document := func(tokenURL string) {
		t.Helper()
		noError(t, os.WriteFile(doc, []byte(`openapi: 3.2.0
info: {title: t, version: "1"}
servers: [{url: "`+origin+`/api"}]
components: {securitySchemes: {login: {type: oauth2, flows: {authorizationCode: {authorizationUrl: "`+p.URL+`/authorize", tokenUrl: "`+tokenURL+`", scopes: {me: ""}}}}}}
paths: {/me: {get: {operationId: me, security: [{login: [me]}], responses: {"200": {description: ok}}}}}
`), 0o600))
	}
	noError(t, os.WriteFile(policy, []byte("version: 1\ntools:\n  who: {}\n"), 0o600))
	var all strings.Builder
	spectap := func(status int, want, stdin string, args ...string) {
		t.Helper()
		var out strings.Builder
		person := &anna{People: p, t: t}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		got := run(ctx, args, strings.NewReader(stdin), &out, person)
		person.browsers.Wait()
		text := out.String() + person.printed.String()
		all.WriteString(text)
		if got != status || !strings.Contains(text, want) {
			t.Errorf("%q: %d, want %d and %s:\n%s", args, got, status, want, text)
		}
	}
	gateway := []string{"gateway", "--policy", policy, "--upstream", p.Server}
	const callWho = helloMCP + "\n" + `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"who"}}` + "\n"
	const callMe = helloMCP + "\n" + `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"me"}}` + "\n"

	spectap(cli.ExitFailed, "try: spectap auth login "+p.Server, "", "client", p.Server, "-e", "call who")
	spectap(cli.ExitFine, "a person signs in with spectap auth login", callWho, gateway...)
	spectap(cli.ExitFine, `"text":"anna"`, callWho, append(gateway, "--upstream-login")...) // with a code
	spectap(cli.ExitFine, p.Server+"  by "+p.URL+"  scopes read\n", "", "auth", "ls")
	spectap(cli.ExitFine, "anna", "", "client", p.Server, "-e", "call who")
	spectap(cli.ExitFine, "signed out", "", "auth", "logout", p.Server)

	p.Metadata = func(m map[string]any) { delete(m, "device_authorization_endpoint") } // with the browser
	spectap(cli.ExitFine, `"text":"anna"`, callWho, append(gateway, "--upstream-login")...)
	p.EndAccess(true)
	c := startConsole(t, []string{"TERM=xterm", "XDG_STATE_HOME=" + dir}, "spectap", "client", p.Server)
	(&anna{People: p, t: t}).browse(signInURL.FindString(c.see("HOST")))
	c.see("mcp> ")
	spectap(cli.ExitFine, "scopes read", "", "auth", "login", p.Server)

	t.Setenv("SPECTAP_AUTH_LOGIN_CLIENT_ID", "known")
	document("http://127.0.0.1:1/token")
	spectap(cli.ExitFailed, "try: --token-origin http://127.0.0.1:1", "", "serve", doc, "--login", "--base-url", origin+"/api")
	plain := filepath.Join(dir, "plain.yaml")
	noError(t, os.WriteFile(plain, []byte("openapi: 3.2.0\ninfo: {title: t, version: '1'}\nservers: [{url: '"+origin+"'}]\npaths: {}\n"), 0o600))
	spectap(cli.ExitFailed, "try: --token-origin http://127.0.0.1:1", "", "serve", "--login", "--http", "127.0.0.1:0", "--mount", "/a="+plain, "--mount", "/b="+doc)
	document(p.URL + "/token")
	spectap(cli.ExitFine, "anna", callMe, "serve", doc, "--login", "--base-url", origin+"/api")
	spectap(cli.ExitFine, origin+"  scopes me\n", "", "auth", "ls")
	p.EndAccess(true)
	spectap(cli.ExitFine, "the credentials are not accepted", callMe, "serve", doc, "--login", "--base-url", origin+"/api")
	t.Setenv("SPECTAP_AUTH_LOGIN_CLIENT_SECRET", "s3cret")
	spectap(cli.ExitFailed, "try: --token-origin "+p.URL, "", "serve", doc, "--login", "--base-url", origin+"/api")
	if secret := regexp.MustCompile(`[ar]t-[A-Z2-7]{20}`).FindString(all.String()); secret != "" {
		t.Errorf("a token was printed: %s", secret)
	}
}
