// Package signin signs a person in at the OAuth issuer of a server, in a browser or with a code,
// and keeps the tokens for programs that run later.
//
// [Store.SignIn] finds the issuer by the metadata of the server (RFC 9728) and its endpoints by
// those of the issuer (RFC 8414), registers a client if none is given (RFC 7591), and gets tokens
// with an authorization code (RFC 8252, with PKCE) or a device code (RFC 8628). A [Source] gives
// them to requests, and renews them. It never asks a person: its error says what to type.
//
// Metadata is foreign: its URLs are https or on loopback, and lead to public addresses unless a
// person typed their origin. Tokens are for the one server that they were issued for. They are in
// files with mode 0600, and never in an error. The keyring of a desktop is not used.
//
// Read signin.go first, then obtain.go; grant.go has what is kept.
package signin

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/egress/token"
	"github.com/spectap/spectap/guard/oauth"
)

// Config says where a person signs in, and for which server.
type Config struct {
	// Server is the URL that the token is for. Required.
	Server string
	// Typed are URLs that a person typed: see [token.Wire].
	Typed []string
	// Issuer is the URL of the issuer; "" means the one in the server's metadata.
	Issuer string
	// Endpoints replaces the metadata of an issuer that has none, unless its TokenURL is "".
	Endpoints oauth.Metadata
	// ClientID and Secret are those of a client that is registered at the issuer. An id that is a
	// URL is that of a client's metadata document. "" means to register a client.
	ClientID, Secret string
	// Scopes are asked for; nil means those that the server names.
	Scopes []string
	// Port is that of the redirect on loopback; 0 means any.
	Port int
	// Device asks for a code that is typed in a browser of any machine. HasBrowser says that this
	// machine has one; without it the code is preferred.
	Device, HasBrowser bool
	// Show tells a person where to sign in. Required.
	Show func(Prompt)
}

// Prompt is what a person needs to sign in. URL is https, or http on loopback.
type Prompt struct {
	URL  string
	Code string // to be typed or compared there; "" if the browser comes back to Port
	Port int
}

// signInTime is how long a person may take.
const signInTime = 10 * time.Minute

// Origin returns the origin of a URL, for messages: the rest may have a secret.
func Origin(at string) string {
	u, err := url.Parse(at)
	if err != nil || u.Host == "" {
		return "the URL"
	}
	return u.Scheme + "://" + u.Host
}

// attempt is one sign-in.
type attempt struct {
	Config
	token.Wire
	grant  Grant
	issuer *oauth.Metadata
}

// SignIn lets a person sign in, and keeps the tokens. It ends with ctx, or after ten minutes.
func (s *Store) SignIn(ctx context.Context, c Config) (*Grant, error) {
	ctx, cancel := context.WithTimeout(ctx, signInTime)
	defer cancel()
	for _, at := range []string{c.Server, cmp.Or(c.Issuer, c.Server)} {
		if err := oauth.CheckURL(at); err != nil {
			return nil, fmt.Errorf("sign in at %s: %w", egress.WithoutUser(at), err)
		}
	}
	a := &attempt{Config: c, Wire: token.Wire{Typed: c.Typed, UserAgent: s.UserAgent}}
	g := &a.grant
	*g = Grant{Shown: Shown{Server: Canonical(c.Server), ClientID: c.ClientID, Scopes: c.Scopes}, Secret: c.Secret, Typed: c.Typed}
	if err := a.discover(ctx); err != nil {
		return nil, fmt.Errorf("find the OAuth issuer of %s: %w", g.Server, err)
	}
	m := a.issuer
	g.Issuer, g.TokenURL, g.RevocationURL, g.InBody = m.Issuer, m.TokenURL, m.RevocationURL, m.SecretInBody()
	const offline = "offline_access" // of OpenID Connect: only then there is a refresh token
	if c.Scopes == nil && slices.Contains(m.Scopes, offline) && !slices.Contains(g.Scopes, offline) {
		g.Scopes = append(slices.Clip(g.Scopes), offline)
	}
	got, err := a.tokens(ctx)
	refusal, ok := errors.AsType[*token.RefusalError](err)
	switch {
	case ctx.Err() == context.DeadlineExceeded:
		err = errors.New("nobody signed in within " + signInTime.String())
	case ctx.Err() != nil:
		err = ctx.Err()
	case ok && refusal.Code == "access_denied":
		err = errors.New("it was denied there")
	}
	if err != nil {
		return nil, fmt.Errorf("sign in at %s: %w", cmp.Or(m.Issuer, Origin(m.TokenURL)), err)
	}
	g.SignedIn = time.Now().UTC()
	g.take(got)
	err = cmp.Or(os.MkdirAll(s.Folder, 0o700), s.file(g).Update(func(old *Grant) error { *old = *g; return nil }))
	if err != nil {
		return nil, fmt.Errorf("keep the tokens: %w", err)
	}
	return g, nil
}

// tokens gets them in the way that fits the issuer and this machine.
func (a *attempt) tokens(ctx context.Context) (got token.Answer, err error) {
	switch m := a.issuer; {
	case m.TokenURL == "":
		return got, errors.New("its metadata names no token_endpoint")
	case a.Secret != "" && a.Issuer == "" && !egress.SharesOrigin(m.TokenURL, append(slices.Clip(a.Wire.Typed), a.Server)...):
		return got, ErrSecret
	case a.Device && m.DeviceURL == "":
		return got, errors.New("it gives no codes for devices: sign in with a browser")
	case m.DeviceURL != "" && (a.Device || !a.HasBrowser || m.AuthorizationURL == ""):
		return a.byDevice(ctx)
	case m.AuthorizationURL == "":
		return got, errors.New("its metadata names no authorization_endpoint")
	case m.Challenges != nil && !slices.Contains(m.Challenges, "S256"):
		return got, errors.New("it does not support PKCE with S256, without which another program could use the answer")
	}
	return a.byBrowser(ctx)
}

// discover sets the issuer, and what the grant asks for.
func (a *attempt) discover(ctx context.Context) error {
	if a.Endpoints.TokenURL != "" {
		a.issuer = &a.Endpoints
		return nil
	}
	r, err := a.resource(ctx)
	if err != nil && a.Issuer == "" {
		return err
	}
	// Servers of MCP 2025-03-26 are their own issuers. A slash at the end is part of the name.
	issuer := cmp.Or(a.Issuer, Origin(a.grant.Server))
	issuers := []string{issuer, issuer + "/"}
	if r != nil {
		a.grant.Resource = r.URL
		if a.grant.Scopes == nil {
			a.grant.Scopes = r.Scopes
		}
		if a.Issuer == "" && len(r.Issuers) > 0 {
			issuers = r.Issuers[:1]
		}
	}
	var why error
	for _, issuer := range issuers {
		if a.issuer, err = oauth.Discover(ctx, a.Fetch, issuer); err == nil {
			return nil
		}
		why = cmp.Or(why, err)
	}
	if a.Issuer == "" && r == nil {
		return ErrNoIssuer
	}
	return why
}

// resource is the metadata of a server (RFC 9728).
type resource struct {
	URL     string   `json:"resource"`
	Issuers []string `json:"authorization_servers"`
	Scopes  []string `json:"scopes_supported"`
}

// resource returns the metadata of the server, or nil if it has none: the one that its refusal
// names, or else the one at the usual paths.
func (a *attempt) resource(ctx context.Context) (*resource, error) {
	resp, _, err := a.Send(ctx, a.Server, egress.Call{Method: http.MethodGet, Header: []egress.Pair{
		{Name: "Accept", Value: "application/json, text/event-stream"},
	}})
	if err != nil {
		return nil, err
	}
	challenge := strings.Join(resp.Header.Values("WWW-Authenticate"), ", ")
	if at := parameter("resource_metadata", challenge); at != "" {
		data, err := a.Fetch(ctx, at)
		if err != nil {
			return nil, fmt.Errorf("the metadata that its refusal names: %w", err)
		}
		r, err := a.read(data)
		if scope := parameter("scope", challenge); err == nil && scope != "" {
			r.Scopes = strings.Fields(scope)
		}
		return r, err
	}
	own := oauth.Resource{URL: a.Server}
	for _, path := range own.Paths() {
		if data, err := a.Fetch(ctx, Origin(a.Server)+path); err == nil && json.Valid(data) { // not a page for all paths
			return a.read(data)
		}
	}
	return nil, nil
}

// parameter returns a parameter of a challenge, which is quoted if it is a URL (RFC 9110, section
// 11.2), or "".
func parameter(name, challenge string) string {
	_, rest, _ := strings.Cut(challenge, name+`="`)
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

// read reads metadata. It refuses that of another resource: its issuer could be asked for a token,
// which this server would then get.
func (a *attempt) read(data []byte) (*resource, error) {
	var r resource
	if json.Unmarshal(data, &r) != nil {
		return nil, errors.New("its metadata is no JSON object")
	}
	of, own := Canonical(r.URL), a.grant.Server
	if of != own && !strings.HasPrefix(own, of+"/") {
		return nil, errors.New("its metadata is for another resource than this URL")
	}
	return &r, nil
}
