package attack

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// Credentials of the environment appear in no message (threat 16).
func TestCredentialsAreNotShown(t *testing.T) {
	const secret = "planted:Cred_7Hq2LmZx9Rt4Vb8K"
	env := []string{
		"API_KEY=" + secret, "BEARER_TOKEN=" + secret, "BASIC_AUTH=" + secret, "SPECTAP_AUTH_KEY=" + secret, "SPECTAP_AUTH_BEARER=" + secret, "SPECTAP_AUTH_BASIC=" + secret,
		"SPECTAP_AUTH_OAUTH_CLIENT_ID=planted-id", "SPECTAP_AUTH_OAUTH_CLIENT_SECRET=" + secret, "SPECTAP_PROXY_AUTH=" + secret,
	}
	const document = `
openapi: 3.0.3
info: {title: t, version: "1"}
servers: [{url: SERVER}]
security: [{key: []}, {bearer: []}, {basic: []}, {oauth: []}]
paths:
  /a: {get: {operationId: a, responses: {"200": {description: ok}}}}
  /b: {get: {operationId: b, security: [{oauth: []}], responses: {"200": {description: ok}}}}
components:
  securitySchemes:
    key: {type: apiKey, in: query, name: key}
    bearer: {type: http, scheme: bearer}
    basic: {type: http, scheme: basic}
    oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: SERVER/token, scopes: {}}}}
`
	answers := map[string]http.HandlerFunc{
		"refuses": func(w http.ResponseWriter, r *http.Request) {
			http.Error(w, "bad key "+r.URL.Query().Get("key")+r.Header.Get("Authorization"), http.StatusUnauthorized)
		},
		"redirects": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/?"+r.URL.RawQuery, http.StatusFound)
		},
		"breaks off": func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) },
		"is no HTTP": func(w http.ResponseWriter, r *http.Request) {
			if c, _, err := w.(http.Hijacker).Hijack(); err == nil {
				fmt.Fprintf(c, "%s %s\r\n", r.URL.RawQuery, r.Header.Get("Authorization"))
				c.Close()
			}
		},
		"invalid header": func(w http.ResponseWriter, r *http.Request) {
			if c, _, err := w.(http.Hijacker).Hijack(); err == nil {
				fmt.Fprintf(c, "HTTP/1.1 200 OK\r\n%s: a\x00\r\n\r\n", r.URL.RawQuery+r.Header.Get("Authorization"))
				c.Close()
			}
		},
	}
	for name, answer := range answers {
		for _, more := range [][]string{nil, {"--log-level", "debug"}, {"--log-level", "debug", "--log-format", "json"}} {
			try(t, strings.Join(append([]string{"API that " + name}, more...), " "), "reads what a server prints, logs and answers when its API "+name, "no credential is in it", func(a *attack) {
				u := a.upstream(answer)
				log := filepath.Join(a.dir, "calls.log")
				args := append(a.serving(u, strings.ReplaceAll(document, "SERVER", u.URL), "--log-file", log), more...)
				g := a.agentWith(env, legacy, args)
				for _, tool := range []string{"a", "b"} {
					a.excluding("the result of "+tool, g.call(tool, object{}).raw, secret, secret[8:])
				}
				g.service.stop()
				a.excluding("stderr", g.service.log(), secret, secret[8:])
				a.excluding("the log of calls", a.read(log), secret, secret[8:])
				if len(u.requests()) == 0 {
					a.Fatal("the API received nothing")
				}
			})
		}
	}
	for name, args := range map[string][]string{
		"dry run":           {"serve", "api.yaml", "--dry-run", "--base-url", "http://127.0.0.1:1"},
		"no document":       {"serve", "missing.yaml", "--base-url", "http://127.0.0.1:1"},
		"wrong flag":        {"serve", "api.yaml", "--nonsense"},
		"wrong base URL":    {"serve", "api.yaml", "--base-url", "::"},
		"wrong proxy":       {"serve", "api.yaml", "--base-url", "http://127.0.0.1:1", "--proxy", "x://" + secret + "@127.0.0.1:1", "--dry-run"},
		"secret in proxy":   {"serve", "api.yaml", "--base-url", "http://127.0.0.1:1", "--proxy", "http://" + secret + "@[::1/"},
		"secret in origin":  {"serve", "api.yaml", "--base-url", "http://127.0.0.1:1", "--token-origin", "http://" + secret + "@127.0.0.1/x"},
		"secret in target":  {"mcp", "--allow", "send", "--send-to", "http://" + secret + "@127.0.0.1/x"},
		"secret in base":    {"serve", "api.yaml", "--base-url", "http://" + secret + "@127.0.0.1:1/%zz"},
		"secret in source":  {"serve", "http://" + secret + "@127.0.0.1:1/api.yaml"},
		"proxy to nowhere":  {"proxy", "--listen", "203.0.113.7:1", "--allow-remote"},
		"upstream proxy":    {"proxy", "--listen", "127.0.0.1:0", "--upstream-proxy", "http://" + secret + "@[::1/"},
		"client to nowhere": {"client", "http://" + secret + "@127.0.0.1:1", "--exec", "list"},
		"debug":             {"serve", "api.yaml", "--dry-run", "--base-url", "http://127.0.0.1:1", "--log-level", "debug"},
	} {
		try(t, "start/"+name, "reads what a command prints at its start, or when it fails", "no credential of the environment or of a URL is in it", func(a *attack) {
			a.file("api.yaml", strings.ReplaceAll(document, "SERVER", "http://127.0.0.1:1"))
			o := a.spectapWith(env, strings.NewReader(""), args...)
			if o.endless {
				a.Fatal("it does not end")
			}
			a.excluding("stdout", o.stdout, secret, secret[8:])
			a.excluding("stderr", o.stderr, secret, secret[8:])
		})
	}
}
