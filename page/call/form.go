package call

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/replay"
	"github.com/spectap/spectap/mcptools/spectools"
	"github.com/spectap/spectap/mcptools/spectools/credential"
	"github.com/spectap/spectap/page/wire"
)

// Form is the form that a person fills in to call an operation.
type Form struct {
	Origin string `json:"origin"`
	// Schema is the JSON Schema of the arguments.
	Schema      string               `json:"schema"`
	Arguments   []spectools.Argument `json:"arguments"`   // except those of the body
	Credentials []Credential         `json:"credentials"` // the best first
	// Secured means that the operation requires credentials, and Missing how to supply more.
	Secured bool   `json:"secured,omitzero"`
	Missing string `json:"missing,omitempty"`
}

// Credential is a credential that the person may choose. Its value is never shown.
type Credential struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// form returns the form of an operation.
func (p *panel) form(ctx context.Context, in Operation) (Form, error) {
	set, err := p.tools(ctx, &in, "")
	if err != nil {
		return Form{}, shown(err)
	}
	defer set.Close()
	f, _ := set.Form(in.Method, in.Path)
	out := Form{Origin: f.Origin, Schema: string(f.Schema), Arguments: f.Arguments, Secured: len(f.Security) > 0}
	for _, l := range set.Lacks() {
		out.Missing = l.Supply
	}
	if out.Credentials, err = p.choices(ctx, in.Host, f); err == nil && out.Secured {
		p.offerSignIn(ctx, &in, &out)
	}
	return out, err
}

// credentials returns the credentials that the person chose, and the cookies of their session.
func (p *panel) credentials(ctx context.Context, f spectools.Form, id string) (out []egress.Credential, cookies []egress.Pair, err error) {
	gone := &wire.Error{Message: "this credential is no longer there", Try: "choose another one"}
	number, isFlow := strings.CutPrefix(id, "flow:")
	switch {
	case id == "" || id == spectools.SignInAuto:
		return nil, nil, nil
	case id == "environment":
		out, _ = p.ofEnvironment(ctx, f)
	case isFlow:
		n, _ := strconv.ParseUint(number, 10, 64) // there is no flow 0
		r, err := p.replayed(ctx, flow.Seq(n))
		if err != nil {
			return nil, nil, gone
		}
		q := &r.Flow.Request
		if q.Origin() != f.Origin { // a secret is for the API that it was captured from
			return nil, nil, &wire.Error{Message: "the credential of flow " + number + " is for " + q.Origin()}
		}
		out, _ = f.Sent(q)
		cookies = r.Call.Cookies
	}
	if len(out) == 0 {
		return nil, nil, gone
	}
	return out, cookies, nil
}

// ofEnvironment returns the credentials of the variables.
func (p *panel) ofEnvironment(ctx context.Context, f spectools.Form) ([]egress.Credential, []string) {
	return f.Best(func(s spectools.Scheme) (egress.Credential, string, bool) {
		secret, has, err := p.Environment.Credential(ctx, s.Name, s.SecurityScheme)
		c, ok := credential.Attach(s.SecurityScheme, secret)
		return c, credential.Variable(s.Name), err == nil && has && ok
	})
}

// Draft is a request of a flow as the person edits it, with placeholders instead of secrets.
type Draft struct {
	Origin string `json:"origin,omitempty"` // of the flow; a draft cannot change it
	Method string `json:"method"`
	// Target is the path with the query, as it is sent.
	Target  string        `json:"target"`
	Headers []egress.Pair `json:"headers"` // with the cookies as one header
	// Body is the body as text. Binary means that it is not text, and sent as captured unless there
	// is a Body.
	Body   string `json:"body"`
	Binary bool   `json:"binary,omitzero"`
}

// DraftQuery names a flow.
type DraftQuery struct {
	Seq flow.Seq `json:"seq"`
}

// draft returns the request of a flow, to be edited.
func (p *panel) draft(ctx context.Context, in DraftQuery) (Draft, error) {
	r, err := p.replayed(ctx, in.Seq)
	if err != nil {
		return Draft{}, shown(err)
	}
	d := r.Draft()
	out := Draft{Origin: r.Flow.Request.Origin(), Method: d.Method, Target: d.Path, Headers: slices.Clone(d.Header), Binary: d.Body == nil}
	if d.Query != "" {
		out.Target += "?" + d.Query
	}
	if len(d.Cookies) > 0 {
		out.Headers = append(out.Headers, egress.Pair{Name: "Cookie", Value: cookieLine(d.Cookies)})
	}
	if d.Body != nil {
		out.Body = *d.Body
	}
	return out, nil
}

// cookieLine returns the value of the header Cookie.
func cookieLine(cookies []egress.Pair) string {
	var pairs []string
	for _, c := range cookies {
		pairs = append(pairs, c.Name+"="+c.Value)
	}
	return strings.Join(pairs, "; ")
}

// edited returns the draft in the form of package replay.
func (d *Draft) edited() replay.Draft {
	out := replay.Draft{Method: d.Method, Header: d.Headers}
	out.Path, out.Query, _ = strings.Cut(d.Target, "?")
	if !d.Binary || d.Body != "" {
		out.Body = &d.Body
	}
	return out
}
