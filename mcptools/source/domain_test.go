package source

import (
	"testing"
)

func TestInDomain(t *testing.T) {
	for _, c := range []struct {
		authority, domain string
		want              bool
	}{
		{"api.example.com", "api.example.com", true},
		{"api.example.com", "example.com", true},
		{"api.example.com", "https://API.example.com/v1", true},
		{"api.example.com", "*.example.com", true},
		{"evil-example.com", "example.com", false},
		{"example.com.evil.net", "example.com", false},
		{"example.com:8443", "example.com", true},
		{"example.com:8443", "example.com:8443", true},
		{"example.com:8443", "example.com:443", false},
		{"[::1]:80", "::1", true},
		{"[::1]", "[::1]", true},
	} {
		t.Run(c.authority+" in "+c.domain, func(t *testing.T) {
			if got := InDomain(c.authority, NormalizeDomain(c.domain)); got != c.want {
				t.Errorf("InDomain(%q, %q) = %v", c.authority, c.domain, got)
			}
		})
	}
}
