package oauth

import (
	"encoding/base64"
	"strings"
	"testing"
)

// TestIssuerOf checks what issuer a token names, and that tokens which are none name none.
func TestIssuerOf(t *testing.T) {
	claims := func(text string) string { return "e30." + base64.RawURLEncoding.EncodeToString([]byte(text)) + ".x" }
	for token, want := range map[string]string{
		claims(`{"iss":"https://a.example","sub":"x"}`): "https://a.example",
		claims(`{"sub":"x"}`):                           "",
		claims(`{"iss":7}`):                             "",
		claims(`["iss"]`):                               "",
		claims(`{"iss":"https://a.example"`):            "",
		"e30.!.x":                                       "",
		"opaque":                                        "",
		"":                                              "",
		claims(`{"iss":"https://a.example"}`) + ".x":                                      "",
		claims(`{"iss":"https://a.example","x":"` + strings.Repeat("x", maxToken) + `"}`): "",
	} {
		if got := issuerOf(token); got != want {
			t.Errorf("%.60s: got %q, want %q", token, got, want)
		}
	}
}
