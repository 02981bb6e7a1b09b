package source

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/spectap/spectap/mcptools/tool"
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

// TestChooseHost names at most ten hosts in an error.
func TestChooseHost(t *testing.T) {
	var hosts []string
	for i := range 11 {
		hosts = append(hosts, fmt.Sprintf("h%d.example", i))
	}
	for n, want := range map[int]string{2: "h0.example, h1.example;", 10: ", h9.example;", 11: ", h9.example, …;"} {
		var e *tool.Error
		if err := ChooseHost(hosts[:n]); !errors.As(err, &e) || !strings.Contains(e.Hint, want) || e.Argument != "domain" {
			t.Errorf("%d hosts: %+v", n, e)
		}
	}
}
