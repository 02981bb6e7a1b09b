package credential

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/egress"
	oauth "github.com/spectap/spectap/egress/token"
	"github.com/spectap/spectap/mcptools/spectools/sanitize"
)

// OAuth2 fetches bearer tokens for schemes of type oauth2 with client credentials or a refresh
// token (RFC 6749 sections 4.4 and 6), and caches them until they expire. It is safe for concurrent
// use.
//
// It reads the scheme's variable (see [Variable]) with the suffixes _CLIENT_ID, _CLIENT_SECRET,
// _REFRESH_TOKEN, _SCOPE and _TOKEN_URL. It uses the document's token URL only if that has the
// origin of the API or one of Origins, because a document must not be able to send the client's
// secret elsewhere. Any other token URL must be set by the variable.
type OAuth2 struct {
	// Get returns the value of a variable, "" if it is not set, as os.Getenv does.
	Get func(string) string
	// Origins are further origins that the document's token URL may have. A person named them.
	Origins []string
	// Egress limits the token requests; OAuth2 sets its Origins and Named.
	Egress egress.Config
	// Now returns the time; nil means time.Now.
	Now func() time.Time

	mu     sync.Mutex // guards what follows
	home   string     // the origin of the API
	tokens map[string]token
}

type token struct {
	value   string
	refresh string // the newest refresh token, which may replace the configured one
	expires time.Time
}

// BindOrigin implements [OriginBinder].
func (o *OAuth2) BindOrigin(origin string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.home = origin
}

func (o *OAuth2) now() time.Time {
	if o.Now != nil {
		return o.Now()
	}
	return time.Now()
}

// Credential implements [Source].
func (o *OAuth2) Credential(ctx context.Context, name string, s *openapi3.SecurityScheme) (Secret, bool, error) {
	env := func(suffix string) string { return o.Get(Variable(name) + suffix) }
	if !o.supplies(name, s) {
		return "", false, nil
	}
	o.mu.Lock() // held during the request, so that concurrent calls fetch one token
	defer o.mu.Unlock()
	cached := o.tokens[name]
	if cached.value != "" && o.now().Before(cached.expires) {
		return Secret(cached.value), true, nil
	}
	endpoint, named, err := o.tokenURL(name, s)
	if err != nil {
		return "", false, err
	}
	var got token
	for _, form := range tokenForms(cached.refresh, env) {
		if got, err = o.request(ctx, endpoint, named, env("_CLIENT_ID"), env("_CLIENT_SECRET"), form); err == nil {
			got.refresh = cmp.Or(got.refresh, form.Get("refresh_token"))
			break
		}
	}
	if err != nil {
		return "", false, fmt.Errorf("get a token for %s: %w", sanitize.Description(name, 80), err)
	}
	if o.tokens == nil {
		o.tokens = make(map[string]token)
	}
	o.tokens[name] = got
	return Secret(got.value), true, nil
}

// Standing implements [Renewer]: access tokens change, and are identified by the client.
func (o *OAuth2) Standing(_ context.Context, name string, s *openapi3.SecurityScheme) (Secret, bool, error) {
	if !o.supplies(name, s) {
		return "", false, nil
	}
	var all []string
	for _, suffix := range []string{"_CLIENT_ID", "_CLIENT_SECRET", "_REFRESH_TOKEN", "_SCOPE", "_TOKEN_URL"} {
		all = append(all, o.Get(Variable(name)+suffix))
	}
	return Secret(strings.Join(all, "\n")), true, nil
}

// supplies reports whether a person has configured a client for a scheme.
func (o *OAuth2) supplies(name string, s *openapi3.SecurityScheme) bool {
	return s.Type == "oauth2" && (o.Get(Variable(name)+"_CLIENT_ID") != "" || o.Get(Variable(name)+"_REFRESH_TOKEN") != "")
}

// tokenForms returns the token requests to try, in order: with the newest refresh token, with the
// configured one, or, if none is configured, with client credentials.
func tokenForms(refresh string, env func(suffix string) string) []url.Values {
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

// Forget implements [Forgetter]: the next call fetches a new token. The refresh token stays.
func (o *OAuth2) Forget(name string, s Secret) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if t := o.tokens[name]; t.value != "" && Secret(t.value) == s {
		t.value = ""
		o.tokens[name] = t
	}
}

// tokenURL returns the token endpoint of a scheme, and reports whether a person named it.
func (o *OAuth2) tokenURL(name string, s *openapi3.SecurityScheme) (*url.URL, bool, error) {
	raw, named := o.Get(Variable(name)+"_TOKEN_URL"), true
	if raw == "" && s.Flows != nil {
		named = false
		flows := []*openapi3.OAuthFlow{s.Flows.ClientCredentials, s.Flows.AuthorizationCode, s.Flows.Password}
		for _, f := range flows {
			if f != nil && f.TokenURL != "" {
				raw = f.TokenURL
				break
			}
		}
	}
	u, err := url.Parse(raw)
	if raw == "" || err != nil {
		return nil, false, fmt.Errorf("scheme %s has no token URL: set %s_TOKEN_URL",
			sanitize.Description(name, 80), Variable(name))
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
	named = named || egress.SharesOrigin(origin, o.Origins...)
	if !named && origin != o.home {
		return nil, false, fmt.Errorf("the document's token URL is at %s, which is not the API's origin: "+
			"if that is right, pass --token-origin %s", origin, origin)
	}
	return u, named, nil
}

// request asks a token endpoint. A token without a lifetime is kept for five minutes.
func (o *OAuth2) request(
	ctx context.Context, endpoint *url.URL, named bool, id, secret string, form url.Values,
) (token, error) {
	c := o.Egress
	origin := endpoint.Scheme + "://" + endpoint.Host
	if named || egress.SharesOrigin(origin, c.Named...) { // the API's own origin may be one that a person named
		c.Named = append(c.Named[:len(c.Named):len(c.Named)], origin)
	}
	c.Origins = []string{origin}
	client, err := egress.New(c)
	if err != nil {
		return token{}, err
	}
	defer client.Close()
	resp, err := client.Do(ctx, oauth.Request(endpoint, form, id, secret, secret == ""))
	if err != nil {
		return token{}, err
	}
	data, _, err := egress.ReadBody(resp)
	if err != nil {
		return token{}, err
	}
	now := o.now()
	a, err := oauth.ReadAnswer(resp.StatusCode, data, now)
	if err != nil {
		return token{}, fmt.Errorf("the token endpoint gives none: %w", err)
	}
	if a.Expires.IsZero() {
		a.Expires = now.Add(5 * time.Minute)
	}
	early := min(a.Expires.Sub(now)/2, 30*time.Second) // time for the request that uses it
	return token{a.Value, a.Refresh, a.Expires.Add(-early)}, nil
}
