package traffic

import (
	"context"
	"encoding/json"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/schema"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
	"github.com/spectap/spectap/openapi/build"
)

// SchemaResult holds the schemas of one flow's bodies.
type SchemaResult struct {
	tool.Untrusted
	FlowID   uint64      `json:"flow_id"`
	Request  *BodySchema `json:"request,omitempty" jsonschema_description:"absent if the request has no JSON body"`
	Response *BodySchema `json:"response,omitempty" jsonschema_description:"absent if the response has no JSON body"`
}

// BodySchema is the JSON Schema of one body.
type BodySchema struct {
	MediaType  string         `json:"media_type"`
	Schema     map[string]any `json:"schema" jsonschema_description:"JSON Schema (2020-12) of this one body"`
	Note       string         `json:"note,omitempty" jsonschema_description:"how much of the body was recorded, if not all"`
	Incomplete bool           `json:"incomplete,omitempty" jsonschema_description:"the recorder kept only the beginning of the body"`
}

func (s *Tools) flowSchema() tool.Tool {
	return tool.New("get_flow_schema", "Schema of a flow",
		"Returns the JSON Schemas of one flow's bodies; get_operation has those of all flows.",
		[]tool.Param{tool.FlowParam}, s.schemaOfFlow)
}

func (s *Tools) schemaOfFlow(ctx context.Context, a tool.Args) (SchemaResult, error) {
	f, err := s.Flow(ctx, a.Flow("flow_id"))
	if err != nil {
		return SchemaResult{}, err
	}
	out := SchemaResult{Untrusted: tool.Notice(), FlowID: uint64(f.Seq)}
	if out.Request, err = bodySchema(f.Request.Header, f.Request.Body, schema.Request); err != nil {
		return SchemaResult{}, err
	}
	if f.Response != nil {
		if out.Response, err = bodySchema(f.Response.Header, f.Response.Body, schema.Response); err != nil {
			return SchemaResult{}, err
		}
	}
	if out.Request == nil && out.Response == nil {
		return SchemaResult{}, tool.Errorf(tool.CodeNoBody, "inspect_flow shows the bodies",
			"neither body of the flow is JSON")
	}
	return out, nil
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
