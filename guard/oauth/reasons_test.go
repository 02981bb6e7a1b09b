package oauth

import (
	"crypto/rsa"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	jose "github.com/go-jose/go-jose/v4"

	"github.com/spectap/spectap/guard/oauth/oauthtest"
)

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
