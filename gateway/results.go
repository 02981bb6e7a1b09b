package gateway

import (
	"bytes"

	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/rawjson"
)

// treated returns a message of the server under the policy's treatment of its call's results, or
// nil if it is withheld. If the call is not known, the treatments of all results apply, since the
// message may repeat any of them.
func (r *Relay) treated(m *jsonrpc.Message, v *enforce.Verdict, c *call) *jsonrpc.Message {
	treat := r.guard.Treat // of a task
	if v.Results.IsZero() {
		treat = r.guard.TreatMessage
		if m.IsRequest() {
			treat = r.guard.TreatQuestion
		}
		v.Results = r.guard.ResultsOfAny(m.IsRequest())
		if v.Results.IsZero() || m.Params == nil {
			return m
		}
		if c = r.progressOf(m, c); c != nil && !m.IsRequest() {
			v.Results = c.verdict.Results
		}
	}
	if v.Results.IsZero() || m.Params == nil {
		return m
	}
	params, why := treat(*v, m.Params)
	if why == "" {
		if bytes.Equal(params, m.Params) {
			return m
		}
		out := *m
		out.Params = params
		return out.Encoded()
	}
	r.guard.Outcome(*v, enforce.Withheld, 0)
	if m.IsRequest() {
		_ = r.sendUp(jsonrpc.Failure(m.ID, jsonrpc.CodeInvalidRequest, enforce.Prefix+v.Rule+": "+why, nil))
	}
	return nil
}

// progressOf returns the call to which a message belongs: c if it is known, and on stdio also the
// call of its progress token.
func (r *Relay) progressOf(m *jsonrpc.Message, c *call) *call {
	if c != nil || m.Method != "notifications/progress" {
		return c
	}
	token := rawjson.At(m.Params, "progressToken")
	if token == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.withToken(token)
}

// failure returns the error that answers a call as the client receives it.
func (r *Relay) failure(c *call, m *jsonrpc.Message) (out *jsonrpc.Message, outcome string) {
	treated, why := r.guard.TreatError(c.verdict, m.Err)
	switch {
	case why != "":
		return r.withhold(c, policy.Decision{Rule: c.verdict.Rule, Reason: why})
	case bytes.Equal(treated, m.Err):
		return m, enforce.Failed
	}
	changed := *m
	changed.Err = treated
	return changed.Encoded(), enforce.Failed
}

// withhold returns the error that the client receives instead of an answer.
func (r *Relay) withhold(c *call, d policy.Decision) (*jsonrpc.Message, string) {
	if c.subject.Kind == policy.Tool && c.subject.How == enforce.ByPolicy {
		return jsonrpc.Response(c.request.ID, enforce.Denial(d, r.fits(c.request))), enforce.Withheld
	}
	return jsonrpc.Failure(c.request.ID, jsonrpc.CodeInvalidRequest, enforce.Prefix+d.Rule+": "+d.Reason, nil), enforce.Withheld
}
