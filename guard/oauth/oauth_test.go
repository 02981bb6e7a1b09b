package oauth

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/guard/oauth/oauthtest"
	"github.com/spectap/spectap/internal/test/must"
)

func TestToken(t *testing.T) {
	i := newIssuer(t)
	v, _ := verifier(t, i, func(c *Config) { c.Scopes = []string{"read"} })
	token := must.Get(v.Verify(t.Context(), i.AccessToken(nil)))
	if token.Name() != i.URL+"#anna" || token.Client != "inspector" || !slices.Equal(token.Scopes, []string{"read", "write"}) ||
		!token.Expires.Equal(noon.Add(time.Hour+Skew)) || fmt.Sprint(token.Claims["groups"]) != "[ops]" {
		t.Errorf("%+v", token)
	}
	for name, x := range map[string]struct {
		changes map[string]any
		want    error
	}{
		"several audiences":  {map[string]any{"aud": []string{"other", audience}}, nil},
		"scopes as a list":   {map[string]any{"scope": nil, "scp": []string{"read"}}, nil},
		"no client":          {map[string]any{"client_id": nil}, nil},
		"date with fraction": {map[string]any{"exp": float64(noon.Unix()) + 0.5}, nil},
		"another scope":      {map[string]any{"scope": "write"}, ErrScope},
		"part of a scope":    {map[string]any{"scope": "reader read2"}, ErrScope},
		"no scope":           {map[string]any{"scope": nil}, ErrScope},
	} {
		if _, err := v.Verify(t.Context(), i.AccessToken(x.changes)); !errors.Is(err, x.want) {
			t.Errorf("%s: %v, want %v", name, err, x.want)
		}
	}
	if n := i.Asks.Load(); n != 1 {
		t.Errorf("the keys were asked for %d times", n)
	}
}

// Each algorithm is accepted with a key of its kind.
func TestAlgorithms(t *testing.T) {
	i := newIssuer(t)
	i.Publish(oauthtest.Key("rsa", "r", ""), oauthtest.Key("ec", "e", ""), oauthtest.Key("ed", "d", ""))
	v, _ := verifier(t, i, nil)
	only, _ := verifier(t, i, func(c *Config) { c.Algorithms = []string{"ES256"} })
	payload, _ := json.Marshal(i.Claims(nil))
	for _, x := range []struct{ kind, kid, algorithm string }{
		{"rsa", "r", "RS256"}, {"rsa", "r", "RS512"}, {"rsa", "r", "PS256"}, {"ec", "e", "ES256"}, {"ed", "d", "EdDSA"}, {"ec", "", "ES256"},
	} {
		head := map[string]any{"typ": "application/at+JWT"}
		if x.kid != "" {
			head["kid"] = x.kid
		}
		token := oauthtest.Sign(t, oauthtest.Signer(x.kind), x.algorithm, head, payload)
		if _, err := v.Verify(t.Context(), token); err != nil {
			t.Errorf("%v: %v", x, err)
		}
		if _, err := only.Verify(t.Context(), token); (err == nil) != (x.algorithm == "ES256") {
			t.Errorf("%v, and only ES256 is accepted: %v", x, err)
		}
	}
}

// A new key of the issuer is found at once, and a withdrawn one is refused.
func TestRotation(t *testing.T) {
	i := newIssuer(t)
	v, clock := verifier(t, i, nil)
	old := i.AccessToken(nil)
	must.Get(v.Verify(t.Context(), old))
	i.Publish(oauthtest.Key("rsa2", "b", "RS256"))
	clock.add(FetchPause)
	if _, err := v.Verify(t.Context(), i.AccessToken(nil)); err != nil {
		t.Fatal("a new key:", err)
	}
	clock.add(FetchPause)
	if _, err := v.Verify(t.Context(), old); !errors.Is(err, ErrToken) {
		t.Fatal("a key that was withdrawn:", err)
	}

	// Without a token with a new key, the keys are fetched again when they are no longer fresh.
	i.Publish(oauthtest.Key("rsa", "a", "RS256"))
	fresh := i.AccessToken(nil)
	i.Publish(oauthtest.Key("rsa2", "b", "RS256"))
	clock.add(KeysFresh)
	asked := i.Asks.Load()
	if _, err := v.Verify(t.Context(), fresh); !errors.Is(err, ErrToken) || i.Asks.Load() == asked {
		t.Fatal("a key that was withdrawn meanwhile:", err)
	}
}

// Unsigned tokens cause at most one request to the issuer per FetchPause.
func TestUnknownKeys(t *testing.T) {
	i := newIssuer(t)
	v, clock := verifier(t, i, nil)
	payload, _ := json.Marshal(i.Claims(nil))
	for n := range 100 {
		kid := fmt.Sprintf("%d", n)
		_, err := v.Verify(t.Context(), oauthtest.Sign(t, oauthtest.Signer("rsa2"), "RS256", map[string]any{"typ": "at+jwt", "kid": kid}, payload))
		if !errors.Is(err, ErrToken) {
			t.Fatal(err)
		}
	}
	if n := i.Asks.Load(); n != 1 {
		t.Errorf("%d tokens made the issuer be asked %d times", 100, n)
	}
	if _, err := v.Verify(t.Context(), i.AccessToken(nil)); err != nil {
		t.Error("meanwhile:", err)
	}
	clock.add(-24 * time.Hour) // the clock is set back
	if _, err := v.Verify(t.Context(), i.AccessToken(nil)); err != nil {
		t.Error("the clock was set back:", err)
	}
}

// Without the issuer, keys are used for a while, and then nothing is accepted.
func TestIssuerIsDown(t *testing.T) {
	i := newIssuer(t)
	v, clock := verifier(t, i, nil)
	long := i.AccessToken(map[string]any{"exp": noon.Add(24 * time.Hour).Unix()})
	i.Down.Store(true)
	if _, err := v.Verify(t.Context(), long); !errors.Is(err, ErrIssuer) || !strings.Contains(err.Error(), "502") {
		t.Fatal("no keys:", err)
	}
	if _, err := v.Verify(t.Context(), long); !errors.Is(err, ErrIssuer) || i.Asks.Load() != 1 {
		t.Fatalf("the issuer was asked again at once (%d): %v", i.Asks.Load(), err)
	}
	i.Down.Store(false)
	clock.add(FetchPause)
	if _, err := v.Verify(t.Context(), long); err != nil {
		t.Fatal("the issuer is back:", err)
	}
	i.Down.Store(true)
	clock.add(KeysFresh)
	if _, err := v.Verify(t.Context(), long); err != nil {
		t.Fatal("old keys:", err)
	}
	clock.add(FetchPause)
	i.Publish(oauthtest.Key("rsa2", "b", "RS256"))
	if _, err := v.Verify(t.Context(), i.AccessToken(nil)); !errors.Is(err, ErrIssuer) {
		t.Fatal("a key that may be new:", err)
	}
	clock.add(KeysStale)
	if _, err := v.Verify(t.Context(), long); !errors.Is(err, ErrIssuer) {
		t.Fatal("keys that are too old:", err)
	}
}

func TestExpiry(t *testing.T) {
	i := newIssuer(t)
	v, clock := verifier(t, i, nil)
	token := i.AccessToken(nil)
	clock.add(time.Hour + Skew - 1)
	must.Get(v.Verify(t.Context(), token))
	clock.add(1)
	if _, err := v.Verify(t.Context(), token); !errors.Is(err, ErrToken) {
		t.Fatal(err)
	}
}

// A clock that is set back does not make an expired token valid again.
func TestClockIsSetBack(t *testing.T) {
	i := newIssuer(t)
	v, clock := verifier(t, i, nil)
	token := i.AccessToken(nil)
	v.clock.elapsed = func() time.Duration { return time.Hour + Skew }
	for _, back := range []time.Duration{0, time.Minute, 365 * 24 * time.Hour} {
		clock.add(-back)
		if _, err := v.Verify(t.Context(), token); !errors.Is(err, ErrToken) {
			t.Errorf("set back by %s: %v", back, err)
		}
	}
}

func TestConfig(t *testing.T) {
	for name, x := range map[string]struct {
		c    Config
		want string // of the error, "" for none
	}{
		"https":          {Config{Issuer: "https://login.example/tenant", Audience: "a"}, ""},
		"loopback":       {Config{Issuer: "http://localhost:9000", Audience: "a"}, ""},
		"http":           {Config{Issuer: "http://login.example", Audience: "a"}, "https"},
		"no issuer":      {Config{Audience: "a"}, "URL"},
		"no audience":    {Config{Issuer: "https://login.example"}, "audience"},
		"user":           {Config{Issuer: "https://a:b@login.example", Audience: "a"}, "user"},
		"query":          {Config{Issuer: "https://login.example/?a=b", Audience: "a"}, "query"},
		"fragment":       {Config{Issuer: "https://login.example/#", Audience: "a"}, "fragment"},
		"keys by http":   {Config{Issuer: "https://login.example", Audience: "a", KeysURL: "http://login.example/keys"}, "https"},
		"none":           {Config{Issuer: "https://login.example", Audience: "a", Algorithms: []string{"none"}}, "none"},
		"shared secret":  {Config{Issuer: "https://login.example", Audience: "a", Algorithms: []string{"HS256"}}, "HS256"},
		"no algorithm":   {Config{Issuer: "https://login.example", Audience: "a", Algorithms: []string{}}, "algorithm"},
		"space in scope": {Config{Issuer: "https://login.example", Audience: "a", Scopes: []string{"a b"}}, "scope"},
	} {
		if _, err := New(x.c); (err == nil) != (x.want == "") || err != nil && !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
