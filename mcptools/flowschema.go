package mcptools

import (
	"context"
	"encoding/json"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/schema"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
	"github.com/spectap/spectap/openapi"
)

// SchemaResult is what the bodies of one flow are made of.
type SchemaResult struct {
	tool.Untrusted
	FlowID   uint64      `json:"flow_id"`
	Request  *BodySchema `json:"request,omitempty" jsonschema_description:"absent when the request had no JSON body"`
	Response *BodySchema `json:"response,omitempty" jsonschema_description:"absent when the answer had no JSON body"`
}

// BodySchema is the JSON schema of one body.
type BodySchema struct {
	MediaType  string         `json:"media_type"`
	Schema     map[string]any `json:"schema" jsonschema_description:"JSON schema (2020-12) that this one body fits"`
	Incomplete bool           `json:"incomplete,omitempty" jsonschema_description:"the recorder kept only the beginning of the body"`
}

func (s *service) flowSchema() tool.Tool {
	return tool.New("get_flow_schema", "Schema of a flow", "Gives the JSON schemas of one flow's bodies, nested, of the whole bodies. get_operation has those pooled over all flows.",
		[]tool.Param{flowParam}, func(ctx context.Context, a tool.Args) (SchemaResult, error) {
			f, err := s.flow(ctx, a.Flow("flow_id"))
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
				return SchemaResult{}, tool.Errorf(tool.CodeNoBody, "inspect_flow shows the bodies there are", "neither body of the flow is JSON")
			}
			return out, nil
		})
}

// bodySchema is nil for a body that is no JSON.
func bodySchema(h flow.Header, b flow.Body, role schema.Role) (*BodySchema, error) {
	if len(b.Data) == 0 {
		return nil, nil
	}
	data, complete, err := decode.Body(h, b, view.MaxDecoded)
	var facts schema.Facts
	if err != nil || !decode.IsJSON(h.MediaType()) && !json.Valid(data) || facts.AddJSON(data, complete, nil) != nil {
		return nil, nil
	}
	decided := schema.Decide([]schema.Body{{Key: "body", Role: role, Facts: &facts}}, schema.Policy{Inline: true, OpenEnums: true})
	// Package openapi knows how a schema is written: as the answer of an operation of a document.
	const media = "application/json"
	doc, err := openapi.Build(infer.Document{
		Title: "flow", Servers: []string{"http://localhost"}, Components: decided.Components,
		Operations: []infer.Operation{{Method: "GET", Path: "/", ID: "flow", Responses: []infer.Response{
			{Status: 200, Content: []infer.Media{{Type: media, Schema: decided.Schemas[0]}}},
		}}},
	}, openapi.Options{})
	if err != nil {
		return nil, err
	}
	ref := doc.Paths.Find("/").Get.Responses.Status(200).Value.Content[media].Schema
	out := &BodySchema{MediaType: view.Visible(h.MediaType()), Incomplete: !complete, Schema: map[string]any{}}
	raw, err := json.Marshal(ref)
	if err != nil {
		return nil, err
	}
	if err = json.Unmarshal(raw, &out.Schema); out.Schema == nil {
		out.Schema = map[string]any{} // a body that was cut before it told anything fits any schema
	}
	return out, err
}
