package traffic

import (
	"context"
	"fmt"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/codegen"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
)

// FlowResult is one flow with all its details.
type FlowResult struct {
	tool.Untrusted
	FlowID    uint64             `json:"flow_id"`
	Source    string             `json:"source" jsonschema_description:"how the flow was recorded"`
	Timestamp string             `json:"timestamp"`
	TookMS    int64              `json:"took_ms"`
	Error     string             `json:"error_text,omitempty" jsonschema_description:"what went wrong with the exchange"`
	Pending   bool               `json:"pending,omitempty" jsonschema_description:"recorded before the response arrived"`
	Request   RequestView        `json:"request"`
	Response  *ResponseView      `json:"response,omitempty"`
	Messages  *view.MessagesView `json:"messages,omitempty" jsonschema_description:"WebSocket messages after the response"`
	Curl      string             `json:"curl_command" jsonschema_description:"sends the request again; secrets are placeholders"`
}

// Continuation implements [tool.Partial].
func (r FlowResult) Continuation(name string) string {
	var hints []string
	for _, x := range []struct {
		what string
		body *view.Body
	}{{"request", &r.Request.Body}, {"response", r.responseBody()}} {
		if x.body != nil && x.body.Truncated {
			hints = append(hints, fmt.Sprintf("The body of the %s has %d bytes: "+
				"call %s again with full_body true and body_offset %d to continue.",
				x.what, x.body.Length, name, x.body.NextOffset))
		}
	}
	if r.Messages != nil && r.Messages.Truncated {
		hints = append(hints, fmt.Sprintf("There are %d messages: call %s again with message_offset %d.",
			r.Messages.Total, name, r.Messages.NextOffset))
	}
	return strings.Join(hints, "\n")
}

func (r FlowResult) responseBody() *view.Body {
	if r.Response == nil {
		return nil
	}
	return &r.Response.Body
}

// RequestView is the request of a flow.
type RequestView struct {
	Method  string        `json:"method"`
	URL     string        `json:"url"`
	Proto   string        `json:"proto,omitempty"`
	Headers []view.Header `json:"headers"`
	Body    view.Body     `json:"body"`
	Trailer []view.Header `json:"trailers,omitempty" jsonschema_description:"headers after the body"`
	Changed string        `json:"changed_by_rule,omitempty" jsonschema_description:"parts that a rule changed; shown as the client sent them"`
	Host    string        `json:"foreign_host,omitempty" jsonschema_description:"a Host header that differs from the host of the connection"`
}

// ResponseView is the response of a flow.
type ResponseView struct {
	Status  int           `json:"status_code"`
	Proto   string        `json:"proto,omitempty"`
	Headers []view.Header `json:"headers"`
	Body    view.Body     `json:"body"`
	Trailer []view.Header `json:"trailers,omitempty" jsonschema_description:"headers after the body"`
	Changed string        `json:"changed_by_rule,omitempty" jsonschema_description:"parts that a rule changed; shown as the upstream sent them"`
}

var (
	fullBodyParam = tool.Param{Name: "full_body", Kind: tool.Boolean, Default: false,
		Doc: "up to 256 KiB of each body"}
	rawEventsParam = tool.Param{Name: "raw_events", Kind: tool.Boolean, Default: false,
		Doc: "a stream's events"}
	messageOffsetParam = tool.Param{Name: "message_offset", Kind: tool.Integer, Default: 0,
		Doc: "messages to skip"}
	offsetParam = tool.Param{Name: "body_offset", Kind: tool.Integer, Default: 0,
		Doc: "first byte to show"}
)

func (s *Tools) inspectFlow() tool.Tool {
	return tool.New("inspect_flow", "One flow",
		"Shows one flow: headers, decoded bodies, messages, a curl command.",
		[]tool.Param{tool.FlowParam, fullBodyParam, offsetParam, messageOffsetParam, rawEventsParam}, s.showFlow)
}

func (s *Tools) showFlow(ctx context.Context, a tool.Args) (FlowResult, error) {
	f, row, err := s.FlowAndRow(ctx, a.Flow("flow_id"))
	if err != nil {
		return FlowResult{}, err
	}
	limit := view.PreviewBytes
	if a.Bool("full_body") {
		limit = view.FullBytes
	}
	out := Show(&f, row, a.Int("body_offset"), a.Int("message_offset"), limit)
	if a.Bool("raw_events") && f.Response != nil {
		out.Response.Body = view.ShowBody(f.Response.Header, f.Response.Body, a.Int("body_offset"), limit)
		out.Response.Body.Size = row.Size
	}
	return out, nil
}

// Show returns a redacted flow, whose row is r, with its details. limit bounds the text of each
// body, in bytes.
func Show(f *flow.Flow, r view.FlowRow, offset, messageOffset, limit int) FlowResult {
	out := FlowResult{
		Untrusted: tool.Notice(), FlowID: r.FlowID, Source: view.Visible(f.Source),
		Timestamp: r.Timestamp, TookMS: r.TookMS, Error: r.Error, Pending: !f.Done, Curl: codegen.Curl(f),
		Messages: view.Messages(f.Messages, messageOffset, limit),
		Request: RequestView{
			Method: r.Method, URL: view.Visible(f.Request.URL()), Proto: view.Visible(f.Request.Proto),
			Headers: view.Headers(f.Request.Header), Trailer: view.Headers(f.Request.Trailer),
			Body: view.ShowBody(f.Request.Header, f.Request.Body, offset, limit), Changed: f.Request.Changed.String(),
			Host: view.Visible(f.Request.ForeignHost()),
		},
	}
	if p := f.Response; p != nil {
		out.Response = &ResponseView{
			Status: p.Status, Proto: view.Visible(p.Proto), Headers: view.Headers(p.Header),
			Body: view.ShowAnswer(p.Header, p.Body, offset, limit), Trailer: view.Headers(p.Trailer),
			Changed: p.Changed.String(),
		}
		out.Response.Body.Size = r.Size
	}
	return out
}
