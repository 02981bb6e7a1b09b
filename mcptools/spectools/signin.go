package spectools

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"sync"

	"golang.org/x/net/html"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/infer/headers"
	"github.com/spectap/spectap/mcptools/spectools/credential"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/mcptools/spectools/sanitize"
	"github.com/spectap/spectap/mcptools/spectools/serialize"
)

// SignIn says how the server signs in to an app whose session is a cookie.
//
// An agent could sign in with tools, but then it would hold the password, the cookie and the token
// against forged requests (CSRF). Frameworks put that token in a few places, so two lists stand
// for all of them. All callers of one server share the session.
type SignIn struct {
	// Operation is the operation that signs in: its operationId, or METHOD PATH as the document has
	// them. It becomes no tool.
	Operation string
	// Get returns the value of a variable, "" if it is not set, as os.Getenv does. The members of
	// the body that signs in are read from SPECTAP_AUTH_SIGN_IN_ and their names, as in
	// SPECTAP_AUTH_SIGN_IN_PASSWORD.
	Get func(string) string
}

// sessionScheme replaces the name of a security scheme for the session.
const sessionScheme = "session"

// session is the session of a browser: cookies, and the token that an app demands against forged
// requests (CSRF). It begins with the first call, and again after the app refused it.
type session struct {
	s  *Set
	o  SignIn
	op *operation // that signs in
	// members are those of the body that signs in.
	members []string

	mu     sync.Mutex // held while the session begins, so that concurrent calls begin one
	begun  bool
	jar    *cookiejar.Jar
	tokens tokens
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
	if o.Operation == "" {
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
	s.session = &session{s: s, o: o, op: op, members: propertyNames(op.schema, serialize.BodyArgument)}
	s.ops = slices.Delete(s.ops, i, i+1)
	s.skipped = append(s.skipped, Skip{op.Method, op.Path, "the server signs in with it", nil})
	_, err := s.session.arguments(context.Background())
	return err
}

// credentials returns the cookies and tokens for a request. It signs in if that is needed.
func (x *session) credentials(ctx context.Context, op *operation) ([]schemeCredential, error) {
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
	var who []string // an approval is for the user who signed in, with any cookies
	for _, name := range x.members {
		who = append(who, x.o.Get(signInVariable(name)))
	}
	var out []schemeCredential
	for _, c := range x.attach(u, op.Method) {
		out = append(out, schemeCredential{sessionScheme, credential.Secret(c.Value), credential.Secret(strings.Join(who, "\n")), c})
	}
	return out, nil
}

// forget ends a session that the app refused.
func (x *session) forget() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.begun = false
}

// signInVariable returns the variable for a member of the body that signs in.
func signInVariable(member string) string { return credential.Variable("sign_in_" + member) }

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
	x.tokens = tokens{}
	x.visit(ctx, request.URL) // some apps demand their token here, too
	before := x.jar.Cookies(request.URL)
	resp, err := x.send(ctx, request)
	rec := x.s.record(x.op, x.s.principal(ctx), guard.Decision{Verdict: guard.Allow, Reason: "--sign-in"})
	rec.Event = "sign-in"
	if err != nil {
		rec.Error = networkReason(err)
		_ = x.s.writeAudit(&rec)
		return signInErrorf("%s", rec.Error)
	}
	rec.Status = resp.StatusCode
	if err := x.s.writeAudit(&rec); err != nil {
		return signInErrorf("the audit does not accept records")
	}
	hasNew := slices.ContainsFunc(x.jar.Cookies(request.URL), func(c *http.Cookie) bool {
		return !isAntiForgery(c.Name) && !slices.ContainsFunc(before, func(o *http.Cookie) bool { return o.Name == c.Name && o.Value == c.Value })
	})
	if resp.StatusCode >= http.StatusBadRequest || !hasNew {
		return signInErrorf("%s %s answered %d%s", x.op.Method, sanitize.Description(x.op.Path, 200), resp.StatusCode,
			map[bool]string{false: " and set no cookie for a session"}[hasNew])
	}
	x.begun = true
	next := firstPage(request.URL)
	if to, err := resp.Location(); err == nil {
		next = to
	}
	x.visit(ctx, next) // a new session has a new token
	return nil
}

// arguments returns the arguments of the call that signs in, from the variables.
func (x *session) arguments(ctx context.Context) (*orderedjson.Object, error) {
	args, body := orderedjson.New(), orderedjson.New()
	for _, name := range x.members {
		if v := x.o.Get(signInVariable(name)); v != "" {
			body.Set(name, v)
		}
	}
	args.Set(serialize.BodyArgument, body)
	x.op.read(args)
	x.fillToken(x.op, args)
	var missing []string
	for _, p := range x.op.check(ctx, args) {
		missing = append(missing, sanitize.Description(p.Field+" "+p.Reason, 200))
	}
	if len(missing) > 0 {
		var variables []string
		for _, name := range x.members {
			if !isAntiForgery(name) {
				variables = append(variables, signInVariable(name))
			}
		}
		return nil, signInErrorf("%s: set %s", strings.Join(missing, ", "), strings.Join(variables, ", "))
	}
	return args, nil
}

// send sends a request with what the session has, and keeps what the answer sets.
func (x *session) send(ctx context.Context, request egress.Call) (*http.Response, error) {
	request = x.prepare(request)
	request.Credentials, request.Once = x.attach(request.URL, request.Method), true
	resp, err := x.s.client.Do(ctx, request)
	if err != nil {
		return nil, err
	}
	data, _, err := egress.ReadBody(resp)
	if err != nil && len(data) == 0 {
		return nil, err
	}
	x.keep(resp, data)
	return resp, nil
}

// askForToken asks for a page, and for the token in a header, as gateways of SAP demand it.
var askForToken = []egress.Pair{{Name: "Accept", Value: "text/html, application/json"}, {Name: "X-CSRF-Token", Value: "Fetch"}}

// visit reads the pages of the app that may hold its token: the source in the document, or the page
// at u and the first one. A page that cannot be read has no token.
func (x *session) visit(ctx context.Context, u *url.URL) {
	pages := []*url.URL{u, firstPage(u)}
	for _, op := range x.s.ops {
		if op.Method == http.MethodGet && isAntiForgery(op.Path) && !strings.Contains(op.Path, "{") {
			if call, problem := op.Request(orderedjson.New()); problem == nil {
				pages = []*url.URL{call.URL}
			}
		}
	}
	x.tokens.page = ""
	for _, page := range pages {
		const most = 5 // redirects
		for range most {
			if !x.isOwn(page) {
				break
			}
			resp, err := x.send(ctx, egress.Call{Method: http.MethodGet, URL: page, Header: askForToken})
			if err != nil {
				break
			}
			if page, err = resp.Location(); err != nil {
				break
			}
		}
		if x.tokens.page != "" {
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

// keep keeps what an answer sets: cookies and tokens.
func (x *session) keep(resp *http.Response, body []byte) {
	x.jar.SetCookies(resp.Request.URL, resp.Cookies())
	x.tokens.read(resp.Header, body)
}

// observe is keep for the answer to a call.
func (x *session) observe(resp *http.Response, body []byte) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.begun && x.isOwn(resp.Request.URL) {
		x.keep(resp, body)
	}
}

// attach returns the cookies for a URL and, for a method that writes, the tokens.
func (x *session) attach(u *url.URL, method string) (out []egress.Credential) {
	cookies := x.jar.Cookies(u)
	for _, c := range cookies {
		out = append(out, egress.Credential{In: egress.InCookie, Name: c.Name, Value: c.Value})
	}
	if !guard.IsSafe(method) {
		for _, p := range x.tokens.headers(cookies) {
			out = append(out, egress.Credential{In: egress.InHeader, Name: p.Name, Value: p.Value})
		}
	}
	return out
}

// tokenPlaceholder replaces the token in the body of a request until that is sent. People confirm
// the placeholder, because the token may have changed by then.
const tokenPlaceholder = "SPECTAP-ANTI-FORGERY-TOKEN"

// fillToken puts the placeholder into the members of a form that carry the token.
func (x *session) fillToken(op *operation, args *orderedjson.Object) {
	if op.prepare() != nil || len(op.bodyTokens) == 0 {
		return
	}
	body, ok := args.Value(serialize.BodyArgument).(*orderedjson.Object)
	if !ok {
		body = orderedjson.New()
		args.Set(serialize.BodyArgument, body)
	}
	for _, name := range op.bodyTokens {
		body.Set(name, tokenPlaceholder)
	}
}

// withToken is prepare for a call.
func (x *session) withToken(request egress.Call) egress.Call {
	x.mu.Lock()
	defer x.mu.Unlock()
	if !x.begun || !x.isOwn(request.URL) {
		return request
	}
	return x.prepare(request)
}

// prepare puts the token into a body, and says where a request comes from as a page of the app
// does, which some apps demand.
func (x *session) prepare(request egress.Call) egress.Call {
	if guard.IsSafe(request.Method) {
		return request
	}
	if origin, err := egress.Origin(request.URL); err == nil {
		request.Header = append(slices.Clone(request.Header), egress.Pair{Name: "Origin", Value: origin})
	}
	token := x.tokens.form(x.jar.Cookies(request.URL))
	for _, h := range request.Header {
		if strings.EqualFold(h.Name, "Content-Type") && strings.HasPrefix(h.Value, "application/x-www-form-urlencoded") {
			token = url.QueryEscape(token)
		}
	}
	request.Body = bytes.ReplaceAll(request.Body, []byte(tokenPlaceholder), []byte(token))
	return request
}

// whyNotSignedIn returns why signing in failed, or "" if an error is about something else.
func whyNotSignedIn(err error) string {
	if e := (*SignInError)(nil); errors.As(err, &e) {
		return e.Error()
	}
	return ""
}

// tokens are the tokens against forged requests that an app gave out.
type tokens struct {
	page   string        // of a page or of a body
	header []egress.Pair // of response headers, such as X-CSRF-Token of SAP's gateways
}

// pageHeaders are the headers in which pages send the token that they hold: Rails, Laravel, Spring,
// gorilla/csrf and Phoenix; Django and Flask-WTF; ASP.NET.
var pageHeaders = []string{"X-CSRF-Token", "X-CSRFToken", "RequestVerificationToken"}

// formFields are the names of hidden fields without "csrf" or "xsrf" that hold such a token: Rails,
// Laravel, ASP.NET.
var formFields = []string{"authenticity_token", "_token", "__requestverificationtoken"}

// isAntiForgery reports whether something of this name carries such a token.
func isAntiForgery(name string) bool {
	return headers.IsAntiForgery(name) || slices.Contains(formFields, strings.ToLower(name))
}

// headers returns the headers with tokens. One of a cookie goes into the header that is named after
// it, as Django (csrftoken, X-CSRFToken) and Angular, axios, Laravel and Spring (XSRF-TOKEN,
// X-XSRF-TOKEN) do.
func (t *tokens) headers(cookies []*http.Cookie) []egress.Pair {
	out := slices.Clone(t.header)
	add := func(name, value string) {
		if value != "" && !slices.ContainsFunc(out, func(p egress.Pair) bool { return strings.EqualFold(p.Name, name) }) {
			out = append(out, egress.Pair{Name: name, Value: value})
		}
	}
	for _, c := range cookies {
		if isAntiForgery(c.Name) {
			add(http.CanonicalHeaderKey("X-"+strings.ReplaceAll(strings.TrimLeft(c.Name, "_"), "_", "-")), unescaped(c.Value))
		}
	}
	for _, name := range pageHeaders {
		add(name, t.page)
	}
	return out
}

// form returns the token for the field of a form.
func (t *tokens) form(cookies []*http.Cookie) string {
	if t.page != "" {
		return t.page
	}
	for _, c := range cookies {
		if isAntiForgery(c.Name) {
			return unescaped(c.Value)
		}
	}
	return ""
}

// unescaped returns the value of a cookie as a script of a page reads it.
func unescaped(value string) string {
	if plain, err := url.QueryUnescape(strings.ReplaceAll(value, "+", "%2B")); err == nil {
		return plain
	}
	return value
}

// maxTokenPage bounds the bytes of a page in which a token is looked for.
const maxTokenPage = 1 << 20

// read takes the tokens of an answer.
func (t *tokens) read(h http.Header, body []byte) {
	for name, values := range h {
		if isAntiForgery(name) && !strings.EqualFold(values[0], "required") {
			t.header = append(slices.DeleteFunc(t.header, func(p egress.Pair) bool { return p.Name == name }), egress.Pair{Name: name, Value: values[0]})
		}
	}
	body = body[:min(len(body), maxTokenPage)]
	kind := h.Get("Content-Type")
	token := ""
	switch {
	case strings.Contains(kind, "html"):
		token = tokenOfPage(body)
	case strings.Contains(kind, "json"):
		var members map[string]any
		if bytes.Contains(bytes.ToLower(body), []byte("srf")) {
			_ = json.Unmarshal(body, &members) // anything but an object has no token
		}
		for _, name := range slices.Sorted(maps.Keys(members)) {
			if s, ok := members[name].(string); ok && isAntiForgery(name) {
				token = s
			}
		}
	}
	if token != "" {
		t.page = token
	}
}

// tokenOfPage returns the token of a <meta> or a hidden field.
func tokenOfPage(page []byte) string {
	z := html.NewTokenizer(bytes.NewReader(page))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return ""
		case html.StartTagToken, html.SelfClosingTagToken:
		default:
			continue
		}
		tag := z.Token()
		attr := map[string]string{}
		for _, a := range tag.Attr {
			attr[a.Key] = a.Val
		}
		switch name := strings.ToLower(attr["name"]); {
		case !isAntiForgery(name):
		case tag.Data == "meta" && !strings.HasSuffix(name, "param") && !strings.HasSuffix(name, "header") && attr["content"] != "":
			return attr["content"]
		case tag.Data == "input" && attr["value"] != "":
			return attr["value"]
		}
	}
}
