package call

import (
	"context"
	"slices"
	"strings"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/mcptools/replay"
	"github.com/spectap/spectap/mcptools/spectools"
	"github.com/spectap/spectap/page/wire"
)

// Operation names an operation of the document of a host.
type Operation struct {
	Host   string `json:"host"`
	Method string `json:"method"`
	Path   string `json:"path"` // the template
}

// build makes the request that the person wrote.
func (p *panel) build(ctx context.Context, in Request) (*replay.Request, []Problem, error) {
	switch {
	case in.Operation != nil && in.Draft == nil && in.Seq == 0:
		return p.buildCall(ctx, in)
	case in.Operation == nil && in.Draft != nil && in.Seq > 0:
		r, err := p.replayed(ctx, in.Seq)
		if err != nil {
			return nil, nil, err
		}
		if err := r.Rewrite(in.Draft.edited()); err != nil || !r.HasToken() {
			return r, nil, err
		}
		if d, err := p.describe(ctx, r.Flow.Request.Authority); err == nil { // else the tokens of the flow are sent
			r.Enter(spectools.EntryOf(d.OpenAPI))
		}
		return r, nil, nil
	}
	return nil, nil, &wire.Error{Message: "a request is an operation, or a flow with a draft"}
}

// replayed returns the request of a flow.
func (p *panel) replayed(ctx context.Context, seq flow.Seq) (*replay.Request, error) {
	f, err := p.Store.Get(ctx, seq)
	if err != nil {
		return nil, err
	}
	return replay.New(f, []string{f.Request.Origin()}, p.Redact, nil)
}

// describe returns the document of a host.
func (p *panel) describe(ctx context.Context, host string) (*catalog.Document, error) {
	return p.Documents.Document(ctx, catalog.Request{Hosts: []string{host}}, describeTime)
}

// tools returns the tool of one operation, to call with a credential.
func (p *panel) tools(ctx context.Context, op *Operation, credential string) (*spectools.Set, error) {
	d, err := p.describe(ctx, op.Host)
	if err != nil {
		return nil, err
	}
	signIn := map[bool]string{false: spectools.SignInRecorded, true: spectools.SignInAuto}[credential == spectools.SignInAuto]
	set, err := spectools.FromDocument(d.OpenAPI, spectools.Options{
		Policy:      guard.Policy{NoConfirmDangerous: true}, // this panel decides
		Credentials: p.Environment, SignIn: spectools.SignIn{Operation: signIn, Get: p.Environment.Get},
		Filter: func(o spectools.Operation) bool { return o.Method == op.Method && o.Path == op.Path },
	})
	if err == nil && len(set.Operations()) == 0 {
		reason := "later flows changed it"
		for _, s := range set.Skipped() {
			if s.Reason != spectools.Filtered {
				reason = s.Reason
			}
		}
		err = &wire.Error{Message: "the document has no such operation to call: " + reason, NotFound: true}
	}
	return set, err
}

// buildCall makes the request of an operation as a flow with the credentials, so that they are
// treated like captured credentials.
func (p *panel) buildCall(ctx context.Context, in Request) (*replay.Request, []Problem, error) {
	set, err := p.tools(ctx, in.Operation, in.Credential)
	if err != nil {
		return nil, nil, err
	}
	defer set.Close()
	call, wrong := set.Request(ctx, in.Operation.Method, in.Operation.Path, []byte(in.Arguments))
	if len(wrong) > 0 {
		problems := make([]Problem, len(wrong))
		for i, w := range wrong {
			problems[i] = Problem{w.Field, w.Reason}
		}
		return nil, problems, nil
	}
	form, _ := set.Form(in.Operation.Method, in.Operation.Path)
	credentials, session, err := p.credentials(ctx, form, in.Credential)
	if err != nil {
		return nil, nil, err
	}
	if form.IsGuarded {
		call.Cookies = append(slices.Clip(call.Cookies), session...)
		call.Header = append(call.Header, egress.Pair{Name: "Origin", Value: form.Origin}) // some apps demand it, too
	}
	f, err := flowOf(call)
	if err != nil {
		return nil, nil, err
	}
	r, err := replay.New(f, []string{f.Request.Origin()}, p.Redact, nil)
	if err == nil {
		r.Use(credentials...)
		r.Enter(set.Entry(in.Operation.Method, in.Operation.Path))
	}
	return r, nil, err
}

// flowOf returns a flow with the request of a call.
func flowOf(call egress.Call) (flow.Flow, error) {
	origin, err := egress.Origin(call.URL)
	if err != nil {
		return flow.Flow{}, err
	}
	f := flow.Flow{ID: flow.NewID(), Done: true}
	q := &f.Request
	q.Scheme, q.Authority, _ = strings.Cut(origin, "://")
	q.Method, q.Path, q.RawQuery = call.Method, call.URL.EscapedPath(), call.URL.RawQuery
	q.Body = flow.Body{Data: call.Body, Size: int64(len(call.Body))}
	for _, h := range call.Header {
		q.Header = append(q.Header, flow.Field(h))
	}
	if len(call.Cookies) > 0 {
		q.Header = append(q.Header, flow.Field{Name: "Cookie", Value: cookieLine(call.Cookies)})
	}
	return f, nil
}
