package oauth

import (
	"slices"
	"strings"
	"testing"
)

// FuzzVerify changes tokens. Only those that the issuer signed are accepted.
func FuzzVerify(f *testing.F) {
	i := newIssuer(f)
	v, _ := verifier(f, i, nil)
	valid := i.AccessToken(nil)
	parts := strings.Split(valid, ".")
	f.Add(parts[0], parts[1], parts[2])
	f.Add("eyJhbGciOiJub25lIn0", parts[1], "")
	f.Add("e30", "e30", "e30")
	for at := range parts { // the last bits of base64 that mean nothing
		last := parts[at][len(parts[at])-1]
		for _, other := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" {
			changed := slices.Clone(parts)
			if changed[at] = changed[at][:len(changed[at])-1] + string(other); other != rune(last) {
				f.Add(changed[0], changed[1], changed[2])
			}
		}
	}
	f.Fuzz(func(t *testing.T, header, payload, signature string) {
		token := header + "." + payload + "." + signature
		if got, err := v.Verify(t.Context(), token); (err == nil) != (token == valid) {
			t.Errorf("%q: %v, %v", token, got, err)
		}
	})
}

// FuzzKeys reads any text as keys and as metadata.
func FuzzKeys(f *testing.F) {
	f.Add(`{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","kid":"a"},{"kty":"oct","k":"AQAB"}]}`)
	f.Add(`{"issuer":"https://login.example","jwks_uri":"https://login.example/keys"}`)
	f.Fuzz(func(t *testing.T, text string) {
		if keys, err := parseKeys([]byte(text)); err == nil {
			for _, k := range keys {
				if !isUsable(&k) || !k.IsPublic() {
					t.Errorf("%v", k)
				}
			}
		}
		if m, err := parseMetadata([]byte(text), "https://login.example"); err == nil && (m.KeysURL != "" && CheckURL(m.KeysURL) != nil) {
			t.Error(m.KeysURL)
		}
	})
}
