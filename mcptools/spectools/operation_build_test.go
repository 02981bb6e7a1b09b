package spectools

import (
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
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
	noError(t, err)
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
