package call

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/mcptools/placeholder"
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
		return r, nil, r.Rewrite(in.Draft.edited())
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

// tools returns the tool of one operation.
func (p *panel) tools(ctx context.Context, op *Operation) (*spectools.Set, error) {
	d, err := p.describe(ctx, op.Host)
	if err != nil {
		return nil, err
	}
	set, err := spectools.FromDocument(d.OpenAPI, spectools.Options{
		Policy: guard.Policy{NoConfirmDangerous: true}, // this panel decides
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
	set, err := p.tools(ctx, in.Operation)
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
	credentials, err := p.credentials(ctx, in.Operation.Host, form, in.Credential)
	if err != nil {
		return nil, nil, err
	}
	f, err := flowOf(call, credentials)
	if err != nil {
		return nil, nil, err
	}
	hide := hiding{p.Redact, map[string]string{}}
	for _, c := range credentials {
		sum := sha256.Sum256([]byte(p.key + c.Value))
		hide.marks[c.Value] = placeholder.Prefix + "credential:" + hex.EncodeToString(sum[:5]) + "]"
	}
	r, err := replay.New(f, []string{f.Request.Origin()}, hide, nil)
	return r, nil, err
}

// flowOf returns a flow with the request of a call.
func flowOf(call egress.Call, credentials []egress.Credential) (flow.Flow, error) {
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
	cookies := slices.Clone(call.Cookies)
	for _, c := range credentials {
		switch c.In {
		case egress.InHeader:
			q.Header = append(q.Header, flow.Field{Name: c.Name, Value: c.Value})
		case egress.InCookie:
			cookies = append(cookies, egress.Pair{Name: c.Name, Value: c.Value})
		case egress.InQuery:
			q.RawQuery = strings.TrimPrefix(q.RawQuery+"&"+queryPair(c.Name, c.Value), "&")
		}
	}
	var line []string
	for _, c := range cookies {
		line = append(line, c.Name+"="+c.Value)
	}
	if len(line) > 0 {
		q.Header = append(q.Header, flow.Field{Name: "Cookie", Value: strings.Join(line, "; ")})
	}
	return f, nil
}

// hiding is a redactor that also hides chosen credentials, under any name.
type hiding struct {
	replay.Redactor
	marks map[string]string // placeholders by value
}

// Flow implements [replay.Redactor].
func (h hiding) Flow(f flow.Flow) flow.Flow {
	f = h.Redactor.Flow(f)
	f.Request.Header = slices.Clone(f.Request.Header)
	for i := range f.Request.Header {
		v := &f.Request.Header[i].Value
		for value, mark := range h.marks {
			*v = strings.ReplaceAll(*v, value, mark)
		}
	}
	for value, mark := range h.marks {
		f.Request.RawQuery = strings.ReplaceAll(f.Request.RawQuery, queryPair("", value), "="+mark)
	}
	return f
}
