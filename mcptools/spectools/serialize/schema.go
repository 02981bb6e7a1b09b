package serialize

import (
	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/openapi"
)

// memberSchema returns the schema of an object's member: that of its property, else
// additionalProperties.
func memberSchema(r *openapi3.SchemaRef, name string) *openapi3.SchemaRef {
	if x := openapi.SchemaProperty(r, name); x != nil {
		return x
	}
	for s := range openapi.ComposedSchemas(r) {
		if x := s.AdditionalProperties.Schema; x != nil {
			return x
		}
	}
	return nil
}
