package spectools

import (
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/mcptools/spectools/credential"
)

// TestSecretsInCodedAnswers decodes an answer that repeats a credential, which is removed.
func TestSecretsInCodedAnswers(t *testing.T) {
	a := newAPI(t)
	a.answer = func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", "deflate")
		z := zlib.NewWriter(w)
		fmt.Fprintf(z, `{"got":%q}`, r.Header.Get("Authorization"))
		z.Close()
	}
	r := call(t, connect(t, newSet(t, secured, Options{BaseURL: a.URL, Credentials: env("BEARER_TOKEN", "tttttttt")}), true), "bearer", `{}`)
	if got := fmt.Sprint(r.Raw["data"]); strings.Contains(got, "tttttttt") || !strings.Contains(got, "(credential)") {
		t.Errorf("%v", r.Raw)
	}
}

// failingSource cannot supply credentials.
type failingSource struct{}

func (failingSource) Credential(context.Context, string, *openapi3.SecurityScheme) (credential.Secret, bool, error) {
	return "", false, errors.New("the vault at 10.1.2.3 is sealed")
}

// TestNoCredentialsToSend sends nothing if the source of the credentials fails, and records it.
func TestNoCredentialsToSend(t *testing.T) {
	a := newAPI(t)
	c, log := connectAudited(t, newSet(t, secured, Options{BaseURL: a.URL, Credentials: failingSource{}}))
	r := call(t, c, "bearer", `{}`)
	if r.code() != codeAuthentication || !strings.Contains(r.text, "Nothing was sent.") || strings.Contains(r.text, "10.1.2.3") || len(a.requests()) != 0 {
		t.Errorf("%v, %d requests", r.Raw, len(a.requests()))
	}
	all := readAudit(t, log)
	if last := all[len(all)-1]; last.Event != "outcome" || last.Reason != "no credentials: their source failed" {
		t.Errorf("recorded %+v", last)
	}
}

// silent is a client that fails to ask its person.
type silent struct{}

func (silent) Elicit(context.Context, mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	return nil, errors.New("no window")
}

// TestQuestionFails sends nothing if the client cannot ask.
func TestQuestionFails(t *testing.T) {
	a := newAPI(t)
	c := connect(t, newSet(t, shown, Options{BaseURL: a.URL}), false, client.WithElicitationHandler(silent{}))
	r := call(t, c, "change", `{"id":"1"}`)
	if r.code() != codeAuthorization || !strings.Contains(r.text, "the user could not be asked") || !strings.Contains(r.text, "Nothing was sent.") || len(a.requests()) != 0 {
		t.Errorf("%v, %d requests", r.Raw, len(a.requests()))
	}
	if got := otherMethods(guard.Methods{"POST", "DELETE", guard.AnyMethod}); got != "DELETE or another request" {
		t.Errorf("methods: %s", got)
	}
	if got := bodyText([]byte("a\nb" + strings.Repeat("x", 50_000))); got != "a\nb"+strings.Repeat("x", 50_000) {
		t.Errorf("a text is shown as %.100s", got)
	}
}

// TestPinnedCredentials pins where credentials are sent and exchanged, and none for other servers.
func TestPinnedCredentials(t *testing.T) {
	s := newSet(t, secured, Options{})
	if d := s.requestDefinition(s.byTool["elsewhere"]); d.Credentials != nil || d.Server != "https://other.example.com" {
		t.Errorf("another server: %+v", d)
	}
	if d := s.requestDefinition(s.byTool["oauth"]); len(d.Credentials) != 1 || !slices.Equal(d.Credentials[0][0].Tokens, []string{"/token"}) {
		t.Errorf("%+v", d.Credentials)
	}
	flow := func(name string) *openapi3.OAuthFlow {
		return &openapi3.OAuthFlow{TokenURL: "https://u:p@" + name, RefreshURL: "https://r." + name}
	}
	got := tokenURLs(&openapi3.SecurityScheme{OpenIdConnectUrl: "https://u:p@oidc", Flows: &openapi3.OAuthFlows{
		ClientCredentials: flow("c"), AuthorizationCode: flow("a"), Password: flow("p"), Implicit: &openapi3.OAuthFlow{RefreshURL: "https://[i"},
	}})
	if want := []string{"https://oidc", "https://c", "https://r.c", "https://a", "https://r.a", "https://p", "https://r.p", ""}; !slices.Equal(got, want) {
		t.Errorf("tokens from %q", got)
	}
	if got := tokenURLs(&openapi3.SecurityScheme{}); got != nil {
		t.Errorf("without flows: %q", got)
	}
	noError(t, s.Pin())
	if all, err := s.Quarantined(); err != nil || len(all) != 0 {
		t.Errorf("without pins: %v, %v", all, err)
	}
}
