package traffic

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/schema"
	"github.com/spectap/spectap/mcptools/codegen"
	"github.com/spectap/spectap/mcptools/source"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
	"github.com/spectap/spectap/openapi/build"
)

// FlowsResult lists flows with their details.
type FlowsResult struct {
	tool.Untrusted
	Flows   []FlowView `json:"flows"`             // in the order of flow_ids
	Missing []uint64   `json:"missing,omitempty"` // numbers without a flow
	Note    string     `json:"note,omitempty"`
	Rest    []uint64   `json:"rest,omitempty"` // flows that were left out because of time or size: call again for these
}

// Continuation implements [tool.Partial].
func (r FlowsResult) Continuation(name string) string {
	if len(r.Rest) > 0 {
		return fmt.Sprintf("This leaves out %s: call %s again with flow_ids %s.",
			view.Count(len(r.Rest), "flow"), name, strings.Trim(strings.ReplaceAll(fmt.Sprint(r.Rest), " ", ","), "[]"))
	}
	if len(r.Flows) != 1 {
		return ""
	}
	return r.Flows[0].continuation(name)
}

// FlowView has the requested fields of a flow.
type FlowView struct {
	FlowID          uint64             `json:"flow_id"`
	Method          string             `json:"method,omitempty"`
	URL             string             `json:"url,omitempty"`
	Status          int                `json:"status_code,omitempty"`
	ContentType     string             `json:"content_type,omitempty"` // of the request
	ResponseType    string             `json:"response_content_type,omitempty"`
	Size            *int64             `json:"size,omitempty"` // of the response's body, in bytes
	Timestamp       string             `json:"timestamp,omitempty"`
	TookMS          int64              `json:"took_ms,omitempty"`
	Source          string             `json:"source,omitempty"`              // how the flow was recorded
	Error           string             `json:"error_text,omitempty"`          // what went wrong with the exchange
	Pending         bool               `json:"pending,omitempty"`             // recorded before the response arrived
	Host            string             `json:"foreign_host,omitempty"`        // a Host header that differs from the host of the connection
	ServerName      string             `json:"foreign_server_name,omitempty"` // in the TLS handshake (SNI), if it differs from that host
	RequestProto    string             `json:"request_proto,omitempty"`
	RequestHeaders  []view.Header      `json:"request_headers,omitempty"`
	RequestBody     *view.Body         `json:"request_body,omitempty"`
	RequestTrailer  []view.Header      `json:"request_trailers,omitempty"`        // headers after the body
	RequestChanged  string             `json:"request_changed_by_rule,omitempty"` // parts that a rule changed; shown as the client sent them
	ResponseProto   string             `json:"response_proto,omitempty"`
	ResponseHeaders []view.Header      `json:"response_headers,omitempty"`
	ResponseBody    *view.Body         `json:"response_body,omitempty"`
	ResponseTrailer []view.Header      `json:"response_trailers,omitempty"`        // headers after the body
	ResponseChanged string             `json:"response_changed_by_rule,omitempty"` // parts that a rule changed; shown as the upstream sent them
	Messages        *view.MessagesView `json:"messages,omitempty"`                 // WebSocket messages after the response
	Curl            string             `json:"curl_command,omitempty"`             // sends the request again; secrets are placeholders
	RequestSchema   *BodySchema        `json:"request_schema,omitempty"`
	ResponseSchema  *BodySchema        `json:"response_schema,omitempty"`
	NoSchema        string             `json:"no_schema,omitempty"` // why bodies have none
}

// continuation says how to get the rest of long bodies and messages.
func (v *FlowView) continuation(name string) string {
	var hints []string
	for _, x := range []struct {
		what string
		body *view.Body
	}{{"request", v.RequestBody}, {"response", v.ResponseBody}} {
		if x.body != nil && x.body.Truncated {
			hints = append(hints, fmt.Sprintf("The body of the %s has %d bytes: "+
				"call %s again with full_body true and body_offset %d to continue.",
				x.what, x.body.Length, name, x.body.NextOffset))
		}
	}
	if v.Messages != nil && v.Messages.Truncated {
		hints = append(hints, fmt.Sprintf("There are %d messages: call %s again with message_offset %d.",
			v.Messages.Total, name, v.Messages.NextOffset))
	}
	return strings.Join(hints, "\n")
}

// Fields that are not in each result.
const (
	fieldCurl    = "curl_command" // only if named, as it repeats the request
	FieldSchemas = "schemas"      // only if named
)

var flowFields = []string{
	"id", "url", "method", "status_code", "content_type", "response_content_type", "size", "timestamp",
	"request_headers", "request_body", "response_headers", "response_body", "messages", fieldCurl, FieldSchemas,
}

// AllFields is the value of the argument fields for all but schemas.
var AllFields = strings.Join(flowFields[:len(flowFields)-1], ",")

var flowIDsParam = tool.Param{Name: "flow_ids", Kind: tool.FlowIDs, Required: true,
	Doc: "at most 100 flow numbers: a list, or 3,4,9"}

func (s *Tools) inspectFlows() tool.Tool {
	params := []tool.Param{
		flowIDsParam,
		{Name: "fields", Kind: tool.String, MaxLength: 400,
			Doc: "only these, with commas: " + strings.Join(flowFields, ", ") +
				". Default: all but curl_command, and schemas of the bodies"},
		{Name: "full_body", Kind: tool.Boolean, Default: false,
			Doc: "16 KB of each body, not 2"},
		{Name: "body_offset", Kind: tool.Integer, Default: 0, Doc: "first byte to show"},
		{Name: "message_offset", Kind: tool.Integer, Default: 0, Doc: "messages to skip"},
		{Name: "raw_events", Kind: tool.Boolean, Default: false, Doc: "a stream's events"},
	}
	return tool.New("inspect_flows", "Flows in detail",
		"Shows one flow or several: headers, decoded bodies, messages.", params, s.inspect)
}

func (s *Tools) inspect(ctx context.Context, a tool.Args) (FlowsResult, error) {
	fields, err := parseFields(a.String("fields"))
	if err != nil {
		return FlowsResult{}, err
	}
	ids := a.Flows("flow_ids")
	show := Showing{
		Has: func(name string) bool {
			if len(fields) > 0 {
				return slices.Contains(fields, name)
			}
			return name != FieldSchemas && name != fieldCurl
		},
		BodyOffset: a.Int("body_offset"), MessageOffset: a.Int("message_offset"), Limit: view.PreviewBytes,
		RawEvents: a.Bool("raw_events"),
	}
	if a.Bool("full_body") {
		show.Limit = view.FullBytes
	}
	left := view.MaxContent // bytes of JSON of several flows
	out := FlowsResult{Untrusted: tool.Notice(), Flows: []FlowView{}}
	end := time.Now().Add(s.TimeLeft(ctx))
	var missing error
	for i, id := range ids {
		if out.Rest != nil || i > 0 && time.Now().After(end) {
			out.Rest = append(out.Rest, uint64(id))
			continue
		}
		f, row, err := s.FlowAndRow(ctx, id)
		if err != nil && source.ToolError(err).Code == tool.CodeFlowNotFound {
			out.Missing, missing = append(out.Missing, uint64(id)), err
			continue
		}
		if err != nil {
			return FlowsResult{}, err
		}
		if row.FlowID != uint64(id) { // its response was recorded under a number of its own
			out.Note = strings.TrimPrefix(fmt.Sprintf("%s; %d is part of flow %d", out.Note, id, row.FlowID), "; ")
		}
		v, err := show.Flow(&f, row)
		if err != nil {
			return FlowsResult{}, err
		}
		raw, err := json.Marshal(v)
		if err != nil {
			return FlowsResult{}, err
		}
		if left -= len(raw); left < 0 && len(out.Flows) > 0 {
			out.Rest = append(out.Rest, uint64(id))
			continue
		}
		out.Flows = append(out.Flows, v)
	}
	if len(out.Missing) == len(ids) {
		return FlowsResult{}, missing
	}
	return out, nil
}

// parseFields reads a list of fields with commas.
func parseFields(list string) (fields []string, err error) {
	for name := range strings.SplitSeq(list, ",") {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		if !slices.Contains(flowFields, name) {
			return nil, tool.BadArgument("fields", "has %q, which is not one of %s",
				view.Cut(view.Visible(name), 60), strings.Join(flowFields, ", "))
		}
		fields = append(fields, name)
	}
	return fields, nil
}

// Showing says what to show of a flow.
type Showing struct {
	Has                       func(field string) bool
	BodyOffset, MessageOffset int
	Limit                     int  // of the text of each body, in bytes
	RawEvents                 bool // do not assemble streams
}

// Flow returns the fields of a redacted flow, whose row is r.
func (s *Showing) Flow(f *flow.Flow, r view.FlowRow) (FlowView, error) {
	q := &f.Request
	v := FlowView{
		FlowID: r.FlowID, RequestChanged: q.Changed.String(), Error: r.Error, Pending: !f.Done,
		Host: view.Visible(q.ForeignHost()), ServerName: view.Visible(f.ForeignServerName()),
	}
	if s.Has("method") {
		v.Method = r.Method
	}
	if s.Has("url") {
		v.URL = view.Visible(q.URL())
	}
	if s.Has("timestamp") {
		v.Timestamp, v.TookMS, v.Source = r.Timestamp, r.TookMS, view.Visible(f.Source)
	}
	if s.Has("content_type") {
		v.ContentType = view.Visible(q.Header.MediaType())
	}
	if s.Has("request_headers") {
		v.RequestProto, v.RequestHeaders, v.RequestTrailer = view.Visible(q.Proto), view.Headers(q.Header), view.Headers(q.Trailer)
	}
	if s.Has("request_body") {
		body := view.ShowBody(q.Header, q.Body, s.BodyOffset, s.Limit)
		v.RequestBody = &body
	}
	if s.Has("messages") {
		v.Messages = view.Messages(f.Messages, s.MessageOffset, s.Limit)
	}
	if s.Has(fieldCurl) {
		v.Curl = codegen.Curl(f, false)
	}
	s.response(f.Response, r, &v)
	if !s.Has(FieldSchemas) {
		return v, nil
	}
	return v, v.addSchemas(f)
}

// response adds the fields of a response.
func (s *Showing) response(p *flow.Response, r view.FlowRow, v *FlowView) {
	if p == nil {
		return
	}
	v.ResponseChanged = p.Changed.String()
	if s.Has("status_code") {
		v.Status = r.Status
	}
	if s.Has("response_content_type") {
		v.ResponseType = r.ContentType
	}
	if s.Has("size") {
		v.Size = &r.Size
	}
	if s.Has("response_headers") {
		v.ResponseProto, v.ResponseHeaders, v.ResponseTrailer = view.Visible(p.Proto), view.Headers(p.Header), view.Headers(p.Trailer)
	}
	if s.Has("response_body") {
		show := view.ShowAnswer
		if s.RawEvents {
			show = view.ShowBody
		}
		body := show(p.Header, p.Body, s.BodyOffset, s.Limit)
		body.Size = r.Size
		v.ResponseBody = &body
	}
}

// BodySchema is the JSON Schema of one body.
type BodySchema struct {
	MediaType  string         `json:"media_type"`
	Schema     map[string]any `json:"schema"`               // JSON Schema (2020-12) of this one body
	Note       string         `json:"note,omitempty"`       // how much of the body was recorded, if not all
	Incomplete bool           `json:"incomplete,omitempty"` // the recorder kept only the beginning of the body
}

// addSchemas adds the schemas of the bodies that are JSON, and says why others have none.
func (v *FlowView) addSchemas(f *flow.Flow) (err error) {
	var reasons []string
	add := func(what string, h flow.Header, b flow.Body, role schema.Role) (out *BodySchema) {
		if b.Size == 0 && len(b.Data) == 0 || err != nil {
			return nil
		}
		why := "is not JSON"
		if len(b.Data) == 0 && b.Omitted == "" {
			why = "was not recorded"
		} else if out, err = bodySchema(h, b, role); out != nil {
			return out
		}
		reasons = append(reasons, fmt.Sprintf("the body of the %s %s (%s)", what, why, view.Visible(cmp.Or(h.MediaType(), "no media type"))))
		return nil
	}
	v.RequestSchema = add("request", f.Request.Header, f.Request.Body, schema.Request)
	if f.Response != nil {
		v.ResponseSchema = add("response", f.Response.Header, f.Response.Body, schema.Response)
	}
	if v.NoSchema = strings.Join(reasons, "; "); v.NoSchema == "" && v.RequestSchema == nil && v.ResponseSchema == nil {
		v.NoSchema = "the flow has no body"
	}
	return err
}

// bodySchema returns nil for a body that is not JSON.
func bodySchema(h flow.Header, b flow.Body, role schema.Role) (*BodySchema, error) {
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
	out := &BodySchema{MediaType: view.Visible(h.MediaType()), Incomplete: !complete, Note: b.Truncation(h), Schema: map[string]any{}}
	raw, err := json.Marshal(ref)
	if err != nil {
		return nil, err
	}
	if err = json.Unmarshal(raw, &out.Schema); out.Schema == nil {
		out.Schema = map[string]any{} // any schema fits a body that was cut at its beginning
	}
	return out, err
}
