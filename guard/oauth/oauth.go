// Package oauth verifies the access tokens of an OAuth issuer, as a resource server does (RFC
// 9068): JWTs that are signed with a key that the issuer publishes. It also publishes where clients
// get such tokens (RFC 9728), and discovers the endpoints of an issuer (RFC 8414).
//
// The [Config] fixes the accepted issuer, audience, algorithms and type. Only kid in a token
// selects a key, among the published ones: jwk, jku, x5c and x5u are ignored. A token with crit is
// refused. So is one that is bound to a key (cnf), since the package cannot check that its sender
// holds the key.
//
// A token cannot be revoked before it expires: the package requests only keys from the issuer.
//
// The package opens no connections; a [Fetch] does. Read oauth.go first, then token.go and keys.go;
// issuers.go is for several issuers.
package oauth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"github.com/spectap/spectap/internal/address"
)

// Config says which tokens are accepted. Issuer, Audience and Fetch are required.
type Config struct {
	// Issuer is the URL of the issuer, as in the iss of tokens. It is https, or http on loopback.
	Issuer string
	// Audience is the resource for which tokens are issued. Their aud must name it.
	Audience string
	// Scopes are the scopes that each token must grant.
	Scopes []string
	// Algorithms are the allowed signature algorithms; nil means [Algorithms].
	Algorithms []string
	// AnyType accepts tokens whose typ is JWT or missing, from issuers that do not follow RFC 9068.
	// Only the audience then distinguishes access tokens from ID tokens.
	AnyType bool
	// KeysURL is the URL of the issuer's keys; "" means the one in the issuer's metadata.
	KeysURL string
	// Fetch gets the keys and the metadata.
	Fetch Fetch
	// Now returns the time; nil means time.Now.
	Now func() time.Time
	// Log gets a line when keys cannot be fetched; nil discards.
	Log *slog.Logger
}

// Fetch returns the document of a URL. It bounds the time and the size of the answer, and refuses
// forbidden destinations.
type Fetch func(ctx context.Context, url string) ([]byte, error)

// Algorithms are the signature algorithms that are accepted by default: the asymmetric ones.
var Algorithms = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}

// The errors of [Verifier.Verify].
var (
	// ErrToken means that a token is invalid. Another token may be valid.
	ErrToken = errors.New("the access token is not accepted")
	// ErrScope means that a valid token lacks a required scope.
	ErrScope = errors.New("the access token does not grant what is needed")
	// ErrIssuer means that the issuer's keys cannot be fetched. It says nothing about the token.
	ErrIssuer = errors.New("the keys of the OAuth issuer cannot be fetched")
)

// Skew is the allowed difference between the clocks of issuer and verifier.
const Skew = 30 * time.Second

// Verifier verifies tokens. It is safe for concurrent use.
type Verifier struct {
	c          Config
	algorithms []jose.SignatureAlgorithm
	keys       keyring
	clock      clock
}

// New returns a verifier. Nothing is fetched before the first token.
func New(c Config) (*Verifier, error) {
	if err := CheckURL(c.Issuer); err != nil {
		return nil, fmt.Errorf("the OAuth issuer: %w", err)
	}
	if u, _ := url.Parse(c.Issuer); u.RawQuery != "" || u.Fragment != "" || strings.Contains(c.Issuer, "#") {
		return nil, errors.New("the OAuth issuer: its URL has neither a query nor a fragment")
	}
	if c.KeysURL != "" {
		if err := CheckURL(c.KeysURL); err != nil {
			return nil, fmt.Errorf("the URL of the OAuth issuer's keys: %w", err)
		}
	}
	if c.Audience == "" {
		return nil, errors.New("the OAuth audience is missing: without it, tokens for other services would be accepted")
	}
	for _, s := range c.Scopes {
		if !IsScope(s) {
			return nil, fmt.Errorf("the OAuth scope %q has characters that no scope has", s)
		}
	}
	if c.Algorithms == nil {
		c.Algorithms = Algorithms
	}
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	v := &Verifier{c: c, clock: newClock(c.Now)}
	for _, a := range c.Algorithms {
		if !slices.Contains(Algorithms, a) {
			return nil, fmt.Errorf("the algorithm %q is none of %s", a, strings.Join(Algorithms, ", "))
		}
		v.algorithms = append(v.algorithms, jose.SignatureAlgorithm(a))
	}
	if len(v.algorithms) == 0 {
		return nil, errors.New("no algorithm for signatures is accepted")
	}
	v.keys.load, v.keys.log = v.fetchKeys, c.Log
	v.keys.now = func() time.Duration { return v.clock.now().Sub(v.clock.start) }
	return v, nil
}

// Verify returns the content of a token. The error is [ErrToken], [ErrScope] or [ErrIssuer] with
// the reason, which contains no text of the token.
func (v *Verifier) Verify(ctx context.Context, token string) (*Token, error) {
	h, signed, err := v.parse(token)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrToken, err)
	}
	payload, err := v.payload(ctx, h, signed)
	if err != nil {
		return nil, err
	}
	t, err := v.claims(payload)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrToken, err)
	}
	if missing := t.lacks(v.c.Scopes); missing != "" {
		return nil, fmt.Errorf("%w: the scope %s", ErrScope, missing)
	}
	return t, nil
}

// payload returns the payload of a token after verifying its signature with a key of the issuer.
func (v *Verifier) payload(ctx context.Context, h header, signed *jose.JSONWebSignature) ([]byte, error) {
	newest := false
	for {
		keys, err := v.keys.get(ctx, newest)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrIssuer, err)
		}
		found := false
		for _, k := range keys.of(h) {
			found = true
			if payload, err := signed.Verify(k); err == nil {
				return payload, nil
			}
		}
		switch {
		case found:
			return nil, fmt.Errorf("%w: its signature is wrong", ErrToken)
		case newest:
			return nil, fmt.Errorf("%w: no key of the issuer has its kid and algorithm", ErrToken)
		}
		newest = true // the issuer may have a new key
	}
}

// fetchKeys gets the keys of the issuer.
func (v *Verifier) fetchKeys(ctx context.Context) (keySet, error) {
	from := v.c.KeysURL
	if from == "" {
		m, err := Discover(ctx, v.c.Fetch, v.c.Issuer)
		if err != nil {
			return nil, err
		}
		if from = m.KeysURL; from == "" {
			return nil, errors.New("the issuer's metadata names no jwks_uri")
		}
	}
	data, err := v.c.Fetch(ctx, from)
	if err != nil {
		return nil, err
	}
	return parseKeys(data)
}

// CheckURL returns an error unless a URL is https, or http on loopback, and has no user.
func CheckURL(s string) error {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "":
		return errors.New("it must be a URL such as https://login.example.com")
	case u.User != nil:
		return errors.New("its URL has a user")
	case u.Scheme == "https" || u.Scheme == "http" && address.IsLoopback(strings.ToLower(u.Hostname())):
		return nil
	}
	return errors.New("it must be https: with http, the network could replace its keys and tokens (except on loopback)")
}

// IsScope reports whether s is a scope (RFC 6749, section 3.3).
func IsScope(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\\' })
}
