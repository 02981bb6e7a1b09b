package enforcement

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/pin"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/mcp/front"
)

// ToolOptions say how a tool is judged.
type ToolOptions struct {
	// Proceeds means that the handler calls [enforce.Call.Proceed] before it takes effect, because
	// it may wait for a confirmation. Calls of other tools proceed at once.
	Proceeds bool
	// Arguments, unless nil, returns the arguments as the call uses them, decoded. raw is an
	// object.
	Arguments func(raw []byte) any
	// Inner, unless nil, returns the call within a call, or nil if the arguments name no call.
	Inner func(args any) *enforce.Inner
	// Unknown answers a call with these arguments whose inner tool does not exist, or is hidden.
	// Required with Inner.
	Unknown func(ctx context.Context, args any) *mcp.CallToolResult
	// Quarantined, unless nil, returns why a call with these arguments is refused because nobody
	// has accepted the definition of what it calls, "" if it is not.
	Quarantined func(ctx context.Context, args any) string
	// Recheck, unless nil, returns why a call that waited for a person must not take effect any
	// more, "" if it may.
	Recheck func() string
}

// Tool returns t with a handler that asks the policy first.
func (p *Point) Tool(t server.ServerTool, o ToolOptions) server.ServerTool {
	if p == nil {
		return t
	}
	j := judged{p, t.Tool, Annotations(t.Tool), t.Handler, o, nil}
	if t.Tool.RawOutputSchema != nil {
		j.fits = enforce.FitsSchema(t.Tool.RawOutputSchema)
	}
	t.Handler = j.call
	return t
}

// Annotations returns the annotations of a tool as conditions see them.
func Annotations(t mcp.Tool) map[string]any {
	raw, _ := json.Marshal(t.Annotations) // strings and booleans
	out, _ := jsonvalue.Decode(raw).(map[string]any)
	return out
}

// judged is a tool whose calls are judged.
type judged struct {
	point       *Point
	tool        mcp.Tool
	annotations map[string]any
	handler     server.ToolHandlerFunc
	o           ToolOptions
	fits        func(v any) bool // that of [enforce.Message]
}

func (j judged) call(ctx context.Context, r mcp.CallToolRequest) (res *mcp.CallToolResult, err error) {
	c, s := j.start(ctx, r)
	outcome := enforce.Failed
	defer func() { c.End(outcome, j.point.sizeOf(res)) }()
	d, denied := c.Denied()
	if !denied && !j.o.Proceeds {
		d, denied = c.Proceed(ctx, "")
	}
	if denied {
		return j.refuse(ctx, c, d, s)
	}
	if res, err = j.handler(enforce.WithCall(ctx, c), r); err != nil || res == nil || res.NeedsInput() {
		return res, c.TreatError(err)
	}
	if !res.IsError {
		outcome = enforce.Answered
	}
	if !c.TreatsResults() {
		return res, nil
	}
	raw, err := json.Marshal(res)
	if err != nil {
		return nil, fmt.Errorf("encode the result: %w", err)
	}
	out, why := c.Treat(raw)
	if why != "" {
		d, _ := c.Denied()
		outcome = enforce.Withheld
		return result(enforce.Denial(policy.Decision{Rule: d.Rule, Reason: why}, j.fits))
	}
	return result(out)
}

// start decides on a call. Arguments that are no object, or that two readers might understand
// differently, cannot be judged.
func (j judged) start(ctx context.Context, r mcp.CallToolRequest) (*enforce.Call, enforce.Subject) {
	s := enforce.Subject{How: enforce.ByPolicy, Kind: policy.Tool, Names: []string{r.Params.Name}}
	raw := bytes.TrimSpace(r.Params.RawArguments)
	params := map[string]any{"name": r.Params.Name}
	switch v := jsontext.Value(raw); {
	case len(raw) == 0 && r.Params.Arguments == nil, string(raw) == "null":
	case !v.IsValid() || v.Kind() != '{':
		s = enforce.Subject{}
	default:
		s.Args, params["arguments"] = jsonvalue.Decode(v), json.RawMessage(raw)
		if j.o.Arguments != nil {
			s.Args = j.o.Arguments(raw)
		}
	}
	if s.How == enforce.ByPolicy && j.o.Inner != nil {
		s.Inner = j.o.Inner(s.Args)
	}
	if s.How == enforce.ByPolicy && j.o.Quarantined != nil {
		if s.Why = j.o.Quarantined(ctx, s.Args); s.Why != "" {
			s.How = enforce.Quarantined
		}
	}
	if params = j.point.with(r.Params.Meta, params); r.Params.InputResponses != nil {
		params["inputResponses"] = r.Params.InputResponses
	}
	m := j.point.message(ctx, mcp.MethodToolsCall, params, s)
	m.Annotations, m.Fits = j.annotations, j.fits
	return j.point.guard.Start(m, j.holding(ctx, r, s)), s
}

// refuse answers a call that the policy denies.
func (j judged) refuse(ctx context.Context, c *enforce.Call, d policy.Decision, s enforce.Subject) (*mcp.CallToolResult, error) {
	switch {
	case d.Hidden && s.Inner != nil:
		return j.o.Unknown(ctx, s.Args), nil
	case d.Hidden: // the policy has changed since the library looked the tool up
		return nil, fmt.Errorf("tool '%s' not found: %w", j.tool.Name, server.ErrToolNotFound)
	}
	return Refused(enforce.WithCall(ctx, c)), nil
}

// Refused returns the answer to the call of a context that is denied, or waits for a person. It is
// a question to the person who uses the client if the policy accepts that person and the client can
// ask after the call.
func Refused(ctx context.Context) *mcp.CallToolResult {
	v := enforce.CallOf(ctx).Refusal()
	if v.Pending != "" && v.Held.Caller && front.ChannelOf(ctx) == front.ByResult {
		if q, ok := question(v.Held); ok {
			return server.NewInputRequestBuilder(v.Pending).Elicit(front.AnswerID, q).ToolResult()
		}
	}
	res, err := result(enforce.Refusal(v))
	if err != nil { // a refusal is a result
		panic(err)
	}
	return res
}

// Denied returns the answer to a call that is denied, of a tool without an output schema.
func Denied(d policy.Decision) *mcp.CallToolResult {
	res, err := result(enforce.Denial(d, nil))
	if err != nil { // a denial is a result
		panic(err)
	}
	return res
}

// question returns the question whether the person who uses the client approves a call.
func question(h *approval.Held) (mcp.ElicitationParams, bool) {
	text, ok := approval.Question(h)
	return mcp.ElicitationParams{
		Mode: mcp.ElicitationModeForm, Message: visible.Text(text),
		RequestedSchema: map[string]any{"type": "object", "properties": map[string]any{}},
	}, ok
}

// result reads the result of a tool.
func result(raw []byte) (*mcp.CallToolResult, error) {
	res := new(mcp.CallToolResult)
	if err := json.Unmarshal(raw, res); err != nil {
		return nil, fmt.Errorf("read the result: %w", err)
	}
	res.ResultType = "" // the library sets it for the revisions that have it
	return res, nil
}

// sizeOf returns the size of an answer for the audit, in bytes.
func (p *Point) sizeOf(answer any) int {
	if !p.guard.Audits() {
		return 0
	}
	raw, err := json.Marshal(answer)
	if err != nil || string(raw) == "null" {
		return 0
	}
	return len(raw)
}

// maxWaits bounds the calls that wait for a person at once. Others are answered as pending. It is
// below the number of calls that a client on stdio may have under way.
const maxWaits = 48

// holding says how a call is held that needs a person's approval.
func (j judged) holding(ctx context.Context, r mcp.CallToolRequest, s enforce.Subject) enforce.Holding {
	h := enforce.Holding{Recheck: j.o.Recheck, Slot: j.point.slot, Definition: func() string { return Definition(j.tool) }}
	if s.Inner != nil && s.Inner.Definition != nil {
		h.Definition = s.Inner.Definition
	}
	if r.Params.Meta != nil && r.Params.Meta.ProgressToken != nil {
		notes := 0
		h.Note = func(id string) {
			notes++
			noteWaiting(ctx, r.Params.Meta.ProgressToken, notes, id)
		}
	}
	switch front.ChannelOf(ctx) {
	case front.ByRequest:
		h.Caller.Ask = j.point.askCaller
	case front.ByResult:
		h.Caller.Answer = func(held *approval.Held) (agrees, ok bool) { return answerOf(r.Params.MultiRoundTripParams, held) }
	}
	return h
}

// slot takes a place for a call that waits.
func (p *Point) slot() (release func(), ok bool) {
	select {
	case p.slots <- struct{}{}:
		return func() { <-p.slots }, true
	default:
		return nil, false
	}
}

// Definition returns the hash of a tool as lists show it.
func Definition(t mcp.Tool) string {
	raw, err := json.Marshal(t)
	if err != nil {
		return ""
	}
	hash, _ := pin.Hash(raw) // valid JSON; a definition over 1 MiB has no hash
	return hash
}

// noteWaiting tells a client that asked for progress that its call waits.
func noteWaiting(ctx context.Context, token mcp.ProgressToken, progress int, id string) {
	if m := server.ServerFromContext(ctx); m != nil {
		params := map[string]any{"progressToken": token, "progress": progress, "message": "waits for a person's approval: " + id}
		m.SendNotificationToClient(ctx, string(mcp.MethodNotificationProgress), params) // a client that has gone needs no answer
	}
}

// askCaller asks the person who uses the client while the call waits.
func (p *Point) askCaller(ctx context.Context, h *approval.Held) (agrees, ok bool) {
	q, ok := question(h)
	if !ok {
		return false, false
	}
	a, err := p.questions.Ask(ctx, h.Grant, q)
	if err != nil {
		return false, false
	}
	return agreement(a)
}

// answerOf returns the answer that a call brings to a question that the result of an earlier one
// was. Its state names the held call, which is the same only if the call is.
func answerOf(p mcp.MultiRoundTripParams, h *approval.Held) (agrees, ok bool) {
	if p.RequestState != h.ID {
		return false, false
	}
	if a := server.ElicitationResponse(p.InputResponses, front.AnswerID); a != nil {
		return agreement(a)
	}
	return false, false
}

// agreement returns what an answer says. One that is neither a yes nor a no, such as a form that
// was closed, decides nothing: others may still approve.
func agreement(a *mcp.ElicitationResult) (agrees, ok bool) {
	return front.Agrees(a), a.Action == mcp.ElicitationResponseActionAccept || a.Action == mcp.ElicitationResponseActionDecline
}
