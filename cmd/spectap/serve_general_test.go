package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
)

// TestServeGeneralVariables checks that the general variables are sent only to an API that a person
// named.
func TestServeGeneralVariables(t *testing.T) {
	for _, x := range []struct {
		name, own string
		named     bool
		flag      string
		want      string
		printed   string
	}{
		{"only the document names the API", "", false, "", "", "API_KEY is not sent"},
		{"the API is named", "", true, "", "everybody's", "API_KEY is sent to http://127.0.0.1"},
		{"the variable names the scheme", "of-shop", false, "", "of-shop", "SPECTAP_AUTH_KEY is sent to http://127.0.0.1"},
		{"a flag takes precedence", "", true, "of-a-flag", "of-a-flag", "warning: every user of this machine can see --api-key"},
		{"a flag needs a named API", "", false, "of-a-flag", "", "API_KEY is not sent"},
		{"the scheme's variable takes precedence over a flag", "of-shop", true, "of-a-flag", "of-shop", "SPECTAP_AUTH_KEY is sent"},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Setenv("API_KEY", "everybody's")
			t.Setenv("SPECTAP_AUTH_KEY", x.own)
			srv, keys := keyed(t)
			args := []string{writeSpec(t, t.TempDir(), "shop.yaml", srv.URL), "--http", "127.0.0.1:0", "--no-token"}
			if x.named {
				args = append(args, "--base-url", srv.URL)
			} else {
				args = append(args, "--allow-private")
			}
			if x.flag != "" {
				args = append(args, "--api-key", x.flag)
			}
			lines := served(t, args...)
			callTool(t, connectHTTP(t, urlsOf(lines)[0], nil), "getThing", map[string]any{"id": "1"})
			if got := <-keys; got != x.want {
				t.Errorf("sent %q", got)
			}
			if all := strings.Join(lines, "\n"); !strings.Contains(all, x.printed) || strings.Contains(all, "everybody's") ||
				strings.Contains(all, "of-a-flag") {
				t.Errorf("printed %s", all)
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
		tr, err := transport.NewStreamableHTTP(urlsOf(lines)[0])
		noError(t, err)
		c := client.NewClient(tr, client.WithProtocolVersion(mcp.LATEST_LEGACY_PROTOCOL_VERSION))
		t.Cleanup(func() { c.Close() })
		if _, err := c.Initialize(t.Context(), mcp.InitializeRequest{}); err != nil {
			t.Fatal(err)
		}
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
