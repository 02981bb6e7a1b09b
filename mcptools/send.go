package mcptools

import (
	"context"
	"fmt"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
)

// Send is the way out for requests that an agent asks for.
type Send struct {
	// Client sends. It lets nothing through but what goes to Origins.
	Client *egress.Client
	// Origins were named by a person, such as "https://api.example.com": requests go to them alone, and secrets
	// that were captured are put back for them.
	Origins []string
	// Keep, unless nil, stores what replay_flow sent and what was answered, and returns its number. The flow has secrets
	// where redaction finds them; elsewhere those that were put back have their placeholders.
	Keep func(ctx context.Context, f flow.Flow) (flow.Seq, error)
}

// SentResult is what a request that was sent again answered.
type SentResult struct {
	tool.Untrusted
	Method  string        `json:"method"`
	URL     string        `json:"url"`
	Status  int           `json:"status_code"`
	TookMS  int64         `json:"took_ms"`
	Headers []view.Header `json:"headers"`
	Body    view.Body     `json:"body"`
	FlowID  flow.Seq      `json:"flow_id,omitempty" jsonschema_description:"the number it is kept under"`
	NotKept string        `json:"not_kept,omitempty" jsonschema_description:"why it is not kept as a flow"`
}

func (s *service) sendTools() []tool.Tool {
	name := tool.Param{Name: "name", Kind: tool.String, MaxLength: 60, Required: true, Doc: "letters, digits and _; used as $name or ${name} in headers_json and body of replay_flow"}
	timeout := func(otherwise int) tool.Param {
		return tool.Param{Name: "timeout", Kind: tool.Number, Min: 1, Max: 50, Default: otherwise, Doc: "seconds to wait for an answer"}
	}
	return []tool.Tool{
		tool.New("set_session_variable", "Keep a value", "Keeps a text for requests to come. Each client has variables of its own, for as long as its session lasts.",
			[]tool.Param{name, {Name: "value", Kind: tool.String, Required: true, Doc: "the text"}}, s.setVariable).WithEffect(tool.Effect{Idempotent: true}),
		tool.New("extract_session_variable", "Keep a value of a flow", "Keeps what a regular expression (RE2) finds in a flow's answer. It sees placeholders in the place of secrets; these are put back when they are sent to the origin that a person named.",
			[]tool.Param{name, flowParam, {Name: "regex_pattern", Kind: tool.String, MaxLength: 1000, Required: true, Doc: "searched in the answer's body, then its headers"},
				{Name: "group_index", Kind: tool.Integer, Min: 0, Max: 50, Default: 1, Doc: "which group to keep; 0 is all"}}, s.extractVariable).WithEffect(tool.Effect{Idempotent: true}),
		tool.New("replay_flow", "Send a flow again", "Sends a captured request again, as it was or with another method, headers or body. Only to origins that the server was started with; what is not a read waits for a confirmation.",
			[]tool.Param{flowParam, {Name: "method", Kind: tool.String, MaxLength: 40, Doc: "another method"},
				{Name: "headers_json", Kind: tool.String, MaxLength: 64 << 10, Doc: "a JSON object of headers to set; null takes one out"},
				{Name: "body", Kind: tool.String, MaxLength: 1 << 20, Doc: "another body; __omit__ sends none"}, timeout(30), confirmedParam}, s.replay).WithEffect(tool.Effect{Destroys: true, Sends: true}),
		tool.New("fuzz_endpoint", "Try unusual values", "Sends a captured request several times with unusual values of one parameter, and says which answers differ.",
			[]tool.Param{flowParam, {Name: "target_param", Kind: tool.String, MaxLength: 200, Required: true, Doc: "query parameter, or member of the JSON body"},
				{Name: "param_type", Kind: tool.String, Enum: []string{"query", "json_body"}, Default: "query", Doc: "where it stands"},
				{Name: "payload_category", Kind: tool.String, Enum: sortedKeys(payloads), Default: "sqli", Doc: "what to try"}, timeout(10), confirmedParam}, s.fuzz).WithEffect(tool.Effect{Destroys: true, Sends: true}),
	}
}

func (s *service) replay(ctx context.Context, a tool.Args) (SentResult, error) {
	o, err := s.prepare(ctx, a.Flow("flow_id"))
	if err != nil {
		return SentResult{}, err
	}
	if err := s.change(o, a); err != nil {
		return SentResult{}, err
	}
	method, address := s.shown(o)
	if !guard.IsSafe(o.call.Method) {
		if err := s.confirm(ctx, fmt.Sprintf("send %s %s with a body of %d bytes.", method, address, len(o.call.Body))); err != nil {
			return SentResult{}, err
		}
	}
	raw, f, err := s.send(ctx, o, a.Seconds("timeout"))
	if err != nil {
		return SentResult{}, err
	}
	out := SentResult{
		Untrusted: tool.Notice(), Method: method, URL: address, Status: f.Response.Status, TookMS: f.Took.Milliseconds(),
		Headers: view.Headers(f.Response.Header), Body: view.ShowBody(f.Response.Header, f.Response.Body, 0, view.FullBytes),
	}
	if keep := s.Allow.Send.Keep; keep != nil {
		if out.FlowID, err = keep(ctx, o.known.veil(raw, s.Redact.Flow(raw))); err != nil { // it was sent all the same
			out.FlowID, out.NotKept = 0, s.hideSecrets(err)
		}
	}
	return out, nil
}
