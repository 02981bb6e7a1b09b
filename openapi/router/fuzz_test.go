package router_test

import (
	"encoding/json"
	"testing"

	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/router"
)

// FuzzFind looks for the operation of any path in documents with any templates. A template without
// parameters finds itself.
func FuzzFind(f *testing.F) {
	f.Add("/a/{b}", "/a/{b}/c.{d}", "/a/x")
	f.Add("/{a}{b}", "/a:x", "//")
	f.Add("/%2e/{", "/a//b/", "/%2f%")
	f.Fuzz(func(t *testing.T, one, two, path string) {
		paths := map[string]any{}
		for _, p := range []string{one, two} {
			paths[p] = map[string]any{"get": map[string]any{"responses": map[string]any{"200": map[string]any{"description": "x"}}}}
		}
		data, err := json.Marshal(map[string]any{"openapi": "3.0.3", "info": map[string]any{"title": "t", "version": "1"},
			"servers": []any{map[string]any{"url": "https://a.example/v1"}}, "paths": paths})
		if err != nil {
			return
		}
		doc, err := openapi.Load(data)
		if err != nil {
			return
		}
		r, err := router.New(doc)
		if err != nil {
			return
		}
		r.FindPath("GET", "a.example", path)
		first, ok := r.FindPath("GET", "a.example", "/v1"+path)
		again, okAgain := r.FindPath("GET", "a.example", "/v1"+path)
		if ok != okAgain || ok && first.Template != again.Template {
			t.Errorf("%q: %v, then %v", path, first.Template, again.Template)
		}
		for _, p := range []string{path, one, two} {
			router.TemplateNames(p)
			if s := router.TemplateShape(p); router.TemplateShape(s) != s {
				t.Errorf("the shape of %q is %q, and its shape %q", p, s, router.TemplateShape(s))
			}
			router.SplitServer(p)
		}
	})
}
