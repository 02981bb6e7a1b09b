package spectools

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/mcptools/spectools/credential"
)

// TestOAuth2 fetches a token once, from the API's origin, and sends no secrets to another origin.
func TestOAuth2(t *testing.T) {
	asked := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/token" {
			io.WriteString(w, r.Header.Get("Authorization"))
			return
		}
		asked++
		id, secret, _ := r.BasicAuth()
		if r.FormValue("grant_type") != "client_credentials" || id != "me" || secret != "s3cret" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		fmt.Fprintf(w, `{"access_token":"token%d","token_type":"Bearer","expires_in":3600}`, asked)
	}))
	defer srv.Close()
	get := env("SPECTAP_AUTH_OAUTH_CLIENT_ID", "me", "SPECTAP_AUTH_OAUTH_CLIENT_SECRET", "s3cret").Get
	serve := func(document string) *Set {
		return newSet(t, document, Options{BaseURL: srv.URL, Credentials: credential.Chain{&credential.OAuth2{Get: get, Egress: egress.Config{Named: []string{srv.URL}}}}})
	}
	s := serve(secured)
	for range 3 {
		got, err := s.credentials(t.Context(), s.byTool["oauth"])
		if err != nil || len(got) != 1 || got[0].Value != "Bearer token1" {
			t.Fatalf("%v, %v", got, err)
		}
	}
	if asked != 1 {
		t.Errorf("asked %d times for one token", asked)
	}
	evil := serve(strings.ReplaceAll(secured, `tokenUrl: "/token"`, `tokenUrl: "https://evil.example/token"`))
	if got, err := evil.credentials(t.Context(), evil.byTool["oauth"]); err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("%v, %v", got, err)
	}
	if r := call(t, connect(t, evil, true), "oauth", `{}`); r.code() != codeAuthentication || strings.Contains(string(mustJSON(r.Raw)), "s3cret") {
		t.Errorf("%v", r.Raw)
	}
}

// issuer is an API with a token endpoint. It accepts tokens that are not revoked, and each refresh
// token once.
type issuer struct {
	*httptest.Server
	mu      sync.Mutex // guards what follows
	issued  int
	revoked int    // tokens up to this one are not taken
	refresh string // the refresh token that is taken; "" for none
	lasts   int    // seconds
	grants  []string
	calls   []string
}

func newIssuer(t *testing.T) *issuer {
	i := &issuer{lasts: 3600, refresh: "first-refresh"}
	i.Server = httptest.NewServer(http.HandlerFunc(i.serve))
	t.Cleanup(i.Close)
	return i
}

func (i *issuer) serve(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if r.URL.Path != "/token" {
		i.calls = append(i.calls, r.Method+" "+r.Header.Get("Authorization"))
		var n int
		if fmt.Sscanf(r.Header.Get("Authorization"), "Bearer token%d", &n); n <= i.revoked {
			w.WriteHeader(http.StatusUnauthorized)
		}
		return
	}
	grant := r.FormValue("grant_type")
	i.grants = append(i.grants, strings.TrimSpace(grant+" "+r.FormValue("refresh_token")))
	if grant == "refresh_token" {
		if r.FormValue("refresh_token") != i.refresh {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		i.refresh = fmt.Sprintf("refresh%d", i.issued+1)
	}
	i.issued++
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"access_token":"token%d","token_type":"bearer","expires_in":%d,"refresh_token":%q}`, i.issued, i.lasts, map[bool]string{true: i.refresh}[grant == "refresh_token"])
}

const tokened = `
openapi: 3.0.3
info: {title: Tokened, version: "1"}
security: [{oauth: []}]
paths:
  /thing:
    get: {operationId: look, responses: {"200": {description: ok}}}
    post: {operationId: change, responses: {"200": {description: ok}}}
components:
  securitySchemes:
    oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: "/token", scopes: {}}}}
`

// TestOAuth2Revoked revokes a token. A read is sent again once with a new token, a write is not.
func TestOAuth2Revoked(t *testing.T) {
	i := newIssuer(t)
	get := env("SPECTAP_AUTH_OAUTH_CLIENT_ID", "me", "SPECTAP_AUTH_OAUTH_CLIENT_SECRET", "s3cret").Get
	c := connect(t, newSet(t, tokened, Options{
		BaseURL: i.URL, Policy: guard.Policy{NoConfirmDangerous: true},
		Credentials: credential.Chain{&credential.OAuth2{Get: get, Egress: egress.Config{Named: []string{i.URL}}}},
	}), true)
	revoke := func(n int) {
		i.mu.Lock()
		defer i.mu.Unlock()
		i.revoked, i.calls = n, nil
	}
	if r := call(t, c, "look", `{}`); r.Type != "api_response" {
		t.Fatal(r.Raw)
	}
	revoke(1)
	if r := call(t, c, "look", `{}`); r.Type != "api_response" || fmt.Sprint(i.calls) != "[GET Bearer token1 GET Bearer token2]" {
		t.Errorf("a read: %v, %v", r.Raw, i.calls)
	}
	revoke(2)
	r := call(t, c, "change", `{}`)
	if r.code() != codeAuthentication || fmt.Sprint(i.calls) != "[POST Bearer token2]" || !strings.Contains(string(mustJSON(r.Raw)), "new credentials meanwhile") {
		t.Errorf("a write: %v, %v", r.Raw, i.calls)
	}
	if r := call(t, c, "change", `{}`); r.Type != "api_response" {
		t.Errorf("the write again: %v", r.Raw)
	}
	revoke(1000) // for any request
	if r := call(t, c, "look", `{}`); r.code() != codeAuthentication || len(i.calls) != 2 {
		t.Errorf("an API that takes no token: %v, %v", r.Raw, i.calls)
	}
}

// TestOAuth2Refresh uses the newest refresh token, and the configured one if that is rejected.
func TestOAuth2Refresh(t *testing.T) {
	i := newIssuer(t)
	o := &credential.OAuth2{Get: env("SPECTAP_AUTH_OAUTH_CLIENT_ID", "me", "SPECTAP_AUTH_OAUTH_REFRESH_TOKEN", "first-refresh").Get, Egress: egress.Config{Named: []string{i.URL}}}
	s := newSet(t, tokened, Options{BaseURL: i.URL, Credentials: credential.Chain{o}})
	token := func() string {
		got, err := s.credentials(t.Context(), s.byTool["look"])
		if err != nil || len(got) != 1 {
			t.Fatalf("%v %v", got, err)
		}
		o.Forget("oauth", got[0].secret)
		return got[0].Value
	}
	for _, want := range []string{"Bearer token1", "Bearer token2"} {
		if got := token(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	i.mu.Lock()
	i.refresh = "first-refresh" // the one that was given out is forgotten there
	i.mu.Unlock()
	if got := token(); got != "Bearer token3" {
		t.Error(got)
	}
	if got := fmt.Sprint(i.grants); got != "[refresh_token first-refresh refresh_token refresh1 refresh_token refresh2 refresh_token first-refresh]" {
		t.Error(got)
	}
}

// TestOAuth2OtherOrigin uses a token URL of another origin only if a person named the origin.
func TestOAuth2OtherOrigin(t *testing.T) {
	i := newIssuer(t)
	get := env("SPECTAP_AUTH_OAUTH_CLIENT_ID", "me", "SPECTAP_AUTH_OAUTH_CLIENT_SECRET", "s3cret").Get
	a := newAPI(t)
	document := strings.ReplaceAll(tokened, `"/token"`, `"`+i.URL+`/token"`)
	for _, x := range []struct {
		origins []string
		sent    int
	}{{nil, 0}, {[]string{"http://127.0.0.1:1"}, 0}, {[]string{i.URL}, 1}} {
		c := connect(t, newSet(t, document, Options{BaseURL: a.URL, Credentials: credential.Chain{&credential.OAuth2{Get: get, Origins: x.origins}}}), true)
		before := len(i.grants)
		r := call(t, c, "look", `{}`)
		if sent := len(i.grants) - before; sent != x.sent || (r.Type == "api_response") != (x.sent == 1) {
			t.Errorf("%v: %d requests for a token, %v", x.origins, sent, r.Raw)
		}
	}
	if got := a.last(t).Header.Get("Authorization"); got != "Bearer token1" {
		t.Error(got)
	}
}
