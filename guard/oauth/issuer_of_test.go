package oauth

import (
	"errors"
	"strings"
	"testing"

	"github.com/spectap/spectap/guard/oauth/oauthtest"
)

// TestIssuers checks that a token is judged by the issuer that it names alone: the others are not
// asked, and their keys prove nothing.
func TestIssuers(t *testing.T) {
	a, b, other := newIssuer(t), newIssuer(t), newIssuer(t)
	b.Publish(oauthtest.Key("rsa2", "b", "RS256"))
	ofA, _ := verifier(t, a, nil)
	ofB, _ := verifier(t, b, nil)
	all := Issuers{ofA, ofB}
	for name, x := range map[string]struct {
		token string
		of    string // "" for none
	}{
		"of the first":        {a.AccessToken(nil), a.URL},
		"of the second":       {b.AccessToken(nil), b.URL},
		"of another":          {other.AccessToken(nil), ""},
		"with another's keys": {a.AccessToken(map[string]any{"iss": b.URL}), ""},
		"no token":            {"opaque", ""},
	} {
		token, err := all.Verify(t.Context(), x.token)
		if x.of == "" && !errors.Is(err, ErrToken) || x.of != "" && (err != nil || token.Issuer != x.of) {
			t.Errorf("%s: %+v, %v", name, token, err)
		}
	}
	if n, m := a.Asks.Load(), b.Asks.Load(); n != 1 || m > 2 {
		t.Errorf("the issuers are asked for their keys %d and %d times", n, m)
	}
	if _, err := all[:1].Verify(t.Context(), other.AccessToken(nil)); !errors.Is(err, ErrToken) || strings.Contains(err.Error(), "none of the issuers") {
		t.Errorf("the only issuer: %v", err)
	}
}
