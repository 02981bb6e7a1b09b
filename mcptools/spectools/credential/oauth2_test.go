package credential

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
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
