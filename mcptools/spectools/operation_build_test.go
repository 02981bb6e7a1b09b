package spectools

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/openapi"
)

// builtDocument returns a document made by a program, which no loader has checked.
func builtDocument(items map[string]*openapi3.PathItem) *openapi3.T {
	doc := &openapi3.T{
		OpenAPI: "3.0.3", Info: &openapi3.Info{Title: "t", Version: "1"},
		Servers: openapi3.Servers{{URL: "https://a.example"}}, Paths: openapi3.NewPaths(),
	}
	for path, item := range items {
		doc.Paths.Set(path, item)
	}
	return doc
}

// TestWhatIsNoTool checks that operations which must not or cannot be sent are skipped, each with
// its reason, and that the others are served.
func TestWhatIsNoTool(t *testing.T) {
	op := func() *openapi3.Operation { return &openapi3.Operation{Responses: openapi3.NewResponses()} }
	s, err := FromDocument(builtDocument(map[string]*openapi3.PathItem{
		"/fine":     {Get: op(), Trace: op(), Connect: op()},
		"no/slash":  {Get: op()},
		"/a/../b":   {Get: op()},
		"/nothing":  nil,
		"/no/calls": {},
	}), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if all := s.Operations(); len(all) != 1 || all[0].Method+" "+all[0].Path != "GET /fine" {
		t.Errorf("operations %+v", all)
	}
	var got []string
	for _, x := range s.Skipped() {
		got = append(got, x.String())
	}
	for i, want := range []string{
		`GET /a/../b: the path has a segment "." or ".."`, "CONNECT /fine: CONNECT opens a tunnel", "TRACE /fine: TRACE makes a server return the request",
		"GET no/slash: the path does not start with a slash",
	} {
		if len(got) != 4 || !strings.HasPrefix(got[i], want) {
			t.Errorf("skipped %q, want %s", got, want)
		}
	}
	_, err = FromDocument(builtDocument(map[string]*openapi3.PathItem{"/t": {Trace: op()}}), Options{})
	if err == nil || !strings.HasPrefix(err.Error(), "no operation can be served: TRACE /t: ") {
		t.Errorf("nothing to serve: %v", err)
	}
}

// TestUnusableParameters checks that parameters which cannot be arguments are left out with a note.
func TestUnusableParameters(t *testing.T) {
	op := &openapi3.Operation{OperationID: "x", Responses: openapi3.NewResponses(), Parameters: openapi3.Parameters{
		nil, {Ref: "#/components/parameters/none"}, {Value: &openapi3.Parameter{Name: "old", In: "body"}},
		{Value: &openapi3.Parameter{Name: "id", In: "path"}}, {Value: &openapi3.Parameter{Name: "q", In: "query"}},
	}}
	s, err := FromDocument(builtDocument(map[string]*openapi3.PathItem{"/x": {Get: op}}), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	f, ok := s.Form("GET", "/x")
	if !ok || len(f.Arguments) != 1 || f.Arguments[0] != (Argument{Name: "q", In: "query", Param: "q"}) {
		t.Errorf("%t, arguments %+v", ok, f.Arguments)
	}
	if _, ok := s.Form("POST", "/x"); ok {
		t.Error("a form of another method")
	}
	want := []string{
		"GET /x: a parameter refers to something that does not exist", "GET /x: body parameter old is left out: there is no such location",
		"GET /x: path parameter id is left out: the path has no such parameter",
	}
	var got []string
	for _, n := range s.Notes() {
		got = append(got, n.String())
	}
	if !slices.Equal(got, want) {
		t.Errorf("notes %q", got)
	}
}

// TestRepeatedPathParameter takes one argument for a parameter that a path has twice.
func TestRepeatedPathParameter(t *testing.T) {
	s, err := FromDocument(builtDocument(map[string]*openapi3.PathItem{"/a/{x}/b/{x}": {Get: &openapi3.Operation{Responses: openapi3.NewResponses()}}}), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if f, ok := s.Form("GET", "/a/{x}/b/{x}"); !ok || len(f.Arguments) != 1 || f.Arguments[0].Name != "x" || len(s.Notes()) != 1 {
		t.Errorf("%t, arguments %+v, notes %v", ok, f.Arguments, s.Notes())
	}
	call, problems := s.Request(t.Context(), "GET", "/a/{x}/b/{x}", []byte(`{"x":"1"}`))
	if len(problems) > 0 || call.URL.Path != "/a/1/b/1" {
		t.Errorf("%v, %v", call.URL, problems)
	}
}

// TestOrderOfBodies prefers plain JSON, then other JSON by name, whatever order the document has.
func TestOrderOfBodies(t *testing.T) {
	const document = `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"servers":[{"url":"https://a.example"}],"paths":{"/x":{"post":{"operationId":"x",
		"requestBody":{"content":{"application/xml":{},"application/c+json":{},"application/json":{},"application/b+json":{},"application/a+json":{}}},"responses":{}}}}}`
	for range 20 {
		var got []string
		for _, m := range newSet(t, document, Options{}).byTool["x"].Bodies {
			got = append(got, strings.TrimPrefix(m.Type, "application/"))
		}
		if s := strings.Join(got, " "); s != "json a+json b+json c+json xml" {
			t.Fatal(s)
		}
	}
}

// TestServersOfPaths sends to the servers of a path before those of the document, and refuses
// addresses that cannot be made.
func TestServersOfPaths(t *testing.T) {
	const document = `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"servers":[{"url":"%s"}],"paths":{"/x":{
		"servers":[{"url":"%s"}],"get":{"operationId":"x","responses":{}}}}}`
	s := newSet(t, fmt.Sprintf(document, "https://a.example", "https://b.example/p"), Options{Credentials: env("BEARER_TOKEN", "t")})
	if got := s.byTool["x"].BaseURL; got != "https://b.example/p" || s.CredentialOrigin() != "https://a.example" {
		t.Errorf("sent to %s, credentials for %s", got, s.CredentialOrigin())
	}
	s = newSet(t, fmt.Sprintf(strings.Replace(document, `"servers":[{"url":"%s"}],`, "", 1), "https://b.example/p"), Options{})
	if got := s.byTool["x"].BaseURL; got != "https://b.example/p" || s.CredentialOrigin() != "https://b.example" {
		t.Errorf("a document without servers: sent to %s, credentials for %s", got, s.CredentialOrigin())
	}
	for name, x := range map[string]struct {
		o    Options
		want string
	}{
		"document":       {Options{DocumentURL: "https://[d"}, "the document names no server to send to"},
		"origin":         {Options{Origin: "https://user:secret@[o"}, "is not a URL"},
		"two addresses":  {Options{Origin: "https://o.example", BaseURL: "https://b.example"}, "exclude each other"},
		"query":          {Options{BaseURL: "https://b.example?a=b"}, "no query and no fragment"},
		"fragment":       {Options{BaseURL: "https://b.example#a"}, "no query and no fragment"},
		"no URL":         {Options{BaseURL: "https://user:secret@[b"}, "is not a URL"},
		"no host":        {Options{BaseURL: "/b"}, "base URL: "},
		"long prefix":    {Options{Prefix: strings.Repeat("p", 25)}, "at most 24 letters"},
		"invalid prefix": {Options{Prefix: "a b"}, "at most 24 letters"},
	} {
		doc, err := openapi.Load(fmt.Appendf(nil, document, "/api", "/api"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err = FromDocument(doc, x.o); err == nil || !strings.Contains(err.Error(), x.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
	newSet(t, fmt.Sprintf(document, "https://a.example", "https://a.example"), Options{Prefix: strings.Repeat("p", 24)})
}

// TestUndescribedSchemes requires no credentials of a scheme that the document does not describe,
// or of a kind that cannot be attached.
func TestUndescribedSchemes(t *testing.T) {
	a := newAPI(t)
	document := strings.Replace(secured, "security: [{bearer: []}]", "security: [{gone: []}, {device: []}, {bearer: []}]", 1)
	document = strings.Replace(document, "    basic:", "    device: {type: mutualTLS}\n    basic:", 1)
	s := newSet(t, document, Options{BaseURL: a.URL, Credentials: env("BEARER_TOKEN", "tttttttt", "SPECTAP_AUTH_DEVICE", "dddddddd")})
	call(t, connect(t, s, true), "bearer", `{}`)
	if got := a.last(t).Header.Get("Authorization"); got != "Bearer tttttttt" {
		t.Errorf("sent %q", got)
	}
	if notes := fmt.Sprint(s.Notes()); !strings.Contains(notes, "security scheme gone is not described") {
		t.Errorf("notes %s", notes)
	}
}
