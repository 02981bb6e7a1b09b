package openapi

import "github.com/getkin/kin-openapi/openapi3"

// RequiredOf returns the names of the members that a schema requires.
func RequiredOf(s *openapi3.Schema) map[string]bool {
	out := make(map[string]bool, len(s.Required))
	for _, name := range s.Required {
		out[name] = true
	}
	return out
}
