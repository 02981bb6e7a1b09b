package build

import (
	"slices"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/openapi"
)

// RequireAlwaysSent makes members required that all accepted requests had, see
// [openapi.ExtAlwaysSent], for clients that are generated from doc. They may be the habit of one
// client, so a check of other traffic can refuse requests that the server accepts. The schema of a
// PATCH body stays as it is.
func RequireAlwaysSent(doc *openapi3.T) {
	patched := map[*openapi3.Schema]bool{}
	var mark func(*openapi3.SchemaRef) error
	mark = func(r *openapi3.SchemaRef) error {
		if r == nil || r.Value == nil || patched[r.Value] {
			return nil
		}
		patched[r.Value] = true
		return r.WalkSubtree(func(_ string, s *openapi3.SchemaRef) error { return mark(s) })
	}
	for _, path := range sortedPaths(doc) {
		item := doc.Paths.Value(path)
		if item.Patch != nil && item.Patch.RequestBody != nil && item.Patch.RequestBody.Value != nil {
			for _, media := range item.Patch.RequestBody.Value.Content {
				_ = mark(media.Schema) // mark returns no errors
			}
		}
		for _, op := range operationsOf(item) {
			for _, p := range openapi.Parameters(item, op) {
				if openapi.AlwaysSent(p.Extensions) > 0 {
					p.Required = true
					delete(p.Extensions, openapi.ExtAlwaysSent)
				}
			}
		}
	}
	openapi.EachSchema(doc, func(r *openapi3.SchemaRef) {
		if patched[r.Value] {
			return
		}
		for name, p := range r.Value.Properties {
			if openapi.AlwaysSent(p.Value.Extensions) > 0 && !slices.Contains(r.Value.Required, name) {
				r.Value.Required = append(r.Value.Required, name)
			}
		}
		slices.Sort(r.Value.Required)
	})
}
