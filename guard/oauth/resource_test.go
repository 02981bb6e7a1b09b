package oauth

import (
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

// TestOnlyOneIssuer checks that clients with a token of one issuer are sent to that one, and all
// others to the resource with all of its issuers.
func TestOnlyOneIssuer(t *testing.T) {
	const a, b, c = "https://a.example", "https://b.example", "https://c.example"
	for name, tt := range map[string]struct {
		issuers []string
		only    string
		want    []string
	}{
		"one of several":     {[]string{a, b}, b, []string{b}},
		"none of them":       {[]string{a, b}, c, []string{a, b}},
		"the only one":       {[]string{a}, a, []string{a}},
		"not the only one":   {[]string{a}, b, []string{a}},
		"without an issuer":  {nil, a, nil},
		"without a selected": {[]string{a, b}, "", []string{a, b}},
	} {
		all := must.Get(NewResource("https://api.example/mcp", tt.issuers, nil))
		one := all.Only(tt.only)
		asks := strings.Contains(one.MetadataURL(), IssuerParameter+"=")
		if narrowed := len(tt.want) < len(tt.issuers); !slices.Equal(one.Issuers, tt.want) || asks != narrowed {
			t.Errorf("%s: issuers %v, metadata at %s", name, one.Issuers, one.MetadataURL())
		}
		if !slices.Equal(all.Issuers, tt.issuers) {
			t.Errorf("%s: the resource itself has the issuers %v now", name, all.Issuers)
		}
	}
}
