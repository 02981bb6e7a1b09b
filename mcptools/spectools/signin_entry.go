package spectools

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/mcptools/spectools/sanitize"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/router"
)

// SignInRecorded as [SignIn.Operation] means that requests have the session of a captured one. The
// tokens are no arguments: an [Entry] gets them.
const SignInRecorded = "(recorded)"

// PendingToken stands in a request for a token that an [Entry] gets when the request is sent.
const PendingToken = "fresh-token"

// Entry gets what lets a request in, when the request is sent: new tokens against forged requests
// (CSRF) for the session that it has, or a session with tokens by signing in. A person or a policy
// has decided about the request before. An entry is for one request at a time.
type Entry struct {
	all *sessions
	op  *operation // that is called, without a method if it is not known
}

// EntryOf returns what gets the tokens of captured requests to the API of a document.
func EntryOf(doc *openapi3.T) *Entry {
	s := &Set{doc: doc, o: Options{SignIn: SignIn{Operation: SignInRecorded}}}
	_ = s.o.SignIn.readFrom(doc) // which fails for SignInAuto only
	return s.Entry("", "")
}

// Entry returns what gets the tokens of an operation's requests, and signs in if the set does.
func (s *Set) Entry(method, template string) *Entry {
	e := &Entry{s.session, cmp.Or(s.find(method, template), &operation{})}
	if e.all == nil {
		op := &operation{}
		if len(s.doc.Servers) > 0 {
			op.BaseURL = strings.TrimRight(router.Resolved(s.doc.Servers[0], s.o.ServerVariables), "/")
		}
		e.all = &sessions{s: s, o: s.o.SignIn, op: op, signInSources: s.sourcesOf(op), byCaller: map[string]*session{}}
	}
	return e
}

// After says which requests precede c, as in ", after GET /csrf": those that may have its tokens,
// or the one that signs in. Further pages of the app may be read then.
func (e *Entry) After(c *egress.Call) (text string) {
	switch {
	case e == nil:
		return ""
	case e.all.op.Method != "":
		return ", after " + e.all.op.Method + " " + e.all.op.Path
	}
	x := e.resume(c)
	for _, a := range x.o.access.AntiForgery {
		for _, from := range a.From {
			if method, page := x.place(from); method == http.MethodGet && x.token(a, page) == "" {
				text += ", after " + method + " " + page.EscapedPath()
				break // the others are tried if it has none
			}
		}
	}
	return text
}

// InBody is the location of a token in a member of the body.
const InBody egress.Location = "body"

// Enter gets what c needs, and returns what replaces that in c: credentials, and tokens.
func (e *Entry) Enter(ctx context.Context, client *egress.Client, c *egress.Call) (all []egress.Credential, err error) {
	defer func(own *egress.Client) { e.all.s.client = own }(e.all.s.client)
	e.all.s.client = client
	x, o := e.all.of(ctx), &e.all.o
	if e.all.op.Method != "" {
		given, err := e.all.credentials(ctx, e.op)
		if err != nil {
			return nil, err
		}
		all = forEgress(given)
	} else if x = e.resume(c); len(o.access.AntiForgery) > 0 {
		x.visit(ctx)
		all = x.attach(c.URL, c.Method, e.op.headerTokens)
	}
	all = slices.DeleteFunc(all, func(x egress.Credential) bool {
		return x.In == egress.InHeader && o.isToken(x.Name) && !hasHeader(c, x.Name)
	})
	fields := slices.Clone(e.op.bodyTokens)
	for _, a := range o.access.AntiForgery {
		fields = append(fields, a.Field)
	}
	for _, name := range fields {
		if token := x.tokenField(name, c.URL); name != "" && token != "" {
			all = append(all, egress.Credential{In: InBody, Name: name, Value: token})
		}
	}
	for _, name := range slices.Concat(e.op.headerTokens, e.op.bodyTokens) {
		if !slices.ContainsFunc(all, func(c egress.Credential) bool { return strings.EqualFold(c.Name, name) }) {
			return nil, fmt.Errorf("no answer of the app has the token %s against forged requests (CSRF)", sanitize.Description(name, 80))
		}
	}
	return all, nil
}

// resume returns the session that a request has, and keeps the tokens of the document that it has.
func (e *Entry) resume(c *egress.Call) *session {
	x := &session{sessions: e.all, begun: true, also: slices.Clone(c.Credentials)}
	x.jar, _ = cookiejar.New(nil) // which never fails
	for _, p := range c.Cookies {
		x.jar.SetCookies(c.URL, []*http.Cookie{{Name: p.Name, Value: p.Value, Path: "/"}})
	}
	if i := slices.IndexFunc(c.Header, func(p egress.Pair) bool { return strings.EqualFold(p.Name, "Authorization") }); i >= 0 {
		x.also = append(x.also, egress.Credential{In: egress.InHeader, Name: c.Header[i].Name, Value: c.Header[i].Value})
	}
	e.all.o.access.AntiForgery = slices.DeleteFunc(slices.Clone(e.all.s.o.SignIn.access.AntiForgery), func(a openapi.AntiForgery) bool {
		return !x.isOwn(c.URL) || !hasHeader(c, a.Header) && (a.Field == "" || !bytes.Contains(c.Body, []byte(a.Field)))
	})
	return x
}

func hasHeader(c *egress.Call, name string) bool {
	return slices.ContainsFunc(c.Header, func(p egress.Pair) bool { return strings.EqualFold(p.Name, name) })
}
