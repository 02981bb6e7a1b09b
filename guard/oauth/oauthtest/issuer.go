// Package oauthtest runs an OAuth issuer for tests, over HTTP on loopback. Read issuer.go.
package oauthtest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
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

	"github.com/spectap/spectap/internal/test/must"
)

// Issuer is an OAuth issuer.
type Issuer struct {
	URL string
	// Asks counts the requests for keys. They fail with status 502 while Down is set.
	Asks atomic.Int32
	Down atomic.Bool
	// Audience and Now are the audience and the time of issue of tokens.
	Audience string
	Now      func() time.Time
	// Token answers requests for tokens; nil answers 404.
	Token http.HandlerFunc

	t    testing.TB
	mux  *http.ServeMux
	mu   sync.Mutex
	keys []jose.JSONWebKey // private; their public halves are published
	doc  http.HandlerFunc  // answers instead of the keys
}

// New starts an issuer that has the RSA key "a". It ends with the test.
func New(t testing.TB, audience string) *Issuer {
	t.Helper()
	i := &Issuer{t: t, Audience: audience, Now: time.Now, mux: http.NewServeMux()}
	i.mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":%q,"token_endpoint":%q}`, i.URL, i.URL+"/keys", i.URL+"/token")
	})
	i.mux.HandleFunc("/keys", i.serveKeys)
	i.mux.HandleFunc("/token", func(w http.ResponseWriter, r *http.Request) {
		if i.Token == nil {
			http.NotFound(w, r)
			return
		}
		i.Token(w, r)
	})
	srv := httptest.NewServer(i.mux)
	t.Cleanup(func() { srv.CloseClientConnections(); srv.Close() })
	i.URL = srv.URL
	i.Publish(Key("rsa", "a", "RS256"))
	return i
}

func (i *Issuer) serveKeys(w http.ResponseWriter, r *http.Request) {
	i.Asks.Add(1)
	if i.Down.Load() {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	i.mu.Lock()
	doc, keys := i.doc, i.keys
	i.mu.Unlock()
	if doc != nil {
		doc(w, r)
		return
	}
	var set jose.JSONWebKeySet
	for _, k := range keys {
		set.Keys = append(set.Keys, k.Public())
	}
	_ = json.NewEncoder(w).Encode(set) // the client may be gone
}

// Publish replaces the keys. The first one signs.
func (i *Issuer) Publish(keys ...jose.JSONWebKey) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keys, i.doc = keys, nil
}

// PublishText answers requests for keys with a text.
func (i *Issuer) PublishText(text string) {
	i.PublishBy(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) })
}

// PublishBy answers requests for keys with a handler.
func (i *Issuer) PublishBy(h http.HandlerFunc) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.doc = h
}

// signers has a key of each kind, since RSA keys take long to make.
var signers = sync.OnceValue(func() map[string]crypto.Signer {
	all := map[string]crypto.Signer{}
	all["rsa"], _ = rsa.GenerateKey(rand.Reader, 2048)
	all["rsa2"], _ = rsa.GenerateKey(rand.Reader, 2048)
	all["ec"], _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	_, all["ed"], _ = ed25519.GenerateKey(rand.Reader)
	return all
})

// Signer returns the private key of a kind: rsa, rsa2, ec or ed.
func Signer(kind string) crypto.Signer { return signers()[kind] }

// Key returns the private key of a kind with its id and algorithm, either of which may be "".
func Key(kind, kid, algorithm string) jose.JSONWebKey {
	return jose.JSONWebKey{Key: Signer(kind), KeyID: kid, Algorithm: algorithm, Use: "sig"}
}

// Claims returns the claims of a valid token of anna, with changes; a nil value removes a claim.
func (i *Issuer) Claims(changes map[string]any) map[string]any {
	now := i.Now()
	c := map[string]any{
		"iss": i.URL, "aud": i.Audience, "sub": "anna", "client_id": "inspector", "scope": "read write", "jti": rand.Text(),
		"iat": now.Unix(), "exp": now.Add(time.Hour).Unix(), "groups": []string{"ops"},
	}
	maps.Copy(c, changes)
	maps.DeleteFunc(c, func(_ string, v any) bool { return v == nil })
	return c
}

// AccessToken returns a token that the issuer signed with its first key.
func (i *Issuer) AccessToken(changes map[string]any) string {
	i.t.Helper()
	payload := must.Get(json.Marshal(i.Claims(changes)))
	i.mu.Lock()
	k := i.keys[0]
	i.mu.Unlock()
	return Sign(i.t, k.Key, k.Algorithm, map[string]any{"typ": "at+jwt", "kid": k.KeyID}, payload)
}

// Sign returns a token with the given header and payload.
func Sign(t testing.TB, key any, algorithm string, header map[string]any, payload []byte) string {
	t.Helper()
	opts := &jose.SignerOptions{ExtraHeaders: map[jose.HeaderKey]any{}}
	for name, v := range header {
		opts.ExtraHeaders[jose.HeaderKey(name)] = v
	}
	s := must.Get(jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(algorithm), Key: key}, opts))
	signed := must.Get(s.Sign(payload))
	return must.Get(signed.CompactSerialize())
}
