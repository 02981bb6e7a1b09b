package grant_test

import (
	"strings"
	"testing"

	"github.com/spectap/spectap/flow/redact/grant"
)

// TestIsName checks which names stand beside an authorization code only.
func TestIsName(t *testing.T) {
	for name, want := range map[string][2]bool{ // in a form, in JSON
		"grant_type": {true, true}, "grantType": {true, true}, "GRANT_TYPE": {true, true}, "code_verifier": {true, true}, "CodeVerifier": {true, true},
		"redirect_uri": {true, true}, "RedirectURI": {true, true}, "session_state": {true, true}, "__code_verifier": {true, true}, "_grant_type": {true, true},
		"state": {true, false}, "State": {true, false}, "_state": {true, false},
		"states": {}, "stat": {}, "": {}, "code": {}, "client_id": {}, "___code_verifier": {}, "xgrant_type": {}, "uri": {},
	} {
		if got := [2]bool{grant.IsName(name, false), grant.IsName(name, true)}; got != want {
			t.Errorf("%s: %t in a form, %t in JSON", name, got[0], got[1])
		}
	}
}

// TestForms checks which values of a query are those of a grant. The secret is between « and ».
func TestForms(t *testing.T) {
	for query, isSecret := range map[string]bool{
		"code=«abcd»&state=x": true, "code=«abcd»": false, "code=«404»&state=x": false, "code=«40x»&state=x": true, "code=«4040»&state=x": true,
		"code=«abcd»&error=x&state=x": false, "code=«abcd»&Error=x&state=x": false, "code=«abcd»;state=x": true, "CODE=«abcd»&STATE=x": true,
		"code=«abcd»&grant_type=x": true, "code=«abcd»&client_id=x": true, "code=«abcd»&response_type=x": true, "code=«abcd»&code_challenge=x": true,
		"code=«abcd»&client_ids=x": false, "code=«abcd»&color=x": false, "code=«abcd»&a&color=state": false, "code=«abcd»&sta%74e=x": true,
		"state=«x1»&code=abcd": true, "state=«x1»": false, "state=«x1»&error=denied": true, "state=«open»&code=abcd": false, "state=«DE»&code=abcd": false,
		"state=«De»&code=abcd": true, "state=«dE»&code=abcd": true, "state=«DEU»&code=abcd": true, "state=«»&code=abcd": false,
		"STATE=«x1»&client_id=y": true, "State=«x1»&client_id=y": true, "color=«x1»&code=abcd&state=x": false,
	} {
		plain := strings.NewReplacer("«", "", "»", "").Replace(query)
		before, rest, _ := strings.Cut(query, "«")
		value, _, _ := strings.Cut(rest, "»")
		name := strings.TrimSuffix(before[strings.LastIndexAny(before, "&;")+1:], "=")
		if got := grant.FormOf(plain).IsSecret(name, value, false); got != isSecret {
			t.Errorf("%s: %t", query, got)
		}
	}
	for value, isSecret := range map[string]bool{"abcd": true, "404": false} {
		if got := grant.FormOf("code="+value).IsSecret("code", value, true); got != isSecret {
			t.Errorf("code %s of a redirect: %t", value, got)
		}
	}
	if !grant.FormOf("state=x1").IsSecret("state", "x1", true) || grant.FormOf("state=open").IsSecret("state", "open", true) {
		t.Error("the state of a redirect")
	}
}

// TestLinks checks which codes and states in text belong to a link of a grant. The name is between
// « and ».
func TestLinks(t *testing.T) {
	far := func(n int) string { return strings.Repeat("x", n) }
	for text, isSecret := range map[string]bool{
		"«code»=abcd&state=1": true, "?state=1&«code»=abcd": true, "state=1&«code»=abcd": true, "a?«code»=abcd#state=1": true, "a?«code»=abcd;state=1": true,
		"«code»=abcd&state": false, "«code»=abcd&stateful=1": false, "«code»=abcd&estate=1": false, "estate=1&«code»=abcd": false, "zstate=1&«code»=abcd": false,
		"«code»=abcd state=1": false, "state=1 «code»=abcd": false, "state=1\n«code»=abcd": false, `state=1"«code»=abcd`: false, "«code»=abcd&client_id=1": false,
		"%26state%3D1%26«code»=abcd": true, "%2526state%253D1%2526«code»=abcd": true, "x%26state%3d1&«code»=abcd": true, "«code»=abcd&states=1&state=1": true,
		"?«state»=1&code=abcd": true, "?«state»=1&client_id=a": true, "?«state»=1&response_type=a": true, "?«state»=1&color=a": false, "?«state»=1": false,
		"?«color»=1&state=a&code=b":                 false,
		"«code»=abcd&" + far(4000) + "&state=1":     true,
		"«code»=abcd&" + far(4100) + "&state=1":     false,
		"?state=1&" + far(4000) + "&«code»=abcd":    true,
		"?state=1&" + far(4100) + "&«code»=abcd":    false,
		"x " + far(5000) + " ?state=1&«code»=abcd":  true,
		"?a=" + far(4090) + "&state=1&«code»=abcd ": true,
	} {
		i := strings.Index(text, "«")
		j := strings.Index(text, "»") - len("«")
		plain := strings.NewReplacer("«", "", "»", "").Replace(text)
		if got := grant.In(plain, i, j, "abcd"); got != isSecret {
			t.Errorf("%.100s: %t", text, got)
		}
	}
	if grant.In("?code=404&state=1", 1, 5, "404") || grant.In("?state=open&code=abcd", 1, 6, "open") {
		t.Error("the code of an error, or the state of a filter")
	}
}
