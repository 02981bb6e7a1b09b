package spectools

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/spectools/credential"
)

const secured = `
openapi: 3.0.3
info: {title: Secured, version: "1"}
servers: [{url: "https://api.example.com"}]
security: [{bearer: []}]
paths:
  /open: {get: {operationId: open, security: [], responses: {"200": {description: ok}}}}
  /bearer: {get: {operationId: bearer, responses: {"200": {description: ok}}}}
  /either: {get: {operationId: either, security: [{}, {header: []}, {basic: []}], responses: {"200": {description: ok}}}}
  /both: {get: {operationId: both, security: [{header: []}, {header: [], cookie: []}], responses: {"200": {description: ok}}}}
  /query:
    get:
      operationId: query
      security: [{query: []}]
      parameters:
        - {name: key, in: query, schema: {type: string}}
        - {name: X-Key, in: header, schema: {type: string}}
        - {name: Cookie, in: header, schema: {type: string}}
      responses: {"200": {description: ok}}
  /elsewhere: {get: {operationId: elsewhere, servers: [{url: "https://other.example.com"}], responses: {"200": {description: ok}}}}
  /oauth: {get: {operationId: oauth, security: [{oauth: []}], responses: {"200": {description: ok}}}}
  /upload:
    post:
      operationId: upload
      requestBody:
        content:
          multipart/form-data: {schema: {type: object, properties: {file: {type: string, format: binary}}}}
      responses: {"200": {description: ok}}
components:
  securitySchemes:
    bearer: {type: http, scheme: bearer}
    basic: {type: http, scheme: basic}
    header: {type: apiKey, in: header, name: X-Key}
    cookie: {type: apiKey, in: cookie, name: sid}
    query: {type: apiKey, in: query, name: key}
    oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: "/token", scopes: {}}}}
`

func env(pairs ...string) credential.Environment {
	return credential.Environment{Get: func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}}
}

// TestCredentials sends credentials where an operation requires them, and nowhere else.
func TestCredentials(t *testing.T) {
	a := newAPI(t)
	all := env("BEARER_TOKEN", "tttttttt", "BASIC_AUTH", "u:pppppppp", "API_KEY", "kkkkkkkk", "SPECTAP_AUTH_COOKIE", "cccccccc")
	for _, x := range []struct {
		tool string
		env  credential.Environment
		want string
	}{
		{"open", all, "/open auth= key= cookie="},
		{"bearer", all, "/bearer auth=Bearer tttttttt key= cookie="},
		{"bearer", env("SPECTAP_AUTH_BEARER", "own", "BEARER_TOKEN", "general"), "/bearer auth=Bearer own key= cookie="},
		{"bearer", env("API_KEY", "kkkkkkkk"), "/bearer auth= key= cookie="},
		{"either", env("BASIC_AUTH", "u:pppppppp"), "/either auth=Basic dTpwcHBwcHBwcA== key= cookie="},
		{"either", all, "/either auth= key=kkkkkkkk cookie="},
		{"either", env(), "/either auth= key= cookie="},
		{"both", all, "/both auth= key=kkkkkkkk cookie=sid=cccccccc"},
		{"query", all, "/query?key=kkkkkkkk auth= key= cookie="},
	} {
		t.Run(x.tool, func(t *testing.T) {
			c := connect(t, newSet(t, secured, Options{BaseURL: a.URL, Credentials: x.env}), true)
			if r := call(t, c, x.tool, `{}`); r.Type != "api_response" {
				t.Fatalf("%v", r.Raw)
			}
			got := a.last(t)
			if s := fmt.Sprintf("%s auth=%s key=%s cookie=%s", got.URI, got.Header.Get("Authorization"), got.Header.Get("X-Key"), got.Header.Get("Cookie")); s != x.want {
				t.Errorf("%s, want %s", s, x.want)
			}
		})
	}
	s := newSet(t, secured, Options{BaseURL: a.URL, Credentials: all})
	c := connect(t, s, true)
	for _, args := range []string{`{"key":"mine"}`, `{"Cookie":"sid=mine"}`} {
		if r := call(t, c, "query", args); r.code() != codeValidation {
			t.Errorf("%s was taken: %v", args, r.Raw)
		}
	}
	if len(s.Notes()) != 2 {
		t.Errorf("notes %v", s.Notes())
	}
}

// TestCredentialsOtherOrigin sends no credentials with an operation of another origin.
func TestCredentialsOtherOrigin(t *testing.T) {
	s := newSet(t, secured, Options{Credentials: env("BEARER_TOKEN", "tttttttt")})
	for _, x := range []struct {
		tool string
		n    int
	}{{"bearer", 1}, {"elsewhere", 0}} {
		got, err := s.credentials(t.Context(), s.byTool[x.tool])
		if err != nil || len(got) != x.n {
			t.Errorf("%s: %v, %v", x.tool, got, err)
		}
	}
}

// TestEchoedSecrets redacts credentials that an API echoes.
func TestEchoedSecrets(t *testing.T) {
	a := newAPI(t)
	a.answer = func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Location", "/x?token=tttttttt")
		if r.URL.Path == "/either" {
			w.WriteHeader(http.StatusForbidden)
		} else {
			w.WriteHeader(http.StatusCreated)
		}
		user, password, _ := r.BasicAuth()
		fmt.Fprintf(w, `{"auth":%q,"plain":"%s:%s"}`, r.Header.Get("Authorization"), user, password)
	}
	c := connect(t, newSet(t, secured, Options{BaseURL: a.URL, Credentials: env("BEARER_TOKEN", "tttttttt", "BASIC_AUTH", "u:pppppppp")}), true)
	for _, tool := range []string{"bearer", "either"} {
		r := call(t, c, tool, `{}`)
		if s := string(mustJSON(r.Raw)); strings.Contains(s, "tttttttt") || strings.Contains(s, "pppppppp") || strings.Contains(s, "dTpwcHBwcHBwcA") {
			t.Errorf("%s: %s", tool, s)
		}
	}
}

// TestPasswordSchemes checks that user and password are never sent in clear under a scheme that
// hashes them: the challenge is answered, or the document's reader is told that it cannot be.
func TestPasswordSchemes(t *testing.T) {
	a := newAPI(t)
	a.answer = func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.Header.Get("Authorization") == "" {
			w.Header().Set("WWW-Authenticate", `Digest realm="shop", nonce="n1", qop="auth"`)
			w.WriteHeader(http.StatusUnauthorized)
		}
		fmt.Fprintf(w, `{"auth":%q}`, r.Header.Get("Authorization"))
	}
	for _, x := range []struct{ scheme, want, note string }{
		{"digest", `Digest username="ann", realm="shop"`, ""},
		{"SCRAM-SHA-256", "", "the HTTP scheme SCRAM-SHA-256 of security scheme bearer is not supported"},
	} {
		spec := strings.Replace(secured, "scheme: bearer", "scheme: "+x.scheme, 1)
		s := newSet(t, spec, Options{BaseURL: a.URL, Credentials: env("SPECTAP_AUTH_BEARER", "ann:pppppppp")})
		r := call(t, connect(t, s, true), "bearer", `{}`)
		sent := a.last(t).Header.Get("Authorization")
		if !strings.HasPrefix(sent, x.want) || (sent == "") != (x.want == "") || strings.Contains(sent, "pppppppp") {
			t.Errorf("%s: sent %q", x.scheme, sent)
		}
		if _, hash, _ := strings.Cut(sent, `response="`); hash != "" && strings.Contains(string(mustJSON(r.Raw)), strings.TrimSuffix(hash, `"`)) {
			t.Errorf("%s: the agent sees the answer to the challenge: %s", x.scheme, mustJSON(r.Raw))
		}
		if notes := fmt.Sprint(s.Notes()); !strings.Contains(notes, x.note) || x.note == "" && strings.Contains(notes, "scheme bearer") {
			t.Errorf("%s: notes %s", x.scheme, notes)
		}
	}
}

// TestFiles reads files of one folder and of no other.
func TestFiles(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"in/a.txt": "inside", "out.txt": "outside"} {
		noError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700))
		noError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	if err := os.Symlink(filepath.Join(dir, "out.txt"), filepath.Join(dir, "in", "link.txt")); err != nil {
		t.Log(err)
	}
	root := must(os.OpenRoot(filepath.Join(dir, "in")))
	defer root.Close()
	a := newAPI(t)
	o := Options{BaseURL: a.URL, Files: root}
	o.Policy.NoConfirmDangerous = true
	c := connect(t, newSet(t, secured, o), true)
	if r := call(t, c, "upload", `{"requestBody":{"file":{"path":"a.txt"}}}`); r.Type != "api_response" || !strings.Contains(a.last(t).Body, `filename="a.txt"`) || !strings.Contains(a.last(t).Body, "inside") {
		t.Fatalf("%v %v", r.Raw, a.last(t))
	}
	for _, path := range []string{"../out.txt", "link.txt", "/etc/passwd", ".", "nothing", "in/../../out.txt"} {
		if r := call(t, c, "upload", string(mustJSON(map[string]any{"requestBody": map[string]any{"file": map[string]any{"path": path}}}))); r.code() != codeValidation {
			t.Errorf("%s: %v", path, r.Raw)
		}
	}
	if n := len(a.requests()); n != 1 {
		t.Errorf("%d requests", n)
	}
}

// TestCredentialOfScheme finds the credential of a scheme in a header that several schemes share.
// The API refuses that of another scheme.
func TestCredentialOfScheme(t *testing.T) {
	bearer := &openapi3.SecurityScheme{Type: "http", Scheme: "bearer"}
	basic := &openapi3.SecurityScheme{Type: "http", Scheme: "basic"}
	oauth := &openapi3.SecurityScheme{Type: "oauth2"}
	key := &openapi3.SecurityScheme{Type: "apiKey", In: "header", Name: "Authorization"}
	for _, x := range []struct {
		name   string
		scheme *openapi3.SecurityScheme
		sent   string
		want   bool
	}{
		{"a token", bearer, "Bearer abc", true},
		{"a token in lower case", bearer, "bearer abc", true},
		{"a password for a token", bearer, "Basic cm9vdDpwdw==", false},
		{"a token for a password", basic, "Bearer abc", false},
		{"a password", basic, "Basic cm9vdDpwdw==", true},
		{"a password for OAuth", oauth, "Basic cm9vdDpwdw==", false},
		{"a token of OAuth", oauth, "Bearer abc", true},
		{"no token", bearer, "Bearer ", false},
		{"a key", key, "abc", true},
		{"nothing", key, "", false},
	} {
		t.Run(x.name, func(t *testing.T) {
			f := Form{Security: [][]Scheme{{{Name: "s", SecurityScheme: x.scheme}}}}
			got, _ := f.Sent(&flow.Request{Header: flow.Header{{Name: "Authorization", Value: x.sent}}})
			if (len(got) == 1) != x.want || (x.want && got[0].Value != x.sent) {
				t.Errorf("got %v", got)
			}
		})
	}
}
