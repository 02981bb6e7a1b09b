package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/spectap/spectap/guard/oauth/oauthtest"
)

// planted are secrets that must stay in the gateway. The second is the token of the issuer.
const (
	plantedSecret = "planted-client-secret"
	plantedToken  = "planted-access-token"
	plantedKey    = "0b9d7c5e-planted-4f1a"
)

// TestUpstreamCredentials gets the credential of the upstream in each way that there is. It reaches
// the server, and neither the client, the log, the audit, an error, the status nor the list of
// processes.
func TestUpstreamCredentials(t *testing.T) {
	i := oauthtest.New(t, "")
	asked := 0
	i.Token = func(w http.ResponseWriter, r *http.Request) {
		asked++
		_, secret, _ := r.BasicAuth()
		if secret != plantedSecret || r.PostFormValue("resource") == "" {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprintf(w, `{"error":"invalid_client","error_description":%q}`, plantedSecret)
			return
		}
		fmt.Fprintf(w, `{"access_token":%q,"token_type":"Bearer","expires_in":600}`, plantedToken)
	}
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if got := r.Header.Get("Authorization"); got != "Bearer "+plantedToken && r.Header.Get("X-Key") != plantedToken && r.URL.Path != "/s/"+plantedKey {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprintf(w, "not %s", got)
			return
		}
		var m struct{ ID json.RawMessage }
		if json.Unmarshal(body, &m) != nil || m.ID == nil {
			w.WriteHeader(http.StatusAccepted)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if strings.Contains(string(body), "initialize") {
			fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"result":{"protocolVersion":"2025-11-25","capabilities":{},"instructions":%q}}`, m.ID, plantedToken+r.URL.String())
			return
		}
		fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"result":{"content":[{"type":"text","text":%q}]}}`, m.ID, fmt.Sprint(r.Header, r.URL))
	}))
	t.Cleanup(upstream.Close)
	dir := t.TempDir()
	file := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		noError(t, os.WriteFile(path, []byte(text), mode))
		return path
	}
	policy := file("policy.yaml", "version: 1\ndefault: allow\n", 0o600)
	secret := file("secret", plantedSecret+"\n", 0o600)
	token := file("token", plantedToken+"\n", 0o600)
	script := file("print-token", "#!/bin/sh\necho "+plantedToken+"; echo "+plantedSecret+" >&2\n", 0o700)
	configs := 0
	configURL := func(url, credential string) []string {
		configs++
		return []string{"--config", file(fmt.Sprintf("servers%d.yaml", configs), fmt.Sprintf("servers: {a: {url: %q, policy: policy.yaml, %s}}\n", url, credential), 0o600)}
	}
	config := func(credential string) []string { return configURL(upstream.URL, credential) }
	single := func(more ...string) []string {
		return append([]string{"--policy", policy, "--upstream", upstream.URL}, more...)
	}
	for name, x := range map[string]struct {
		args  []string
		env   string
		works bool
	}{
		"variable":         {single(), "SPECTAP_UPSTREAM_TOKEN=" + plantedToken, true},
		"file":             {single("--upstream-token-file", token), "", true},
		"header":           {single("--upstream-token-file", token, "--upstream-header", "X-Key"), "", true},
		"command":          {single("--upstream-token-command", script+" now"), "", true},
		"command fails":    {single("--upstream-token-command", "cat "+dir), "", false},
		"client":           {single("--upstream-oauth-client", "gw", "--upstream-oauth-issuer", i.URL, "--upstream-oauth-secret-file", secret), "", true},
		"client, variable": {single("--upstream-oauth-client", "gw", "--upstream-oauth-token-url", i.URL+"/token"), "SPECTAP_UPSTREAM_CLIENT_SECRET=" + plantedSecret, true},
		"refused client":   {single("--upstream-oauth-client", "gw", "--upstream-oauth-issuer", i.URL, "--upstream-oauth-resource", "", "--upstream-oauth-secret-file", secret), "", false},
		"refused token":    {single(), "SPECTAP_UPSTREAM_TOKEN=other-" + plantedToken, false},
		"config, command":  {config("token_command: [" + script + "]"), "", true},
		"config, client":   {config(fmt.Sprintf("oauth: {issuer: %q, client: gw, secret_file: secret}", i.URL)), "", true},
		"config, URL":      {configURL(upstream.URL+"/s/"+plantedKey+"?api_key="+plantedToken, ""), "", true},
		"config, variable": {config(fmt.Sprintf("oauth: {token_url: %q, client: gw, secret_env: HIDDEN}", i.URL+"/token")), "HIDDEN=" + plantedSecret, true},
	} {
		t.Run(name, func(t *testing.T) {
			switch name {
			case "client, variable", "config, command", "config, variable":
				if testing.Short() {
					t.Skip("other rows take the credential from there and send it so")
				}
			}
			journal := filepath.Join(t.TempDir(), "audit.jsonl")
			var log lockedBuffer
			cmd := exec.CommandContext(t.Context(), "spectap", append([]string{"gateway", "--audit", journal, "--audit-values", "--log-level", "debug"}, x.args...)...)
			cmd.Env = append(os.Environ(), x.env)
			cmd.Stderr = &log
			in := must(cmd.StdinPipe())
			out := must(cmd.StdoutPipe())
			noError(t, cmd.Start())
			lines := bufio.NewScanner(out)
			ask := func(text string) string {
				fmt.Fprintln(in, text)
				lines.Scan()
				return lines.Text()
			}
			seen := ask(helloMCP) + ask(`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"a_x","arguments":{}}}`)
			ps, err := os.ReadFile("/proc/" + strconv.Itoa(cmd.Process.Pid) + "/cmdline")
			if err != nil {
				t.Error(err)
			}
			_, status, said := runHere("gateway", "status", "--json") // that of other gateways, too
			in.Close()
			_ = cmd.Wait() // the log says why it failed
			written, _ := os.ReadFile(journal)
			if strings.Contains(seen, `"protocolVersion"`) != x.works || strings.Contains(seen, "[credential of the gateway]") != x.works {
				t.Errorf("it works: %v; want %v: %s\n%s", !x.works, x.works, seen, log.String())
			}
			for place, text := range map[string]string{
				"the client": seen, "the log": log.String(), "the audit": string(written), "the processes": string(ps), "the status": status + said,
			} {
				for _, s := range []string{plantedSecret, plantedToken, plantedKey} {
					if strings.Contains(text, s) {
						t.Errorf("%s has %s: %s", place, s, text)
					}
				}
			}
		})
	}
	if asked == 0 {
		t.Error("the issuer was not asked")
	}
}

// lockedBuffer holds the output of a process.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
