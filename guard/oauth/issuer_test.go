package oauth

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"
)

// issuer is an OAuth issuer that a test plays over HTTP.
type issuer struct {
	t    testing.TB
	url  string
	asks atomic.Int32 // for keys
	down atomic.Bool

	mu   sync.Mutex
	keys []jose.JSONWebKey // private; their public halves are published
	doc  string            // published instead of keys, unless ""
}

const audience = "https://gateway.example/mcp"

func newIssuer(t testing.TB) *issuer {
	t.Helper()
	i := &issuer{t: t}
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":%q}`, i.url, i.url+"/keys")
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		i.asks.Add(1)
		if i.down.Load() {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		i.mu.Lock()
		defer i.mu.Unlock()
		if i.doc != "" {
			io.WriteString(w, i.doc)
			return
		}
		var set jose.JSONWebKeySet
		for _, k := range i.keys {
			set.Keys = append(set.Keys, k.Public())
		}
		json.NewEncoder(w).Encode(set)
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	i.url = srv.URL
	i.publish(rsaKey(t, "a"))
	return i
}

func (i *issuer) publish(keys ...jose.JSONWebKey) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keys = keys
}

func fetch(ctx context.Context, url string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, errors.New(resp.Status)
	}
	return io.ReadAll(resp.Body)
}

// testKeys has a key of each kind, since RSA keys take long to make.
var testKeys = sync.OnceValue(func() map[string]crypto.Signer {
	all := map[string]crypto.Signer{}
	all["rsa"], _ = rsa.GenerateKey(rand.Reader, 2048)
	all["rsa2"], _ = rsa.GenerateKey(rand.Reader, 2048)
	all["ec"], _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	_, all["ed"], _ = ed25519.GenerateKey(rand.Reader)
	return all
})

func key(kind, kid, algorithm string) jose.JSONWebKey {
	return jose.JSONWebKey{Key: testKeys()[kind], KeyID: kid, Algorithm: algorithm, Use: "sig"}
}

func rsaKey(t testing.TB, kid string) jose.JSONWebKey {
	t.Helper()
	return key("rsa", kid, "RS256")
}

// clockOf is the time that a verifier sees.
type clockOf struct{ at atomic.Int64 }

func (c *clockOf) now() time.Time      { return time.Unix(0, c.at.Load()) }
func (c *clockOf) add(d time.Duration) { c.at.Add(int64(d)) }

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func (i *issuer) verifier(change func(*Config)) (*Verifier, *clockOf) {
	i.t.Helper()
	clock := &clockOf{}
	clock.at.Store(noon.UnixNano())
	c := Config{Issuer: i.url, Audience: audience, Fetch: fetch, Now: clock.now}
	if change != nil {
		change(&c)
	}
	v, err := New(c)
	if err != nil {
		i.t.Fatal(err)
	}
	v.clock.elapsed = func() time.Duration { return 0 }
	return v, clock
}

// claims returns those of a valid token, with changes; nil removes one.
func (i *issuer) claims(changes map[string]any) map[string]any {
	c := map[string]any{
		"iss": i.url, "aud": audience, "sub": "anna", "client_id": "inspector", "scope": "read write", "jti": "1",
		"iat": noon.Unix(), "exp": noon.Add(time.Hour).Unix(), "groups": []string{"ops"},
	}
	maps.Copy(c, changes)
	maps.DeleteFunc(c, func(_ string, v any) bool { return v == nil })
	return c
}

// sign returns a token with a header and payload as they are given.
func sign(t testing.TB, k any, algorithm string, head map[string]any, payload []byte) string {
	t.Helper()
	opts := &jose.SignerOptions{ExtraHeaders: map[jose.HeaderKey]any{}}
	for name, v := range head {
		opts.ExtraHeaders[jose.HeaderKey(name)] = v
	}
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(algorithm), Key: k}, opts)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := s.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	token, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// token returns a token that the issuer signed with its first key.
func (i *issuer) token(changes map[string]any) string {
	i.t.Helper()
	payload, err := json.Marshal(i.claims(changes))
	if err != nil {
		i.t.Fatal(err)
	}
	i.mu.Lock()
	k := i.keys[0]
	i.mu.Unlock()
	return sign(i.t, k.Key, k.Algorithm, map[string]any{"typ": "at+jwt", "kid": k.KeyID}, payload)
}

// raw returns a token of a header and a payload with a signature that nobody made.
func raw(header, payload, signature string) string {
	b := base64.RawURLEncoding
	return b.EncodeToString([]byte(header)) + "." + b.EncodeToString([]byte(payload)) + "." + b.EncodeToString([]byte(signature))
}
