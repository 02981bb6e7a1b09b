package main

import (
	"cmp"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
)

// TestServeGivenCredentials checks that a variable is sent if one credential of the document fits,
// and that the start and the first call say otherwise what to set. The general variables, and their
// flags, are sent only to an API that a person named. The documents are like those of
// GitHub (no scheme), vendors that require no scheme of theirs, Kubernetes (2.0 has no bearer
// tokens) and Plaid (several keys).
func TestServeGivenCredentials(t *testing.T) {
	const (
		key      = "{type: apiKey, in: header, name: X-Key}"
		none     = ""
		bearer   = "SPECTAP_AUTH_BEARER or BEARER_TOKEN"
		required = "security: [{key: []}]"
	)
	for _, x := range []struct{ name, security, schemes, set, want, printed, result, flags string }{
		{"no scheme", "", "", "BEARER_TOKEN=t-012345678", "Authorization: Bearer t-012345678", "BEARER_TOKEN is sent to http://127.0.0.1", "", ""},
		{"no scheme, a password", "", "", "BASIC_AUTH=ann:pw", "Authorization: Basic YW5uOnB3", "with all calls", "", ""},
		{"no scheme, a key", "", "", "API_KEY=k-012345678", none, "API_KEY is not sent: no operation takes it; they take SPECTAP_AUTH_BEARER, SPECTAP_AUTH_PASSWORD", bearer, ""},
		{"no scheme is required", "", "{key: " + key + "}", "API_KEY=k-012345678", "X-Key: k-012345678", "with all calls", "", ""},
		{"no credentials are required", "security: []", "", "BEARER_TOKEN=t-012345678", none, "BEARER_TOKEN is not sent: no operation takes it", "correct the document", ""},
		{"a key for a bearer", required, "{key: {type: http, scheme: bearer}}", "API_KEY=k-012345678", "Authorization: Bearer k-012345678", "API_KEY is sent", "", ""},
		{"a bearer for a key", required, "{key: " + key + "}", "BEARER_TOKEN=t-012345678", "X-Key: t-012345678", "BEARER_TOKEN is sent", "", ""},
		{"a key in Authorization", required, "{key: {type: apiKey, in: header, name: authorization}}", "BEARER_TOKEN=t-012345678", "Authorization: Bearer t-012345678", "BEARER_TOKEN is sent", "", ""},
		{"its description", required, "{key: {type: apiKey, in: header, name: authorization, description: a Bearer}}", "SPECTAP_AUTH_KEY=t-012345678",
			"Authorization: Bearer t-012345678", "SPECTAP_AUTH_KEY is sent", "", ""},
		{"keys that go together", "security: [{key: [], id: []}]", "{key: " + key + ", id: {type: apiKey, in: header, name: X-Id}}", "API_KEY=k-012345678", none,
			"API_KEY is not sent: no operation takes it; they take SPECTAP_AUTH_ID, SPECTAP_AUTH_KEY", "SPECTAP_AUTH_ID when the server starts (security scheme id) and the variable SPECTAP_AUTH_KEY", ""},
		{"all keys but one", "security: [{key: [], id: []}]", "{key: " + key + ", id: {type: apiKey, in: header, name: X-Id}}", "API_KEY=k-012345678 SPECTAP_AUTH_ID=i",
			"X-Key: k-012345678", "API_KEY is sent", "", ""},
		{"a typing error", required, "{key: " + key + "}", "SPECTAP_AUTH_KEI=k-012345678", none, "SPECTAP_AUTH_KEI is not sent", "SPECTAP_AUTH_KEY or API_KEY", ""},
		{"a sign-in", required, "{key: " + key + "}", "SPECTAP_AUTH_SIGN_IN_USER=ann", none, "it goes with --sign-in", "SPECTAP_AUTH_KEY", ""},
		{"nothing", required, "{key: " + key + "}", "", none, "credentials are missing for getThing: supply the variable SPECTAP_AUTH_KEY or API_KEY", "none were sent", ""},
		{"only the document names the API", required, "{key: " + key + "}", "API_KEY=k-012345678", none, "API_KEY is not sent: only the document", "SPECTAP_AUTH_KEY when", "--allow-private"},
		{"a variable of its own", required, "{key: " + key + "}", "API_KEY=k-012345678 SPECTAP_AUTH_KEY=of-shop", "X-Key: of-shop", "SPECTAP_AUTH_KEY is sent to http://127.0.0.1", "", "--allow-private"},
		{"a flag", required, "{key: " + key + "}", "API_KEY=k-012345678", "X-Key: of-a-flag", "every user of this machine can see --api-key", "", "--api-key=of-a-flag"},
		{"a flag, only the document names the API", required, "{key: " + key + "}", "", none, "API_KEY is not sent: only the document", "", "--api-key=of-a-flag --allow-private"},
		{"a flag and its own variable", required, "{key: " + key + "}", "SPECTAP_AUTH_KEY=of-shop", "X-Key: of-shop", "SPECTAP_AUTH_KEY is sent", "", "--api-key=of-a-flag"},
	} {
		t.Run(x.name, func(t *testing.T) {
			for _, pair := range strings.Fields(x.set) {
				name, value, _ := strings.Cut(pair, "=")
				t.Setenv(name, value)
			}
			sent := none
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				for _, name := range []string{"Authorization", "X-Key"} {
					if v := r.Header.Get(name); v != "" {
						sent = name + ": " + v
					}
				}
				if w.Header().Set("Content-Type", "application/json"); sent == none && x.name != "nothing" {
					w.WriteHeader(http.StatusUnauthorized)
				}
			}))
			defer srv.Close()
			document := strings.NewReplacer("BASE", srv.URL, required, x.security, "{key: "+key+"}", cmp.Or(x.schemes, "{}")).Replace(servedYAML)
			path := filepath.Join(t.TempDir(), "api.yaml")
			noError(t, os.WriteFile(path, []byte(document), 0o600))
			args := append(strings.Fields(x.flags), path, "--http", "127.0.0.1:0", "--no-token")
			if !strings.Contains(x.flags, "--allow-private") {
				args = append(args, "--base-url", srv.URL)
			}
			lines := served(t, args...)
			result := fmt.Sprint(callTool(t, connectHTTP(t, urlsOf(lines)[0], nil), "getThing", map[string]any{"id": "1"}))
			if sent != x.want {
				t.Errorf("sent %q", sent)
			}
			if printed := strings.Join(lines, "\n"); !strings.Contains(printed, x.printed) || strings.Contains(printed, "of-") || strings.Contains(printed, "-0123") {
				t.Errorf("printed %s", printed)
			}
			if !strings.Contains(result, x.result) || x.want != none && strings.Contains(result, "SPECTAP_AUTH") {
				t.Errorf("the result is %s", result)
			}
		})
	}
}

// TestServeSessionsShareNoConsent checks that of two sessions with the same token, one cannot
// confirm the held call of the other, and that --confirm accepts methods that the document does not
// have.
func TestServeSessionsShareNoConsent(t *testing.T) {
	t.Setenv("SPECTAP_AUTH_KEY", "kkkkkkkk") // else nobody is asked
	srv, keys := keyed(t)
	path := filepath.Join(t.TempDir(), "api.yaml")
	document := strings.ReplaceAll(servedYAML, "BASE", srv.URL) +
		"  # a write\n"
	document = strings.Replace(document, "    get:", "    post: {operationId: change, parameters: [{name: _method, in: query, schema: {type: string}}], "+
		"responses: {\"200\": {description: ok}}}\n    get:", 1)
	noError(t, os.WriteFile(path, []byte(document), 0o600))
	lines := served(t, path, "--http", "127.0.0.1:0", "--no-token", "--base-url", srv.URL, "--no-confirm-dangerous", "--confirm", "DELETE")
	session := func() *client.Client {
		tr := must(transport.NewStreamableHTTP(urlsOf(lines)[0]))
		c := client.NewClient(tr, client.WithProtocolVersion(mcp.LATEST_LEGACY_PROTOCOL_VERSION))
		t.Cleanup(func() { c.Close() })
		must(c.Initialize(t.Context(), mcp.InitializeRequest{}))
		return c
	}
	alice, mallory := session(), session()
	held := map[string]any{"id": "1", "_method": "DELETE"}
	confirmed := map[string]any{"id": "1", "_method": "DELETE", "__confirmed": true}
	if r := callTool(t, alice, "change", held); r["type"] != "confirmation_request" {
		t.Fatal(r)
	}
	if r := callTool(t, mallory, "change", confirmed); r["type"] != "confirmation_request" {
		t.Errorf("another session: %v", r)
	}
	if len(keys) != 0 {
		t.Error("sent")
	}
	if r := callTool(t, alice, "change", confirmed); r["type"] != "api_response" {
		t.Errorf("the same session: %v", r)
	}
}
