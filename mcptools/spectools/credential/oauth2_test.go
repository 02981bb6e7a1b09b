package credential

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/egress"
)

// tokenServer is a token endpoint that notes what it is asked.
type tokenServer struct {
	*httptest.Server
	asked  []string
	answer func(form url.Values) (status int, body string)
}

func newTokenServer(t *testing.T) *tokenServer {
	s := &tokenServer{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.ParseForm()
		id, secret, _ := r.BasicAuth()
		s.asked = append(s.asked, fmt.Sprintf("%s %s %s:%s %s %s", r.Method, r.URL.Path, id, secret, r.PostForm.Encode(), r.Header.Get("Accept")))
		status, body := s.answer(r.PostForm)
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}))
	t.Cleanup(s.Close)
	return s
}

// TestOAuth2Requests checks the requests to the token endpoint, and their times.
func TestOAuth2Requests(t *testing.T) {
	srv := newTokenServer(t)
	n, refresh := 0, ""
	srv.answer = func(form url.Values) (int, string) {
		if form.Get("refresh_token") == "stale" {
			return 400, `{}`
		}
		n++
		return 200, fmt.Sprintf(`{"access_token":"t%d","expires_in":100,"refresh_token":%q}`, n, refresh)
	}
	set := map[string]string{}
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	scheme := &openapi3.SecurityScheme{Type: "oauth2", Flows: &openapi3.OAuthFlows{ClientCredentials: &openapi3.OAuthFlow{TokenURL: "/token"}}}
	o := &OAuth2{
		Get:    func(name string) string { return set[strings.TrimPrefix(name, "SPECTAP_AUTH_A_")] },
		Egress: egress.Config{Named: []string{srv.URL}}, Now: func() time.Time { return now },
	}
	o.BindOrigin(srv.URL)
	const accept = " application/json"
	ask := func(what string, want Secret, asked ...string) {
		t.Helper()
		srv.asked = nil
		got, ok, err := o.Credential(t.Context(), "a", scheme)
		if got != want || ok != (want != "") || err != nil {
			t.Errorf("%s: %q, %t, %v", what, string(got), ok, err)
		}
		for i := range asked {
			asked[i] += accept
		}
		if !slices.Equal(srv.asked, asked) {
			t.Errorf("%s: asked %q, want %q", what, srv.asked, asked)
		}
	}
	ask("nothing is set", "")
	set["CLIENT_SECRET"] = "p&w"
	ask("without an identifier", "")
	set["CLIENT_ID"] = "me:1"
	ask("client credentials", "t1", "POST /token me%3A1:p%26w grant_type=client_credentials")
	if _, ok, err := o.Credential(t.Context(), "a", &openapi3.SecurityScheme{Type: "openIdConnect"}); ok || err != nil {
		t.Errorf("of another type: %t, %v", ok, err)
	}
	now = now.Add(69 * time.Second)
	ask("before it expires", "t1")
	now = now.Add(time.Second)
	refresh = "r1"
	set["CLIENT_SECRET"], set["SCOPE"] = "", "read write"
	ask("without a secret", "t2", "POST /token : client_id=me%3A1&grant_type=client_credentials&scope=read+write")
	standing := func() Secret {
		t.Helper()
		got, ok, err := o.Standing(t.Context(), "a", scheme)
		if !ok || err != nil {
			t.Errorf("nothing stands for the tokens: %t, %v", ok, err)
		}
		return got
	}
	stands := standing()
	o.Forget("a", "t1")
	o.Forget("b", "t2")
	ask("another was forgotten", "t2")
	o.Forget("a", "t2")
	refresh = ""
	ask("with what it returned", "t3", "POST /token : client_id=me%3A1&grant_type=refresh_token&refresh_token=r1&scope=read+write")
	srv.asked = nil
	if got := standing(); got != stands || got == "t3" || len(srv.asked) != 0 {
		t.Error("a renewed token does not stand for the same client")
	}
	o.Forget("a", "t3")
	ask("with what it returned before", "t4", "POST /token : client_id=me%3A1&grant_type=refresh_token&refresh_token=r1&scope=read+write")
	refresh = "stale"
	o.Forget("a", "t4")
	delete(set, "SCOPE")
	ask("with the last good one", "t5", "POST /token : client_id=me%3A1&grant_type=refresh_token&refresh_token=r1")
	if standing() == stands {
		t.Error("a token of another scope stands for the same")
	}
	o.Forget("a", "t5")
	set["REFRESH_TOKEN"] = "mine"
	ask("with the one that is set", "t6", "POST /token : client_id=me%3A1&grant_type=refresh_token&refresh_token=stale",
		"POST /token : client_id=me%3A1&grant_type=refresh_token&refresh_token=mine")
	delete(set, "CLIENT_ID")
	refresh = "mine"
	o.Forget("a", "t6")
	ask("without an identifier, after a stale one", "t7", "POST /token : client_id=&grant_type=refresh_token&refresh_token=stale",
		"POST /token : client_id=&grant_type=refresh_token&refresh_token=mine")
	o.Forget("a", "t7")
	ask("with the one that is set, once", "t8", "POST /token : client_id=&grant_type=refresh_token&refresh_token=mine")
	o.Forget("a", "t8")
	srv.answer = func(url.Values) (int, string) { return 500, "" }
	v, ok, err := o.Credential(t.Context(), "a", scheme)
	if v != "" || ok || err == nil || err.Error() != "get a token for a: the token endpoint gives none: status 500" {
		t.Errorf("%q, %t, %v", string(v), ok, err)
	}
	srv.Close()
	if v, ok, err := o.Credential(t.Context(), "a", scheme); v != "" || ok || err == nil || !strings.HasPrefix(err.Error(), "get a token for a: ") {
		t.Errorf("%q, %t, %v", string(v), ok, err)
	}
	o.BindOrigin("http://127.0.0.1:1/%zz")
	if v, ok, err := o.Credential(t.Context(), "a", scheme); v != "" || ok || err == nil {
		t.Errorf("an origin that is no URL: %q, %t, %v", string(v), ok, err)
	}
}

// TestOAuth2Addresses checks which token endpoints may have an address of this machine: those at an
// origin that a person named.
func TestOAuth2Addresses(t *testing.T) {
	srv := newTokenServer(t)
	srv.answer = func(url.Values) (int, string) { return 200, `{"access_token":"t"}` }
	other := "http://api.example"
	for _, tt := range []struct {
		name           string
		home, variable string
		origins, named []string
		want           Secret
		failure        string
	}{
		{"the API's, which nobody named", srv.URL, "", nil, nil, "", egress.ErrAddress.Error()},
		{"the API's, another is named", srv.URL, "", nil, []string{other}, "", egress.ErrAddress.Error()},
		{"the API's, which is named", srv.URL, "", nil, []string{other, srv.URL}, "t", ""},
		{"named for tokens", other, "", []string{srv.URL}, nil, "t", ""},
		{"named by a variable", other, srv.URL + "/token", nil, []string{other}, "t", ""},
		{"named for the API alone", other, "", nil, []string{srv.URL}, "", "which is not the API's origin"},
		{"a name that is no origin", srv.URL, "", nil, []string{"http://h/%zz"}, "", "get a token for a: "},
	} {
		o := &OAuth2{home: tt.home, Origins: tt.origins, Egress: egress.Config{Named: tt.named}, Now: time.Now, Get: func(name string) string {
			return map[string]string{"SPECTAP_AUTH_A_CLIENT_ID": "me", "SPECTAP_AUTH_A_CLIENT_SECRET": "s", "SPECTAP_AUTH_A_TOKEN_URL": tt.variable}[name]
		}}
		scheme := &openapi3.SecurityScheme{Type: "oauth2", Flows: &openapi3.OAuthFlows{ClientCredentials: &openapi3.OAuthFlow{TokenURL: srv.URL + "/token"}}}
		srv.asked = nil
		got, ok, err := o.Credential(t.Context(), "a", scheme)
		if got != tt.want || ok != (tt.want != "") || (err == nil) != ok || err != nil && !strings.Contains(err.Error(), tt.failure) {
			t.Errorf("%s: %q, %t, %v", tt.name, string(got), ok, err)
		}
		if len(srv.asked) != len(tt.want) {
			t.Errorf("%s: asked %q", tt.name, srv.asked)
		}
	}
}

// TestOAuth2Errors checks the errors about endpoints that get no secret.
func TestOAuth2Errors(t *testing.T) {
	long := strings.Repeat("x", 81)
	for _, tt := range []struct {
		name, scheme, token string
		origins             []string
		want                string
	}{
		{"no endpoint", long, "", nil, "scheme " + long[:79] + "… has no token URL: set SPECTAP_AUTH_" + strings.ToUpper(long) + "_TOKEN_URL"},
		{"a long name", long[:80], "", nil, "scheme " + long[:80] + " has no token URL"},
		{"no URL", "a", "https://h/%zz", nil, "scheme a has no token URL"},
		{"a scheme of another kind", "a", "ftp://h/t", nil, egress.ErrOrigin.Error()},
		{"elsewhere", "a", "https://login.example/t", []string{":", "https://other.example"}, "the document's token URL is at https://login.example, which is not the API's origin: if that is right, pass --token-origin https://login.example"},
		{"an origin that is named", "a", "https://login.example/t", []string{"%zz:", "ftp://x", "https://LOGIN.example:443/"}, ""},
		{"the API's", "a", "https://api.example/t", nil, ""},
		{"below the API's", "a", "t", nil, ""},
	} {
		o := &OAuth2{home: "https://api.example", Origins: tt.origins, Get: func(name string) string {
			return map[bool]string{true: "me"}[strings.HasSuffix(name, "_CLIENT_ID")]
		}}
		s := &openapi3.SecurityScheme{Type: "oauth2", Flows: &openapi3.OAuthFlows{Password: &openapi3.OAuthFlow{TokenURL: tt.token}}}
		_, named, err := o.tokenURL(tt.scheme, s)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) || named != (len(tt.origins) == 3) {
			t.Errorf("%s: %t, %v, want %s", tt.name, named, err, tt.want)
		}
		if err == nil {
			continue
		}
		if v, ok, failed := o.Credential(t.Context(), tt.scheme, s); v != "" || ok || failed == nil || failed.Error() != err.Error() {
			t.Errorf("%s: a call has %q, %t, %v", tt.name, string(v), ok, failed)
		}
	}
}
