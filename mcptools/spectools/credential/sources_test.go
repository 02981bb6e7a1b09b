package credential

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/egress"
)

var (
	basic  = &openapi3.SecurityScheme{Type: "http", Scheme: "basic"}
	bearer = &openapi3.SecurityScheme{Type: "http", Scheme: "Bearer"}
	digest = &openapi3.SecurityScheme{Type: "http", Scheme: "digest"}
	apiKey = &openapi3.SecurityScheme{Type: "apiKey", In: "header", Name: "X-Key"}
	oauth2 = &openapi3.SecurityScheme{Type: "oauth2"}
	oidc   = &openapi3.SecurityScheme{Type: "openIdConnect"}
	mutual = &openapi3.SecurityScheme{Type: "mutualTLS"}
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
		{"a pair for another scheme", bearer, "Basic " + pair, Secret("Basic " + pair), true},
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

// TestFingerprint checks that callers with different secrets, or under other schemes, differ.
func TestFingerprint(t *testing.T) {
	of := func(c Caller, a, b string) string {
		return c.Fingerprint(WithHeader(context.Background(), http.Header{"A": {a}, "B": {b}}))
	}
	c := Caller{"s": "a", "t": "b"}
	one := of(c, "x", "y")
	if one != of(c, "x", "y") || len(one) != 12 {
		t.Errorf("fingerprint %q", one)
	}
	for name, other := range map[string]string{"another secret": of(c, "x", "z"), "exchanged": of(c, "y", "x"),
		"moved": of(c, "xy", ""), "other scheme": of(Caller{"s": "a", "u": "b"}, "x", "y")} {
		if other == one {
			t.Errorf("%s: the same fingerprint", name)
		}
	}
	if of(nil, "x", "y") != "" {
		t.Error("a fingerprint without schemes")
	}
}

// TestAttach checks where each type of scheme puts a secret.
func TestAttach(t *testing.T) {
	for _, tt := range []struct {
		scheme *openapi3.SecurityScheme
		want   egress.Credential
		ok     bool
	}{
		{apiKey, egress.Credential{In: egress.InHeader, Name: "X-Key", Value: "s"}, true},
		{&openapi3.SecurityScheme{Type: "apiKey", In: "query", Name: "k"}, egress.Credential{In: "query", Name: "k", Value: "s"}, true},
		{&openapi3.SecurityScheme{Type: "apiKey", In: "cookie", Name: "k"}, egress.Credential{In: "cookie", Name: "k", Value: "s"}, true},
		{&openapi3.SecurityScheme{Type: "apiKey", In: "body", Name: "k"}, egress.Credential{In: "body", Name: "k", Value: "s"}, false},
		{bearer, egress.Credential{In: egress.InHeader, Name: "Authorization", Value: "Bearer s"}, true},
		{basic, egress.Credential{In: egress.InHeader, Name: "Authorization", Value: "Basic cw=="}, true},
		{digest, egress.Credential{In: egress.InHeader, Name: "Authorization", Value: "digest s"}, true},
		{&openapi3.SecurityScheme{Type: "http"}, egress.Credential{}, false},
		{oauth2, egress.Credential{In: egress.InHeader, Name: "Authorization", Value: "Bearer s"}, true},
		{oidc, egress.Credential{In: egress.InHeader, Name: "Authorization", Value: "Bearer s"}, true},
		{mutual, egress.Credential{}, false},
	} {
		if got, ok := Attach(tt.scheme, "s"); got != tt.want || ok != tt.ok {
			t.Errorf("%s %s %s: %+v, %t", tt.scheme.Type, tt.scheme.In, tt.scheme.Scheme, got, ok)
		}
	}
}

// TestRedactAnswer checks which parts of a credential are removed from an answer that echoes it.
func TestRedactAnswer(t *testing.T) {
	pair := base64.StdEncoding.EncodeToString([]byte("ann:swordfish7"))
	for _, tt := range []struct{ value, answer, want string }{
		{"Bearer token123456", "got token123456", "got (credential)"},
		{"key1234567", "got key1234567 twice key1234567", "got (credential) twice (credential)"},
		{"Basic " + pair, "got swordfish7 of ann:swordfish7", "got (credential) of (credential)"},
		{"Basic " + pair, "got " + pair, "got (credential)"},
		{"abc", "got abc", "got abc"},
	} {
		if got := string(Redact([]byte(tt.answer), []egress.Credential{{Value: tt.value}})); got != tt.want {
			t.Errorf("%s: %s", tt.value, got)
		}
	}
	if text := fmt.Sprintf("%v %s %#v", Secret("hidden"), Secret("hidden"), Secret("hidden")); strings.Contains(text, "hidden") {
		t.Errorf("a secret is printed: %s", text)
	}
}

// TestEnvironment checks which variables are read for a scheme, and in which order.
func TestEnvironment(t *testing.T) {
	for _, tt := range []struct {
		name   string
		scheme *openapi3.SecurityScheme
		want   string
	}{
		{"key", apiKey, "SPECTAP_AUTH_KEY API_KEY"},
		{"My-Schéme.9", basic, "SPECTAP_AUTH_MY_SCH_ME_9 BASIC_AUTH"},
		{"azAZ09", bearer, "SPECTAP_AUTH_AZAZ09 BEARER_TOKEN"},
		{"@[`{/:", oauth2, "SPECTAP_AUTH_______ BEARER_TOKEN"},
		{"x", oidc, "SPECTAP_AUTH_X BEARER_TOKEN"},
		{"x", digest, "SPECTAP_AUTH_X"},
		{"x", mutual, "SPECTAP_AUTH_X"},
	} {
		variables := strings.Fields(tt.want)
		if got := strings.Join(Variables(tt.name, tt.scheme), " "); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
		set := map[string]string{variables[len(variables)-1]: "general"}
		get := func(v string) string { return set[v] }
		s, ok, _ := Environment{Get: get}.Credential(t.Context(), tt.name, tt.scheme)
		if s != "general" || !ok {
			t.Errorf("%s: %q", tt.name, string(s))
		}
		s, ok, _ = Environment{Get: get, NamedOnly: true}.Credential(t.Context(), tt.name, tt.scheme)
		if want := len(variables) == 1; ok != want {
			t.Errorf("%s, its own variable only: %q", tt.name, string(s))
		}
		set[variables[0]] = "own"
		if s, _, _ = (Environment{Get: get}).Credential(t.Context(), tt.name, tt.scheme); s != "own" {
			t.Errorf("%s: %q in place of its own", tt.name, string(s))
		}
	}
	named := Environment{Name: func(v string) string { return strings.TrimPrefix(v, "API_KEY") }}
	if got := named.Variables("k", apiKey); len(got) != 1 || got[0] != "SPECTAP_AUTH_K" {
		t.Errorf("named %v", got)
	}
}

// source is a source that has one answer.
type source struct {
	secret    Secret
	err       error
	forgotten Secret
	origin    string
}

func (s *source) Credential(context.Context, string, *openapi3.SecurityScheme) (Secret, bool, error) {
	return s.secret, s.secret != "", s.err
}
func (s *source) Forget(_ string, secret Secret) { s.forgotten = secret }
func (s *source) BindOrigin(origin string)       { s.origin = origin }

// TestChain checks that the first source with a secret or an error answers, and that all are told
// what they have to know.
func TestChain(t *testing.T) {
	none, first, second, broken := &source{}, &source{secret: "a"}, &source{secret: "b"}, &source{err: errors.New("broken")}
	for _, tt := range []struct {
		chain  Chain
		secret Secret
		failed bool
	}{{Chain{none, first, second}, "a", false}, {Chain{none, broken, second}, "", true}, {Chain{none}, "", false}, {nil, "", false}} {
		s, ok, err := tt.chain.Credential(t.Context(), "s", apiKey)
		if s != tt.secret || ok != (tt.secret != "") || (err != nil) != tt.failed {
			t.Errorf("%q, %t, %v", string(s), ok, err)
		}
	}
	all := Chain{none, Environment{}, second}
	all.Forget("s", "x")
	all.BindOrigin("https://a.example")
	if none.forgotten != "x" || second.forgotten != "x" || none.origin == "" || second.origin != "https://a.example" {
		t.Errorf("%+v %+v", none, second)
	}
	if got := all.Variables("s", apiKey); len(got) != 2 {
		t.Errorf("variables %v", got)
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

// TestReadToken checks the answers of a token endpoint: what is refused, and how long a token is
// kept.
func TestReadToken(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	o := &OAuth2{}
	o.Now = func() time.Time { return now }
	for _, tt := range []struct {
		status int
		body   string
		kept   time.Duration
		fails  string
	}{
		{200, `{"access_token":"a","expires_in":3600,"refresh_token":"r"}`, 3570 * time.Second, ""},
		{200, `{"access_token":"a","expires_in":60}`, 30 * time.Second, ""},
		{200, `{"access_token":"a","expires_in":40}`, 20 * time.Second, ""},
		{200, `{"access_token":"a","expires_in":1}`, time.Second / 2, ""},
		{200, `{"access_token":"a","expires_in":1073741824}`, (1<<30 - 30) * time.Second, ""},
		{200, `{"access_token":"a","expires_in":9000000000}`, (1<<30 - 30) * time.Second, ""},
		{200, `{"access_token":"a"}`, 270 * time.Second, ""},
		{200, `{"access_token":"a","expires_in":0,"token_type":"BEARER"}`, 270 * time.Second, ""},
		{200, `{"access_token":"a","token_type":"mac"}`, 0, "did not return a bearer token"},
		{200, `{"access_token":""}`, 0, "did not return a bearer token"},
		{200, `<html>`, 0, "did not return a bearer token"},
		{400, `{"access_token":"a"}`, 0, "answered 400 Bad"},
		{201, `{"access_token":"a"}`, 0, "answered 201"},
	} {
		resp := &http.Response{StatusCode: tt.status, Status: fmt.Sprint(tt.status, " ", http.StatusText(tt.status)),
			Body: io.NopCloser(strings.NewReader(tt.body))}
		got, err := o.readToken(resp)
		if tt.fails != "" {
			if err == nil || !strings.Contains(err.Error(), tt.fails) {
				t.Errorf("%s: error %v", tt.body, err)
			}
			continue
		}
		if err != nil || fmt.Sprint(got) != fmt.Sprint(token{"a", map[bool]string{true: "r"}[strings.Contains(tt.body, "refresh")], now.Add(tt.kept)}) {
			t.Errorf("%s: %v, %v", tt.body, got, err)
		}
	}
}

// TestFiles checks that the secret of a scheme is read from its file each time, and that a file
// without one is an error, and no empty credential.
func TestFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	for _, tt := range []struct{ content, want, fails string }{
		{"", "", "read the credential: open "}, {" \n", "", "read the credential: " + path + " is empty"}, {" one\n", "one", ""}, {"two", "two", ""},
	} {
		if tt.content != "" {
			if err := os.WriteFile(path, []byte(tt.content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		v, ok, err := Files{"key": path}.Credential(t.Context(), "key", apiKey)
		if v != Secret(tt.want) || ok != (tt.want != "") || (err == nil) != (tt.fails == "") || err != nil && !strings.HasPrefix(err.Error(), tt.fails) {
			t.Errorf("%q: %q, %t, %v", tt.content, string(v), ok, err)
		}
	}
	if v, ok, err := (Files{"key": path}).Credential(t.Context(), "other", apiKey); v != "" || ok || err != nil {
		t.Errorf("%q, %t, %v", string(v), ok, err)
	}
}
