package spectools

import (
	"encoding/json"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/openapi"
)

// Callers give what they know. A required member of a body that has one value, such as the method
// of JSON-RPC, the document of GraphQL or the type of JSON:API, is written by the server.

// onlyValue returns the value of a schema of requests that allows one, or nil.
func onlyValue(r *openapi3.SchemaRef) any {
	if r == nil || r.Value == nil || r.Value.ReadOnly {
		return nil
	}
	return jsonValue(openapi.OnlyValue(r.Value))
}

// addConstants adds the constants that the objects in a value lack. Which of several alternatives
// is meant, the caller says.
func addConstants(r *openapi3.SchemaRef, v any) {
	if r == nil || r.Value == nil {
		return
	}
	parts := openapi.Parts(r.Value)
	switch v := v.(type) {
	case []any:
		for _, p := range parts {
			for _, e := range v {
				addConstants(p.Items, e)
			}
		}
	case *orderedjson.Object:
		for _, p := range parts {
			for _, name := range p.Required {
				if _, given := v.Get(name); given {
					continue
				}
				for _, q := range parts {
					if c := onlyValue(q.Properties[name]); c != nil {
						v.Set(name, c)
						break
					}
				}
			}
		}
		for _, p := range parts {
			for _, name := range v.Names() {
				addConstants(p.Properties[name], v.Value(name))
			}
		}
	}
}

// addID adds the id of a call of JSON-RPC, if the schema has one: without it, nothing is answered
// (JSON-RPC 2.0, section 4.1). Each request has one call, so that all may have the same.
func addID(r *openapi3.SchemaRef, call *orderedjson.Object) {
	if _, given := call.Get("id"); given || r == nil {
		return
	}
	if types := openapi.SchemaTypes(r); len(types) > 0 && !slices.Contains(types, openapi3.TypeInteger) {
		call.Set("id", "1")
	} else {
		call.Set("id", json.Number("1"))
	}
}

// withoutConstants returns the names of required members that the caller must give.
func withoutConstants(s *openapi3.Schema) []string {
	isConstant := func(name string) bool { return onlyValue(s.Properties[name]) != nil }
	return slices.DeleteFunc(slices.Clone(s.Required), isConstant)
}

// bodyAsked reports whether a caller must give a body: it is required, and constants alone do not
// make it.
func (op *operation) bodyAsked() bool {
	if !op.bodyRequired || op.Bodies[0].Doc.Schema == nil {
		return op.bodyRequired
	}
	s := op.Bodies[0].Doc.Schema.Value
	return s == nil || len(s.Required) == 0 || len(withoutConstants(s)) > 0 || len(s.AllOf)+len(s.AnyOf)+len(s.OneOf) > 0
}
