package mcptools

import (
	"fmt"
	"strings"
	"testing"

	"github.com/spectap/spectap/mcptools/trace"
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
			if got := inDomain(c.authority, normalizeDomain(c.domain)); got != c.want {
				t.Errorf("inDomain(%q, %q) = %v", c.authority, c.domain, got)
			}
		})
	}
}

func TestFindValueReportsCappedFlows(t *testing.T) {
	many := answered(newFlow("GET", "https", "a.example", "/x", ""), 200, "application/json", "["+strings.Repeat(`"oak",`, trace.Max)+`"oak"]`)
	few := answered(newFlow("GET", "https", "a.example", "/x", ""), 200, "application/json", "["+strings.Repeat(`"oak",`, trace.Max-1)+`"oak"]`)
	s := connect(t, newStore(t, many, few))
	got := s.fine("find_value", object{"value": "oak", "limit": 500})
	if n := len(list(t, got, "occurrences")); n != 2*trace.Max || fmt.Sprint(got["capped_flows"]) != "[1]" {
		t.Errorf("%d places, capped are %v", n, got["capped_flows"])
	}
}
