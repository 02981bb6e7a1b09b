package httpguard

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spectap/spectap/capture"
	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/infer/headers"
	"github.com/spectap/spectap/mcptools/spectools"
	"github.com/spectap/spectap/openapi/check"
)

// maxBody bounds the bodies that are read, in bytes.
const maxBody = 16 << 20

// retryAfter is when a client should ask again about a request that waits for a person.
const retryAfter = 10 * time.Second

// judgement implements [capture.Judgement].
type judgement struct {
	g                 *Guard
	document          *document // nil for one of Config.Others
	scheme, authority string
	bound             int64
	verdict           enforce.Verdict
	credentials       []egress.Credential // that the answer may repeat
	size              int
	withheld          bool
}

// MaxBody implements [capture.Judgement].
func (j *judgement) MaxBody() int64 { return j.bound }

// Send implements [capture.Judgement].
func (j *judgement) Send(ctx context.Context, r *http.Request, body []byte) *capture.Denial {
	g, d := j.g, j.document
	if d == nil {
		return nil // Request has decided
	}
	f := &flow.Flow{Request: flow.Request{
		Method: r.Method, Scheme: j.scheme, Authority: authorityOf(j.scheme, cmp.Or(r.URL.Host, r.Host)), Path: r.URL.EscapedPath(),
		RawQuery: r.URL.RawQuery, Header: flow.HeaderOf(r.Header), Body: flow.Body{Data: body, Size: int64(len(body))},
	}}
	if j.bound == 0 && r.ContentLength != 0 {
		f.Request.Body = flow.Body{Size: max(r.ContentLength, 1), Omitted: "it streams"}
	}
	if !d.hasHost(f.Request.Scheme, f.Request.Authority) {
		return g.deny(r.Method, "the document is for other hosts", g.hosts())
	}
	if why := ambiguity(f.Request.Path); why != "" {
		return g.deny(r.Method, "the path "+why, "")
	}
	m, call, err := d.find(ctx, f)
	if m.Operation == nil || call.Tool == "" {
		return g.deny(r.Method, err.Error(), d.methodsAt(f))
	}
	allowed := m.Method + " " + m.Prefix + m.Template + " as " + d.Name + " describes it"
	if overrides(f, &m, err == nil) {
		return g.deny(r.Method, "an undeclared header or field may choose another method, host or path", allowed)
	}
	why := differs(&m, j.bound)
	if why == "" && err != nil && j.bound > 0 {
		why = "the arguments cannot be read: " + err.Error()
	}
	switch {
	case why == "":
	case !g.c.Lenient, g.c.Enforce.HasPolicy() && err != nil: // conditions would see no arguments
		return g.deny(r.Method, why, allowed)
	case g.c.Log != nil:
		g.c.Log.Warn("a request differs from the document", "tool", call.Tool, "why", why)
	}
	if err := j.authorize(ctx, r, f, &call); err != nil {
		return g.deny(r.Method, "the credentials are not available", "")
	}
	if denial := g.strays(r, body); denial != nil {
		return denial
	}
	return j.judge(ctx, f, &m, &call)
}

// differs returns the first difference of a request from its document, or "". A body that streams
// is not compared.
func differs(m *check.Request, bound int64) string {
	if len(m.Mismatches) > 0 {
		return m.Mismatches[0].Where + ": " + m.Mismatches[0].Message
	}
	for _, s := range m.Skipped {
		if bound > 0 || !strings.HasSuffix(s, check.SkipTruncated) {
			return "cannot be judged: " + s
		}
	}
	return ""
}

// overrides reports whether a server may handle a request as another one than its method, host and
// path say, because of something that the operation does not declare. A body that cannot be read as
// arguments is searched as a text.
func overrides(f *flow.Flow, m *check.Request, isRead bool) bool {
	var fields []string
	for _, p := range m.Fields {
		fields = append(fields, url.QueryEscape(p.Name)+"="+url.QueryEscape(p.Value))
	}
	r := guard.Request{Method: f.Request.Method, URL: &url.URL{Path: "/", RawQuery: strings.Join(fields, "&")}, Header: m.Header}
	if !isRead && !guard.IsSafe(r.Method) {
		r.Body, _, _ = decode.Body(f.Request.Header, f.Request.Body, decode.DefaultMax)
	}
	return len(guard.EffectiveMethods(r)) > 1
}

// judge asks the policy, and waits for a person if it says so.
func (j *judgement) judge(ctx context.Context, f *flow.Flow, m *check.Request, call *spectools.Requested) *capture.Denial {
	e := j.g.c.Enforce
	message := &enforce.Message{
		From: j.g.c.Caller, Direction: enforce.ToServer, Method: "tools/call", Annotations: call.Annotations,
		Subject: enforce.Subject{How: enforce.ByPolicy, Kind: policy.Tool, Names: []string{call.Tool}, Reads: call.Reads()},
	}
	e.Fill(&message.Subject, call.Named)
	p := &guard.Preview{Tool: call.Tool, Sent: m.Method + " " + m.Template, Server: j.scheme + "://" + j.authority}
	p.Request = func() *guard.Shown { return shownRequest(f, m, call) }
	p.Secrets = func(ctx context.Context) ([]guard.Secret, json.Marshaler) {
		all, err := call.Standing(ctx)
		if err != nil {
			return nil, json.RawMessage("{}")
		}
		sent, names := call.Sent(&f.Request)
		for i := range sent {
			all = append(all, guard.Secret{Scheme: names[i], Value: sent[i].Value})
		}
		return all, nil
	}
	j.verdict = e.JudgeHeld(ctx, message, enforce.Holding{Preview: p, Definition: call.Definition})
	switch v := &j.verdict; {
	case v.Allowed:
		return nil
	case v.Pending != "":
		return &capture.Denial{Reason: v.Reason, Pending: v.Pending, RetryAfter: retryAfter}
	default:
		return &capture.Denial{Reason: cmp.Or(v.Reason, "the policy does not allow "+call.Tool)}
	}
}

// shownRequest returns a request as people see it who approve it: without credentials, and without
// what changes when a client sends it again, such as dates, signatures and boundaries.
func shownRequest(f *flow.Flow, m *check.Request, call *spectools.Requested) *guard.Shown {
	r := &f.Request
	sent, _ := call.Sent(r)
	isCredential := func(in egress.Location, name string) bool {
		return slices.ContainsFunc(sent, func(c egress.Credential) bool { return c.In == in && strings.EqualFold(c.Name, name) })
	}
	query := strings.Split(r.RawQuery, "&")
	query = slices.DeleteFunc(query, func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		plain, _ := url.QueryUnescape(name)
		return pair == "" || isCredential(egress.InQuery, plain)
	})
	out := &guard.Shown{Method: r.Method, URL: strings.TrimSuffix(r.Scheme+"://"+r.Authority+r.Path+"?"+strings.Join(query, "&"), "?")}
	var known headers.Cache
	for _, h := range m.Header {
		lower := strings.ToLower(h.Name)
		changes := strings.Contains(lower, "signature") || strings.Contains(lower, "idempotency") || strings.HasSuffix(lower, "-date")
		if known.Lookup(h.Name).IsParam && !changes && !isCredential(egress.InHeader, h.Name) {
			out.Header = append(out.Header, h.Name+": "+h.Value)
		}
	}
	slices.Sort(out.Header)
	data, _, _ := decode.Body(r.Header, r.Body, decode.DefaultMax)
	if b := decode.Param(r.Header.Get("Content-Type"), "boundary"); b != "" {
		data = bytes.ReplaceAll(data, []byte(b), []byte("boundary"))
	}
	out.Size, out.Body = len(data), string(data)
	if !guard.IsText(data) {
		out.Body = strings.TrimPrefix(guard.DescribeBody(data, approval.MaxArguments), ": ") // with its hash
	}
	return out
}

// End implements [capture.Judgement].
func (j *judgement) End(status int, err error) {
	outcome := enforce.Answered
	switch {
	case !j.verdict.Allowed:
		return
	case j.withheld:
		outcome = enforce.Withheld
	case status == 0 || err != nil:
		outcome = enforce.Lost
	case status >= 400:
		outcome = enforce.Failed
	}
	j.verdict.Status = status
	j.g.c.Enforce.Complete(&j.verdict, outcome, j.size)
}
