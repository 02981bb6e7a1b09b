package check_test

import (
	"strings"
	"testing"

	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/check"
	"github.com/spectap/spectap/openapi/internal/openapitest"
)

// TestCredentials checks that an accepted request without the credentials of its operation
// breaks a rule, unless redaction may have taken them.
func TestCredentials(t *testing.T) {
	c := openapitest.Must(check.New(openapitest.Must(openapi.Load([]byte(`{"openapi":"3.1.0","info":{"title":"t","version":"1"},
		"security":[{"token":[]}],"components":{"securitySchemes":{
			"token":{"type":"http","scheme":"Bearer"},"key":{"type":"apiKey","in":"query","name":"key"},
			"id":{"type":"apiKey","in":"header","name":"X-Id"},"sid":{"type":"apiKey","in":"cookie","name":"sid"},
			"oauth":{"type":"oauth2","flows":{}},"cert":{"type":"mutualTLS"}}},
		"paths":{
			"/token":{"get":{"responses":{"default":{"description":"d"}}}},
			"/open":{"get":{"security":[],"responses":{"default":{"description":"d"}}}},
			"/optional":{"get":{"security":[{"token":[]},{}],"responses":{"default":{"description":"d"}}}},
			"/either":{"get":{"security":[{"key":[],"id":[]},{"sid":[]}],"responses":{"default":{"description":"d"}}}},
			"/other":{"get":{"security":[{"oauth":[]}],"responses":{"default":{"description":"d"}}}},
			"/cert":{"get":{"security":[{"cert":[]}],"responses":{"default":{"description":"d"}}}},
			"/unknown":{"get":{"security":[{"nowhere":[]}],"responses":{"default":{"description":"d"}}}}}}`))), check.Config{}))
	const redacted = "[redacted:secret:3f9a1c07be]"
	for _, tt := range []struct {
		url, header string
		status      int
		want        string // place, and the schemes
	}{
		{"/token", "", 200, "header Authorization: token"},
		{"/token", "Authorization: ", 200, "header Authorization: token"},
		{"/token", "Authorization: Basic YTpi", 200, "header Authorization: token"},
		{"/token", "authorization: bearer x", 200, ""},
		{"/token", "Authorization: x", 200, ""},
		{"/token", "Authorization: " + redacted, 200, ""},
		{"/token", "", 302, ""},
		{"/token", "", 401, ""},
		{"/open", "", 200, ""},
		{"/optional", "", 200, ""},
		{"/either", "", 200, "header X-Id: id and key, or sid"},
		{"/either?key=1", "", 200, "header X-Id: id, or sid"},
		{"/either?key=1", "X-Id: 2", 200, ""},
		{"/either", "Cookie: a=b; sid=1", 200, ""},
		{"/either", "Cookie: " + redacted, 200, ""},
		{"/either?" + redacted + "=1", "X-Id: 2", 200, ""},
		{"/other", "", 204, "header Authorization: oauth"},
		{"/other?access_token=x", "", 204, ""},
		{"/cert", "", 200, ""},
		{"/unknown", "", 200, ""},
	} {
		var got []string
		for _, m := range c.Check(t.Context(), exchange{method: "GET", url: "https://a.example" + tt.url, header: tt.header, status: tt.status}.flow(t)).Mismatches {
			if m.Rule == check.RuleCredentials {
				got = append(got, m.Where+": "+strings.TrimPrefix(m.Message, "the request has no credentials for "))
			}
		}
		if strings.Join(got, "\n") != tt.want {
			t.Errorf("%s, %q, %d: %q, want %q", tt.url, tt.header, tt.status, got, tt.want)
		}
	}
}
