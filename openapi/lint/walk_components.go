package lint

import (
	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/openapi"
)

// components checks the components, then finds those that nothing refers to.
func (w *walker) components() {
	c := w.doc.Components
	if c == nil {
		return
	}
	p := site{pointer: "/components"}
	for _, name := range sorted(c.Schemas) {
		w.root(c.Schemas[name], p.at("schemas", name))
	}
	for _, name := range sorted(c.Parameters) {
		if ref := c.Parameters[name]; ref != nil && ref.Ref == "" {
			w.parameter(ref.Value, p.at("parameters", name))
		}
	}
	for _, name := range sorted(c.RequestBodies) {
		w.body(c.RequestBodies[name], p.at("requestBodies", name))
	}
	for _, name := range sorted(c.Responses) {
		w.response(c.Responses[name], p.at("responses", name))
	}
	w.headers(c.Headers, p)
	for _, name := range sorted(c.SecuritySchemes) {
		ref := c.SecuritySchemes[name]
		if ref != nil && ref.Value != nil && ref.Value.Type == "apiKey" && ref.Value.In == "query" {
			w.add("key-in-query", p.at("securitySchemes", name), "")
		}
	}
	if !w.converted { // the converter makes components of its own
		w.unused(c, p)
	}
}

func (w *walker) unused(c *openapi3.Components, p site) {
	used := openapi.References(w.source.Root)
	sections := map[string][]string{
		"schemas": sorted(c.Schemas), "parameters": sorted(c.Parameters), "requestBodies": sorted(c.RequestBodies),
		"responses": sorted(c.Responses), "headers": sorted(c.Headers),
	}
	for section, names := range sections {
		for _, name := range names {
			if !used["#"+jsonvalue.Pointer("components", section, name)] {
				w.add("component-unused", p.at(section, name), name)
			}
		}
	}
}
