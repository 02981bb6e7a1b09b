package credential

import (
	"context"
	"encoding/base64"
	"net/http"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

var (
	basic  = &openapi3.SecurityScheme{Type: "http", Scheme: "basic"}
	bearer = &openapi3.SecurityScheme{Type: "http", Scheme: "Bearer"}
	digest = &openapi3.SecurityScheme{Type: "http", Scheme: "digest"}
	apiKey = &openapi3.SecurityScheme{Type: "apiKey", In: "header", Name: "X-Key"}
	oauth2 = &openapi3.SecurityScheme{Type: "oauth2"}
)

// TestCaller checks which secret a header of the caller holds for each type of scheme.
func TestCaller(t *testing.T) {
	pair := base64.StdEncoding.EncodeToString([]byte("ann:secret"))
	for _, tt := range []struct {
		name   string
		scheme *openapi3.SecurityScheme
		header string
		want   Secret
		ok     bool
	}{
		{"a key", apiKey, "k1", "k1", true},
		{"a key that looks like a token", apiKey, "Bearer k1", "Bearer k1", true},
		{"no key", apiKey, "", "", false},
		{"a token", bearer, "Bearer  t1 ", "t1", true},
		{"a token alone", bearer, "t1", "t1", true},
		{"a token of OAuth", oauth2, "bearer t1", "t1", true},
		{"no token", oauth2, "", "", false},
		{"a pair", basic, "BASIC  " + pair, "ann:secret", true},
		{"a pair in clear text", basic, "ann:secret", "ann:secret", true},
		{"a pair that is not base64", basic, "Basic !", "", false},
		{"a pair for another scheme", bearer, "Basic " + pair, "", false},
		{"a token for another scheme", basic, "Bearer t1", "", false},
		{"another name for a pair", basic, "Other " + pair, Secret("Other " + pair), true},
		{"the name of the scheme", digest, "Digest d1", "d1", true},
		{"another name", digest, "Other d1", "Other d1", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ctx := WithHeader(context.Background(), http.Header{"X-Secret": {tt.header}})
			got, ok, err := Caller{"s": "x-secret"}.Credential(ctx, "s", tt.scheme)
			if got != tt.want || ok != tt.ok || err != nil {
				t.Errorf("got %q, %t, %v", string(got), ok, err)
			}
		})
	}
	if _, ok, err := (Caller{"s": "x"}).Credential(context.Background(), "s", basic); ok || err != nil {
		t.Errorf("a secret without headers: %v", err)
	}
	if _, ok, _ := (Caller{"s": "x"}).Credential(WithHeader(context.Background(), http.Header{"X": {"y"}}), "other", basic); ok {
		t.Error("a secret for a scheme that is not mapped")
	}
}

// TestTokenURL asks for a token at the first endpoint that a scheme names, and nowhere if there is
// none.
func TestTokenURL(t *testing.T) {
	const home = "https://api.example"
	flow := func(u string) *openapi3.OAuthFlow { return &openapi3.OAuthFlow{TokenURL: u} }
	for _, tt := range []struct {
		name, env string
		flows     *openapi3.OAuthFlows
		want      string
		named     bool
	}{
		{"client credentials", "", &openapi3.OAuthFlows{ClientCredentials: flow(home + "/c"), Password: flow(home + "/p")}, home + "/c", false},
		{"only a code", "", &openapi3.OAuthFlows{AuthorizationCode: flow("/code")}, home + "/code", false},
		{"an empty one before", "", &openapi3.OAuthFlows{ClientCredentials: flow(""), Password: flow(home + "/p")}, home + "/p", false},
		{"of a person", "https://login.example/t", &openapi3.OAuthFlows{Password: flow(home + "/p")}, "https://login.example/t", true},
		{"elsewhere", "", &openapi3.OAuthFlows{Password: flow("https://login.example/t")}, "", false},
		{"none", "", &openapi3.OAuthFlows{Implicit: flow(home + "/i")}, "", false},
		{"no flows", "", nil, "", false},
	} {
		o := &OAuth2{home: home, Get: func(name string) string {
			return map[string]string{"SPECTAP_AUTH_A_TOKEN_URL": tt.env, "SPECTAP_AUTH_A_CLIENT_ID": "me"}[name]
		}}
		s := &openapi3.SecurityScheme{Type: "oauth2", Flows: tt.flows}
		u, named, err := o.tokenURL("a", s)
		if tt.want == "" {
			if _, _, failure := o.Credential(t.Context(), "a", s); err == nil || failure == nil || failure.Error() != err.Error() {
				t.Errorf("%s: %v, and a call has %v", tt.name, err, failure)
			}
			continue
		}
		if err != nil || u.String() != tt.want || named != tt.named {
			t.Errorf("%s: %v, %t, %v", tt.name, u, named, err)
		}
	}
}
