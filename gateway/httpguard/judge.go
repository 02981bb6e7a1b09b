package httpguard

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
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
	"github.com/spectap/spectap/internal/lazyregexp"
	"github.com/spectap/spectap/mcptools/spectools"
	"github.com/spectap/spectap/mcptools/spectools/credential"
	"github.com/spectap/spectap/mcptools/spectools/serialize"
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
	call              *spectools.Requested // that the policy decided on
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
		Method: r.Method, Scheme: j.scheme, Authority: capture.NormalizeAuthority(j.scheme, cmp.Or(r.URL.Host, r.Host)), Path: r.URL.EscapedPath(),
		RawQuery: r.URL.RawQuery, Header: flow.HeaderOf(r.Header), Body: flow.Body{Data: body, Size: int64(len(body))},
	}}
	if j.bound == 0 && r.ContentLength != 0 {
		f.Request.Body = flow.Body{Size: max(r.ContentLength, 1), Omitted: "it streams"}
	}
	if !d.hasHost(f.Request.Scheme, f.Request.Authority) {
		return g.deny(r.Method, "the document is for other hosts", g.hosts())
	}
	if why := d.pathFault(f); why != "" {
		return g.deny(r.Method, "the path "+why, "")
	}
	m, call, err := d.find(ctx, f)
	if m.Operation == nil || call.Tool == "" {
		return g.deny(r.Method, err.Error(), d.methodsAt(f))
	}
	allowed := m.Method + " " + m.Prefix + m.Template + " as " + d.Name + " describes it"
	var args any
	if len(body) > 0 {
		args, _ = call.Named.Arguments()
	}
	if overrides(f, &m, args, err == nil) {
		return g.deny(r.Method, "an undeclared header or field, or one behind a semicolon, may choose another method, host, path or value", allowed)
	}
	if alike(args) {
		return g.deny(r.Method, "the body has two members that differ in case only, which servers may take for one", allowed)
	}
	if kind := f.Request.Header.Get("Content-Type"); decode.IsFormData(decode.MediaType(kind)) {
		if form, _, _ := decode.Bytes(f.Request.Header, f.Request.Body, decode.DefaultMax); strings.Contains(kind, "*") || !readsAlike(decode.Param(kind, "boundary"), form) {
			return g.deny(r.Method, "the form may be read in two ways, by its boundary or by the head of a part", allowed)
		}
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
	if denial := j.judge(ctx, f, &m, &call); denial != nil {
		return denial
	}
	note := func(n guard.Note) error { return g.c.Enforce.NoteRequest(&j.verdict, n) }
	session, err := call.Session(guard.WithPass(ctx, &guard.Pass{Note: note}))
	if err != nil {
		return j.withhold(err.Error())
	}
	j.carry(r, session)
	return nil
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

// alike reports whether an object in v has names that some servers take for one.
func alike(v any) bool {
	switch v := v.(type) {
	case []any:
		return slices.ContainsFunc(v, alike)
	case map[string]any:
		seen := map[string]bool{}
		for name, member := range v {
			if seen[strings.ToLower(strings.ToUpper(name))] = true; alike(member) { // also of letters with several small forms
				return true
			}
		}
		return len(seen) < len(v)
	}
	return false
}

// plainHead matches the head of a part of a form: it has one name, and one name of a file.
var plainHead = lazyregexp.New(`(?i)^(\r\n(content-(type|length):[^\r\n]*|content-transfer-encoding: *(binary|[78]bit)))*` +
	`\r\ncontent-disposition: *form-data; *name=("[^"\\\r\n]*"|[\w.-]+)(; *filename=("[^"\\\r\n]*"|[\w.-]+))?` +
	`(\r\n(content-(type|length):[^\r\n]*|content-transfer-encoding: *(binary|[78]bit)))*$`)

// bothNames matches the two names of a file that .NET gives each.
var bothNames = lazyregexp.New(`(?i); *filename="?([\w.-]+)"?; *filename\*=utf-8''([\w.-]+)`)

// readsAlike reports whether all servers find the same parts in a form, with the same names.
func readsAlike(boundary string, form []byte) bool {
	parts := strings.Split(string(form), "--"+boundary)
	last := len(parts) - 1
	return boundary != "" && strings.Trim(parts[0], "\r\n") == "" && strings.HasPrefix(parts[last], "--") &&
		!slices.ContainsFunc(parts[1:last], func(part string) bool {
			head, _, _ := strings.Cut(part, "\r\n\r\n")
			if m := bothNames.Get().FindStringSubmatch(head); m != nil && m[1] == m[2] {
				head = strings.Replace(head, m[0], "", 1)
			}
			return !plainHead.MatchString(head) || !strings.HasSuffix(part, "\r\n")
		})
}

// overrides reports whether a server may handle a request as another one than its method, host and
// path say, because of something that the operation does not declare, or read a field behind a
// semicolon. args are the arguments; a body that cannot be read as arguments is searched as a text.
func overrides(f *flow.Flow, m *check.Request, args any, isRead bool) bool {
	all, _ := args.(map[string]any)
	body, _ := all[serialize.BodyArgument].(map[string]any)
	fields := url.Values{}
	for name, v := range body {
		if !m.Declares(name) {
			fields.Set(name, fmt.Sprint(v))
		}
	}
	for _, p := range m.Query {
		fields.Add(p.Name, p.Value)
	}
	text := f.Request.RawQuery
	if decode.IsForm(f.Request.Header.MediaType()) {
		form, _, _ := decode.Body(f.Request.Header, f.Request.Body, decode.DefaultMax)
		text += "&" + string(form)
	}
	_, split, _ := strings.Cut(text, ";") // some servers take it for &
	r := guard.Request{Method: f.Request.Method, URL: &url.URL{Path: "/", RawQuery: fields.Encode() + "&" + split}, Header: m.Header}
	if !isRead && !guard.IsSafe(r.Method) {
		r.Body, _, _ = decode.Body(f.Request.Header, f.Request.Body, decode.DefaultMax)
	}
	return len(guard.EffectiveMethods(r)) > 1 || strings.Contains(split, "=")
}

// judge asks the policy, and waits for a person if it says so.
func (j *judgement) judge(ctx context.Context, f *flow.Flow, m *check.Request, call *spectools.Requested) *capture.Denial {
	e := j.g.c.Enforce
	j.call = call
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
		if v.Hidden && v.Rule == policy.RuleDefaultDeny {
			v.Rule, v.Reason = flow.ByPolicy, "the policy does not list it"
		}
		return &capture.Denial{
			Reason: cmp.Or(v.Reason, "the policy does not allow it") + "; as a tool, it is " + call.Tool, Rule: v.Rule, Operation: call.Tool,
		}
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

// Secret is a credential of which a program has a stand-in only.
type Secret struct{ Value, StandIn string }

// minRandom is the number of random characters without which a stand-in could be guessed, or occur
// by chance.
const minRandom = 12

// StandIn returns a secret with a stand-in of the same format: each letter and digit becomes
// another of its kind, after a prefix such as ghp_ or sk-, and the header of a JSON Web Token. It
// reports false for a value that is too short.
func StandIn(value string) (Secret, bool) {
	out, random, n := []byte(value), make([]byte, len(value)), 0
	rand.Read(random) // never fails
	from := strings.LastIndexAny(value[:min(len(value), 16)], "_-") + 1
	if strings.HasPrefix(value, "eyJ") {
		from = strings.IndexByte(value, '.') + 1
	}
	for i := from; i < len(out); i++ {
		// Six letters may be hexadecimal digits.
		for _, kind := range []string{"0123456789", "abcdef", "ABCDEF", "ghijklmnopqrstuvwxyz", "GHIJKLMNOPQRSTUVWXYZ"} {
			if strings.IndexByte(kind, value[i]) >= 0 {
				out[i] = kind[int(random[i])%len(kind)]
				n++
			}
		}
	}
	return Secret{value, string(out)}, n >= minRandom
}

// authorize puts the credentials of the document on a request, and secrets in place of their
// stand-ins, where an operation of the document carries credentials.
func (j *judgement) authorize(ctx context.Context, r *http.Request, f *flow.Flow, call *spectools.Requested) error {
	all, err := call.Credentials(ctx)
	if err != nil {
		return err
	}
	for _, s := range j.document.Secrets {
		for _, at := range j.document.places { // programs send a credential with all requests
			c, ok := credential.SentAs(&f.Request, at)
			before := c.Value
			c.Value = strings.ReplaceAll(before, s.StandIn, s.Value)
			if kind, coded, _ := strings.Cut(before, " "); strings.EqualFold(kind, "Basic") {
				plain, _ := base64.StdEncoding.DecodeString(coded)
				c.Value = kind + " " + base64.StdEncoding.EncodeToString([]byte(strings.ReplaceAll(string(plain), s.StandIn, s.Value)))
			}
			if ok && c.Value != before {
				all = append(all, egress.Credential{Value: s.Value}, c) // an answer may repeat a part
			}
		}
	}
	j.carry(r, all)
	return nil
}

// carry puts credentials on a request.
func (j *judgement) carry(r *http.Request, all []egress.Credential) {
	j.credentials = append(j.credentials, all...)
	for _, c := range all {
		r.Header.Del("Range") // an answer could repeat a part of a credential
		switch c.In {
		case egress.InHeader:
			r.Header.Set(c.Name, c.Value)
		case egress.InQuery:
			r.URL.RawQuery = egress.WithCredentials(r.URL.RawQuery, []egress.Credential{c})
		case egress.InCookie:
			kept := slices.DeleteFunc(r.Cookies(), func(k *http.Cookie) bool { return k.Name == c.Name })
			r.Header.Del("Cookie")
			for _, k := range append(kept, &http.Cookie{Name: c.Name, Value: c.Value}) {
				r.AddCookie(k)
			}
		}
	}
}

// strays denies a request that has a stand-in still: in another place than that of a credential, or
// for another host.
func (g *Guard) strays(r *http.Request, body []byte) *capture.Denial {
	var all bytes.Buffer // of what is sent, if there are stand-ins
	for _, d := range g.docs {
		for _, s := range d.Secrets {
			if all.Len() == 0 {
				all.WriteString(r.URL.String() + "\n")
				_ = r.Header.Write(&all) // to memory
				all.Write(body)
			}
			if !bytes.Equal(egress.HideEcho(all.Bytes(), "", s.StandIn), all.Bytes()) {
				return g.deny(r.Method, "a credential for "+d.Name+" is sent to another host, or in another place than the document says", "")
			}
		}
	}
	return nil
}
