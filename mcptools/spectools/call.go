package spectools

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/mcptools/spectools/credential"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/mcptools/spectools/sanitize"
)

// maxArguments bounds the bytes of a call's arguments.
const maxArguments = 32 << 20

// handler calls an operation.
func (s *Set) handler(op *operation) server.ToolHandlerFunc {
	return func(ctx context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return s.call(credential.WithHeader(ctx, r.Header), op, r.Params.RawArguments, r.Params.MultiRoundTripParams), nil
	}
}

// Transaction is one call of a tool and its result, for a log. Both have values, secrets of the API among them:
// whoever keeps it redacts it first.
type Transaction struct {
	Start     time.Time
	Took      time.Duration
	Principal string
	Tool      string
	Method    string
	Path      string // the template
	Arguments []byte // as they came
	Result    []byte // structured content; nil for a question to the user
	IsError   bool
}

// call is [Set.process] with a line in the log.
func (s *Set) call(ctx context.Context, op *operation, raw []byte, params mcp.MultiRoundTripParams) *mcp.CallToolResult {
	if s.o.Log == nil {
		return s.process(ctx, op, raw, params)
	}
	start := time.Now()
	res := s.process(ctx, op, raw, params)
	s.o.Log(Transaction{
		Start: start, Took: time.Since(start), Principal: s.principal(ctx), Tool: op.name, Method: op.method, Path: op.path,
		Arguments: raw, Result: res.RawStructuredContent, IsError: res.IsError,
	})
	return res
}

// process is the way of every call: check, build, decide, write down, send.
func (s *Set) process(ctx context.Context, op *operation, raw []byte, params mcp.MultiRoundTripParams) *mcp.CallToolResult {
	principal := s.principal(ctx)
	args, confirmed, problems := s.arguments(ctx, op, raw)
	if len(problems) > 0 {
		return s.refuse(op, principal, guard.Digest{}, problems)
	}
	digest := guard.DigestOf(orderedjson.Plain(args))
	request, problem := s.build(op, args)
	if problem != nil {
		return s.refuse(op, principal, digest, []jsonschema.Problem{*problem})
	}
	c := guard.Call{Principal: principal, Tool: op.name, Method: op.method, Digest: digest, Checked: true, Policy: s.policy(op)}
	d := guard.Decide(c)
	var instead *mcp.CallToolResult
	if d.Verdict == guard.Hold {
		c.Consent, instead = s.consent(ctx, heldCall{op, principal, sentDigest(digest, request), confirmed, request, params})
		d = guard.Decide(c)
		request.Once = true // one consent is one request
	}
	rec := guard.Record{
		Event: "decision", Principal: principal, Tool: op.name, Method: op.method, Path: op.path,
		Arguments: digest.String(), Decision: d.Verdict.String(), Confirmed: c.Consent.String(), Reason: d.Reason,
	}
	if err := s.write(rec); err != nil {
		return failure(codeServer, "the decision could not be written down, so nothing was sent",
			errorDetails{Reason: "the audit does not take records"}, "Ask the user to look at the server's audit file.")
	}
	switch {
	case d.Verdict == guard.Allow && instead == nil:
		return s.send(ctx, op, request, rec)
	case instead != nil:
		return instead
	}
	return failure(codeAuthorization, "not allowed: "+d.Reason, errorDetails{Reason: d.Reason}, "Nothing was sent.")
}

// policy is the operator's, with what the document holds on its own.
func (s *Set) policy(op *operation) guard.Policy {
	p := s.o.Policy
	if op.held && !p.Holds(op.method, op.name) {
		p.Confirm = append(p.Confirm[:len(p.Confirm):len(p.Confirm)], op.name)
	}
	return p
}

// refuse answers a call whose arguments are not right.
func (s *Set) refuse(op *operation, principal string, d guard.Digest, problems []jsonschema.Problem) *mcp.CallToolResult {
	rec := guard.Record{
		Event: "decision", Principal: principal, Tool: op.name, Method: op.method, Path: op.path,
		Decision: guard.Deny.String(), Reason: "the arguments are not valid",
	}
	if d != (guard.Digest{}) {
		rec.Arguments = d.String()
	}
	// Nothing leaves anyway: a record that cannot be written changes nothing here.
	_ = s.write(rec)
	return invalid(problems)
}

// arguments reads and checks a call's arguments; __confirmed is taken out of them.
func (s *Set) arguments(ctx context.Context, op *operation, raw []byte) (args *orderedjson.Object, confirmed *bool, problems []jsonschema.Problem) {
	wrong := func(field, reason string) (*orderedjson.Object, *bool, []jsonschema.Problem) {
		return nil, nil, []jsonschema.Problem{{Field: field, Reason: reason}}
	}
	if len(raw) > maxArguments {
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
	if v, given := args.Get(argConfirmed); given && op.held {
		b, ok := v.(bool)
		if !ok {
			return wrong(argConfirmed, "must be true or false, as a boolean")
		}
		confirmed = &b
		args.Delete(argConfirmed)
	}
	if problems := op.check(ctx, args); len(problems) > 0 {
		return nil, nil, problems
	}
	return args, confirmed, nil
}

// send is the only place from which a call leaves.
func (s *Set) send(ctx context.Context, op *operation, request egress.Call, rec guard.Record) *mcp.CallToolResult {
	rec.Event, rec.Decision, rec.Confirmed, rec.Reason = "outcome", "", "", ""
	granted, err := s.credentials(ctx, op)
	if err != nil {
		rec.Error = "credentials could not be had"
		_ = s.write(rec)
		return failure(codeAuthentication, "the credentials could not be had", errorDetails{Reason: "the server's configuration does not give them"},
			"Ask the user to look at the credentials that this server was started with. Nothing was sent.")
	}
	if a := accept(op); a != "" {
		request.Header = append(request.Header, egress.Pair{Name: "Accept", Value: a})
	}
	a, failed := s.exchange(ctx, op, request, forEgress(granted), &rec)
	if failed == nil && a.resp.StatusCode == http.StatusUnauthorized {
		// A token that was kept may have been taken back. A read is sent again with a new one; a write is not sent twice.
		if now, ok := s.renewCredentials(ctx, op, granted); ok && (op.method == http.MethodGet || op.method == http.MethodHead) && !request.Once {
			a, failed = s.exchange(ctx, op, request, forEgress(now), &rec)
		} else if ok {
			return report(op, &a, "The server has got new credentials meanwhile: call again.")
		}
	}
	if failed != nil {
		return failed
	}
	if len(a.data) > s.maxResult() && a.resp.StatusCode < 400 {
		a = s.page(s.pages.keep(rec.Principal, a), a, 0)
	}
	return report(op, &a)
}

// exchange sends one request and reads its answer, without the credentials that may stand in it. A result in the place of
// an answer says why there is none.
func (s *Set) exchange(ctx context.Context, op *operation, request egress.Call, credentials []egress.Credential, rec *guard.Record) (answer, *mcp.CallToolResult) {
	request.Credentials = credentials
	resp, err := s.client.Do(ctx, request)
	if err != nil {
		rec.Error = networkReason(err)
		_ = s.write(*rec)
		return answer{}, failure(codeNetwork, "the API could not be reached: "+rec.Error, errorDetails{Reason: rec.Error}, networkAdvice(op, err)...)
	}
	data, truncated, err := egress.ReadBody(resp)
	rec.Status = resp.StatusCode
	if err != nil {
		rec.Error = "the answer broke off"
		truncated = true
	}
	_ = s.write(*rec)
	for name, values := range resp.Header {
		for i, v := range values {
			resp.Header[name][i] = string(credential.Redact([]byte(v), credentials))
		}
	}
	return answer{resp: resp, data: credential.Redact(data, credentials), truncated: truncated}, nil
}

// accept names the media types that the document says the operation answers with.
func accept(op *operation) string {
	if op.op.Responses == nil {
		return ""
	}
	var types []string
	seen := make(map[string]bool)
	for _, r := range op.op.Responses.Map() {
		if r == nil || r.Value == nil {
			continue
		}
		for typ := range r.Value.Content {
			if typ = baseType(typ); !seen[typ] && egress.CheckHeader("Accept", typ) == nil && strings.Contains(typ, "/") {
				seen[typ] = true
				types = append(types, typ)
			}
		}
	}
	if len(types) == 0 {
		return ""
	}
	return strings.Join(sortTypes(types), ", ") + ", */*;q=0.1"
}

// networkReason is what went wrong on the way, without addresses of the inside or values of the call: they would tell an
// agent what names lead to there, and who is asked for them.
func networkReason(err error) string {
	var timeout interface{ Timeout() bool }
	var name *net.DNSError
	var op *net.OpError
	switch {
	case errors.Is(err, egress.ErrAddress):
		return "it is not allowed: the API's address is not a public one"
	case errors.Is(err, egress.ErrOrigin), errors.Is(err, egress.ErrHeader), errors.Is(err, egress.ErrMethod):
		return "it is not allowed: " + sanitize.Line(err.Error(), 200)
	case errors.Is(err, context.Canceled):
		return "the call was given up"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "no answer in time"
	case errors.As(err, &name):
		return "its name could not be looked up"
	case errors.As(err, &op) && op.Err != nil:
		return sanitize.Line(op.Op+": "+op.Err.Error(), 200)
	}
	var ue *url.Error
	if errors.As(err, &ue) {
		err = ue.Err
	}
	return sanitize.Line(err.Error(), 200)
}

func networkAdvice(op *operation, err error) []string {
	if errors.Is(err, egress.ErrAddress) {
		return []string{"The API's address is a private one. If that is meant, the user can name it with --base-url or start the server with --allow-private."}
	}
	out := []string{"Ask the user whether the API is reachable from here."}
	if !guard.Safe(op.method) {
		out = append(out, "The request may have arrived: look before calling again.")
	}
	return out
}
