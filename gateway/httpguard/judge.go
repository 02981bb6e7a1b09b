package httpguard

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
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
		return j.strays(r, body, nil)
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
	if why := overrides(f, &m); why != "" {
		return g.deny(r.Method, why, allowed)
	}
	if why := differs(&m, j.bound); why != "" || err != nil && j.bound > 0 {
		why = cmp.Or(why, "the arguments cannot be read: "+errText(err))
		switch {
		case !g.c.Lenient, g.c.Enforce.HasPolicy() && err != nil: // conditions would see no arguments
			return g.deny(r.Method, why, allowed)
		case g.c.Log != nil:
			g.c.Log.Warn("a request differs from the document", "tool", call.Tool, "why", why)
		}
	}
	if denial := j.strays(r, body, &call); denial != nil {
		return denial
	}
	if denial := j.judge(ctx, f, &m, &call); denial != nil {
		return denial
	}
	if err := j.authorize(ctx, r, &call); err != nil {
		g.c.Enforce.Complete(&j.verdict, enforce.Failed, 0)
		return &capture.Denial{Status: http.StatusBadGateway, Reason: "the credentials are not available"}
	}
	return nil
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
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

// overrides returns why a server may handle a request as another one than its method, host and path
// say, because of something that the operation does not declare.
func overrides(f *flow.Flow, m *check.Request) string {
	var fields []string
	for _, p := range m.Fields {
		fields = append(fields, url.QueryEscape(p.Name)+"="+url.QueryEscape(p.Value))
	}
	u := &url.URL{Path: "/", RawQuery: strings.Join(fields, "&")}
	methods := guard.EffectiveMethods(guard.Request{Method: f.Request.Method, URL: u, Header: m.Header})
	if len(methods) > 1 {
		return "an undeclared header or field may choose another method, host or path"
	}
	return ""
}

// judge asks the policy, and waits for a person if it says so.
func (j *judgement) judge(ctx context.Context, f *flow.Flow, m *check.Request, call *spectools.Requested) *capture.Denial {
	e := j.g.c.Enforce
	message := &enforce.Message{
		From: j.g.c.Caller, Direction: enforce.ToServer, Method: "tools/call", Annotations: call.Annotations,
		Subject: enforce.Subject{How: enforce.ByPolicy, Kind: policy.Tool, Names: []string{call.Tool}, Reads: call.Reads()},
	}
	e.Fill(&message.Subject, call.Named)
	shown := shownRequest(f, m, call)
	p := &guard.Preview{
		Tool: call.Tool, Methods: guard.Methods{f.Request.Method}, Reads: call.Reads(),
		Sent: m.Method + " " + m.Template, Server: j.scheme + "://" + j.authority,
		Request:  func() *guard.Shown { return shown },
		Digest:   func() guard.Digest { return guard.DigestOf([]any{call.Tool, shown.URL, shown.Hash}) },
		Describe: func(limit int) string { return shown.Method + " " + guard.ExcerptURL(shown.URL, limit) },
		Refuse:   func(guard.Refusal) json.Marshaler { return nil },
	}
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
	h := enforce.Holding{Preview: p, Definition: call.Definition}
	j.verdict = e.JudgeHeld(ctx, message, h)
	if j.verdict.Allowed {
		return nil
	}
	denial := &capture.Denial{Reason: cmp.Or(j.verdict.Reason, "the policy does not allow "+call.Tool)}
	if j.verdict.Pending != "" {
		denial.Pending, denial.RetryAfter = j.verdict.Pending, retryAfter
	}
	return denial
}

// shownRequest returns a request as people see it who approve it: without credentials, and without
// what changes when a client sends it again, such as dates, signatures and boundaries.
func shownRequest(f *flow.Flow, m *check.Request, call *spectools.Requested) *guard.Shown {
	r := &f.Request
	u := url.URL{Scheme: r.Scheme, Host: r.Authority}
	out := &guard.Shown{Method: r.Method, URL: u.String() + r.Path}
	sent, _ := call.Sent(r)
	isCredential := func(in egress.Location, name string) bool {
		return slices.ContainsFunc(sent, func(c egress.Credential) bool { return c.In == in && strings.EqualFold(c.Name, name) })
	}
	var query []string
	for pair := range strings.SplitSeq(r.RawQuery, "&") {
		name, _, _ := strings.Cut(pair, "=")
		if plain, _ := url.QueryUnescape(name); pair != "" && !isCredential(egress.InQuery, plain) {
			query = append(query, pair)
		}
	}
	if query != nil {
		out.URL += "?" + strings.Join(query, "&")
	}
	var known headers.Cache
	for _, h := range m.Header {
		lower := strings.ToLower(h.Name)
		changes := strings.Contains(lower, "signature") || strings.Contains(lower, "idempotency") || strings.HasSuffix(lower, "-date")
		if known.Lookup(h.Name).IsParam && !changes && !isCredential(egress.InHeader, h.Name) {
			out.Header = append(out.Header, h.Name+": "+h.Value)
		}
	}
	slices.Sort(out.Header)
	data, _, err := decode.Body(r.Header, r.Body, decode.DefaultMax)
	if err != nil {
		data = r.Body.Data
	}
	if b := decode.Param(r.Header.Get("Content-Type"), "boundary"); b != "" {
		data = bytes.ReplaceAll(data, []byte(b), []byte("boundary"))
	}
	if out.Size = len(data); out.Size > 0 {
		sum := sha256.Sum256(data)
		out.Hash = hex.EncodeToString(sum[:])
		if out.Body = string(data); !guard.IsText(data) {
			out.Body = strings.TrimPrefix(guard.DescribeBody(data, 128<<10), ": ")
		}
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
	case errors.Is(err, context.Canceled):
		outcome = enforce.Cancelled
	case status == 0 || err != nil:
		outcome = enforce.Lost
	case status >= 400:
		outcome = enforce.Failed
	}
	j.verdict.Status = status
	j.g.c.Enforce.Complete(&j.verdict, outcome, j.size)
}
