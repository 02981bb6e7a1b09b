package front

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/mcp/handler"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/rawjson"
	"github.com/spectap/spectap/mcp/subject"
	"github.com/spectap/spectap/mcp/vouch"
)

// Server is an MCP server of this program. A front judges each message before the server gets it:
// see [Guarded].
type Server interface {
	MCP() *server.MCPServer
	guard.Tools
	// Confirms returns which calls need a confirmation, unless the guard of the server says so.
	Confirms() guard.Policy
}

// Guarded returns a server whose messages g decides on. Without it, calls that change something are
// held for a confirmation, as [Server.Confirms] says, and nothing is written to an audit. identity
// is what policies know of callers; nil means the caller's name.
func Guarded(s Server, g *enforce.Guard, identity map[string]any) Server {
	return guarded{Server: s, guard: g, identity: identity}
}

// Vouched returns a server that believes the gateway that started this process: who calls, and with
// which credentials. A call that a person has approved there needs no confirmation here.
func Vouched(s Server, key vouch.Key) Server {
	g := asGuarded(s)
	g.key = key
	return g
}

type guarded struct {
	Server
	guard    *enforce.Guard
	identity map[string]any
	key      vouch.Key
}

func asGuarded(s Server) guarded {
	if g, ok := s.(guarded); ok {
		return g
	}
	return guarded{Server: s, guard: enforce.New(nil, enforce.Config{})}
}

// judge has what decides on the messages of a server, for all its connections.
type judge struct {
	guarded
	skills []string      // their URIs
	slots  chan struct{} // one for each call that waits for a person
	asking openQuestions
}

// maxWaits bounds the calls that wait for a person at once. Others are answered as pending. It is
// below the number of calls that a client on stdio may have under way.
const maxWaits = 48

func newJudge(s Server) *judge {
	g := asGuarded(s)
	g.guard = g.guard.Confirming(s.Confirms())
	server.WithToolHandlerMiddleware(instead)(g.MCP())
	return &judge{guarded: g, skills: skillsOf(g.MCP()), slots: make(chan struct{}, maxWaits)}
}

// judged answers a request once it is decided on.
func (c *connection) judged(ctx context.Context, s *session, m *jsonrpc.Message) (answer *jsonrpc.Message) {
	defer func() {
		if v := recover(); v != nil {
			logPanic(c.log, v)
			answer = jsonrpc.Failure(m.ID, jsonrpc.CodeInternal, errDefect.Error(), nil)
		}
	}()
	if m.Method == "tools/call" {
		return c.callTool(ctx, s, m)
	}
	if !c.guard.HasPolicy() {
		return c.pass(ctx, m)
	}
	what := subject.FromClient(m)
	v := c.guard.Judge(c.message(ctx, s, m, what))
	_, isList := subject.Lists[m.Method]
	switch {
	case v.Hidden && what.Kind == policy.Prompt && m.Method == "prompts/get": // in the words of the library
		return jsonrpc.Failure(m.ID, jsonrpc.CodeInvalidParams, fmt.Sprintf("prompt '%s' not found: %v", what.Names[0], server.ErrPromptNotFound), nil)
	case v.Hidden:
		return jsonrpc.Failure(m.ID, subject.RefusalCode(what, true), subject.Unknown(m), nil)
	case !v.Allowed:
		return jsonrpc.Failure(m.ID, subject.RefusalCode(what, false), enforce.Prefix+v.Rule+": "+v.Reason, nil)
	}
	got, failed := c.handle(ctx, m)
	if isList {
		return c.filtered(m, got)
	}
	return c.treated(ctx, &v, m, got, failed)
}

// pass passes a message on that nothing is decided on.
func (c *connection) pass(ctx context.Context, m *jsonrpc.Message) *jsonrpc.Message {
	answer, _ := c.handle(ctx, m)
	return answer
}

// filtered returns a list without what the policy hides.
func (c *connection) filtered(m, answer *jsonrpc.Message) *jsonrpc.Message {
	if answer == nil || answer.Err != nil {
		return answer
	}
	list, err := subject.Filter(c.guard, m.Method, answer.Result)
	if err != nil {
		c.log.Error("a list cannot be filtered", "method", m.Method, "error", err)
		return jsonrpc.Failure(m.ID, jsonrpc.CodeInternal, "the list cannot be filtered", nil)
	}
	return jsonrpc.Response(m.ID, list)
}

// callTool answers a call of a tool: by name and arguments it must be allowed, then what it would
// do is decided on, and only that is done.
func (c *connection) callTool(ctx context.Context, s *session, m *jsonrpc.Message) *jsonrpc.Message {
	members, _ := rawjson.Split(m.Params) // without parameters it names nothing
	name, args := rawjson.String(rawjson.Get(members, "name")), rawjson.Get(members, "arguments")
	named, isThere := c.Server.Read(ctx, name, json.RawMessage(args))
	what := enforce.Subject{How: enforce.ByPolicy, Kind: policy.Tool, Names: []string{cmp.Or(named.As, name)}}
	switch {
	case !isThere && !c.guard.HasPolicy():
		return c.pass(ctx, m) // which says what there is instead
	case !isThere && c.guard.Lists(policy.Tool, name):
		what.How = enforce.Unknown
	case args != nil && args.Kind() != '{' && args.Kind() != 'n' && c.guard.HasPolicy() && c.guard.Lists(policy.Tool, name):
		what = enforce.Subject{}
	case isThere:
		what.IsTask = rawjson.Get(members, "task") != nil
		c.guard.Fill(&what, named)
	}
	message := c.message(ctx, s, m, what)
	message.Annotations, message.Fits = named.Annotations, named.Fits
	v := c.guard.Decide(message)
	var h enforce.Holding
	if !v.Allowed {
		c.guard.Settle(ctx, &v, h)
	}
	if v.Allowed { // or in shadow mode
		p, refusal := c.Server.Preview(ctx, name, json.RawMessage(args), rawjson.Get(members, jsonrpc.MemberState) != nil)
		if p != nil && named.Stale != nil { // Read may have seen something else than Preview
			if why := named.Stale(); why != "" {
				refusal = p.Refuse(guard.Refusal{Reason: why})
			}
		}
		if refusal != nil {
			c.guard.RefuseCall(&v, refusal)
			return c.refused(ctx, m, name, named, v)
		}
		h = c.holding(ctx, s, m, p, named)
		h.Settled = ctx.Value(settledKey{}) != nil
		c.guard.Settle(ctx, &v, h)
	}
	if !v.Allowed {
		return c.refused(ctx, m, name, named, v)
	}
	pass := c.passFor(&v, h.Preview)
	pass.Begin = func(ctx context.Context, p guard.Part) (*guard.Pass, func(json.RawMessage) json.RawMessage, json.RawMessage) {
		return c.beginPart(ctx, s, m, &v, p)
	}
	answer, failed := c.handle(guard.WithPass(ctx, pass), m)
	v.Status, v.Failure = pass.Status, pass.Failure
	return c.treated(ctx, &v, m, answer, failed)
}

// passFor returns the pass of an allowed call.
func (c *connection) passFor(v *enforce.Verdict, p *guard.Preview) *guard.Pass {
	return &guard.Pass{
		Preview: p, Once: v.HasConsent(), IsTreated: v.TreatsResults(),
		Note: func(n guard.Note) error { return c.guard.NoteRequest(v, n) },
	}
}

// beginPart decides on a part of a call that makes several. Nobody is asked about it, since the
// client waits for the call: a part that needs more consent than the call has ends it.
func (c *connection) beginPart(ctx context.Context, s *session, m *jsonrpc.Message, plan *enforce.Verdict, p guard.Part) (
	_ *guard.Pass, done func(json.RawMessage) json.RawMessage, refusal json.RawMessage,
) {
	what := enforce.Subject{How: enforce.ByPolicy, Kind: policy.Tool, Names: []string{p.Name}}
	c.guard.Fill(&what, p.Named)
	message := c.message(ctx, s, m, what)
	message.Annotations, message.Fits = p.Annotations, p.Fits
	v := c.guard.Decide(message)
	h := enforce.Holding{
		Preview: p.Preview, Principal: handler.Principal(ctx, handler.Caller(ctx)), Definition: p.Definition, Recheck: p.Stale, Wait: time.Nanosecond,
	}
	if p.Planned {
		h.Plan = plan
	}
	if c.guard.Settle(ctx, &v, h); !v.Allowed {
		return nil, nil, json.RawMessage(enforce.Refusal(v))
	}
	pass := c.passFor(&v, p.Preview)
	return pass, func(result json.RawMessage) json.RawMessage {
		v.Status, v.Failure = pass.Status, pass.Failure
		members, _ := rawjson.Split(jsontext.Value(result))
		failed := string(rawjson.Get(members, "isError")) == "true"
		return json.RawMessage(c.treated(ctx, &v, m, jsonrpc.Response(m.ID, jsontext.Value(result)), failed).Result)
	}, nil
}

// refused answers a call of a tool that is denied or held. A hidden tool is answered like one that
// does not exist.
func (c *connection) refused(ctx context.Context, m *jsonrpc.Message, name string, named guard.Named, v enforce.Verdict) *jsonrpc.Message {
	switch {
	case v.Hidden && named.Unknown != nil && c.guard.Lists(policy.Tool, cmp.Or(named.As, name)):
		return c.result(ctx, m, named.Unknown())
	case v.Hidden:
		return jsonrpc.Failure(m.ID, jsonrpc.CodeInvalidParams, fmt.Sprintf("tool '%s' not found: %v", name, server.ErrToolNotFound), nil)
	case v.Question != "":
		q := mcp.ElicitationParams{Mode: mcp.ElicitationModeForm, Message: visible.Text(v.Question), RequestedSchema: emptyForm}
		return c.answerWith(ctx, m, server.NewInputRequestBuilder(v.Pending).Elicit(AnswerID, q).ToolResult())
	}
	if v.Answer != nil {
		return c.result(ctx, m, v.Answer)
	}
	return c.result(ctx, m, enforce.Refusal(v))
}

// result returns a response with the result of a call that was not made.
func (c *connection) result(ctx context.Context, m *jsonrpc.Message, result json.Marshaler) *jsonrpc.Message {
	res, isWhole := result.(*mcp.CallToolResult)
	if !isWhole {
		raw, err := result.MarshalJSON()
		if res = new(mcp.CallToolResult); err == nil {
			err = json.Unmarshal(raw, res)
		}
		if err != nil { // its tool has a defect
			c.log.Error("the answer to a call is no result", "error", err)
			return jsonrpc.Failure(m.ID, jsonrpc.CodeInternal, errDefect.Error(), nil)
		}
	}
	res.ResultType = "" // the library sets it for the revisions that have it
	return c.answerWith(ctx, m, res)
}

type insteadKey struct{}

// answerWith lets the library answer a call with a result in place of that of its handler: what a
// result has beside its content depends on the revision.
func (c *connection) answerWith(ctx context.Context, m *jsonrpc.Message, res *mcp.CallToolResult) *jsonrpc.Message {
	return c.pass(context.WithValue(ctx, insteadKey{}, res), m)
}

// instead is the middleware for answerWith.
func instead(next server.ToolHandlerFunc) server.ToolHandlerFunc {
	return func(ctx context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		if res, ok := ctx.Value(insteadKey{}).(*mcp.CallToolResult); ok {
			return res, nil
		}
		return next(ctx, r)
	}
}

// treated returns the answer to an allowed request as the policy lets it through, and completes the
// audit.
func (c *connection) treated(ctx context.Context, v *enforce.Verdict, m, answer *jsonrpc.Message, failed bool) *jsonrpc.Message {
	if answer == nil {
		c.guard.Complete(v, enforce.Failed, 0)
		return nil
	}
	what, why, size := enforce.Answered, "", len(answer.Result)
	if failed {
		what = enforce.Failed
	}
	if v.TreatsResults() {
		var treated jsontext.Value
		if answer.Err != nil {
			treated, why = c.guard.TreatError(*v, answer.Err)
			answer = jsonrpc.Error(m.ID, treated)
		} else {
			treated, why = c.guard.Treat(*v, answer.Result)
			answer = jsonrpc.Response(m.ID, treated)
		}
	}
	if why != "" {
		what = enforce.Withheld
		if denial := (policy.Decision{Rule: v.Rule, Reason: why}); m.Method == "tools/call" {
			answer = c.result(ctx, m, enforce.Denial(denial, v.Fits()))
		} else {
			answer = jsonrpc.Failure(m.ID, jsonrpc.CodeInvalidRequest, enforce.Prefix+denial.Rule+": "+denial.Reason, nil)
		}
	}
	c.guard.Complete(v, what, size)
	return answer
}

// message returns what the guard decides on.
func (c *connection) message(ctx context.Context, s *session, m *jsonrpc.Message, what enforce.Subject) *enforce.Message {
	return &enforce.Message{
		From: c.callerOf(ctx, s, m), Direction: enforce.ToServer, Method: m.Method, ID: m.ID, Params: m.Params, Subject: what,
		Issued: func(string) bool { return true }, // opaque values of this server do not leave it
	}
}

// callerOf returns the caller of a request.
func (c *connection) callerOf(ctx context.Context, s *session, m *jsonrpc.Message) enforce.Caller {
	identity := c.identity
	if a := handler.AdmittedOf(ctx); a.Identity != nil {
		identity = a.Identity
	} else if identity == nil {
		name := cmp.Or(a.Caller, "local")
		identity = map[string]any{"name": name}
	}
	out := enforce.Caller{Identity: identity, Session: s.label(), Client: s.GetClientInfo().Name}
	if out.Client == "" { // a stateless call says it itself
		_, meta := jsonrpc.MetaOf(m.Params)
		info, _ := rawjson.Split(rawjson.Get(meta, jsonrpc.MetaClient))
		out.Client = rawjson.String(rawjson.Get(info, "name"))
	}
	return out
}

// endSession drops what the guard remembers of a session.
func (c *connection) endSession(s *session) {
	c.guard.EndSession(c.callerOf(context.Background(), s, &jsonrpc.Message{}))
}

// holding says how a call is held. Confirmations are those of one caller.
func (c *connection) holding(ctx context.Context, s *session, m *jsonrpc.Message, p *guard.Preview, named guard.Named) enforce.Holding {
	principal := handler.Principal(ctx, handler.Caller(ctx))
	via, _ := ctx.Value(exchangeKey{}).(jsonrpc.Exchange)
	return enforce.Holding{
		Preview: p, Principal: principal, Definition: named.Definition, Recheck: named.Stale, Slot: c.slot,
		Caller: c.askerOf(s, principal, m), Note: subject.Waiting(m.Params, func(note *jsonrpc.Message) { c.send(note, via) }),
	}
}

// slot takes a place for a call that waits.
func (j *judge) slot() (release func(), ok bool) {
	select {
	case j.slots <- struct{}{}:
		return func() { <-j.slots }, true
	default:
		return nil, false
	}
}
