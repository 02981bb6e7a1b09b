package spectools

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/mcp/handler"
	"github.com/spectap/spectap/mcptools/forgery"
	"github.com/spectap/spectap/mcptools/spectools/credential"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/mcptools/spectools/serialize"
	"github.com/spectap/spectap/mcptools/view"
	"github.com/spectap/spectap/workflow"
)

// preparedCall is a call of an operation whose request was built, and may be sent.
type preparedCall struct {
	op      *operation
	args    *orderedjson.Object
	request egress.Call
	methods guard.Methods // as which servers may handle the request
	start   time.Time
	raw     []byte // the arguments as the client sent them
	digest  func() guard.Digest
	// approved stands for the credentials that a person has approved, nil if nobody was asked.
	approved []guard.Secret
	// carried are credentials that earlier steps of a workflow returned, in place of the configured
	// ones.
	carried []schemeCredential
	// seen, unless nil, gets the answer of the API before secrets are removed from it.
	seen *workflow.Response
}

// requestDigest returns the digest of a request without its credentials, and of the arguments that
// it was built from.
func (c *preparedCall) requestDigest() guard.Digest {
	return guard.DigestOf([]any{guard.DigestOf(orderedjson.Plain(c.args)).String(), c.request.Digest().String()})
}

// handler returns the handler of an operation's tool.
func (s *Set) handler(op *operation) server.ToolHandlerFunc {
	return func(ctx context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		pass := guard.PassOf(ctx)
		if c := preparedOf(pass); c != nil && c.op.toolName == op.toolName {
			return s.call(withHeader(ctx), pass, c), nil
		}
		return notJudged(), nil
	}
}

// preparedOf returns the call of an operation that a pass is for, or nil.
func preparedOf(pass *guard.Pass) *preparedCall {
	if pass == nil || pass.Preview == nil {
		return nil
	}
	c, _ := pass.Prepared.(*preparedCall)
	return c
}

// notJudged answers a call that nobody has decided on.
func notJudged() *mcp.CallToolResult {
	return failure(codeAuthorization, "the call was not judged",
		errorDetails{Reason: "the server is not served by package mcp/front, which decides on calls"}, "Nothing was sent.")
}

// withHeader returns a context with the header of the HTTP request that brought a call.
func withHeader(ctx context.Context) context.Context {
	return credential.WithHeader(ctx, handler.Header(ctx))
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

// preview returns what a call of an operation would do, or the answer to one that cannot be made.
func (s *Set) preview(ctx context.Context, op *operation, raw []byte) (*guard.Preview, *mcp.CallToolResult) {
	c := &preparedCall{op: op, raw: raw, start: time.Now()}
	args, confirmed, problems := s.arguments(ctx, op, raw)
	if len(problems) == 0 {
		request, problem := op.Request(args)
		if problem == nil {
			c.args, c.request, c.methods = args, request, request.EffectiveMethods()
			p := s.previewOf(ctx, c)
			p.Confirmed = confirmed
			return p, nil
		}
		problems = []jsonschema.Problem{*problem}
	}
	return nil, s.logged(ctx, c, invalid(problems, op.signature(), suggest(op.schema, problems)...))
}

// previewOf returns what a prepared call would do.
func (s *Set) previewOf(ctx context.Context, c *preparedCall) *guard.Preview {
	op := c.op
	c.request.Once = guard.IsSafe(op.Method) && !c.methods.IsRead() // retries and redirects are for reads
	c.digest = sync.OnceValue(c.requestDigest)
	p := &guard.Preview{
		Tool: op.toolName, Methods: c.methods, Reads: op.onlyReads(c.args), Asks: op.held,
		Sent: op.Method + " " + op.Path, Server: op.origin, Caller: s.o.Caller.Fingerprint(ctx), Digest: c.digest,
		Question: " Send it?", Prepared: c, Describe: c.describe,
	}
	p.Request = func() *guard.Shown {
		c.digest() // of what is shown
		return shownRequest(c.request, c.methods)
	}
	p.Secrets = func(ctx context.Context) ([]guard.Secret, json.Marshaler) {
		secrets, err := s.standing(withHeader(ctx), op)
		if err != nil {
			return nil, s.logged(ctx, c, noCredentials(err))
		}
		c.approved = secrets
		return secrets, nil
	}
	p.Fails = func() json.Marshaler {
		refused := s.withoutCredentials(withHeader(ctx), op)
		if refused == nil {
			return nil
		}
		return s.logged(ctx, c, refused)
	}
	p.Refuse = func(r guard.Refusal) json.Marshaler { return s.logged(ctx, c, c.refusal(r)) }
	return p
}

// resultJSON returns a result as JSON.
func resultJSON(res *mcp.CallToolResult) json.RawMessage {
	raw, err := json.Marshal(res)
	if err != nil { // it was made of JSON
		panic(err)
	}
	return raw
}

// logged logs the result of a call and returns it.
func (s *Set) logged(ctx context.Context, c *preparedCall, res *mcp.CallToolResult) *mcp.CallToolResult {
	if s.o.Log != nil {
		s.o.Log(Transaction{
			Start: c.start, Took: time.Since(c.start), Principal: s.principal(ctx),
			Tool: c.op.toolName, Method: c.op.Method, Path: c.op.Path,
			Arguments: c.raw, Result: res.RawStructuredContent, IsError: res.IsError,
		})
	}
	return res
}

// refusal answers a call that is not made.
func (c *preparedCall) refusal(r guard.Refusal) *mcp.CallToolResult {
	switch r.How {
	case guard.IsHeld, guard.IsNotHeld:
		return confirmationRequest(c.describe(1000), c.action(), r.How == guard.IsHeld)
	case guard.NotAsked:
		return failure(codeAuthorization, r.Why, errorDetails{Reason: r.Reason}, "Nothing was sent.", "To go on, "+r.Advice+".")
	}
	return failure(codeAuthorization, "not allowed: "+r.Reason, errorDetails{Reason: r.Reason}, "Nothing was sent.")
}

// call sends the request that was decided on, and no other.
func (s *Set) call(ctx context.Context, pass *guard.Pass, c *preparedCall) *mcp.CallToolResult {
	if s.byTool[c.op.toolName] != c.op {
		return s.logged(ctx, c, failure(codeServer, documentChanged, errorDetails{Reason: "the request is that of the document before"}, "Nothing was sent."))
	}
	if pass.Once {
		c.request.Once = true // a consent is valid for one request
		if c.requestDigest() != pass.Digest() {
			return failure(codeServer, "the request is not the one that was decided on", errorDetails{Reason: "a defect of this program"}, "Nothing was sent.")
		}
	}
	credentials, err := c.carried, error(nil)
	if credentials == nil || c.op.origin != s.origin {
		credentials, err = s.credentials(ctx, c.op)
	}
	if err == nil && c.approved != nil {
		var now []guard.Secret
		if now, err = s.standing(ctx, c.op); err == nil && !slices.Equal(now, c.approved) {
			pass.Failure = "the credentials have changed"
			return s.logged(ctx, c, failure(codeAuthentication, "the credentials have changed since the call was held",
				errorDetails{Reason: "others were approved"}, "Make the call again. Nothing was sent."))
		}
	}
	if err != nil {
		pass.Failure = "no credentials: their source failed"
		return s.logged(ctx, c, noCredentials(err))
	}
	return s.logged(ctx, c, s.send(ctx, pass, c, credentials))
}

// noCredentials answers a call whose credentials are not available.
func noCredentials(err error) *mcp.CallToolResult {
	if e, ok := errors.AsType[*SignInError](err); ok {
		return failure(codeAuthentication, e.Error(), errorDetails{Reason: "the server could not sign in"},
			"Ask the user to check the variables SPECTAP_AUTH_SIGN_IN_… that this server was started with. Nothing else was sent.")
	}
	return failure(codeAuthentication, "the credentials are not available",
		errorDetails{Reason: "the server's configuration does not supply them"},
		"Ask the user to check the credentials that this server was started with. Nothing was sent.")
}

// send sends a request with credentials, and reports the answer. Requests of calls leave from
// nowhere else.
func (s *Set) send(ctx context.Context, pass *guard.Pass, c *preparedCall, credentials []schemeCredential) *mcp.CallToolResult {
	op, request := c.op, withAccept(c.op, c.request)
	sent := func() sentCall { return sentCall{op, c.args, s.principal(ctx), credentials} }
	a, failed := s.exchange(ctx, c, s.session.withToken(ctx, op, c.args, request), forEgress(credentials), pass)
	if failed == nil && c.carried == nil && s.isRejected(&a) {
		// A cached token may have been revoked. A read is sent again with a new one; a write is
		// never sent twice.
		if renewed, ok := s.renewCredentials(ctx, op, credentials); ok && (op.Method == http.MethodGet || op.Method == http.MethodHead) && !request.Once {
			credentials = renewed
			a, failed = s.exchange(ctx, c, s.session.withToken(ctx, op, c.args, request), forEgress(renewed), pass)
		} else if ok {
			return s.report(ctx, sent(), &a, "The server has got new credentials meanwhile: call again.")
		}
	}
	if failed != nil {
		return failed
	}
	return s.report(ctx, sent(), &a)
}

// isRejected reports whether an answer says that the credentials are not accepted, or the token of
// the session: Laravel says 419 of one that is over.
func (s *Set) isRejected(a *answer) bool {
	return a.resp.StatusCode == http.StatusUnauthorized || s.session != nil && a.forged() == forgery.Token
}

// exchange sends one request and reads its answer, from which it removes the credentials. Without
// an answer it returns a result with the reason.
func (s *Set) exchange(
	ctx context.Context, c *preparedCall, request egress.Call, credentials []egress.Credential, pass *guard.Pass,
) (answer, *mcp.CallToolResult) {
	request.Credentials = credentials
	resp, err := s.client.Do(ctx, request)
	if err != nil {
		pass.Failure = networkReason(err)
		return answer{}, failure(codeNetwork, "the API could not be reached: "+pass.Failure,
			errorDetails{Reason: pass.Failure}, networkAdvice(c.op, err)...)
	}
	data, truncated, err := egress.ReadBody(resp)
	if s.session != nil {
		s.session.observe(ctx, resp, data)
	}
	c.observe(resp, data, err == nil && !truncated)
	pass.Status = resp.StatusCode
	if err != nil {
		pass.Failure = "the answer broke off"
		truncated = true
	}
	if truncated {
		data = []byte(view.WholeRunes(string(data)))
	}
	if sent, ok := egress.DigestAnswer(resp); ok {
		credentials = append(slices.Clip(credentials), sent)
	}
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

// arguments reads and checks the arguments of a call, and takes __confirmed out of them. Models
// also send it to tools whose calls are never held, where it has no effect.
func (s *Set) arguments(ctx context.Context, op *operation, raw []byte) (args *orderedjson.Object, confirmed bool, problems []jsonschema.Problem) {
	if args, problems = decodeArguments(raw); len(problems) > 0 {
		return nil, false, problems
	}
	if v, given := args.Get(confirmedArgument); given {
		var ok bool
		if confirmed, ok = v.(bool); !ok {
			return nil, false, []jsonschema.Problem{{Field: confirmedArgument, Reason: "must be true or false, as a boolean"}}
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

// shownRequest returns a request as people see it who approve it. It has no credentials: those are
// added when it is sent.
func shownRequest(c egress.Call, methods guard.Methods) *guard.Shown {
	r := &guard.Shown{Method: c.Method, URL: c.URL.String(), Size: len(c.Body)}
	var coding string
	r.Header, coding = headersOf(c)
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

// headersOf returns the headers and cookies of a request as lines, and the coding of its body.
func headersOf(c egress.Call) (lines []string, coding string) {
	for _, h := range c.Header {
		if strings.EqualFold(h.Name, serialize.ContentEncoding) {
			coding = h.Value
		}
		lines = append(lines, h.Name+": "+h.Value)
	}
	for _, p := range c.Cookies {
		lines = append(lines, "Cookie: "+p.Name+"="+p.Value)
	}
	return lines, coding
}

// bodyText returns a body that is text, else a description of it.
func bodyText(body []byte) string {
	if guard.IsText(body) {
		return string(body)
	}
	return strings.TrimPrefix(guard.DescribeBody(body, maxShownBody), ": ")
}

// maxPreview limits each part of a request that a person is shown, in characters.
const maxPreview = 4000

// maxShownBody limits the description of a body that is not text, in bytes.
const maxShownBody = 128 << 10

// describe describes a request for the person who decides: method, URL, headers, cookies and body.
// The caller's text is on one line, with escapes for invisible characters, so that it can neither
// pass for the text around it nor hide. Where more than limit characters are cut, it says how many.
func (p *preparedCall) describe(limit int) string {
	c := p.request
	var b strings.Builder
	fmt.Fprintf(&b, "%s would send %s %s", p.op.toolName, c.Method, guard.ExcerptURL(c.URL.String(), limit))
	typ, with := "", " with"
	headers, coding := headersOf(c)
	if i := slices.IndexFunc(headers, func(line string) bool { return strings.HasPrefix(line, "Content-Type: ") }); i >= 0 {
		typ, headers = strings.TrimPrefix(headers[i], "Content-Type: "), slices.Delete(headers, i, i+1)
	}
	if len(headers) > 0 {
		fmt.Fprintf(&b, " with %s", guard.ExcerptList(headers, "; ", limit))
		with = " and"
	}
	if len(c.Body) > 0 {
		fmt.Fprintf(&b, "%s a body of %d bytes", with, len(c.Body))
		if typ != "" {
			fmt.Fprintf(&b, " (%s)", guard.Excerpt(serialize.BaseType(typ), 100))
		}
		b.WriteString(guard.DescribeBody(serialize.DecodeContent(c.Body, coding), limit))
	}
	b.WriteByte('.')
	if undeclared := p.op.undeclared(p.args); len(undeclared) > 0 {
		fmt.Fprintf(&b, " The API may ignore what it does not know (%s).", strings.Join(undeclared, "; "))
	}
	if len(p.methods) > 1 {
		fmt.Fprintf(&b, " A server may handle it as %s.", guard.Excerpt(otherMethods(p.methods), 200))
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
