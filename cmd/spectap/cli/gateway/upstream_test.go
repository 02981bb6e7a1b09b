package gateway

import (
	"net/url"
	"slices"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

// The secrets in the URL of a server are those that redaction finds, and elements that look like
// keys.
func TestSecretsOfURL(t *testing.T) {
	for text, want := range map[string][]string{
		"https://mcp.example/mcp":                                          nil,
		"https://mcp.example/mcp?profile=default&version=2024-11-05":       nil,
		"https://mcp.example/customer-portal-v2/2024-11-05-preview":        nil,
		"https://mcp.example/mcp?api_key=swordfish":                        {"swordfish"},
		"https://mcp.example/mcp?token=a%2Fb%20c%2Bd":                      {"a/b c+d"},
		"https://mcp.example/s/tok9KqW3vXz71LmPq/mcp":                      {"tok9KqW3vXz71LmPq"},
		"https://mcp.example/v1/6f1e0c2a-59a4-4d39-9b7c-2d0f8a7e1b44/mcp":  {"6f1e0c2a-59a4-4d39-9b7c-2d0f8a7e1b44"},
		"https://mcp.example/mcp?x=9f86d081884c7d65&key=9f86d081884c7d65":  {"9f86d081884c7d65"},
		"https://mcp.example/mcp?secret=hunter42x&profile=k7Kq3vXz91LmPq5": {"hunter42x"},
	} {
		u := must.Get(url.Parse(text))
		if got := secretsOfURL(u); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}
