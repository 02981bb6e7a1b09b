package mcptools

import (
	"context"
	"fmt"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/codegen"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
)

// FlowResult is one flow in full.
type FlowResult struct {
	tool.Untrusted
	FlowID    uint64             `json:"flow_id"`
	Source    string             `json:"source" jsonschema_description:"where the flow comes from"`
	Timestamp string             `json:"timestamp"`
	TookMS    int64              `json:"took_ms"`
	Error     string             `json:"error_text,omitempty" jsonschema_description:"what went wrong with the exchange"`
	Pending   bool               `json:"pending,omitempty" jsonschema_description:"the answer was still awaited when it was recorded"`
	Request   RequestView        `json:"request"`
	Response  *ResponseView      `json:"response,omitempty"`
	Messages  *view.MessagesView `json:"messages,omitempty" jsonschema_description:"what passed through a WebSocket after the answer"`
	Curl      string             `json:"curl_command" jsonschema_description:"sends the request again; secrets are placeholders"`
}

func (r FlowResult) Continuation(name string) string {
	var parts []string
	for _, x := range []struct {
		what string
		body *view.Body
	}{{"request", &r.Request.Body}, {"answer", r.answerBody()}} {
		if x.body != nil && x.body.Truncated {
			parts = append(parts, fmt.Sprintf("The body of the %s has %d bytes: call %s again with full_body true and body_offset %d for what follows.", x.what, x.body.Length, name, x.body.NextOffset))
		}
	}
	if r.Messages != nil && r.Messages.Truncated {
		parts = append(parts, fmt.Sprintf("There are %d messages: call %s again with message_offset %d.", r.Messages.Total, name, r.Messages.NextOffset))
	}
	return strings.Join(parts, "\n")
}

func (r FlowResult) answerBody() *view.Body {
	if r.Response == nil {
		return nil
	}
	return &r.Response.Body
}

// RequestView is what the client asked.
type RequestView struct {
	Method  string        `json:"method"`
	URL     string        `json:"url"`
	Proto   string        `json:"proto,omitempty"`
	Headers []view.Header `json:"headers"`
	Body    view.Body     `json:"body"`
	Trailer []view.Header `json:"trailers,omitempty" jsonschema_description:"headers that came after the body"`
}

// ResponseView is what the client got.
type ResponseView struct {
	Status  int           `json:"status_code"`
	Proto   string        `json:"proto,omitempty"`
	Headers []view.Header `json:"headers"`
	Body    view.Body     `json:"body"`
	Trailer []view.Header `json:"trailers,omitempty" jsonschema_description:"headers that came after the body"`
}

var (
	flowParam     = tool.Param{Name: "flow_id", Kind: tool.FlowID, Required: true, Doc: "a flow's number, as get_traffic_summary shows it"}
	fullBodyParam = tool.Param{Name: "full_body", Kind: tool.Boolean, Default: false,
		Doc: "show up to 256 KiB of each body instead of 2000 bytes"}
	messageOffsetParam = tool.Param{Name: "message_offset", Kind: tool.Integer, Default: 0, Doc: "leave out so many messages of a WebSocket"}
	offsetParam        = tool.Param{Name: "body_offset", Kind: tool.Integer, Default: 0, Doc: "show bodies from this byte of their text on"}
)

func (s *service) inspectFlow() tool.Tool {
	return tool.New("inspect_flow", "One flow",
		"Shows one captured flow: request and answer with headers and decoded bodies, the messages of a WebSocket, and a curl command.",
		[]tool.Param{flowParam, fullBodyParam, offsetParam, messageOffsetParam}, func(ctx context.Context, a tool.Args) (FlowResult, error) {
			f, err := s.flow(ctx, a.Flow("flow_id"))
			if err != nil {
				return FlowResult{}, err
			}
			limit := view.PreviewBytes
			if a.Bool("full_body") {
				limit = view.FullBytes
			}
			return flowResult(&f, a.Int("body_offset"), a.Int("message_offset"), limit), nil
		})
}

// flow returns a flow without its secrets. It is redacted whole: what one part of it gives away goes in the others, too.
func (s *service) flow(ctx context.Context, id flow.Seq) (flow.Flow, error) {
	f, err := s.Store.Get(ctx, id)
	if err != nil {
		return flow.Flow{}, err
	}
	return s.Redact.Flow(f), nil
}

// flowResult shows a flow that was redacted.
func flowResult(f *flow.Flow, offset, messageOffset, limit int) FlowResult {
	r := view.Row(f)
	out := FlowResult{
		Untrusted: tool.Notice(), FlowID: r.FlowID, Source: view.Visible(f.Source), Timestamp: r.Timestamp, TookMS: r.TookMS,
		Error: r.Error, Pending: !f.Done, Curl: codegen.Curl(f), Messages: view.Messages(f.Messages, messageOffset, limit),
		Request: RequestView{
			Method: r.Method, URL: view.Visible(f.Request.URL()), Proto: view.Visible(f.Request.Proto),
			Headers: view.Headers(f.Request.Header), Body: view.ShowBody(f.Request.Header, f.Request.Body, offset, limit), Trailer: view.Headers(f.Request.Trailer),
		},
	}
	if p := f.Response; p != nil {
		out.Response = &ResponseView{p.Status, view.Visible(p.Proto), view.Headers(p.Header), view.ShowBody(p.Header, p.Body, offset, limit), view.Headers(p.Trailer)}
	}
	return out
}
