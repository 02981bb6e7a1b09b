package spectools

import (
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/openapi"
)

// TestDocumentPathCannotEscape: no path of a document leaves the path of the base URL.
func TestDocumentPathCannotEscape(t *testing.T) {
	for _, path := range []string{
		"/../../x", "/a/../x", "/./x", "/%2e%2e/x", "/%252e%252e/x", `/..\\x`, "/..;a/x", "/a/..", "/.{x}/y", "/{x}{y}/z", "/{x}./z",
	} {
		t.Run(path, func(t *testing.T) {
			a := newAPI(t)
			s, err := FromDocument(loaded(t, path), Options{BaseURL: a.URL + "/api"})
			if err != nil {
				return
			}
			defer s.Close()
			if s.byTool["a"] == nil {
				return
			}
			for _, args := range []string{`{}`, `{"x":"."}`, `{"x":".","y":"."}`} {
				call(t, connect(t, s, false), "a", args)
			}
			for _, r := range a.requests() {
				if !strings.HasPrefix(r.URI, "/api/") || strings.Contains(r.URI, "..") {
					t.Errorf("sent %s", r.URI)
				}
			}
		})
	}
}

func loaded(t *testing.T, path string) *openapi3.T {
	t.Helper()
	doc := must(openapi.Load([]byte(`{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{"` + path +
		`":{"get":{"operationId":"a","responses":{"200":{"description":"ok"}}}},"/fine":{"get":{"responses":{"200":{"description":"ok"}}}}}}`)))
	return doc
}
