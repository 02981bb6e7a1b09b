package redact_test

import (
	"encoding/base64"
	"strings"
	"testing"
)

// TestUserNames checks that user names are shown in credentials as anywhere else, and that what may
// be a key in the place of a user is not.
func TestUserNames(t *testing.T) {
	const password = "tr0ub4dor-Q"
	for user, shown := range map[string]bool{
		"alice": true, "root": true, "svc-build2": true, "first.last": true, "Admin": true, "api": true,
		"joe@example.com": false, "sk_live_4eC39HqLyjWDarjtT1zdp7dc": false, "AKIAIOSFODNN7EXAMPLE": false, "q8Zt4LmX2vRb7KdY1nWs": false,
		"7d3f1b2a9c": false, "1234567": false, "a b": false, "wJalrXUtnFEMIbPxRfiCYzQkLmNoP": false,
	} {
		for name, got := range map[string]string{
			"Basic": red.HeaderValue("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user+":"+password))),
			"proxy": red.HeaderValue("Proxy-Authorization", "basic "+base64.StdEncoding.EncodeToString([]byte(user+":"+password))),
			"URL":   red.URL("https://" + strings.ReplaceAll(strings.ReplaceAll(user, "@", "%40"), " ", "%20") + ":" + password + "@a.example/x"),
			"text":  red.Text("see https://" + strings.ReplaceAll(strings.ReplaceAll(user, "@", "%40"), " ", "%20") + ":" + password + "@a.example/x now"),
		} {
			if strings.Contains(got, user+":[redacted:") != shown || strings.Contains(got, password) || !shown && strings.Contains(got, user) {
				t.Errorf("%s, %s: %s", name, user, got)
			}
		}
	}
	for _, header := range []string{"Basic alice:[redacted:secret:0123456789]", "Basic [redacted:secret:0123456789]:[redacted:secret:0123456789]"} {
		if got := red.HeaderValue("Authorization", header); got != header {
			t.Errorf("%s becomes %s", header, got)
		}
	}
	if got := red.HeaderValue("Authorization", "Basic alice:"+password); strings.Contains(got, password) {
		t.Error(got)
	}
	if got := red.HeaderValue("X-Api-Key", "alice:[redacted:secret:0123456789]"); strings.Contains(got, "alice") {
		t.Error(got)
	}
}
