package oauth

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"github.com/spectap/spectap/guard/oauth/oauthtest"
)

// Each refusal has its own reason, so that whoever runs the issuer knows what to change. What is just
// within a bound is accepted.
func TestReasons(t *testing.T) {
	i := newIssuer(t)
	v, _ := verifier(t, i, func(c *Config) { c.Scopes = []string{"read"} })
	for name, tt := range map[string]struct {
		changes map[string]any
		want    string // "" if it is accepted
	}{
		"as it is":             {nil, ""},
		"another issuer":       {map[string]any{"iss": "https://evil.example"}, "it is of another issuer"},
		"another audience":     {map[string]any{"aud": "x"}, "it is for another audience"},
		"one of two audiences": {map[string]any{"aud": []string{"x", audience}}, ""},
		"no expiry":            {map[string]any{"exp": nil}, "it has no exp, and would be valid for ever"},
		"expiry as text":       {map[string]any{"exp": "1"}, "its exp is no number"},
		"far expiry":           {map[string]any{"exp": 1e11 + 1}, "its exp is no date"},
		"farthest expiry":      {map[string]any{"exp": 1e11}, ""},
		"expired":              {map[string]any{"exp": noon.Add(-Skew).Unix()}, "it has expired"},
		"expires now":          {map[string]any{"exp": noon.Add(-Skew + time.Second).Unix()}, ""},
		"not yet":              {map[string]any{"nbf": noon.Add(Skew + time.Second).Unix()}, "it is not valid yet"},
		"just now":             {map[string]any{"nbf": noon.Add(Skew).Unix()}, ""},
		"not yet as text":      {map[string]any{"nbf": "1"}, "its nbf is no number"},
		"issued later":         {map[string]any{"iat": noon.Add(Skew + time.Second).Unix()}, "it is not valid yet"},
		"at_hash":              {map[string]any{"at_hash": "x"}, "it is an ID token"},
		"c_hash":               {map[string]any{"c_hash": "x"}, "it is an ID token"},
		"cnf":                  {map[string]any{"cnf": map[string]any{}}, "it is bound to a key (cnf)"},
		"long subject":         {map[string]any{"sub": strings.Repeat("a", maxSubject+1)}, "its sub is missing, too long"},
		"longest subject":      {map[string]any{"sub": strings.Repeat("a", maxSubject)}, ""},
		"all of ASCII":         {map[string]any{"sub": " ~"}, ""},
		"delete":               {map[string]any{"sub": "\x7f"}, "its sub is missing, too long"},
		"scope is an object":   {map[string]any{"scope": map[string]any{}}, "its scope is neither a text nor a list"},
		"many scopes":          {map[string]any{"scope": strings.Repeat("read ", maxScopes+1)}, "it has more than 100 scopes"},
		"most scopes":          {map[string]any{"scope": strings.Repeat("read ", maxScopes)}, ""},
		"list of scopes":       {map[string]any{"scope": []string{"write", "read"}}, ""},
		"scp":                  {map[string]any{"scope": nil, "scp": []string{"read"}}, ""},
		"number as scope":      {map[string]any{"scope": []any{"read", 1}}, "it has more than 100 scopes, or one that is no scope"},
		"no scope":             {map[string]any{"scope": nil}, "the scope read"},
	} {
		_, err := v.Verify(t.Context(), i.AccessToken(tt.changes))
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), ": "+tt.want)) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
		if scope := name == "no scope"; errors.Is(err, ErrScope) != scope || err != nil && errors.Is(err, ErrToken) == scope || errors.Is(err, ErrIssuer) {
			t.Errorf("%s: the error is of another kind: %v", name, err)
		}
	}
}

// The reason why a header is refused, which is found before any key is asked for.
func TestReasonsOfHeaders(t *testing.T) {
	i := newIssuer(t)
	v, _ := verifier(t, i, func(c *Config) {
		c.Fetch = func(context.Context, string) ([]byte, error) { t.Error("fetched"); return nil, nil }
	})
	for token, want := range map[string]string{
		strings.Repeat("x", maxToken+1):                      "it has more than 16384 bytes",
		strings.Repeat("x", maxToken):                        "it is no signed JWT",
		"x":                                                  "it is no signed JWT",
		raw(`[]`, "{}", "x"):                                 "its header is no JSON object, or has a member twice",
		raw(`{"a":1,"a":2}`, "{}", "x"):                      "its header is no JSON object, or has a member twice",
		raw(`{"crit":["exp"]}`, "{}", "x"):                   "its header has crit, which names extensions that are not known here",
		raw(`{"kid":1}`, "{}", "x"):                          "its header has a typ or kid that is no text",
		raw(`{"typ":1}`, "{}", "x"):                          "its header has a typ or kid that is no text",
		raw(`{"typ":"JWT","alg":"RS256"}`, "{}", "x"):        "its type is not at+jwt, so that it may be an ID token",
		raw(`{"alg":"RS256"}`, "{}", "x"):                    "its type is not at+jwt, so that it may be an ID token",
		raw(`{"typ":"logout+jwt","alg":"RS256"}`, "{}", "x"): "its type is that of another kind of token",
		raw(`{"typ":"at+jwt","alg":"none"}`, "{}", "x"):      "its algorithm is not one of those that are accepted",
		raw(`{"typ":"application/AT+JWT"}`, "{}", "x"):       "its algorithm is not one of those that are accepted",
	} {
		if _, err := v.Verify(t.Context(), token); !errors.Is(err, ErrToken) || !strings.HasSuffix(err.Error(), ": "+want) {
			t.Errorf("%.80s: %v, want %q", token, err, want)
		}
	}
	strict, _ := verifier(t, i, nil)
	text, _ := json.Marshal(i.Claims(nil))
	for name, tt := range map[string]struct {
		key  string
		kid  string
		want string
	}{
		"another key": {"rsa2", "a", "its signature is wrong"}, "another kid": {"rsa", "b", "no key of the issuer has its kid and algorithm"}, "no kid": {"rsa", "", ""},
	} {
		head := map[string]any{"typ": "at+jwt"}
		if tt.kid != "" {
			head["kid"] = tt.kid
		}
		_, err := strict.Verify(t.Context(), oauthtest.Sign(t, oauthtest.Signer(tt.key), "RS256", head, text))
		if (err == nil) != (tt.want == "") || err != nil && !strings.HasSuffix(err.Error(), ": "+tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Keys that cannot be had are no fault of the token, and the error says why they cannot.
func TestReasonsOfIssuers(t *testing.T) {
	i := newIssuer(t)
	key := func(n int) string {
		k, err := jose.JSONWebKey{Key: oauthtest.Signer("rsa").Public(), KeyID: fmt.Sprint(n)}.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		return string(k)
	}
	keys := func(n int) string {
		var all []string
		for k := range n {
			all = append(all, key(k))
		}
		return `{"keys":[` + strings.Join(all, ",") + `]}`
	}
	for name, tt := range map[string]struct{ metadata, keys, want string }{
		"no JSON":        {`{"jwks_uri":"https://k.example/"}`, "<html>", "what the issuer publishes is no JWKS"},
		"no keys":        {`{"jwks_uri":"https://k.example/"}`, "{}", "what the issuer publishes is no JWKS"},
		"empty":          {`{"jwks_uri":"https://k.example/"}`, `{"keys":[]}`, "the issuer publishes no public key for signatures"},
		"for other use":  {`{"jwks_uri":"https://k.example/"}`, `{"keys":[` + strings.Replace(key(1), "{", `{"use":"enc",`, 1) + `]}`, "the issuer publishes no public key for signatures"},
		"too many":       {`{"jwks_uri":"https://k.example/"}`, keys(maxKeys + 1), "the issuer publishes more than 100 keys"},
		"most":           {`{"jwks_uri":"https://k.example/"}`, keys(maxKeys), "no key of the issuer has its kid and algorithm"},
		"no URL":         {`{}`, "", "the issuer's metadata names no jwks_uri"},
		"http":           {`{"jwks_uri":"http://k.example/"}`, "", "a URL in it is not https"},
		"tokens by http": {`{"token_endpoint":"http://k.example/"}`, "", "a URL in it is not https"},
		"no metadata":    {"", "", "the issuer " + i.URL + " has no metadata: "},
		"keys are gone":  {`{"jwks_uri":"https://k.example/"}`, "", "404"},
	} {
		v, _ := verifier(t, i, func(c *Config) {
			c.Fetch = func(_ context.Context, url string) ([]byte, error) {
				switch {
				case url == "https://k.example/" && tt.keys != "":
					return []byte(tt.keys), nil
				case strings.Contains(url, ".well-known") && tt.metadata != "":
					return []byte(strings.Replace(tt.metadata, "{", fmt.Sprintf(`{"issuer":%q,`, i.URL), 1)), nil
				}
				return nil, errors.New("status 404")
			}
		})
		if name == "no URL" {
			v.c.Fetch = func(context.Context, string) ([]byte, error) { return fmt.Appendf(nil, `{"issuer":%q}`, i.URL), nil }
		}
		_, err := v.Verify(t.Context(), i.AccessToken(nil))
		if err == nil || !strings.Contains(err.Error(), tt.want) || errors.Is(err, ErrIssuer) == (name == "most") {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	v, _ := verifier(t, i, func(c *Config) {
		c.Fetch = func(ctx context.Context, _ string) ([]byte, error) { <-ctx.Done(); return nil, ctx.Err() }
	})
	if _, err := v.Verify(ctx, i.AccessToken(nil)); !errors.Is(err, context.Canceled) || !errors.Is(err, ErrIssuer) {
		t.Errorf("a caller that does not wait: %v", err)
	}
}

// A key signs with the algorithms of its type and curve, and with its own if it names one. RSA keys
// are bounded in both directions.
func TestKeysAndAlgorithms(t *testing.T) {
	rsaKey := func(bits uint) *rsa.PublicKey {
		return &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), bits-1), E: 65537}
	}
	for bits, want := range map[uint]bool{2047: false, 2048: true, 8192: true, 8193: false} {
		if got := isUsable(&jose.JSONWebKey{Key: rsaKey(bits)}); got != want {
			t.Errorf("RSA with %d bits: %v", bits, got)
		}
	}
	for name, key := range map[string]jose.JSONWebKey{
		"a secret": {Key: []byte("0123456789abcdef")}, "private": {Key: oauthtest.Signer("rsa")}, "no key": {},
		"to encrypt": {Key: oauthtest.Signer("rsa").Public(), Use: "enc"},
	} {
		if isUsable(&key) {
			t.Errorf("%s is used", name)
		}
	}
	for _, tt := range []struct {
		key  any
		fits []string
	}{
		{rsaKey(2048), []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}},
		{oauthtest.Signer("ec").Public(), []string{"ES256"}},
		{oauthtest.Signer("ed").Public(), []string{"EdDSA"}},
		{[]byte("secret"), nil},
	} {
		var got []string
		for _, a := range append(slices.Clone(Algorithms), "HS256", "none") {
			if fits(&jose.JSONWebKey{Key: tt.key}, a) {
				got = append(got, a)
			}
			if fits(&jose.JSONWebKey{Key: tt.key, Algorithm: "X"}, a) {
				t.Errorf("%T of another algorithm signs with %s", tt.key, a)
			}
		}
		if !slices.Equal(got, tt.fits) {
			t.Errorf("%T: %v", tt.key, got)
		}
	}
	set := keySet{}
	for n := range maxTried + 2 {
		set = append(set, jose.JSONWebKey{Key: rsaKey(2048), KeyID: fmt.Sprint(n % (maxTried + 1))})
	}
	if n := len(set.of(header{algorithm: "RS256"})); n != maxTried {
		t.Errorf("a token without kid is tried with %d keys", n)
	}
	if got := set.of(header{algorithm: "RS256", kid: "0"}); len(got) != 2 {
		t.Errorf("a kid that two keys have finds %d", len(got))
	}
}

// The holder of a token learns when it expires, without any key.
func TestExpiryOf(t *testing.T) {
	for token, want := range map[string]float64{
		raw("{}", `{"exp":1700000000}`, "x"): 1_700_000_000, raw("{}", `{"exp":1700000000.5}`, "x"): 1_700_000_000.5,
		raw("{}", `{"exp":"1"}`, "x"): 0, raw("{}", `{}`, "x"): 0, raw("{}", `[]`, "x"): 0, raw("{}", `{"exp":1}`, "x") + ".x": 0,
		raw("{}", `{"exp":1}`, strings.Repeat("x", maxToken)): 0, "a.!.c": 0, "opaque": 0, raw("{}", `{"exp":1e12}`, "x"): 0,
	} {
		got, ok := ExpiryOf(token)
		if ok != (want != 0) || ok && float64(got.UnixMilli())/1000 != want {
			t.Errorf("%.60s: %v, %v", token, got, ok)
		}
	}
}

// Only URLs that the network cannot replace are used.
func TestCheckURL(t *testing.T) {
	for u, want := range map[string]string{
		"https://a.example": "", "http://127.0.0.1:80": "", "http://[::1]/x": "", "http://LOCALHOST": "",
		"http://a.example": "it must be https", "http://127.0.0.1.example": "it must be https", "ftp://localhost": "it must be https",
		"https://": "it must be a URL such as", "https://:80": "it must be a URL such as", "%": "it must be a URL such as", "a": "it must be a URL such as",
		"https://u@a.example": "its URL has a user",
	} {
		if err := CheckURL(u); (err == nil) != (want == "") || err != nil && !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v", u, err)
		}
	}
	for s, want := range map[string]bool{"!": true, "~": true, "a:b/c": true, "": false, " ": false, "a b": false, "\x7f": false, `"`: false, `\`: false, "é": false} {
		if IsScope(s) != want {
			t.Errorf("IsScope(%q) is %v", s, !want)
		}
	}
}

// The clock of a verifier without one of its own goes on, and never back.
func TestDefaultClock(t *testing.T) {
	c := newClock(nil)
	before := time.Now()
	first := c.now()
	if first.Before(before.Add(-time.Second)) || first.After(time.Now().Add(time.Second)) || c.now().Before(first) || c.elapsed() < 0 || c.elapsed() > time.Minute {
		t.Errorf("it shows %v at %v, after %v", first, before, c.elapsed())
	}
	c.elapsed = func() time.Duration { return time.Hour }
	if got := c.now(); !got.Equal(c.start.Add(time.Hour)) {
		t.Errorf("after an hour it shows %v", got.Sub(c.start))
	}
}

// Keys are used for five minutes without asking again, and for an hour if the issuer is down.
func TestHowLongKeysAreUsed(t *testing.T) {
	i := newIssuer(t)
	v, clock := verifier(t, i, nil)
	token := i.AccessToken(map[string]any{"exp": noon.Add(24 * time.Hour).Unix()})
	for _, tt := range []struct {
		after time.Duration
		asks  int64
	}{{0, 1}, {0, 1}, {5*time.Minute - 1, 1}, {1, 2}, {5*time.Minute - 1, 2}} {
		clock.add(tt.after)
		if _, err := v.Verify(t.Context(), token); err != nil || int64(i.Asks.Load()) != tt.asks {
			t.Errorf("after %v more: asked %d times, want %d: %v", tt.after, i.Asks.Load(), tt.asks, err)
		}
	}
	i.Down.Store(true)
	for after, fine := range map[time.Duration]bool{time.Hour - 5*time.Minute: true, time.Hour: false} {
		clock.at.Store(noon.Add(5*time.Minute + after).UnixNano()) // since the keys were fetched
		if _, err := v.Verify(t.Context(), token); (err == nil) != fine {
			t.Errorf("%v without the issuer: %v", after, err)
		}
	}
}

// A resource without scopes asks for none.
func TestChallengeWithoutScopes(t *testing.T) {
	r, err := NewResource("https://a.example/", []string{"https://login.example"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Challenge("", ""); got != `Bearer resource_metadata="https://a.example/.well-known/oauth-protected-resource"` {
		t.Error(got)
	}
	if got := string(r.Metadata()); strings.Contains(got, "scopes") {
		t.Error(got)
	}
}
