package spectools

import (
	"bytes"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/mcptools/extract"
	"github.com/spectap/spectap/mcptools/spectools/credential"
)

// TestAnswerBreaksOff returns the beginning of an answer whose end was lost, says so, and records
// it.
func TestAnswerBreaksOff(t *testing.T) {
	a, log := newAPI(t), &records{}
	a.answer = func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("Content-Length", "100")
		io.WriteString(w, "abc\xe2\x82")
	}
	r := call(t, connect(t, newSet(t, clinic, Options{BaseURL: a.URL, Audit: log}), true), "health_check", `{}`)
	m, _ := r.Raw["metadata"].(map[string]any)
	if r.Type != "api_response" || r.Raw["data"] != "abc" || m["lost"] != true || m["truncated"] != true || !strings.Contains(r.text, "The rest of the answer is lost") {
		t.Errorf("%v", r.Raw)
	}
	last := log.all[len(log.all)-1]
	if last.Event != "outcome" || last.Status != 200 || last.Error != "the answer broke off" || last.Reason != "" || last.Decision != "" {
		t.Errorf("recorded %+v", last)
	}
}

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
	a, log := newAPI(t), &records{}
	r := call(t, connect(t, newSet(t, secured, Options{BaseURL: a.URL, Credentials: failingSource{}, Audit: log}), true), "bearer", `{}`)
	if r.code() != codeAuthentication || !strings.Contains(r.text, "Nothing was sent.") || strings.Contains(r.text, "10.1.2.3") || len(a.requests()) != 0 {
		t.Errorf("%v, %d requests", r.Raw, len(a.requests()))
	}
	if last := log.all[len(log.all)-1]; last.Event != "outcome" || last.Error != "no credentials: their source failed" {
		t.Errorf("recorded %+v", last)
	}
}

// TestCredentialsOfAnotherServer explains a status 401 of a server that the credentials are not
// for.
func TestCredentialsOfAnotherServer(t *testing.T) {
	s := newSet(t, secured, Options{Credentials: env("BEARER_TOKEN", "tttttttt")})
	reason, advice := s.unauthorized(t.Context(), s.byTool["elsewhere"], nil)
	if text := strings.Join(advice, " "); reason != "no credentials were sent" || !strings.Contains(text, "They are for https://api.example.com,") || !strings.Contains(text, "--base-url") {
		t.Errorf("%s: %s", reason, text)
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

// TestLongAnswerWithoutReader cuts a long answer and names no tool to read on with: an operation
// has its name, or a policy removes parts of the answer.
func TestLongAnswerWithoutReader(t *testing.T) {
	long := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `["`+strings.Repeat("x", 50_000)+`"]`)
	}
	a := newAPI(t)
	a.answer = long
	s := newSet(t, strings.Replace(clinic, "operationId: listVisits", "operationId: read_more", 1), Options{BaseURL: a.URL})
	r := call(t, connectTo(t, NewServer(s, ServerOptions{}), true), "health_check", `{}`)
	m, _ := r.Raw["metadata"].(map[string]any)
	if more, _ := m["more"].(map[string]any); more == nil || more["tool"] != nil || more["result"] != nil || strings.Contains(r.text, "To continue") || !strings.Contains(r.text, "Incomplete: ") {
		t.Errorf("%v:\n%.300s", m, r.text)
	}
	x := newEnforced(t, `{version: 1, tools: {getVisit: {results: {remove: [data.ok]}}, listVisits: {}, read_more: {}}}`, ModeStatic, false)
	x.api.answer = long
	c := connectTo(t, x.mcp, false)
	if got := x.try(c, "getVisit", `{"id":1}`); strings.Contains(got, "To continue") || !strings.Contains(got, "Incomplete: ") {
		t.Errorf("with a policy: %.300s", got)
	}
	if got := x.try(c, "listVisits", `{}`); !strings.Contains(got, "To continue: read_more ") {
		t.Errorf("of another tool: %.300s", got)
	}
	var shown []string
	for _, tool := range x.set.Shown() {
		shown = append(shown, tool.Name)
	}
	if !slices.Equal(shown, []string{"listVisits", "getVisit"}) {
		t.Errorf("the policy shows %q", shown)
	}
	cut := metadata{More: &more{Path: "$.a", Offset: 1, Total: 2, Unit: "elements"}, OtherCuts: 3}
	if got := cut.incomplete(); got != "Incomplete: $.a has 1 of 2 elements; and 3 other values are cut." {
		t.Error(got)
	}
}

// TestValueAt takes the values of places, from the end of a list too, and none where there is none.
func TestValueAt(t *testing.T) {
	list := []any{"a", []any{"b", "c"}}
	for _, tt := range []struct {
		place extract.Place
		want  any
	}{
		{extract.Place{0}, "a"}, {extract.Place{-2}, "a"}, {extract.Place{1, -1}, "c"}, {extract.Place{2}, nil},
		{extract.Place{-3}, nil}, {extract.Place{"a"}, nil}, {extract.Place{0, 0}, nil}, {extract.Place{1, 1}, "c"},
	} {
		if got := valueAt(list, tt.place); got != tt.want {
			t.Errorf("%v: %v, want %v", tt.place, got, tt.want)
		}
	}
}

// TestUnwritableResults holds that a result which is no JSON is an error, and that an error without
// advice has an empty list.
func TestUnwritableResults(t *testing.T) {
	r := newResult(map[string]any{"f": func() {}}, false)
	if !r.IsError || !bytes.Contains(r.RawStructuredContent, []byte(`"code":"server_error","message":"the answer cannot be written as JSON"`)) {
		t.Errorf("%t: %s", r.IsError, r.RawStructuredContent)
	}
	if r := failure(codeServer, "m", errorDetails{}); !bytes.Contains(r.RawStructuredContent, []byte(`"suggestions":[]`)) {
		t.Errorf("%s", r.RawStructuredContent)
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
	if err := s.Pin(); err != nil {
		t.Error(err)
	}
	if all, err := s.Quarantined(); err != nil || len(all) != 0 {
		t.Errorf("without pins: %v, %v", all, err)
	}
}

// TestSearchOffset takes an offset that is out of range for none.
func TestSearchOffset(t *testing.T) {
	c := connectTo(t, NewServer(newSet(t, clinic, Options{BaseURL: "http://127.0.0.1:1"}), ServerOptions{Mode: ModeDynamic}), true)
	for args, want := range map[string]string{
		`{"offset":1073741824}`: "1073741824 0", `{"offset":1073741825}`: "0 6", `{"offset":99999999999999999999}`: "0 6", `{"offset":6}`: "6 0", `{"offset":5}`: "5 1",
	} {
		r := call(t, c, "search_operations", args)
		if got := fmt.Sprintf("%.0f %d", r.Raw["offset"], len(operationsOf(r))); got != want || r.Raw["next_page"] != nil || r.Raw["total"] != 6.0 {
			t.Errorf("%s: %s, %v", args, got, r.Raw)
		}
	}
}
