package call

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/replay"
	"github.com/spectap/spectap/mcptools/spectools"
	"github.com/spectap/spectap/mcptools/spectools/credential"
	"github.com/spectap/spectap/page/wire"
	"github.com/spectap/spectap/store"
)

// Form is the form that a person fills in to call an operation.
type Form struct {
	Origin string `json:"origin"`
	// Schema is the JSON Schema of the arguments.
	Schema      string               `json:"schema"`
	Arguments   []spectools.Argument `json:"arguments"`   // except those of the body
	Credentials []Credential         `json:"credentials"` // the best first
	// Secured means that the operation requires credentials.
	Secured bool `json:"secured,omitzero"`
}

// Credential is a credential that the person may choose. Its value is never shown.
type Credential struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// form returns the form of an operation.
func (p *panel) form(ctx context.Context, in Operation) (Form, error) {
	set, err := p.tools(ctx, &in)
	if err != nil {
		return Form{}, shown(err)
	}
	defer set.Close()
	f, ok := set.Form(in.Method, in.Path)
	if !ok {
		return Form{}, &wire.Error{Message: "the document has no such operation", NotFound: true}
	}
	out := Form{Origin: f.Origin, Schema: string(f.Schema), Arguments: f.Arguments, Secured: len(f.Security) > 0}
	out.Credentials, err = p.choices(ctx, in.Host, f)
	return out, err
}

const (
	maxChoices = 8    // credentials of flows
	maxScanned = 2000 // flows that are searched for them
)

// choices returns the credentials with which an operation can be called, without duplicates: those
// of the environment, and those of the newest flows of the host that the API did not refuse.
func (p *panel) choices(ctx context.Context, host string, f spectools.Form) ([]Credential, error) {
	out := []Credential{}
	if len(f.Security) == 0 {
		return out, nil
	}
	var seen []string
	for c, err := range p.Store.Scan(ctx, store.Query{Authority: host, Newest: true, Limit: maxScanned, NoBodies: true}) {
		if err != nil {
			return nil, err
		}
		if c.Response == nil || c.Response.Status == 401 || c.Response.Status == 403 || c.Request.Origin() != f.Origin {
			continue
		}
		credentials, names := f.Sent(&c.Request)
		values := ""
		for _, x := range credentials {
			values += x.String() + "=" + x.Value + "\n"
		}
		if values == "" || slices.Contains(seen, values) {
			continue
		}
		seen = append(seen, values)
		out = append(out, Credential{"flow:" + strconv.FormatUint(uint64(c.Seq), 10),
			strings.Join(names, " and ") + " of flow " + strconv.FormatUint(uint64(c.Seq), 10)})
		if len(out) == maxChoices {
			break
		}
	}
	if credentials, names := p.ofEnvironment(ctx, f); len(credentials) > 0 {
		out = append(out, Credential{"environment", strings.Join(names, " and ") + " of the environment"})
	}
	return out, nil
}

// credentials returns the credentials that the person chose.
func (p *panel) credentials(ctx context.Context, host string, f spectools.Form, id string) ([]egress.Credential, error) {
	gone := &wire.Error{Message: "this credential is no longer there", Try: "choose another one"}
	var out []egress.Credential
	number, isFlow := strings.CutPrefix(id, "flow:")
	switch {
	case id == "":
		return nil, nil
	case id == "environment":
		out, _ = p.ofEnvironment(ctx, f)
	case isFlow:
		n, err := strconv.ParseUint(number, 10, 64)
		if err != nil {
			return nil, gone
		}
		c, err := p.Store.Get(ctx, flow.Seq(n))
		if err != nil {
			return nil, gone
		}
		if c.Request.Origin() != f.Origin { // a secret is for the API that it was captured from
			return nil, &wire.Error{Message: "the credential of flow " + number + " is for " + c.Request.Origin()}
		}
		out, _ = f.Sent(&c.Request)
	}
	if len(out) == 0 {
		return nil, gone
	}
	return out, nil
}

// ofEnvironment returns the credentials of the variables.
func (p *panel) ofEnvironment(ctx context.Context, f spectools.Form) ([]egress.Credential, []string) {
	return f.Best(func(s spectools.Scheme) (egress.Credential, string, bool) {
		secret, has, err := p.Environment.Credential(ctx, s.Name, s.SecurityScheme)
		if err != nil || !has {
			return egress.Credential{}, "", false
		}
		c, ok := credential.Attach(s.SecurityScheme, secret)
		return c, credential.Variable(s.Name), ok && c.In != egress.InDigest // the page answers no challenge
	})
}

// queryPair writes a parameter of a query.
func queryPair(name, value string) string {
	return url.QueryEscape(name) + "=" + url.QueryEscape(value)
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
	var cookies []string
	for _, c := range d.Cookies {
		cookies = append(cookies, c.Name+"="+c.Value)
	}
	if len(cookies) > 0 {
		out.Headers = append(out.Headers, egress.Pair{Name: "Cookie", Value: strings.Join(cookies, "; ")})
	}
	if d.Body != nil {
		out.Body = *d.Body
	}
	return out, nil
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
