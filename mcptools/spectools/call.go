package spectools

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/mcp/front"
	"github.com/spectap/spectap/mcptools/enforcement"
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
		return s.call(withHeader(ctx), op, r.Params.RawArguments, r.Params.MultiRoundTripParams), nil
	}
}

// withHeader returns a context with the header of the HTTP request that brought a call.
func withHeader(ctx context.Context) context.Context {
	return credential.WithHeader(ctx, front.Header(ctx))
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
		Principal: principal, Tool: op.toolName, Method: op.Method, Methods: request.EffectiveMethods(), Digest: digest,
		Checked: true,
	}
	c.Policy = s.policy(op, c.Methods)
	request.Once = guard.IsSafe(op.Method) && !c.Methods.IsRead() // retries and redirects are for reads
	judged := enforce.CallOf(ctx)
	if judged.Require(s.approval(op, c.Methods)); judged.NeedsApproval() {
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
		held := front.HeldCall{Principal: principal, Tool: op.toolName, Digest: requestDigest(digest, request), Confirmed: confirmed, Params: params}
		c.Consent, pending = s.consent(ctx, heldCall{
			HeldCall: held, op: op, request: request, methods: c.Methods, undeclared: op.undeclared(args),
		})
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
		return s.proceed(ctx, op, args, request, c, rec)
	case pending != nil:
		if !pending.IsError {
			judged.Hold()
		}
		return pending
	}
	return failure(codeAuthorization, "not allowed: "+d.Reason, errorDetails{Reason: d.Reason}, "Nothing was sent.")
}

// heldCall is a call that waits for a consent.
type heldCall struct {
	front.HeldCall
	op      *operation
	request egress.Call
	methods guard.Methods // as which servers may handle the request
	// undeclared says which members of the body the document does not declare.
	undeclared []string
	// describe, unless nil, describes the requests of a complete workflow.
	describe func(limit int) string
}

// consent returns the consent to a held call. A result instead of it is the answer to the call: a
// question, or the information that the call is held.
func (s *Set) consent(ctx context.Context, h heldCall) (guard.Consent, *mcp.CallToolResult) {
	if step := stepOf(ctx); step != nil {
		return step.consentTo(h.op), nil
	}
	h.Question = func() mcp.ElicitationParams { return question(h) }
	c, asked, err := s.consents.Consent(ctx, h.HeldCall)
	var u *front.Unanswered
	switch {
	case errors.As(err, &u):
		asked = failure(codeAuthorization, u.Why, errorDetails{Reason: u.Reason}, "Nothing was sent.", "To go on, "+u.Advice+".")
	case err != nil:
		asked = confirmationRequest(h, preview(h, 1000), errors.Is(err, front.ErrHeld))
	}
	return c, asked
}

// proceed sends the request of a call that nobody has to confirm any more, once it is approved if
// that is needed. People approve the credentials with it.
func (s *Set) proceed(
	ctx context.Context, op *operation, args *orderedjson.Object, request egress.Call, c guard.Call, rec guard.Record,
) *mcp.CallToolResult {
	rec.Event, rec.Decision, rec.Confirmed, rec.Reason = "outcome", "", "", ""
	credentials, err := s.credentials(ctx, op)
	if err != nil {
		rec.Error = "no credentials: their source failed"
		_ = s.writeAudit(&rec)
		if why := whyNotSignedIn(err); why != "" {
			return failure(codeAuthentication, why, errorDetails{Reason: "the server could not sign in"},
				"Ask the user to check the variables SPECTAP_AUTH_SIGN_IN_… that this server was started with. Nothing else was sent.")
		}
		return failure(codeAuthentication, "the credentials are not available",
			errorDetails{Reason: "the server's configuration does not supply them"},
			"Ask the user to check the credentials that this server was started with. Nothing was sent.")
	}
	judged := enforce.CallOf(ctx)
	if judged.NeedsApproval() {
		judged.Show(s.approvalServer(op), requestOf(request, c.Methods), "", s.secretsOf(credentials)...)
	}
	if _, denied := judged.Proceed(ctx, c.Consent.String()); denied {
		return enforcement.Refused(ctx)
	}
	return s.send(ctx, op, args, request, credentials, rec)
}

// send sends a request that was decided on, with credentials, and reports the answer. Requests of
// calls leave from nowhere else.
func (s *Set) send(
	ctx context.Context, op *operation, args *orderedjson.Object, request egress.Call, credentials []schemeCredential, rec guard.Record,
) *mcp.CallToolResult {
	request = withAccept(op, request)
	a, failed := s.exchange(ctx, op, s.session.withToken(ctx, op, args, request), forEgress(credentials), &rec)
	if failed == nil && s.isRejected(a.resp.StatusCode) {
		// A cached token may have been revoked. A read is sent again with a new one; a write is
		// never sent twice.
		if renewed, ok := s.renewCredentials(ctx, op, credentials); ok && isRead(op, request) {
			credentials = renewed
			a, failed = s.exchange(ctx, op, s.session.withToken(ctx, op, args, request), forEgress(renewed), &rec)
		} else if ok {
			return s.report(ctx, sentCall{op, args, rec.Principal, credentials}, &a, "The server has got new credentials meanwhile: call again.")
		}
	}
	if failed != nil {
		return failed
	}
	return s.report(ctx, sentCall{op, args, rec.Principal, credentials}, &a)
}

// isRejected reports whether an answer says that the credentials are not accepted. Laravel says 419
// of a session that is over.
func (s *Set) isRejected(status int) bool {
	return status == http.StatusUnauthorized || s.session != nil && status == 419
}

// exchange sends one request and reads its answer, from which it removes the credentials. Without
// an answer it returns a result with the reason.
func (s *Set) exchange(
	ctx context.Context, op *operation, request egress.Call, credentials []egress.Credential, rec *guard.Record,
) (answer, *mcp.CallToolResult) {
	request.Credentials = credentials
	resp, err := s.client.Do(ctx, request)
	if err != nil {
		rec.Error = networkReason(err)
		_ = s.writeAudit(rec)
		return answer{}, failure(codeNetwork, "the API could not be reached: "+rec.Error,
			errorDetails{Reason: rec.Error}, networkAdvice(op, err)...)
	}
	data, truncated, err := egress.ReadBody(resp)
	if s.session != nil {
		s.session.observe(ctx, resp, data)
	}
	stepOf(ctx).observe(resp, data, err == nil && !truncated)
	rec.Status = resp.StatusCode
	if err != nil {
		rec.Error = "the answer broke off"
		truncated = true
	}
	if truncated {
		data = trimUTF8(data)
	}
	_ = s.writeAudit(rec)
	for name, values := range resp.Header {
		for i, v := range values {
			resp.Header[name][i] = string(credential.Redact([]byte(v), credentials))
		}
	}
	h, body := decode.Where(flow.HeaderOf(resp.Header), flow.Body{Data: data, Truncated: truncated}, egress.DefaultMaxBody,
		func([]byte) bool { return true })
	if body.Size > 0 { // decoded
		resp.Header.Del("Content-Encoding")
		resp.Header.Set("Content-Type", h.Get("Content-Type"))
	}
	return answer{resp: resp, data: credential.Redact(decode.Unguarded(body.Data), credentials), truncated: body.Truncated}, nil
}

// policy returns the operator's policy for a request that may be handled as some methods, with the
// hold that the document itself demands.
func (s *Set) policy(op *operation, methods guard.Methods) guard.Policy {
	p := s.o.Policy
	p.NoConfirmDangerous = p.NoConfirmDangerous || op.queries && len(methods) == 1
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
	return invalid(problems, op.signature())
}

// arguments reads and checks the arguments of a call, and takes __confirmed out of them. Models
// also send it to tools whose calls are never held, where it has no effect.
func (s *Set) arguments(ctx context.Context, op *operation, raw []byte) (
	args *orderedjson.Object, confirmed bool, problems []jsonschema.Problem,
) {
	wrong := func(field, reason string) (*orderedjson.Object, bool, []jsonschema.Problem) {
		return nil, false, []jsonschema.Problem{{Field: field, Reason: reason}}
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
	if v, given := args.Get(confirmedArgument); given {
		if confirmed, ok = v.(bool); !ok {
			return wrong(confirmedArgument, "must be true or false, as a boolean")
		}
		confirmed = confirmed && op.mayBeHeld
		args.Delete(confirmedArgument)
	}
	op.read(args)
	problems = op.check(ctx, args)
	if len(problems) == 0 {
		problems = op.misplaced(args)
	} else {
		problems = op.placed(args, problems)
	}
	if len(problems) > 0 {
		return nil, false, problems
	}
	return args, confirmed, nil
}

// RuleFlag is the rule of approvals that [Options.RequireApproval] asks for.
const RuleFlag = "--require-approval"

// approval returns the approval that the options require of a call, or nil. A request that a server
// may handle as another method needs the approval of each.
func (s *Set) approval(op *operation, methods guard.Methods) *policy.Approval {
	if p := s.o.RequireApproval; p == nil || !p.RequiresConsentOf(op.toolName, op.Method, methods) {
		return nil
	}
	return &policy.Approval{Rule: RuleFlag, Approvers: 1}
}

// approvalServer returns what people call the API in approvals: the origin of the operation.
func (s *Set) approvalServer(op *operation) string { return originOf(op.BaseURL) }

// requestOf returns a request as people see it who approve it. It has no credentials: those are
// added when it is sent.
func requestOf(c egress.Call, methods guard.Methods) *approval.Request {
	r := &approval.Request{Method: c.Method, URL: c.URL.String(), Size: len(c.Body)}
	coding := ""
	for _, h := range c.Header {
		if strings.EqualFold(h.Name, serialize.ContentEncoding) {
			coding = h.Value
		}
		r.Header = append(r.Header, h.Name+": "+h.Value)
	}
	for _, p := range c.Cookies {
		r.Header = append(r.Header, "Cookie: "+p.Name+"="+p.Value)
	}
	if len(methods) > 1 {
		r.MayBe = otherMethods(methods)
	}
	if len(c.Body) > 0 {
		sum := sha256.Sum256(c.Body)
		r.Hash = hex.EncodeToString(sum[:])
		r.Body = bodyText(serialize.DecodeContent(c.Body, coding))
	}
	return r
}

// bodyText returns a body that is text, else a description of it.
func bodyText(body []byte) string {
	if guard.IsText(body) {
		return string(body)
	}
	return strings.TrimPrefix(guard.DescribeBody(body, approval.MaxArguments), ": ")
}

// maxPreview limits each part of a request that a person is shown, in characters.
const maxPreview = 4000

// requestDigest returns the digest of a request without its credentials, and of the arguments that
// it was built from.
func requestDigest(arguments guard.Digest, c egress.Call) guard.Digest {
	return guard.DigestOf([]any{arguments.String(), c.Digest().String()})
}

// preview describes a request for the person who decides: method, URL, headers, cookies and body.
// The caller's text is on one line, with escapes for invisible characters, so that it can neither
// pass for the text around it nor hide. Where more than limit characters are cut, it says how many.
func preview(h heldCall, limit int) string {
	if h.describe != nil {
		return h.describe(limit)
	}
	c := h.request
	var b strings.Builder
	fmt.Fprintf(&b, "%s would send %s %s", h.op.toolName, c.Method, guard.ExcerptURL(c.URL.String(), limit))
	typ, coding := "", ""
	var headers []string
	for _, h := range c.Header {
		switch {
		case h.Name == "Content-Type":
			typ = h.Value
			continue
		case strings.EqualFold(h.Name, serialize.ContentEncoding):
			coding = h.Value
		}
		headers = append(headers, h.Name+": "+h.Value)
	}
	for _, p := range c.Cookies {
		headers = append(headers, "Cookie: "+p.Name+"="+p.Value)
	}
	if len(headers) > 0 {
		fmt.Fprintf(&b, " with %s", guard.ExcerptList(headers, "; ", limit))
	}
	if len(c.Body) > 0 {
		if len(headers) > 0 {
			b.WriteString(" and")
		} else {
			b.WriteString(" with")
		}
		fmt.Fprintf(&b, " a body of %d bytes", len(c.Body))
		if typ != "" {
			fmt.Fprintf(&b, " (%s)", guard.Excerpt(serialize.BaseType(typ), 100))
		}
		b.WriteString(guard.DescribeBody(serialize.DecodeContent(c.Body, coding), limit))
	}
	b.WriteByte('.')
	if len(h.undeclared) > 0 {
		fmt.Fprintf(&b, " The API may ignore what it does not know (%s).", strings.Join(h.undeclared, "; "))
	}
	if len(h.methods) > 1 {
		fmt.Fprintf(&b, " A server may handle it as %s.", guard.Excerpt(otherMethods(h.methods), 200))
	}
	return b.String()
}

// otherMethods names the methods that may replace that of a request.
func otherMethods(methods guard.Methods) string {
	names := slices.Clone(methods[1:])
	for i, m := range names {
		if m == guard.AnyMethod {
			names[i] = "another request"
		}
	}
	return strings.Join(names, " or ")
}
