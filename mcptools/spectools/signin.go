package spectools

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/infer/headers"
	"github.com/spectap/spectap/mcptools/spectools/credential"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/mcptools/spectools/sanitize"
	"github.com/spectap/spectap/mcptools/spectools/serialize"
	"github.com/spectap/spectap/openapi"
)

// SignIn says how the server signs in to an app whose session is a cookie or a token.
//
// An agent could sign in with tools, but then it would hold the password, the cookie and the token
// against forged requests (CSRF). The document may say where both come from ([openapi.Access]).
// Otherwise lists stand for the few places where frameworks put them. Each caller has a session of
// its own, all with the same account.
type SignIn struct {
	// Operation is the operation that signs in: its operationId, METHOD PATH as the document has
	// them, or [SignInAuto]. It becomes no tool.
	Operation string
	// Get returns the value of a variable, "" if it is not set, as os.Getenv does. The parameters
	// and the members of the body that signs in are read from SPECTAP_AUTH_SIGN_IN_ and their
	// names, as in SPECTAP_AUTH_SIGN_IN_PASSWORD.
	Get func(string) string

	access openapi.Access // of the document
}

// SignInAuto as [SignIn.Operation] is the first operation that signs in by [openapi.Access].
const SignInAuto = "auto"

// sessionScheme replaces the name of a security scheme for a session.
const sessionScheme = "session"

// sessions are those of the callers of a set.
type sessions struct {
	s  *Set
	o  SignIn
	op *operation // that signs in
	signInSources
	fields []signInField

	mu       sync.Mutex // guards the fields below and session.used
	byCaller map[string]*session
	uses     uint64
}

// maxSignedIn bounds the sessions. The least recently used one is forgotten.
const maxSignedIn = 256

// session is the session of a browser: cookies, and the token that an app demands against forged
// requests (CSRF). It begins with the first call, and again after the app refused it.
type session struct {
	*sessions
	used uint64

	mu     sync.Mutex // held while the session begins, so that concurrent calls begin one
	begun  bool
	jar    *cookiejar.Jar
	tokens tokens
	// secrets are the tokens that the sign-in gave, by security scheme.
	secrets map[string]credential.Secret
	// carries has the cookies that the sign-in set, by name. renews means that the next page set
	// one to another value, as with Laravel, which encrypts it anew for each answer.
	carries map[string]string
	renews  bool
	also    []egress.Credential // that all requests have
}

// SignInError says why the server could not sign in. It has no values.
type SignInError struct{ why string }

// Error implements error.
func (e *SignInError) Error() string { return "sign in: " + e.why }

func signInErrorf(format string, args ...any) error {
	return &SignInError{fmt.Sprintf(format, args...)}
}

// isNamed reports whether an operation is the one that signs in.
func (o SignIn) isNamed(op *operation) bool {
	return o.Operation != "" && (op.id == o.Operation || strings.EqualFold(op.Method+" "+op.Path, o.Operation))
}

// takeSignIn takes the operation that signs in from the tools.
func (s *Set) takeSignIn() error {
	o := s.o.SignIn
	if o.Operation == "" || o.Operation == SignInRecorded {
		return nil
	}
	i := slices.IndexFunc(s.ops, o.isNamed)
	if i < 0 {
		return fmt.Errorf("the document has no operation %q to sign in with: name its operationId, or METHOD PATH as in the document",
			sanitize.Description(o.Operation, 200))
	}
	op := s.ops[i]
	if err := op.prepare(); err != nil {
		return fmt.Errorf("the operation to sign in with: %w", err)
	}
	s.session = &sessions{s: s, o: o, op: op, signInSources: s.sourcesOf(op), fields: signInFields(op), byCaller: map[string]*session{}}
	s.ops = slices.Delete(s.ops, i, i+1)
	s.skipped = append(s.skipped, Skip{op.Method, op.Path, "the server signs in with it", op})
	_, err := s.session.arguments(context.Background())
	return err
}

// of returns the session of the caller: cookies of one never serve another.
func (all *sessions) of(ctx context.Context) *session {
	who := all.s.o.Caller.Fingerprint(ctx)
	if all.s.o.Principal != nil {
		who += "/" + all.s.o.Principal(ctx)
	}
	all.mu.Lock()
	defer all.mu.Unlock()
	x := all.byCaller[who]
	if x == nil {
		if len(all.byCaller) >= maxSignedIn {
			delete(all.byCaller, slices.MinFunc(slices.Collect(maps.Keys(all.byCaller)), func(a, b string) int {
				return cmp.Compare(all.byCaller[a].used, all.byCaller[b].used)
			}))
		}
		x = &session{sessions: all}
		all.byCaller[who] = x
	}
	all.uses++
	x.used = all.uses
	return x
}

// credentials returns the cookies and tokens for a request. It signs in if that is needed.
func (all *sessions) credentials(ctx context.Context, op *operation) ([]schemeCredential, error) {
	x := all.of(ctx)
	x.mu.Lock()
	defer x.mu.Unlock()
	if !x.begun {
		if err := x.begin(ctx); err != nil {
			return nil, err
		}
	}
	u, err := url.Parse(op.BaseURL + op.Path)
	if err != nil {
		return nil, err
	}
	if !guard.IsSafe(op.Method) {
		x.visit(ctx) // what it lacks
	}
	var out []schemeCredential
	for _, sc := range slices.Concat(op.security...) {
		secret := x.secrets[sc.Name]
		if sc.Type == "http" {
			secret = credential.Secret(strings.TrimPrefix(string(secret), "Bearer ")) // of a header
		}
		c, ok := credential.Attach(sc.SecurityScheme, secret)
		if isNew := !slices.ContainsFunc(out, func(o schemeCredential) bool { return o.Name == c.Name }); ok && isNew && secret != "" {
			out = append(out, schemeCredential{sessionScheme, secret, c})
		}
	}
	for _, c := range x.attach(u, op.Method, op.headerTokens) {
		out = append(out, schemeCredential{sessionScheme, credential.Secret(c.Value), c})
	}
	return out, nil
}

// standing returns what stands for the session of any caller, without signing in: a person approves
// the account, which all that the sign-in sends identifies. Cookies and tokens change.
func (all *sessions) standing() guard.Secret {
	var values, names []string
	for _, f := range all.fields {
		v := all.o.Get(f.variable)
		values = append(values, v)
		if v != "" && f.isAccount() && !strings.ContainsAny(v[:1], "{[") {
			names = append(names, " of "+sanitize.Description(v, 100))
		}
	}
	names = append(names, "") // the document may name its members as it likes
	return guard.Secret{Scheme: sessionScheme + names[0] + " (cookies and token)", Value: strings.Join(values, "\n"), Hidden: true}
}

// forget ends the caller's session, which the app refused.
func (all *sessions) forget(ctx context.Context) {
	x := all.of(ctx)
	x.mu.Lock()
	defer x.mu.Unlock()
	x.begun = false
}

// begin signs in. The caller holds mu.
func (x *session) begin(ctx context.Context) (err error) {
	args, err := x.arguments(ctx)
	if err != nil {
		return err
	}
	request, problem := x.op.Request(args)
	if problem != nil {
		return signInErrorf("the arguments make no request: %s", problem.Reason)
	}
	if x.jar, err = cookiejar.New(nil); err != nil {
		return err
	}
	x.tokens, x.carries, x.secrets, x.renews = tokens{}, map[string]string{}, map[string]credential.Secret{}, false
	x.visit(ctx, request.URL, firstPage(request.URL)) // some apps demand their token here, too
	before := x.jar.Cookies(request.URL)
	resp, body, err := x.send(ctx, x.prepare(x.op, args, request), x.op.headerTokens)
	note := guard.Note{Tool: x.op.toolName, Sent: x.op.Method + " " + x.op.Path, Reason: "--sign-in"}
	if err != nil {
		note.Failure = networkReason(err)
		_ = guard.PassOf(ctx).Note(note)
		return signInErrorf("%s", note.Failure)
	}
	note.Status = resp.StatusCode
	if err := guard.PassOf(ctx).Note(note); err != nil {
		return signInErrorf("the audit does not accept records")
	}
	what := fmt.Sprintf("%s %s answered %d", x.op.Method, sanitize.Description(x.op.Path, 200), resp.StatusCode)
	isForm, isGiven := x.tokens.isForm, x.take(resp, body, before)
	first := firstPage(request.URL)
	next, err := resp.Location()
	switch isPage := err == nil; {
	case resp.StatusCode >= http.StatusBadRequest:
		return signInErrorf("%s", what)
	case isGiven && !isForm:
		if !isPage {
			next = first
		}
		x.tokens.page, x.tokens.from = "", nil // a new session has new ones
		x.follow(ctx, next)
		isForm = isPage && x.tokens.isForm
	}
	if isForm {
		return signInErrorf("%s and the form again: the app did not accept the values", what)
	}
	if !isGiven {
		return signInErrorf("%s and gave no credential", what)
	}
	x.begun = true
	x.visit(ctx, slices.DeleteFunc([]*url.URL{first}, func(u *url.URL) bool { return *u == *next })...)
	return nil
}

// send sends a request of the sign-in with what the session has, and keeps what the answer sets.
// Pages of the app that the server itself visits may renew the session, as with Rails, whose cookie
// holds all of it. Cookies do not expire here: the app says when the session is over.
func (x *session) send(ctx context.Context, request egress.Call, declared []string) (*http.Response, []byte, error) {
	request.Credentials, request.Once = x.attach(request.URL, request.Method, declared), true
	resp, err := x.s.client.Do(ctx, request)
	if err != nil {
		return nil, nil, err
	}
	data, _, err := egress.ReadBody(resp)
	if err != nil && len(data) == 0 {
		return nil, nil, err
	}
	var cookies []*http.Cookie
	for _, c := range resp.Cookies() {
		old, carries := x.carries[c.Name]
		switch {
		case carries && isDeleted(c):
			continue
		case carries:
			x.renews, x.carries[c.Name] = x.renews || c.Value != old, c.Value
		}
		if !isDeleted(c) {
			c.MaxAge, c.Expires = 0, time.Time{}
		}
		cookies = append(cookies, c)
	}
	x.jar.SetCookies(resp.Request.URL, cookies)
	x.read(resp, data)
	return resp, data, nil
}

// askForToken asks for a page, and for the token in a header, as gateways of SAP demand it.
var askForToken = []egress.Pair{{Name: "Accept", Value: "text/html, application/json"}, {Name: "X-CSRF-Token", Value: "Fetch"}}

// visit reads pages of the app that may hold its token, until one does, and the sources in the
// document that have not been read. A page that cannot be read has no token.
func (x *session) visit(ctx context.Context, pages ...*url.URL) {
	for _, op := range x.s.ops {
		if op.Method == http.MethodGet && headers.IsAntiForgery(op.Path) && !strings.Contains(op.Path, "{") && len(x.o.access.AntiForgery) == 0 {
			if call, problem := op.Request(orderedjson.New()); problem == nil {
				pages = []*url.URL{call.URL}
			}
		}
	}
	for _, page := range pages {
		if x.tokens.page == "" {
			x.follow(ctx, page)
		}
	}
	for _, a := range x.o.access.AntiForgery {
		for _, from := range a.From {
			if method, page := x.place(from); method == http.MethodGet && x.token(a, page) == "" {
				x.follow(ctx, page)
			}
		}
	}
}

// follow reads a page of the app and those that it redirects to.
func (x *session) follow(ctx context.Context, page *url.URL) {
	const most = 5
	for range most {
		if !x.isOwn(page) {
			return
		}
		resp, _, err := x.send(ctx, egress.Call{Method: http.MethodGet, URL: page, Header: askForToken}, nil)
		if err != nil {
			return
		}
		if page, err = resp.Location(); err != nil {
			return
		}
	}
}

// firstPage returns the URL of the first page of an app.
func firstPage(u *url.URL) *url.URL { return &url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/"} }

// isOwn reports whether a URL has the origin of the session.
func (x *session) isOwn(u *url.URL) bool {
	origin, err := egress.Origin(u)
	return err == nil && origin == originOf(x.op.BaseURL)
}

// observe keeps what the answer to a call sets: tokens, and cookies that are none of a session. An
// answer cannot replace the session, which could then be somebody else's (session fixation): if it
// sets a cookie that carries it to another value, the session ends, and the next call signs in. An
// app that renews the cookie again and again accepts the older value, too, which stays.
func (all *sessions) observe(ctx context.Context, resp *http.Response, body []byte) {
	x := all.of(ctx)
	x.mu.Lock()
	defer x.mu.Unlock()
	if !x.begun || !x.isOwn(resp.Request.URL) {
		return
	}
	var cookies []*http.Cookie
	for _, c := range resp.Cookies() {
		value, carries := x.carries[c.Name]
		switch {
		case !carries && (x.o.isToken(c.Name) || !headers.IsSessionCookie(c.Name)):
			cookies = append(cookies, c)
		case carries && (isDeleted(c) || c.Value != value && !x.renews):
			x.begun = false
		}
	}
	x.jar.SetCookies(resp.Request.URL, cookies)
	x.read(resp, body)
}

// isDeleted reports whether a cookie of an answer deletes one.
func isDeleted(c *http.Cookie) bool {
	return c.Value == "" || c.MaxAge < 0 || !c.Expires.IsZero() && c.Expires.Before(time.Now())
}

// attach returns the cookies for a URL and, for a method that writes, the tokens: in the headers
// that apps have, and in those that the document declares.
func (x *session) attach(u *url.URL, method string, declared []string) []egress.Credential {
	cookies, out := x.jar.Cookies(u), slices.Clone(x.also)
	for _, c := range cookies {
		out = append(out, egress.Credential{In: egress.InCookie, Name: c.Name, Value: c.Value})
	}
	if !guard.IsSafe(method) || len(declared) > 0 {
		for _, p := range x.tokenHeaders(u, cookies, declared) {
			out = append(out, egress.Credential{In: egress.InHeader, Name: p.Name, Value: p.Value})
		}
	}
	return out
}

// withToken returns the request of a call as the session sends it.
func (all *sessions) withToken(ctx context.Context, op *operation, args *orderedjson.Object, request egress.Call) egress.Call {
	if all == nil {
		return request
	}
	x := all.of(ctx)
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.jar == nil || !x.isOwn(request.URL) { // one that has just ended still has what this call needs
		return request
	}
	return x.prepare(op, args, request)
}

// prepare puts the token into a body, and says where a request comes from as a page of the app
// does, which some apps demand.
func (x *session) prepare(op *operation, args *orderedjson.Object, request egress.Call) egress.Call {
	if guard.IsSafe(request.Method) {
		return request
	}
	request.Header = slices.Clone(request.Header)
	if len(op.bodyTokens) > 0 {
		for _, name := range op.bodyTokens {
			args = setAt(args, []string{serialize.BodyArgument, name}, x.tokenField(name, request.URL))
		}
		if filled, problem := op.Request(args); problem == nil {
			isType := func(p egress.Pair) bool { return strings.EqualFold(p.Name, "Content-Type") } // it has the boundary of parts
			request.Body = filled.Body
			request.Header = slices.DeleteFunc(request.Header, isType)
			if i := slices.IndexFunc(filled.Header, isType); i >= 0 {
				request.Header = append(request.Header, filled.Header[i])
			}
		}
	}
	if origin, err := egress.Origin(request.URL); err == nil {
		request.Header = append(request.Header, egress.Pair{Name: "Origin", Value: origin})
	}
	return request
}
