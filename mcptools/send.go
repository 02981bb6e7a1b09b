package mcptools

import (
	"context"
	"fmt"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/guard"
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
	Untrusted
	Method  string        `json:"method"`
	URL     string        `json:"url"`
	Status  int           `json:"status_code"`
	TookMS  int64         `json:"took_ms"`
	Headers []view.Header `json:"headers"`
	Body    view.Body     `json:"body"`
	FlowID  flow.Seq      `json:"flow_id,omitempty" jsonschema_description:"the number it is kept under"`
	NotKept string        `json:"not_kept,omitempty" jsonschema_description:"why it is not kept as a flow"`
}

func (s *service) sendTools() []tool {
	name := param{name: "name", kind: text, maxLen: 60, required: true, doc: "letters, digits and _; used as $name or ${name} in headers_json and body of replay_flow"}
	timeout := func(otherwise int) param {
		return param{name: "timeout", kind: number, least: 1, most: 50, otherwise: otherwise, doc: "seconds to wait for an answer"}
	}
	return []tool{
		newTool("set_session_variable", "Keep a value", "Keeps a text for requests to come. Each client has variables of its own, for as long as its session lasts.",
			[]param{name, {name: "value", kind: text, required: true, doc: "the text"}}, s.setVariable).with(effect{again: true}),
		newTool("extract_session_variable", "Keep a value of a flow", "Keeps what a regular expression (RE2) finds in a flow's answer. It sees placeholders in the place of secrets; these are put back when they are sent to the origin that a person named.",
			[]param{name, flowParam, {name: "regex_pattern", kind: text, maxLen: 1000, required: true, doc: "searched in the answer's body, then its headers"},
				{name: "group_index", kind: whole, least: 0, most: 50, otherwise: 1, doc: "which group to keep; 0 is all"}}, s.extractVariable).with(effect{again: true}),
		newTool("replay_flow", "Send a flow again", "Sends a captured request again, as it was or with another method, headers or body. Only to origins that the server was started with; what is not a read waits for a confirmation.",
			[]param{flowParam, {name: "method", kind: text, maxLen: 40, doc: "another method"},
				{name: "headers_json", kind: text, maxLen: 64 << 10, doc: "a JSON object of headers to set; null takes one out"},
				{name: "body", kind: text, maxLen: 1 << 20, doc: "another body; __omit__ sends none"}, timeout(30), confirmedParam}, s.replay).with(effect{destroys: true, sends: true}),
		newTool("fuzz_endpoint", "Try unusual values", "Sends a captured request several times with unusual values of one parameter, and says which answers differ.",
			[]param{flowParam, {name: "target_param", kind: text, maxLen: 200, required: true, doc: "query parameter, or member of the JSON body"},
				{name: "param_type", kind: text, enum: []string{"query", "json_body"}, otherwise: "query", doc: "where it stands"},
				{name: "payload_category", kind: text, enum: sortedKeys(payloads), otherwise: "sqli", doc: "what to try"}, timeout(10), confirmedParam}, s.fuzz).with(effect{destroys: true, sends: true}),
	}
}

func (s *service) replay(ctx context.Context, a args) (SentResult, error) {
	o, err := s.prepare(ctx, a.flow("flow_id"))
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
	raw, f, err := s.send(ctx, o, a.seconds("timeout"))
	if err != nil {
		return SentResult{}, err
	}
	out := SentResult{
		Untrusted: untrusted, Method: method, URL: address, Status: f.Response.Status, TookMS: f.Took.Milliseconds(),
		Headers: view.Headers(f.Response.Header), Body: view.ShowBody(f.Response.Header, f.Response.Body, 0, view.FullBytes),
	}
	if keep := s.Allow.Send.Keep; keep != nil {
		if out.FlowID, err = keep(ctx, o.known.veil(raw, s.Redact.Flow(raw))); err != nil { // it was sent all the same
			out.FlowID, out.NotKept = 0, s.hush(err)
		}
	}
	return out, nil
}
