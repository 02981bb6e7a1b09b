package spectools

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/mcptools/spectools/sanitize"
)

// OAuth2 gets bearer tokens for schemes of type oauth2 by client credentials or a refresh token (RFC 6749 sections 4.4
// and 6) and keeps them until they expire. It is safe for concurrent use.
//
// The variables are those of [Environment] with an ending: SPECTAP_AUTH_<SCHEME>_CLIENT_ID, _CLIENT_SECRET,
// _REFRESH_TOKEN, _SCOPE, _TOKEN_URL. The document's own token URL is taken only where it has the origin that the
// API's credentials are for, or one of Origins: a document must not be able to send them elsewhere. Any other has to
// be named by the variable.
type OAuth2 struct {
	// Get reads a variable, as os.Getenv does.
	Get func(string) string
	// Origins are where, beside the API, a token URL of the document may lead: a person named them.
	Origins []string
	// Egress bounds the requests for tokens; its Origins and Named are filled in.
	Egress egress.Config

	mu     sync.Mutex // guards what follows
	home   string
	tokens map[string]oauthToken
}

type oauthToken struct {
	value   string
	refresh string // a newer refresh token than the one configured
	expires time.Time
}

// binder is told which origin credentials are for.
type binder interface{ bind(home string) }

func (o *OAuth2) bind(home string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.home = home
}

// Credential implements [Credentials].
func (o *OAuth2) Credential(ctx context.Context, name string, s *openapi3.SecurityScheme) (Secret, bool, error) {
	env := func(end string) string { return o.Get(Variable(name) + end) }
	if s.Type != "oauth2" || env("_CLIENT_ID") == "" && env("_REFRESH_TOKEN") == "" {
		return "", false, nil
	}
	o.mu.Lock() // held over the request: of many calls at once, one gets the token
	defer o.mu.Unlock()
	t := o.tokens[name]
	if t.value != "" && time.Now().Before(t.expires) {
		return Secret(t.value), true, nil
	}
	at, named, err := o.tokenURL(name, s)
	if err != nil {
		return "", false, err
	}
	var got oauthToken
	for _, form := range grants(t.refresh, env) {
		if got, err = o.request(ctx, at, named, env("_CLIENT_ID"), env("_CLIENT_SECRET"), form); err == nil {
			if got.refresh == "" {
				got.refresh = form.Get("refresh_token")
			}
			break
		}
	}
	if err != nil {
		return "", false, fmt.Errorf("get a token for %s: %w", sanitize.Description(name, 80), err)
	}
	if o.tokens == nil {
		o.tokens = make(map[string]oauthToken)
	}
	o.tokens[name] = got
	return Secret(got.value), true, nil
}

// grants are the requests for a token to try, in order: with the newest refresh token, with the one that was configured,
// without any.
func grants(refresh string, env func(end string) string) []url.Values {
	var out []url.Values
	add := func(grant, refresh string) {
		form := url.Values{"grant_type": {grant}}
		if refresh != "" {
			form.Set("refresh_token", refresh)
		}
		if scope := env("_SCOPE"); scope != "" {
			form.Set("scope", scope)
		}
		out = append(out, form)
	}
	configured := env("_REFRESH_TOKEN")
	if refresh != "" && refresh != configured {
		add("refresh_token", refresh)
	}
	if configured != "" {
		add("refresh_token", configured)
	} else {
		add("client_credentials", "")
	}
	return out
}

// Forget implements [Forgetter]: the next call gets a new token.
func (o *OAuth2) Forget(name string, s Secret) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if t := o.tokens[name]; t.value != "" && Secret(t.value) == s {
		t.value = "" // what it is renewed with stays
		o.tokens[name] = t
	}
}

// tokenURL is where tokens come from, and whether a person named it.
func (o *OAuth2) tokenURL(name string, s *openapi3.SecurityScheme) (*url.URL, bool, error) {
	raw, named := o.Get(Variable(name)+"_TOKEN_URL"), true
	if raw == "" && s.Flows != nil {
		named = false
		for _, f := range []*openapi3.OAuthFlow{s.Flows.ClientCredentials, s.Flows.AuthorizationCode, s.Flows.Password} {
			if f != nil && f.TokenURL != "" {
				raw = f.TokenURL
				break
			}
		}
	}
	u, err := url.Parse(raw)
	if raw == "" || err != nil {
		return nil, false, fmt.Errorf("scheme %s has no token URL: set %s_TOKEN_URL", sanitize.Description(name, 80), Variable(name))
	}
	if !u.IsAbs() && o.home != "" {
		home, err := url.Parse(o.home)
		if err != nil {
			return nil, false, err
		}
		u = home.ResolveReference(u)
	}
	origin, err := egress.Origin(u)
	if err != nil {
		return nil, false, err
	}
	named = named || containsOrigin(o.Origins, origin)
	if !named && origin != o.home {
		return nil, false, fmt.Errorf("the document's token URL is at %s, not where the API is: if that is right, --token-origin %s", origin, origin)
	}
	return u, named, nil
}

func (o *OAuth2) request(ctx context.Context, at *url.URL, named bool, id, secret string, form url.Values) (oauthToken, error) {
	c := o.Egress
	origin := at.Scheme + "://" + at.Host
	// The API's own origin may be one that a person named.
	if named || containsOrigin(c.Named, origin) {
		c.Named = append(c.Named[:len(c.Named):len(c.Named)], origin)
	}
	c.Origins = []string{origin}
	client, err := egress.New(c)
	if err != nil {
		return oauthToken{}, err
	}
	defer client.Close()
	call := egress.Call{Method: http.MethodPost, URL: at, Body: []byte(form.Encode()), Header: []egress.Pair{
		{Name: "Content-Type", Value: "application/x-www-form-urlencoded"}, {Name: "Accept", Value: "application/json"},
	}}
	if secret != "" {
		basic := url.QueryEscape(id) + ":" + url.QueryEscape(secret) // RFC 6749 section 2.3.1
		call.Credentials = []egress.Credential{{In: egress.InHeader, Name: "Authorization", Value: "Basic " + base64.StdEncoding.EncodeToString([]byte(basic))}}
	} else {
		form.Set("client_id", id)
		call.Body = []byte(form.Encode())
	}
	resp, err := client.Do(ctx, call)
	if err != nil {
		return oauthToken{}, err
	}
	data, _, err := egress.ReadBody(resp)
	if err != nil {
		return oauthToken{}, err
	}
	var t struct {
		AccessToken  string `json:"access_token"`
		RefreshToken string `json:"refresh_token"`
		TokenType    string `json:"token_type"`
		ExpiresIn    int64  `json:"expires_in"`
	}
	switch {
	case resp.StatusCode != http.StatusOK:
		return oauthToken{}, fmt.Errorf("the token endpoint answered %s", resp.Status)
	case json.Unmarshal(data, &t) != nil || t.AccessToken == "" || t.TokenType != "" && !strings.EqualFold(t.TokenType, "bearer"):
		return oauthToken{}, errors.New("the token endpoint did not give a bearer token")
	}
	if t.ExpiresIn <= 0 {
		t.ExpiresIn = 300
	}
	lasts := time.Duration(min(t.ExpiresIn, 1<<30)) * time.Second
	lasts = max(lasts-30*time.Second, lasts/2) // it has to arrive before it ends
	return oauthToken{t.AccessToken, t.RefreshToken, time.Now().Add(lasts)}, nil
}

func containsOrigin(all []string, origin string) bool {
	for _, x := range all {
		if originOf(x) == origin {
			return true
		}
	}
	return false
}

// Chain asks one after the other; the first that has a credential gives it.
type Chain []Credentials

// Credential implements [Credentials].
func (c Chain) Credential(ctx context.Context, name string, s *openapi3.SecurityScheme) (Secret, bool, error) {
	for _, x := range c {
		if v, ok, err := x.Credential(ctx, name, s); ok || err != nil {
			return v, ok, err
		}
	}
	return "", false, nil
}

// Forget implements [Forgetter].
func (c Chain) Forget(name string, s Secret) {
	for _, x := range c {
		if f, ok := x.(Forgetter); ok {
			f.Forget(name, s)
		}
	}
}

func (c Chain) bind(home string) {
	for _, x := range c {
		if b, ok := x.(binder); ok {
			b.bind(home)
		}
	}
}
