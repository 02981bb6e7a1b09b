package security

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
)

// TestLearn counts the signs and scopes of OAuth in exchanges.
func TestLearn(t *testing.T) {
	fields := func(pairs ...string) map[string]string {
		out := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			out[pairs[i]] = pairs[i+1]
		}
		return out
	}
	long := "urn:" + strings.Repeat("x", maxSignWord-4)
	for _, tt := range []struct {
		name              string
		status            int
		method, query     string
		challenge         string
		request, response map[string]string
		signs, scopes     string
	}{
		{name: "a grant", status: 200, method: "POST", request: fields("grant_type", "password", "scope", "a:read,b"),
			response: fields("access_token", "x", "scope", "c/* d"), signs: "[grant password]", scopes: "[a:read b c/* d]"},
		{name: "a grant without a token", status: 200, method: "POST", request: fields("grant_type", "password", "scope", "a"), signs: "[]", scopes: "[]"},
		{name: "a token without a grant", status: 200, method: "POST", response: fields("access_token", "x", "scope", "a"), signs: "[]", scopes: "[]"},
		{name: "a refused grant", status: 400, method: "POST", request: fields("grant_type", "password"), response: fields("access_token", "x"), signs: "[]", scopes: "[]"},
		{name: "a grant after a redirect", status: 399, method: "POST", request: fields("grant_type", "password"), response: fields("access_token", "x"),
			signs: "[grant password]", scopes: "[]"},
		{name: "the longest grant", status: 200, method: "POST", request: fields("grant_type", long), response: fields("access_token", "x"),
			signs: "[grant " + long + "]", scopes: "[]"},
		{name: "a longer grant", status: 200, method: "POST", request: fields("grant_type", long+"x"), response: fields("access_token", "x"), signs: "[]", scopes: "[]"},
		{name: "a device", status: 200, method: "POST", request: fields("scope", "a"), response: fields("device_code", "x", "user_code", "y"), signs: "[device]", scopes: "[a]"},
		{name: "a device without a code for its user", status: 200, method: "POST", request: fields("scope", "a"), response: fields("device_code", "x"), signs: "[]", scopes: "[]"},
		{name: "a configuration", status: 200, method: "GET", response: fields("issuer", "x", "token_endpoint", "https://a.example/t", "scopes_supported", "a b",
			"authorization_endpoint", "http://a.example/a", "device_authorization_endpoint", "https://a.example/d"),
			signs: "[discovery endpoint authorization_endpoint http://a.example/a endpoint device_authorization_endpoint https://a.example/d " +
				"endpoint token_endpoint https://a.example/t]", scopes: "[a b]"},
		{name: "endpoints that are no addresses of the web", status: 200, method: "GET", response: fields("issuer", "x", "token_endpoint", "https://ann:pw@a.example/t",
			"authorization_endpoint", "https://a.example/a?key=1", "device_authorization_endpoint", "app://a.example/d"), signs: "[discovery]", scopes: "[]"},
		{name: "an endpoint without a host", status: 200, method: "GET", response: fields("issuer", "x", "token_endpoint", "https:/t"), signs: "[discovery]", scopes: "[]"},
		{name: "an issuer only", status: 200, method: "GET", response: fields("issuer", "x", "scopes_supported", "a"), signs: "[]", scopes: "[]"},
		{name: "an authorization", status: 302, method: "GET", query: "client_id=x&response_type=code&scope=a&code_challenge=y&code_challenge_method=S256",
			signs: "[challenge S256 response code]", scopes: "[a]"},
		{name: "a challenge without a method", status: 302, method: "GET", query: "client_id=x&response_type=code&code_challenge=y",
			signs: "[challenge plain response code]", scopes: "[]"},
		{name: "an authorization of no client", status: 302, method: "GET", query: "response_type=code&scope=a", signs: "[]", scopes: "[]"},
		{name: "a malformed authorization", status: 302, method: "GET", query: "client_id=x&response_type=%zz", signs: "[]", scopes: "[]"},
		{name: "a posted authorization", status: 302, method: "POST", query: "client_id=x&response_type=code", signs: "[]", scopes: "[]"},
		{name: "a challenge", status: 401, method: "GET", challenge: `Bearer realm="x", scope="a b"`, signs: "[]", scopes: "[a b]"},
		{name: "a forbidden scope", status: 403, method: "GET", challenge: `Bearer scope="a"`, signs: "[]", scopes: "[a]"},
		{name: "a challenge of an answer", status: 200, method: "GET", challenge: `Bearer scope="a"`, signs: "[]", scopes: "[]"},
		{name: "a challenge without scopes", status: 401, method: "GET", challenge: `Bearer realm="a"`, signs: "[]", scopes: "[]"},
		{name: "a scope that is a text", status: 401, method: "GET", challenge: `Bearer scope="it's a"`, signs: "[]", scopes: "[a]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := NewOAuth()
			f := flow.Flow{Request: flow.Request{Method: tt.method, RawQuery: tt.query}, Response: &flow.Response{Status: tt.status}}
			if tt.challenge != "" {
				f.Response.Header = flow.Header{{Name: "WWW-Authenticate", Value: tt.challenge}}
			}
			o.Learn(&f, tt.request, tt.response)
			for name := range tt.request {
				if !IsOAuthField(name) {
					t.Errorf("%s would not be read", name)
				}
			}
			for name := range tt.response {
				if !IsOAuthField(name) {
					t.Errorf("%s would not be read", name)
				}
			}
			if signs, scopes := fmt.Sprint(o.Signs.Names()), fmt.Sprint(o.Scopes.Names()); signs != tt.signs || scopes != tt.scopes {
				t.Errorf("got %s and %s, want %s and %s", signs, scopes, tt.signs, tt.scopes)
			}
			if want := strings.Contains(tt.signs, "response "); o.IsAuthorization() != want {
				t.Errorf("an authorization: %v", !want)
			}
		})
	}
	if IsOAuthField("name") {
		t.Error("any field is one of OAuth")
	}
}

// TestProvider finds the flows of an authorization server from the signs of all operations.
func TestProvider(t *testing.T) {
	const device = signGrant + grantDevice
	for _, tt := range []struct {
		name  string
		signs map[string][]string // by URL
		want  string
		note  string
	}{
		{"none", nil, "", ""},
		{"a client", map[string][]string{"/t": {"grant client_credentials", "grant refresh_token"}}, "clientCredentials /t", ""},
		{"a password", map[string][]string{"/t": {"grant password", "grant refresh_token"}}, "password /t refresh /t", ""},
		{"several endpoints", map[string][]string{"/t": {"grant password"}, "/s": {"grant password"}, "/u": {"grant password"}}, "password /s", ""},
		{"a code without an authorization", map[string][]string{"/t": {"grant authorization_code"}}, "", "OAuth 2.0 authorization code; token endpoint: /t"},
		{"a code", map[string][]string{"/t": {"grant authorization_code"}, "/a": {"response code", "challenge plain", "challenge S256"}}, "authorizationCode /a /t",
			"Proof Key for Code Exchange (RFC 7636): S256, plain."},
		{"an implicit token", map[string][]string{"/a": {"response token"}}, "implicit /a", ""},
		{"a configuration of codes", map[string][]string{"/c": {"discovery", "endpoint token_endpoint /t", "endpoint authorization_endpoint /a"}}, "authorizationCode /a /t", ""},
		{"a configuration and its use", map[string][]string{"/c": {"discovery", "endpoint token_endpoint /t", "endpoint authorization_endpoint /a"}, "/b": {"response code"},
			"/u": {"grant authorization_code"}}, "authorizationCode /b /u", ""},
		{"a configuration without an authorization", map[string][]string{"/c": {"discovery", "endpoint token_endpoint /t"}}, "", ""},
		{"OpenID", map[string][]string{"/.well-known/openid-configuration": {"discovery"}}, "openId /.well-known/openid-configuration", ""},
		{"a configuration elsewhere", map[string][]string{"/.well-known/other": {"discovery"}}, "", ""},
		{"a device", map[string][]string{"/t": {device}, "/d": {"device"}}, "", "Devices (RFC 8628): codes from /d, tokens from /t."},
		{"a configured device", map[string][]string{"/t": {device}, "/c": {"endpoint device_authorization_endpoint /d"}}, "", "Devices (RFC 8628): codes from /d, tokens from /t."},
		{"a device that got no token", map[string][]string{"/d": {"device"}}, "", ""},
		{"an unknown origin", map[string][]string{"": {"grant password"}}, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var operations []Operation
			for u, signs := range tt.signs {
				o := NewOAuth()
				for _, s := range signs {
					o.sign(s, "")
				}
				o.learnScopes("b a")
				operations = append(operations, Operation{OAuth: &o, URL: u})
			}
			schemes, note := findProvider(operations).schemes()
			var got []string
			for _, s := range schemes {
				if s.Type == "openIdConnect" {
					got = append(got, s.Name+" "+s.OpenIDURL)
				}
				for _, f := range s.Flows {
					text := strings.Join(strings.Fields(f.Kind+" "+f.AuthorizationURL+" "+f.TokenURL), " ")
					if f.RefreshURL != "" {
						text += " refresh " + f.RefreshURL
					}
					if got = append(got, text); !slices.Equal(f.Scopes, []string{"a", "b"}) {
						t.Errorf("scopes %q", f.Scopes)
					}
				}
				note += s.Description
			}
			if text := strings.Join(got, ", "); text != tt.want || note != tt.note {
				t.Errorf("got %s, note %q; want %s, note %q", text, note, tt.want, tt.note)
			}
		})
	}
}
