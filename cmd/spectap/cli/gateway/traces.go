package gateway

import (
	"encoding/json"
	"io"
	"log/slog"
	"time"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/egress/otlp"
	"github.com/spectap/spectap/gateway/metrics"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/mcp/rawjson"
)

// StartTraces records a span for each decision, and for each allowed call until it is answered, if
// the environment names a collector. The caller calls end.
func (f *PolicyFlags) StartTraces(notes io.Writer, log *slog.Logger) (end func()) {
	f.traces = otlp.Start(cli.Version(), notes, log)
	return f.traces.Close
}

// observer returns the function for the decisions and outcomes of a server. It keeps metrics and
// traces, or is nil.
func (f *PolicyFlags) observer() func(enforce.Event, *enforce.Verdict) {
	if f.traces == nil {
		return f.observe
	}
	return func(e enforce.Event, v *enforce.Verdict) {
		if f.observe != nil {
			f.observe(e, v)
		}
		if v == nil || e.Decision == enforce.EventAllow || e.Decision == enforce.EventShadow {
			return // an outcome follows
		}
		f.traces.Record(spanOf(&e, v, f.Name))
	}
}

// spanOf returns the span of a decision or outcome, with the names of OpenTelemetry's conventions
// for MCP. It names tools and prompts that the policy names or that have answered: another name, or
// the URI of a resource, may be anything that a client says.
func spanOf(e *enforce.Event, v *enforce.Verdict, server string) otlp.Span {
	m := v.Message()
	method := metrics.MethodOf(e.Method)
	s := otlp.Span{Name: method, Client: e.Direction == enforce.ToClient, Start: v.Judged(), End: time.Now()}
	_ = json.Unmarshal(rawjson.At(m.Params, "_meta", "traceparent"), &s.Parent) // another value is no parent
	add := func(name, value string) {
		if value != "" {
			s.Attributes = append(s.Attributes, otlp.String(name, value))
		}
	}
	add("mcp.method.name", method)
	names, isNamed := m.Subject.Names, e.Entry != "" || e.Outcome == enforce.Answered
	if isNamed && len(names) > 0 && (m.Subject.Kind == policy.Tool || m.Subject.Kind == policy.Prompt) {
		name := visible.Line(names[0])
		s.Name += " " + name
		add(map[policy.Kind]string{policy.Tool: "gen_ai.tool.name", policy.Prompt: "gen_ai.prompt.name"}[m.Subject.Kind], name)
	}
	add("spectap.server", server)
	add("spectap.decision", e.Decision)
	add("spectap.outcome", e.Outcome)
	if e.Decision == enforce.EventDeny {
		add("spectap.rule", v.Rule)
	}
	if v.Status > 0 {
		s.Attributes = append(s.Attributes, otlp.Int("http.response.status_code", v.Status))
	}
	if s.Failed = e.Decision == enforce.EventDeny || e.Outcome != "" && e.Outcome != enforce.Answered; s.Failed {
		add("error.type", e.Decision+e.Outcome)
	}
	return s
}
