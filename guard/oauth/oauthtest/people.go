package oauthtest

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
)

// People is an issuer at which anna signs in with the password "tulip" in a form, and a server that
// wants its tokens. Refresh tokens are good for one use.
type People struct {
	URL, Server string
	// Metadata changes the metadata of the issuer, and Resource that of the server.
	Metadata, Resource func(map[string]any)
	// Answer changes what the issuer sends back with the browser.
	Answer func(url.Values)

	mu     sync.Mutex
	codes  map[string]url.Values // the requests for authorization, by their codes
	tokens map[string]bool       // the live ones
	took   []string              // the grant types of requests for tokens, and the revoked tokens
}

// NewPeople starts both. They end with the test.
func NewPeople(t testing.TB, server http.Handler) *People {
	p := &People{codes: map[string]url.Values{}, tokens: map[string]bool{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/oauth-authorization-server", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, 200, p.Metadata, map[string]any{
			"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "registration_endpoint": p.URL + "/register",
			"device_authorization_endpoint": p.URL + "/device", "revocation_endpoint": p.URL + "/revoke", "code_challenge_methods_supported": []string{"S256"},
			"authorization_response_iss_parameter_supported": true,
		})
	})
	mux.HandleFunc("POST /register", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, 201, nil, map[string]any{"client_id": "registered"})
	})
	mux.HandleFunc("GET /authorize", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, `<form method="post" action="/authorize?%s"><input name="user"><input name="password" type="password"><button>Allow</button></form>`,
			html.EscapeString(r.URL.RawQuery))
	})
	mux.HandleFunc("POST /authorize", p.authorize)
	mux.HandleFunc("POST /device", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, 200, nil, map[string]any{"device_code": "device", "user_code": "WXYZ", "verification_uri": p.URL + "/verify", "interval": 0.01})
	})
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("POST /revoke", func(_ http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.took = append(p.took, r.FormValue("token"))
		delete(p.tokens, r.FormValue("token"))
	})
	issuer := httptest.NewServer(mux)
	resource := http.NewServeMux()
	resource.HandleFunc("/.well-known/oauth-protected-resource/mcp", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, 200, p.Resource, map[string]any{"resource": p.Server, "authorization_servers": []string{p.URL}, "scopes_supported": []string{"read"}})
	})
	resource.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		live := p.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
		p.mu.Unlock()
		if !live {
			w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token", resource_metadata="http://`+r.Host+`/.well-known/oauth-protected-resource/mcp"`)
			reply(w, http.StatusUnauthorized, nil, map[string]any{"error": "invalid_token"})
			return
		}
		server.ServeHTTP(w, r)
	})
	s := httptest.NewServer(resource)
	t.Cleanup(func() { issuer.CloseClientConnections(); s.CloseClientConnections(); issuer.Close(); s.Close() })
	p.URL, p.Server = issuer.URL, s.URL+"/mcp"
	return p
}

func reply(w http.ResponseWriter, status int, change func(map[string]any), v map[string]any) {
	if change != nil {
		change(v)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v)
}

// authorize takes the form of a person.
func (p *People) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	p.mu.Lock()
	defer p.mu.Unlock()
	if r.FormValue("password") != "tulip" {
		http.Error(w, "no", http.StatusForbidden)
		return
	}
	code := rand.Text()
	p.codes[code] = q
	back := url.Values{"code": {code}, "state": {q.Get("state")}, "iss": {p.URL}}
	if p.Answer != nil {
		p.Answer(back)
	}
	http.Redirect(w, r, q.Get("redirect_uri")+"?"+back.Encode(), http.StatusFound)
}

// Approve lets the device code be used.
func (p *People) Approve() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.codes["device"] = url.Values{"resource": {p.Server}}
}

func (p *People) token(w http.ResponseWriter, r *http.Request) {
	r.ParseForm()
	p.mu.Lock()
	defer p.mu.Unlock()
	kind := r.Form.Get("grant_type")
	p.took = append(p.took, kind)
	ok, problem := false, "invalid_grant"
	switch kind {
	case "refresh_token":
		old := r.Form.Get("refresh_token")
		ok = p.tokens[old] && r.Form.Get("resource") == p.Server
		delete(p.tokens, old)
	case "authorization_code":
		q := p.codes[r.Form.Get("code")]
		delete(p.codes, r.Form.Get("code"))
		sum := sha256.Sum256([]byte(r.Form.Get("code_verifier")))
		id, _, _ := r.BasicAuth()
		ok = q.Get("code_challenge") == base64.RawURLEncoding.EncodeToString(sum[:]) && q.Get("redirect_uri") == r.Form.Get("redirect_uri") &&
			q.Get("resource") == r.Form.Get("resource") && q.Get("client_id") == r.Form.Get("client_id")+id
	default:
		ok, problem = p.codes[r.Form.Get("device_code")] != nil, "authorization_pending"
	}
	if !ok {
		reply(w, 400, nil, map[string]any{"error": problem, "error_description": "sent " + r.Form.Encode()})
		return
	}
	access, refresh := "at-"+rand.Text(), "rt-"+rand.Text()
	p.tokens[access], p.tokens[refresh] = true, true
	reply(w, 200, nil, map[string]any{"access_token": access, "refresh_token": refresh, "token_type": "bearer", "expires_in": 3600})
}

// EndAccess makes all access tokens invalid, and refresh tokens, too, if all is set.
func (p *People) EndAccess(all bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	maps.DeleteFunc(p.tokens, func(v string, _ bool) bool { return all || strings.HasPrefix(v, "at-") })
}

// Took returns the grant types of requests for tokens, and the tokens that were revoked.
func (p *People) Took() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.took)
}
