package httpguard

import (
	"context"
	"net/http"

	"github.com/spectap/spectap/capture"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/guard/policy"
)

// Observed returns the call that a recorded request is. The denial is that of a guard with the same
// documents and any policy. hide returns a flow as redaction shows it.
func (g *Guard) Observed(ctx context.Context, f *flow.Flow, hide func(flow.Flow) flow.Flow) (o policy.Observed, denial *capture.Denial) {
	r, err := http.NewRequestWithContext(ctx, f.Request.Method, f.Request.URL(), nil)
	if err != nil {
		return o, g.deny(f.Request.Method, "the request cannot be read", "")
	}
	b := &f.Request.Body
	r.Header, r.ContentLength = f.Request.Header.HTTP(), b.Size
	asked, denial := g.Request(r, f)
	if denial == nil && (b.Truncated || b.Dropped || b.Omitted != "") {
		denial = g.deny(r.Method, "the recording does not have the whole body", "")
	}
	if denial != nil {
		return o, denial
	}
	j := asked.(*judgement)
	j.bound = maxBody // a policy may look at the body
	if denial = j.Send(ctx, r, b.Data); denial != nil {
		return o, denial
	}
	o = policy.Observed{Kind: policy.Tool, Name: j.call.Tool, Time: f.Started, From: uint64(f.Seq),
		Tool: policy.ClassTool{Name: j.call.Form.Tool, Method: r.Method, Queries: r.Method == http.MethodPost && j.call.Reads()}}
	o.Args, _ = j.call.Named.Arguments()
	hidden := hide(*f)
	hidden.Request.Authority = j.authority
	if _, shown, err := j.document.find(ctx, &hidden); err == nil {
		o.Shown, _ = shown.Named.Arguments()
	}
	return o, nil
}
