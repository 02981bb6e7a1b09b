package spectools

import (
	"fmt"
	"strings"
	"testing"

	"github.com/spectap/spectap/mcptools/spectools/credential"
)

// demanding is a document of writes that need credentials.
var demanding = strings.NewReplacer("{get: {operationId: ", "{post: {operationId: ", "  /query:\n    get:", "  /query:\n    post:").Replace(secured)

// TestMissingCredentials checks that nobody is asked to confirm a call that the API would refuse,
// and that the answer says which variable, or header, the person has to set.
func TestMissingCredentials(t *testing.T) {
	named := func(v string) string {
		if rest, ok := strings.CutPrefix(v, "SPECTAP_AUTH_"); ok {
			return "SPECTAP_AUTH_SHOP_" + rest
		}
		return ""
	}
	for _, tt := range []struct {
		name, tool string
		options    Options
		want       string // "" for a question
	}{
		{"nothing", "bearer", Options{}, "Ask the user to supply the credentials of security scheme bearer."},
		{"variables", "bearer", Options{Credentials: env()}, "the variable SPECTAP_AUTH_BEARER or BEARER_TOKEN when the server starts (security scheme bearer)."},
		{"its own variable alone", "bearer", Options{Credentials: credential.Chain{credential.Environment{Get: env().Get, NamedOnly: true}}}, "the variable SPECTAP_AUTH_BEARER when"},
		{"that of a mount", "bearer", Options{Credentials: credential.Environment{Get: env().Get, Name: named}}, "the variable SPECTAP_AUTH_SHOP_BEARER when"},
		{"a header of the caller", "bearer", Options{Credentials: env(), Caller: credential.Caller{"bearer": "X-Upstream-Bearer"}}, "the header X-Upstream-Bearer of the requests"},
		{"one of two", "both", Options{Credentials: env("SPECTAP_AUTH_COOKIE", "cccccccc")}, "the variable SPECTAP_AUTH_HEADER or API_KEY when the server starts (security scheme header)."},
		{"present", "bearer", Options{Credentials: env("BEARER_TOKEN", "tttttttt")}, ""},
		{"optional", "either", Options{Credentials: env()}, ""},
		{"not needed", "open", Options{Credentials: env()}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := newAPI(t)
			tt.options.BaseURL = a.URL
			r := call(t, connect(t, newSet(t, demanding, tt.options), false), tt.tool, `{}`)
			if tt.want == "" {
				if r.Type != "confirmation_request" {
					t.Errorf("no question: %v", r.Raw)
				}
				return
			}
			advice := fmt.Sprint(r.Raw["error"])
			if r.code() != codeAuthentication || !strings.Contains(advice, tt.want) || !strings.Contains(advice, "Nothing was sent.") {
				t.Errorf("got %v, want %s", r.Raw, tt.want)
			}
			if n := len(a.requests()); n != 0 {
				t.Errorf("%d requests were sent", n)
			}
		})
	}
}
