package traffic

import (
	"encoding/json"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/schema"
	"github.com/spectap/spectap/mcptools/view"
	"github.com/spectap/spectap/openapi/build"
)

// BodySchema is the JSON Schema of one body.
type BodySchema struct {
	MediaType  string         `json:"media_type"`
	Schema     map[string]any `json:"schema" jsonschema_description:"JSON Schema (2020-12) of this one body"`
	Note       string         `json:"note,omitempty" jsonschema_description:"how much of the body was recorded, if not all"`
	Incomplete bool           `json:"incomplete,omitempty" jsonschema_description:"the recorder kept only the beginning of the body"`
}

// addSchemas adds the schemas of the bodies that are JSON.
func (v *FlowView) addSchemas(f *flow.Flow) (err error) {
	if v.RequestSchema, err = bodySchema(f.Request.Header, f.Request.Body, schema.Request); err == nil && f.Response != nil {
		v.ResponseSchema, err = bodySchema(f.Response.Header, f.Response.Body, schema.Response)
	}
	return err
}

// bodySchema returns nil for a body that is not JSON.
func bodySchema(h flow.Header, b flow.Body, role schema.Role) (*BodySchema, error) {
	if len(b.Data) == 0 {
		return nil, nil
	}
	data, complete, err := decode.Body(h, b, view.MaxDecoded)
	if role != schema.Request {
		data = decode.Unguarded(data)
	}
	var facts schema.Facts
	if err != nil || !decode.IsJSON(decode.Kind(h.MediaType(), data)) && !json.Valid(data) || facts.AddJSON(data, complete, nil) != nil {
		return nil, nil
	}
	decided := schema.Decide([]schema.Body{{Key: "body", Role: role, Facts: &facts}},
		schema.Policy{Inline: true, OpenEnums: true})
	// Package openapi writes schemas as members of a document.
	const media = "application/json"
	doc, err := build.Document(infer.Document{
		Title: "flow", Servers: []string{"http://localhost"}, Components: decided.Components,
		Operations: []infer.Operation{{Method: "GET", Path: "/", ID: "flow", Responses: []infer.Response{
			{Status: 200, Content: []infer.Media{{Type: media, Schema: decided.Schemas[0]}}},
		}}},
	}, build.Options{})
	if err != nil {
		return nil, err
	}
	ref := doc.Paths.Find("/").Get.Responses.Status(200).Value.Content[media].Schema
	out := &BodySchema{MediaType: view.Visible(h.MediaType()), Incomplete: !complete, Note: b.Truncation(), Schema: map[string]any{}}
	raw, err := json.Marshal(ref)
	if err != nil {
		return nil, err
	}
	if err = json.Unmarshal(raw, &out.Schema); out.Schema == nil {
		out.Schema = map[string]any{} // any schema fits a body that was cut at its beginning
	}
	return out, err
}
