package spectools

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/mcptools/enforcement"
	"github.com/spectap/spectap/mcptools/front"
	"github.com/spectap/spectap/mcptools/spectools/credential"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/mcptools/spectools/serialize"
)

// handler returns the handler of an operation's tool.
func (s *Set) handler(op *operation) server.ToolHandlerFunc {
	return func(ctx context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		if refused := s.refuseQuarantined(ctx, op); refused != nil {
			return refused, nil
		}
		ctx = withHeader(ctx, r)
		return s.call(ctx, op, r.Params.RawArguments, r.Params.MultiRoundTripParams), nil
	}
}

// withHeader returns a context with the header of the HTTP request that brought a call.
func withHeader(ctx context.Context, r mcp.CallToolRequest) context.Context {
	h := front.Header(ctx)
	if h == nil {
		h = r.Header
	}
	return credential.WithHeader(ctx, h)
}

// Transaction is one call of a tool with its result, for a log. Both contain values, which may be
// secrets of the API: redact them before you keep them.
type Transaction struct {
	Start     time.Time
	Took      time.Duration
	Principal string
	Tool      string
	Method    string
	Path      string // the template
	Arguments []byte // as the client sent them
	Result    []byte // structured content; nil for a question to the user
	IsError   bool
}

// call processes a call and logs it.
func (s *Set) call(
	ctx context.Context, op *operation, raw []byte, params mcp.MultiRoundTripParams,
) *mcp.CallToolResult {
	if s.o.Log == nil {
		return s.process(ctx, op, raw, params)
	}
	start := time.Now()
	res := s.process(ctx, op, raw, params)
	s.o.Log(Transaction{
		Start: start, Took: time.Since(start), Principal: s.principal(ctx),
		Tool: op.toolName, Method: op.Method, Path: op.Path,
		Arguments: raw, Result: res.RawStructuredContent, IsError: res.IsError,
	})
	return res
}

// process takes a call through its steps: check the arguments, build the request, decide, record
// the decision, send.
func (s *Set) process(
	ctx context.Context, op *operation, raw []byte, params mcp.MultiRoundTripParams,
) *mcp.CallToolResult {
	principal := s.principal(ctx)
	args, confirmed, problems := s.arguments(ctx, op, raw)
	if len(problems) > 0 {
		return s.refuse(op, principal, guard.Digest{}, problems)
	}
	digest := guard.DigestOf(orderedjson.Plain(args))
	request, problem := op.Request(args)
	if problem != nil {
		return s.refuse(op, principal, digest, []jsonschema.Problem{*problem})
	}
	c := guard.Call{
		Principal: principal, Tool: op.toolName, Method: op.Method, Methods: effectiveMethods(request), Digest: digest,
		Checked: true, Policy: s.policy(op),
	}
	request.Once = guard.IsSafe(op.Method) && !c.Methods.IsRead() // retries and redirects are for reads
	judged := enforce.CallOf(ctx)
	if judged.Require(s.approval(op, c.Methods)); judged.NeedsApproval() {
		judged.Show(s.approvalServer(op), requestOf(request, c.Methods), "")
		c.Consent, request.Once = guard.ByApproval, true
	}
	d := guard.Decide(c)
	var pending *mcp.CallToolResult
	if d.Verdict == guard.Hold {
		if _, denied := judged.Check(); denied {
			return enforcement.Refused(ctx)
		}
		if refused := s.withoutCredentials(ctx, op, principal, digest); refused != nil {
			return refused
		}
		h := heldCall{op, principal, requestDigest(digest, request), confirmed, request, c.Methods, params}
		c.Consent, pending = s.consent(ctx, h)
		d = guard.Decide(c)
		request.Once = true // a consent is valid for one request
	}
	rec := s.record(op, principal, d)
	rec.Arguments, rec.Confirmed = digest.String(), c.Consent.String()
	if err := s.writeAudit(&rec); err != nil {
		return failure(codeServer, "the decision could not be recorded, so nothing was sent",
			errorDetails{Reason: "the audit does not accept records"},
			"Ask the user to look at the server's audit file.")
	}
	switch {
	case d.Verdict == guard.Allow && pending == nil:
		if _, denied := judged.Proceed(ctx, c.Consent.String()); denied {
			return enforcement.Refused(ctx)
		}
		return s.send(ctx, op, args, request, rec)
	case pending != nil:
		if !pending.IsError {
			judged.Hold()
		}
		return pending
	}
	return failure(codeAuthorization, "not allowed: "+d.Reason, errorDetails{Reason: d.Reason}, "Nothing was sent.")
}

// policy returns the operator's policy, with the hold that the document itself demands.
func (s *Set) policy(op *operation) guard.Policy {
	p := s.o.Policy
	if op.held && !p.RequiresConsent(op.Method, op.toolName) {
		p.Confirm = append(p.Confirm[:len(p.Confirm):len(p.Confirm)], op.toolName)
	}
	return p
}

// record returns the audit record of a decision.
func (s *Set) record(op *operation, principal string, d guard.Decision) guard.Record {
	return guard.Record{
		Event: "decision", Principal: principal, Tool: op.toolName, Method: op.Method, Path: op.Path,
		Decision: d.Verdict.String(), Reason: d.Reason,
	}
}

// refuse answers a call with invalid arguments.
func (s *Set) refuse(
	op *operation, principal string, d guard.Digest, problems []jsonschema.Problem,
) *mcp.CallToolResult {
	rec := s.record(op, principal, guard.Decision{Verdict: guard.Deny, Reason: "the arguments are not valid"})
	if d != (guard.Digest{}) {
		rec.Arguments = d.String()
	}
	_ = s.writeAudit(&rec) // nothing is sent, so an error changes nothing
	return invalid(op.locate(problems), op.signature())
}

// arguments reads and checks the arguments of a call, and takes __confirmed out of them.
func (s *Set) arguments(ctx context.Context, op *operation, raw []byte) (
	args *orderedjson.Object, confirmed *bool, problems []jsonschema.Problem,
) {
	wrong := func(field, reason string) (*orderedjson.Object, *bool, []jsonschema.Problem) {
		return nil, nil, []jsonschema.Problem{{Field: field, Reason: reason}}
	}
	if len(raw) > serialize.MaxSize {
		return wrong("", "are larger than 32 MiB")
	}
	if len(raw) == 0 || string(raw) == "null" {
		raw = []byte("{}")
	}
	v, err := orderedjson.Decode(raw)
	if err != nil {
		return wrong("", err.Error())
	}
	args, ok := v.(*orderedjson.Object)
	if !ok {
		return wrong("", "must be an object")
	}
	if v, given := args.Get(confirmedArgument); given && op.mayBeHeld {
		b, ok := v.(bool)
		if !ok {
			return wrong(confirmedArgument, "must be true or false, as a boolean")
		}
		confirmed = &b
		args.Delete(confirmedArgument)
	}
	op.gatherBody(args)
	if problems := op.check(ctx, args); len(problems) > 0 {
		return nil, nil, problems
	}
	return args, confirmed, nil
}

// accept returns the value of the Accept header: the media types that the document names for
// answers, JSON first.
func accept(op *operation) string {
	if op.doc.Responses == nil {
		return ""
	}
	var types []string
	for _, r := range op.doc.Responses.Map() {
		if r == nil || r.Value == nil {
			continue
		}
		for typ := range r.Value.Content {
			typ = serialize.BaseType(typ)
			if !slices.Contains(types, typ) && egress.CheckHeader("Accept", typ) == nil && strings.Contains(typ, "/") {
				types = append(types, typ)
			}
		}
	}
	if len(types) == 0 {
		return ""
	}
	slices.SortFunc(types, func(x, y string) int {
		if jx, jy := serialize.KindOf(x) == serialize.JSON, serialize.KindOf(y) == serialize.JSON; jx != jy {
			if jx {
				return -1
			}
			return 1
		}
		return strings.Compare(x, y)
	})
	return strings.Join(types, ", ") + ", */*;q=0.1"
}

// isRead reports whether a request may be sent again without asking.
func isRead(op *operation, request egress.Call) bool {
	return (op.Method == http.MethodGet || op.Method == http.MethodHead) && !request.Once
}
