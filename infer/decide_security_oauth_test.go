package infer_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/security"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/openapi/build"
)

const form = "application/x-www-form-urlencoded"

// login returns the traffic of an authorization server and of an API that accepts its tokens.
func login() []flow.Flow {
	const token = `{"access_token":"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl","token_type":"Bearer","refresh_token":"tGzv3JOkF0XG5Qx2TlKWIA","scope":"repo:read openid"}`
	authorize := call("GET", "/oauth/authorize", 302, "", "", "", "")
	authorize.Request.RawQuery = "response_type=code&client_id=app&state=af0ifjsldkj8dk3&scope=openid+admin:org&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"
	authorize.Response.Header = append(authorize.Response.Header, flow.Field{Name: "Location", Value: "/login"})
	me := call("GET", "/me", 200, "", "", "application/json", `{"id":1}`)
	me.Request.Header = append(me.Request.Header, flow.Field{Name: "Authorization", Value: "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"})
	refused := call("GET", "/settings", 401, "", "", "application/json", `{"error":"who"}`)
	refused.Response.Header = append(refused.Response.Header, flow.Field{Name: "WWW-Authenticate", Value: `Bearer realm="x", scope="settings"`})
	return []flow.Flow{
		authorize,
		call("POST", "/oauth/token", 200, form, "grant_type=authorization_code&code=SplxlOBeZQQYbYS6WxSbIA&code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "application/json", token),
		call("POST", "/oauth/token", 200, form, "grant_type=refresh_token&refresh_token=tGzv3JOkF0XG5Qx2TlKWIA", "application/json", token),
		call("POST", "/oauth/token", 200, "application/json", `{"grant_type":"client_credentials","client_secret":"7Fjfp0ZBr1KtDRbnfVdmIw"}`, "application/json", token),
		call("POST", "/oauth/token", 400, form, "grant_type=password&username=a&password=b", "application/json", `{"error":"invalid_grant"}`),
		call("POST", "/device", 200, form, "client_id=app&scope=repo:read", "application/json", `{"device_code":"GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS","user_code":"WDJB-MJHT","verification_uri":"https://api.example.com/go"}`),
		call("POST", "/oauth/token", 200, form, "grant_type=urn:ietf:params:oauth:grant-type:device_code&device_code=GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS", "application/json", token),
		me, refused,
	}
}

// scheme returns a security scheme of a document.
func scheme(t *testing.T, d infer.Document, name string) security.Scheme {
	t.Helper()
	for _, s := range d.Security {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("no scheme %s in %+v", name, d.Security)
	return security.Scheme{}
}

func TestOAuth(t *testing.T) {
	fs := login()
	d := soundBoth(t, fs)
	if op := operation(t, d, "GET", "/oauth/authorize"); op.Summary != "Authorize a client" {
		t.Errorf("the authorization endpoint is %q", op.Summary)
	}
	s := scheme(t, d, "oauth2")
	scopes := []string{"admin:org", "openid", "repo:read", "settings"}
	const tokenURL = "https://api.example.com/oauth/token"
	want := []security.OAuthFlow{
		{Kind: "authorizationCode", AuthorizationURL: "https://api.example.com/oauth/authorize", TokenURL: tokenURL,
			RefreshURL: tokenURL, Scopes: scopes},
		{Kind: "clientCredentials", TokenURL: tokenURL, Scopes: scopes},
	}
	if fmt.Sprint(s.Flows) != fmt.Sprint(want) {
		t.Errorf("got\n%+v, want\n%+v", s.Flows, want)
	}
	for _, part := range []string{"S256", "codes from https://api.example.com/device, tokens from https://api.example.com/oauth/token"} {
		if !strings.Contains(s.Description, part) {
			t.Errorf("no %q in %q", part, s.Description)
		}
	}
	if b := scheme(t, d, "bearerAuth"); b.BearerFormat != "JWT" {
		t.Errorf("%+v", b)
	}
	for _, path := range []string{"/me", "/settings"} { // only the challenge shows the second
		if got := operation(t, d, "GET", path).Security; fmt.Sprint(got) != "[[bearerAuth] [oauth2]]" {
			t.Errorf("%s requires %v", path, got)
		}
	}
	m := modelOf(fs)
	model, doc := encoded(t, m), document(t, m, "3.1")
	for _, secret := range []string{"eyJhbGci", "SplxlOB", "dBjftJeZ", "tGzv3JO", "7Fjfp0Z", "af0ifjsl", "E9Melhoa", "GmRhmhc", "WDJB"} {
		if bytes.Contains(model, []byte(secret)) || bytes.Contains(doc, []byte(secret)) {
			t.Errorf("%s… is in the model or the document", secret)
		}
	}
}

// TestOAuthWithoutAuthorize holds that there is no OAuth scheme without the URL that OpenAPI
// requires for it.
func TestOAuthWithoutAuthorize(t *testing.T) {
	d := soundBoth(t, login()[1:3])
	if len(d.Security) != 0 {
		t.Errorf("%+v", d.Security)
	}
	d = soundBoth(t, append(login()[1:3], login()[7]))
	if s := scheme(t, d, "bearerAuth"); !strings.Contains(s.Description, "token endpoint: https://api.example.com/oauth/token") || len(d.Security) != 1 {
		t.Errorf("%+v", d.Security)
	}
}

func TestOpenIDConfiguration(t *testing.T) {
	fs := []flow.Flow{
		call("GET", "/.well-known/openid-configuration", 200, "", "", "application/json", `{"issuer":"https://api.example.com","authorization_endpoint":"https://login.example.com/auth","token_endpoint":"https://login.example.com/token","scopes_supported":["openid","email"]}`),
		login()[7],
	}
	d := soundBoth(t, fs)
	if s := scheme(t, d, "openId"); s.OpenIDURL != "https://api.example.com/.well-known/openid-configuration" {
		t.Errorf("%+v", s)
	}
	s := scheme(t, d, "oauth2")
	want := []security.OAuthFlow{{Kind: "authorizationCode", AuthorizationURL: "https://login.example.com/auth",
		TokenURL: "https://login.example.com/token", Scopes: []string{"email", "openid"}}}
	if fmt.Sprint(s.Flows) != fmt.Sprint(want) {
		t.Errorf("got %+v, want %+v", s.Flows, want)
	}
	for _, version := range []string{"3.0", "3.1"} {
		must.Get(build.Document(d, build.Options{Version: version}))
	}
	fs[0].Request.Path = "/.well-known/oauth-authorization-server" // RFC 8414: OAuth without OpenID Connect
	d = soundBoth(t, fs)
	hasOpenID := slices.ContainsFunc(d.Security, func(s security.Scheme) bool { return s.Type == "openIdConnect" })
	if hasOpenID || len(scheme(t, d, "oauth2").Flows) != 1 {
		t.Errorf("%+v", d.Security)
	}
}

func TestChallenges(t *testing.T) {
	refused := func(path, challenge string) flow.Flow {
		f := call("GET", path, 401, "", "", "", "")
		if challenge != "" {
			f.Response.Header = append(f.Response.Header, flow.Field{Name: "WWW-Authenticate", Value: challenge})
		}
		return f
	}
	with := func(path, authorization string) flow.Flow {
		f := call("GET", path, 200, "", "", "application/json", "{}")
		f.Request.Header = append(f.Request.Header, flow.Field{Name: "Authorization", Value: authorization})
		return f
	}
	d := soundBoth(t, []flow.Flow{refused("/digest", `Digest realm="a, b", nonce="x", qop="auth"`), refused("/basic", "Basic realm=x"), refused("/none", "")})
	for path, want := range map[string]string{"/digest": "[[digestAuth]]", "/basic": "[[basicAuth]]", "/none": "[]"} {
		if got := fmt.Sprint(operation(t, d, "GET", path).Security); got != want {
			t.Errorf("%s requires %s, want %s", path, got, want)
		}
	}
	// A refusal without a challenge requires what all other operations require.
	d = soundBoth(t, []flow.Flow{with("/a", "token ghp_abcdefghijklmnopqrstuvwxyz0123456789"), with("/b", "token x1"), refused("/none", "")})
	if got := fmt.Sprint(operation(t, d, "GET", "/none").Security); got != "[[authorizationToken]]" {
		t.Errorf("got %s", got)
	}
	if s := scheme(t, d, "authorizationToken"); s.Scheme != "token" || s.Description != "The key stands after the word token." {
		t.Errorf("%+v", s)
	}
}
