package opsearch

import (
	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/openapi"
)

// Of returns what a search knows of an operation of a document.
func Of(name, method, path string, item *openapi3.PathItem, op *openapi3.Operation) Operation {
	o := Operation{
		Name: name, Method: method, Path: path, Summary: op.Summary, Description: op.Description, Tags: op.Tags, Deprecated: op.Deprecated,
	}
	for _, list := range []openapi3.Parameters{item.Parameters, op.Parameters} {
		for _, p := range list {
			if p.Value != nil {
				o.Parameters = append(o.Parameters, p.Value.Name)
			}
		}
	}
	if op.RequestBody != nil && op.RequestBody.Value != nil {
		for _, m := range op.RequestBody.Value.Content {
			o.AddBody(m.Schema)
		}
	}
	return o
}

// AddBody adds the members of a body.
func (o *Operation) AddBody(schema *openapi3.SchemaRef) {
	names, values := openapi.SchemaMemberNames(schema)
	o.Members, o.Values = append(o.Members, names...), append(o.Values, values...)
}
