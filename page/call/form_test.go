package call

import (
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/spectools"
)

// One header has the credentials of several schemes: that of another one is refused by the API.
func TestCredentialOfScheme(t *testing.T) {
	bearer := &openapi3.SecurityScheme{Type: "http", Scheme: "bearer"}
	basic := &openapi3.SecurityScheme{Type: "http", Scheme: "basic"}
	oauth := &openapi3.SecurityScheme{Type: "oauth2"}
	key := &openapi3.SecurityScheme{Type: "apiKey", In: "header", Name: "Authorization"}
	for _, x := range []struct {
		name   string
		scheme *openapi3.SecurityScheme
		sent   string
		want   bool
	}{
		{"a token", bearer, "Bearer abc", true},
		{"a token in lower case", bearer, "bearer abc", true},
		{"a password for a token", bearer, "Basic cm9vdDpwdw==", false},
		{"a token for a password", basic, "Bearer abc", false},
		{"a password", basic, "Basic cm9vdDpwdw==", true},
		{"a password for OAuth", oauth, "Basic cm9vdDpwdw==", false},
		{"a token of OAuth", oauth, "Bearer abc", true},
		{"no token", bearer, "Bearer ", false},
		{"a key", key, "abc", true},
		{"nothing", key, "", false},
	} {
		t.Run(x.name, func(t *testing.T) {
			c := flow.Flow{Request: flow.Request{Header: flow.Header{{Name: "Authorization", Value: x.sent}}}}
			f := spectools.Form{Security: [][]spectools.Scheme{{{Name: "s", SecurityScheme: x.scheme}}}}
			got, _ := ofFlow(&c, f)
			if (len(got) == 1) != x.want || (x.want && got[0].Value != x.sent) {
				t.Errorf("got %v", got)
			}
		})
	}
}
