package oauth

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"github.com/spectap/spectap/guard/oauth/oauthtest"
	"github.com/spectap/spectap/internal/test/must"
)

// TestForgedTokens sends the tokens of an attacker who has no key of the issuer, or a token for
// another purpose. None is accepted, and no URL in a token is fetched.
func TestForgedTokens(t *testing.T) {
	i := newIssuer(t)
	v, _ := verifier(t, i, nil)
	must.Get(v.Verify(t.Context(), i.AccessToken(nil)))
	mine := oauthtest.Signer("rsa2")
	own := jose.JSONWebKey{Key: mine, KeyID: "a", Algorithm: "RS256", Use: "sig"}
	var fetched []string
	theirs := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fetched = append(fetched, r.URL.Path)
		json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{own.Public()}})
	}))
	t.Cleanup(theirs.Close)
	public := oauthtest.Signer("rsa").Public().(*rsa.PublicKey)
	der, _ := x509.MarshalPKIXPublicKey(public)
	text, _ := json.Marshal(i.Claims(nil))
	body := string(text)
	signed := func(head map[string]any) string {
		h := map[string]any{"typ": "at+jwt", "kid": "a"}
		maps.Copy(h, head)
		return oauthtest.Sign(t, mine, "RS256", h, text)
	}
	hmac := func(secret []byte, algorithm string) string {
		return oauthtest.Sign(t, secret, algorithm, map[string]any{"typ": "at+jwt", "kid": "a"}, text)
	}
	jwk, _ := own.Public().MarshalJSON()
	valid := i.AccessToken(nil)
	parts := strings.Split(valid, ".")
	other := strings.Split(i.AccessToken(map[string]any{"sub": "bert"}), ".")
	attacks := map[string]string{
		"another key":               signed(nil),
		"embedded jwk":              signed(map[string]any{"jwk": json.RawMessage(jwk)}),
		"jku":                       signed(map[string]any{"jku": theirs.URL + "/jku"}),
		"x5u":                       signed(map[string]any{"x5u": theirs.URL + "/x5u"}),
		"x5c":                       signed(map[string]any{"x5c": []string{base64.StdEncoding.EncodeToString(der)}}),
		"crit":                      oauthtest.Sign(t, oauthtest.Signer("rsa"), "RS256", map[string]any{"typ": "at+jwt", "kid": "a", "crit": []string{"exp"}, "exp": 1}, text),
		"unencoded payload":         raw(`{"alg":"RS256","typ":"at+jwt","kid":"a","b64":false,"crit":["b64"]}`, body, "x"),
		"HS256 with the RSA key":    hmac(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), "HS256"),
		"HS256 with its bytes":      hmac(der, "HS256"),
		"HS512 with its modulus":    hmac(public.N.Bytes(), "HS512"),
		"none":                      raw(`{"alg":"none","typ":"at+jwt","kid":"a"}`, body, ""),
		"nOnE":                      raw(`{"alg":"nOnE","typ":"at+jwt","kid":"a"}`, body, ""),
		"no algorithm":              raw(`{"typ":"at+jwt","kid":"a"}`, body, "x"),
		"algorithm twice":           raw(`{"alg":"none","alg":"RS256","typ":"at+jwt","kid":"a"}`, body, ""),
		"algorithm in another case": raw(`{"ALG":"RS256","typ":"at+jwt","kid":"a"}`, body, "x"),
		"another algorithm":         oauthtest.Sign(t, oauthtest.Signer("ec"), "ES256", map[string]any{"typ": "at+jwt", "kid": "a"}, text),
		"no signature":              parts[0] + "." + parts[1] + ".",
		"signature of another":      parts[0] + "." + parts[1] + "." + other[2],
		"payload of another":        parts[0] + "." + other[1] + "." + parts[2],
		"changed signature":         valid[:len(valid)-8] + "AAAAAAAA",
		"four parts":                valid + ".x",
		"five parts":                valid + "..",
		"encrypted":                 raw(`{"alg":"RSA-OAEP","enc":"A256GCM","kid":"a"}`, body, "x") + ".x.x",
		"line break":                parts[0] + ".\n" + parts[1] + "." + parts[2],
		"space":                     " " + valid,
		"padding":                   parts[0] + "=." + parts[1] + "." + parts[2],
		"JSON serialization":        fmt.Sprintf(`{"protected":%q,"payload":%q,"signature":%q}`, parts[0], parts[1], parts[2]),
		"huge":                      raw(`{"alg":"RS256","typ":"at+jwt","kid":"a"}`, strings.Repeat("x", maxToken), "x"),
		"huge and valid":            i.AccessToken(map[string]any{"pad": strings.Repeat("x", maxToken)}),
		"empty":                     "",
		"dots":                      "..",
		"header is a list":          raw(`[]`, body, "x"),
		"kid is a number":           raw(`{"alg":"RS256","typ":"at+jwt","kid":1}`, body, "x"),
		"type is a list":            raw(`{"alg":"RS256","typ":["at+jwt"],"kid":"a"}`, body, "x"),
		"opaque":                    "spectap_ABCDEFGHIJKLMNOPQRSTUVWXYZ",
	}
	for _, kid := range []string{"../../../dev/null", "/dev/null", "a/../a", "a%00", "a\x00b", "a' OR '1'='1", "file:///etc/passwd", theirs.URL + "/kid", "A", "a ", ""} {
		attacks["kid "+kid] = oauthtest.Sign(t, mine, "RS256", map[string]any{"typ": "at+jwt", "kid": kid}, text)
	}
	for name, token := range attacks {
		got, err := v.Verify(t.Context(), token)
		if !errors.Is(err, ErrToken) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
		if err != nil && len(token) > 20 && strings.Contains(err.Error(), token[:20]) {
			t.Errorf("%s: the error has the token", name)
		}
	}
	if len(fetched) > 0 {
		t.Errorf("a token made the verifier fetch %q", fetched)
	}
	t.Logf("%d attempts", len(attacks))
}

// TestMisusedTokens sends tokens that the issuer signed for another audience or another time.
func TestMisusedTokens(t *testing.T) {
	i := newIssuer(t)
	v, _ := verifier(t, i, nil)
	for name, changes := range map[string]map[string]any{
		"another issuer":       {"iss": "https://evil.example"},
		"issuer with a slash":  {"iss": i.URL + "/"},
		"issuer in upper case": {"iss": strings.ToUpper(i.URL)},
		"no issuer":            {"iss": nil},
		"list of issuers":      {"iss": []string{i.URL}},
		"another audience":     {"aud": "https://other.example"},
		"longer audience":      {"aud": audience + "/x"},
		"shorter audience":     {"aud": strings.TrimSuffix(audience, "/mcp")},
		"audience in capitals": {"aud": strings.ToUpper(audience)},
		"audience, blank":      {"aud": audience + " "},
		"audiences in a word":  {"aud": "https://other.example " + audience},
		"audience of any":      {"aud": "*"},
		"audiences of others":  {"aud": []string{"https://other.example", "https://third.example"}},
		"audience in lists":    {"aud": []any{[]string{audience}}},
		"issuer with a user":   {"iss": strings.Replace(i.URL, "://", "://x@", 1)},
		"issuer with a path":   {"iss": i.URL + "/x/.."},
		"no audience":          {"aud": nil},
		"empty audiences":      {"aud": []string{}},
		"audience in object":   {"aud": map[string]any{audience: true}},
		"expired":              {"exp": noon.Add(-Skew).Unix()},
		"no expiry":            {"exp": nil},
		"expiry as text":       {"exp": fmt.Sprint(noon.Add(time.Hour).Unix())},
		"expiry as a date":     {"exp": noon.Add(time.Hour).Format(time.RFC3339)},
		"expiry in a list":     {"exp": []int64{noon.Add(time.Hour).Unix()}},
		"expiry is no date":    {"exp": 1e300},
		"expiry is negative":   {"exp": -1e300},
		"not yet":              {"nbf": noon.Add(Skew + time.Second).Unix()},
		"not yet as text":      {"nbf": "0"},
		"issued tomorrow":      {"iat": noon.Add(24 * time.Hour).Unix()},
		"ID token":             {"at_hash": "x"},
		"bound to a key":       {"cnf": map[string]any{"jkt": "x"}},
		"no subject":           {"sub": nil},
		"empty subject":        {"sub": ""},
		"subject is a number":  {"sub": 1},
		"long subject":         {"sub": strings.Repeat("a", maxSubject+1)},
		"hidden characters":    {"sub": "anna\u200b"},
		"look-alike":           {"sub": "аnna"}, // the first letter is Cyrillic
		"line break":           {"sub": "anna\nbert"},
		"scope is an object":   {"scope": map[string]any{}},
		"scope with a quote":   {"scope": `read "write"`},
		"scope with a tab":     {"scope": "x\tread"},
		"scope with a blank":   {"scope": "x\u00a0read"},
		"audience and number":  {"aud": []any{audience, 1}},
		"many scopes":          {"scope": strings.Repeat("a ", maxScopes+1)},
	} {
		if got, err := v.Verify(t.Context(), i.AccessToken(changes)); !errors.Is(err, ErrToken) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	good, _ := json.Marshal(i.Claims(nil))
	for name, payload := range map[string]string{
		"subject twice":  strings.Replace(string(good), `"sub":"anna"`, `"sub":"anna","sub":"bert"`, 1),
		"audience twice": strings.Replace(string(good), `"aud":`, `"aud":"x","aud":`, 1),
		"twice within":   strings.Replace(string(good), `"sub":`, `"x":{"a":1,"a":2},"sub":`, 1),
		"invalid UTF-8":  strings.Replace(string(good), "anna", "anna\xff", 1),
		"two values":     string(good) + "{}",
		"a list":         "[" + string(good) + "]",
		"no JSON":        "hello",
		"":               "",
	} {
		token := oauthtest.Sign(t, oauthtest.Signer("rsa"), "RS256", map[string]any{"typ": "at+jwt", "kid": "a"}, []byte(payload))
		if got, err := v.Verify(t.Context(), token); payload == string(good) || !errors.Is(err, ErrToken) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

// Tokens of other kinds that the issuer signs are not access tokens.
func TestTypes(t *testing.T) {
	i := newIssuer(t)
	strict, _ := verifier(t, i, nil)
	lax, _ := verifier(t, i, func(c *Config) { c.AnyType = true })
	text, _ := json.Marshal(i.Claims(nil))
	for typ, want := range map[string][2]bool{
		"at+jwt": {true, true}, "JWT": {false, true}, "": {false, true}, "logout+jwt": {}, "dpop+jwt": {}, "secevent+jwt": {}, "id+jwt": {},
	} {
		head := map[string]any{"kid": "a"}
		if typ != "" {
			head["typ"] = typ
		}
		token := oauthtest.Sign(t, oauthtest.Signer("rsa"), "RS256", head, text)
		_, err := strict.Verify(t.Context(), token)
		_, err2 := lax.Verify(t.Context(), token)
		if got := [2]bool{err == nil, err2 == nil}; got != want {
			t.Errorf("%q: %v, want %v", typ, got, want)
		}
	}
}

// TestHostileKeys publishes keys that must not be used.
func TestHostileKeys(t *testing.T) {
	i := newIssuer(t)
	weak := must.Get(rsa.GenerateKey(rand.Reader, 1024))
	secret := []byte("0123456789abcdef0123456789abcdef")
	text, _ := json.Marshal(i.Claims(nil))
	head := map[string]any{"typ": "at+jwt", "kid": "a"}
	published := func(k jose.JSONWebKey) string {
		out := must.Get(json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{k}}))
		return string(out)
	}
	withOperations := func(operations string) string {
		key := oauthtest.Key("rsa", "a", "RS256")
		return strings.Replace(published(key.Public()), `{"use":"sig"`, `{"use":"sig","key_ops":`+operations, 1)
	}
	i.PublishText(withOperations(`["verify"]`))
	v, _ := verifier(t, i, nil)
	must.Get(v.Verify(t.Context(), i.AccessToken(nil)))
	enc := oauthtest.Key("rsa", "a", "RS256")
	enc.Use = "enc"
	for name, x := range map[string]struct{ doc, token string }{
		"symmetric":  {published(jose.JSONWebKey{Key: secret, KeyID: "a"}), oauthtest.Sign(t, secret, "HS256", head, text)},
		"encryption": {published(enc.Public()), i.AccessToken(nil)},
		"to wrap":    {withOperations(`["wrapKey","encrypt"]`), i.AccessToken(nil)},
		"to sign":    {withOperations(`["sign"]`), i.AccessToken(nil)},
		"to nothing": {withOperations(`[]`), i.AccessToken(nil)},
		"to a text":  {withOperations(`"verify"`), i.AccessToken(nil)},
		"private":    {published(oauthtest.Key("rsa", "a", "RS256")), i.AccessToken(nil)},
		"weak":       {published(jose.JSONWebKey{Key: &weak.PublicKey, KeyID: "a"}), raw(`{"alg":"RS256","typ":"at+jwt","kid":"a"}`, string(text), "x")},
		"empty":      {`{"keys":[]}`, i.AccessToken(nil)},
		"no keys":    {`{}`, i.AccessToken(nil)},
		"no JSON":    {`<html>`, i.AccessToken(nil)},
		"many":       {`{"keys":[` + strings.Repeat(`{},`, maxKeys) + `{}]}`, i.AccessToken(nil)},
	} {
		i.PublishText(x.doc)
		v, _ := verifier(t, i, nil)
		if got, err := v.Verify(t.Context(), x.token); err == nil {
			t.Errorf("%s: accepted: %v", name, got)
		}
	}
}
