package oauth

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	jose "github.com/go-jose/go-jose/v4"
)

// The lifetimes of keys.
const (
	// KeysFresh is how long keys are used before they are fetched again. A key that the issuer
	// withdraws is refused after that.
	KeysFresh = 5 * time.Minute
	// KeysStale is how long keys are used while the issuer cannot be reached.
	KeysStale = time.Hour
	// FetchPause is the time between two requests for keys. So tokens with an unknown kid, which
	// anybody can send, cause few requests.
	FetchPause = 10 * time.Second
)

// Bounds of keys.
const (
	maxKeys    = 100
	minRSABits = 2048
	maxRSABits = 8192 // each signature costs the square
)

// keySet is the set of an issuer's signing keys.
type keySet []jose.JSONWebKey

// parseKeys reads a JWKS. Keys that cannot sign an acceptable token are left out.
func parseKeys(data []byte) (keySet, error) {
	var doc struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if json.Unmarshal(data, &doc) != nil || doc.Keys == nil {
		return nil, errors.New("what the issuer publishes is no JWKS")
	}
	if len(doc.Keys) > maxKeys {
		return nil, fmt.Errorf("the issuer publishes more than %d keys", maxKeys)
	}
	set := keySet{}
	for _, text := range doc.Keys {
		var k jose.JSONWebKey
		if k.UnmarshalJSON(text) == nil && isUsable(&k) && mayVerify(text) {
			set = append(set, k)
		}
	}
	if len(set) == 0 {
		return nil, errors.New("the issuer publishes no public key for signatures")
	}
	return set, nil
}

// mayVerify reports whether the operations of a key, if it names any, include verifying (RFC 7517,
// section 4.3). The library does not check them.
func mayVerify(jwk []byte) bool {
	var k struct {
		Operations *[]string `json:"key_ops"`
	}
	return json.Unmarshal(jwk, &k) == nil && (k.Operations == nil || slices.Contains(*k.Operations, "verify"))
}

// isUsable reports whether a key is public, strong, and for signatures.
func isUsable(k *jose.JSONWebKey) bool {
	if !k.Valid() || !k.IsPublic() || k.Use != "" && k.Use != "sig" {
		return false
	}
	switch key := k.Key.(type) {
	case *rsa.PublicKey:
		bits := key.N.BitLen()
		return bits >= minRSABits && bits <= maxRSABits
	case *ecdsa.PublicKey, ed25519.PublicKey:
		return true
	}
	return false // a symmetric key is known to all who can read it
}

// maxTried bounds the keys that are tried on a token without kid.
const maxTried = 8

// of returns the keys that may have signed a token.
func (s keySet) of(h header) keySet {
	var found keySet
	for _, k := range s {
		if (h.kid == "" || k.KeyID == h.kid) && fits(&k, h.algorithm) && len(found) < maxTried {
			found = append(found, k)
		}
	}
	return found
}

// fits reports whether a key suits an algorithm.
func fits(k *jose.JSONWebKey, algorithm string) bool {
	if k.Algorithm != "" && k.Algorithm != algorithm {
		return false
	}
	switch key := k.Key.(type) {
	case *rsa.PublicKey:
		return strings.HasPrefix(algorithm, "RS") || strings.HasPrefix(algorithm, "PS")
	case *ecdsa.PublicKey:
		curve := map[string]string{"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}[algorithm]
		return curve == key.Curve.Params().Name
	case ed25519.PublicKey:
		return algorithm == "EdDSA"
	}
	return false
}

// keyring keeps the keys of an issuer.
type keyring struct {
	load func(context.Context) (keySet, error)
	now  func() time.Duration
	log  *slog.Logger

	mu      sync.Mutex
	keys    keySet
	fetched time.Duration // when the keys were requested
	tried   time.Duration // when they were last requested
	asked   bool
	err     error         // of the last attempt
	busy    chan struct{} // closed when the current attempt has ended, or nil
}

// fetchTime bounds an attempt, which continues when the request that caused it has ended.
const fetchTime = 15 * time.Second

// get returns keys that were fetched recently. With newest, it fetches them again unless FetchPause
// has not passed.
func (r *keyring) get(ctx context.Context, newest bool) (keySet, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	if r.keys != nil && isWithin(now, r.fetched, KeysFresh) && !newest {
		return r.keys, nil
	}
	failing := r.err != nil
	if r.busy == nil {
		if r.asked && isWithin(now, r.tried, FetchPause) {
			return r.old(now, newest)
		}
		r.busy, r.asked, r.tried = make(chan struct{}), true, now
		go r.fetch(context.WithoutCancel(ctx), now)
	}
	if failing { // waiting for an issuer that is down is useless
		if keys, err := r.old(now, newest); err == nil {
			return keys, nil
		}
	}
	busy := r.busy
	r.mu.Unlock()
	select {
	case <-busy:
	case <-ctx.Done():
	}
	r.mu.Lock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return r.old(now, newest)
}

// isWithin reports whether a moment was less than d ago. A moment in the future does not count: the
// clock was set back since.
func isWithin(now, then, d time.Duration) bool { return now >= then && now-then < d }

// old returns the keys of the last attempt, or the keys before it if it failed and they are not
// stale. The caller holds r.mu.
func (r *keyring) old(now time.Duration, newest bool) (keySet, error) {
	if r.err != nil && (newest || r.keys == nil || !isWithin(now, r.fetched, KeysStale)) {
		return nil, r.err
	}
	return r.keys, nil
}

// fetch fetches the keys.
func (r *keyring) fetch(ctx context.Context, now time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	keys, err := r.load(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err = err; err == nil {
		r.keys, r.fetched = keys, now
	} else {
		r.log.Warn("the keys of the OAuth issuer cannot be fetched", "error", err)
	}
	close(r.busy)
	r.busy = nil
}
