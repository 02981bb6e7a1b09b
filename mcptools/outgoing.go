package mcptools

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/mcptools/codegen"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
)

// outgoing is a request in the making.
type outgoing struct {
	flow  flow.Flow // as it was captured
	known secrets
	vars  map[string]sessionVariable // of who sends it
	call  egress.Call
}

// prepare makes a captured request ready to be sent to where it went.
func (s *service) prepare(ctx context.Context, id flow.Seq) (*outgoing, error) {
	raw, err := s.Store.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(s.Allow.Send.Origins, raw.Request.Origin()) {
		return nil, tool.Errorf(tool.CodeRefused, "a person can start the server with --send-to and that origin", "nothing was sent: requests to this flow's origin are not allowed")
	}
	u, err := url.Parse(raw.Request.URL())
	if err != nil {
		return nil, tool.Errorf(tool.CodeRefused, "", "nothing was sent: the address cannot be sent")
	}
	red := s.Redact.Flow(raw)
	o := &outgoing{flow: raw, known: secretsOf(&raw, &red), vars: s.vars.get(s.principal(ctx)), call: egress.Call{Method: raw.Request.Method, URL: u}}
	for _, h := range raw.Request.Header {
		o.addHeader(h.Name, h.Value)
	}
	o.call.Body = raw.Request.Body.Data
	return o, nil
}

func (o *outgoing) addHeader(name, value string) {
	switch {
	case strings.EqualFold(name, "Cookie"):
		for part := range strings.SplitSeq(value, ";") {
			key, v, _ := strings.Cut(strings.TrimSpace(part), "=")
			o.call.Cookies = append(o.call.Cookies, egress.Pair{Name: key, Value: v})
		}
	case flow.IsTransportHeader(name) || codegen.IsGeneratedHeader(name) && !strings.EqualFold(name, "Content-Encoding"):
	default:
		o.call.Header = append(o.call.Header, egress.Pair{Name: name, Value: value})
	}
}

func (o *outgoing) dropHeader(name string) {
	if strings.EqualFold(name, "Cookie") {
		o.call.Cookies = nil
	}
	o.call.Header = slices.DeleteFunc(o.call.Header, func(p egress.Pair) bool { return strings.EqualFold(p.Name, name) })
}

// fill puts variables and secrets into a text that the caller gave.
func (s *service) fill(o *outgoing, argument, value string, escape func(string) string) (string, error) {
	out, missing := o.known.putBack(expand(o.vars, value, o.known), escape)
	if missing != "" {
		return "", tool.BadArgument(argument, "has the placeholder %s, which is of another flow: keep it with extract_session_variable first", missing)
	}
	return out, nil
}

// change puts the caller's headers and body in.
func (s *service) change(o *outgoing, a tool.Args) error {
	if m := a.String("method"); m != "" {
		o.call.Method = strings.ToUpper(m)
	}
	if text := a.String("headers_json"); text != "" {
		var set map[string]*string
		if err := json.Unmarshal([]byte(text), &set); err != nil {
			return tool.BadArgument("headers_json", "must be a JSON object of texts")
		}
		for _, name := range sortedKeys(set) {
			o.dropHeader(name)
			if set[name] == nil {
				continue
			}
			value, err := s.fill(o, "headers_json", *set[name], nil)
			if err != nil {
				return err
			}
			if err := egress.CheckHeader(name, value); err != nil && !strings.EqualFold(name, "Cookie") {
				return tool.BadArgument("headers_json", "has the header %s, which cannot be sent", view.Cut(view.Visible(name), 60))
			}
			o.addHeader(name, value)
		}
	}
	if !a.Has("body") {
		if o.flow.Request.Body.Truncated {
			return tool.Errorf(tool.CodeRefused, "give the body as an argument", "nothing was sent: the recorder kept only a part of the body")
		}
		return nil
	}
	o.dropHeader("Content-Encoding")
	o.call.Body = nil
	if text := a.String("body"); text != "__omit__" {
		escape := func(s string) string { return s }
		switch media := o.flow.Request.Header.MediaType(); {
		case decode.IsJSON(media):
			escape = inJSON
		case decode.IsForm(media):
			escape = url.QueryEscape
		}
		body, err := s.fill(o, "body", text, escape)
		if err != nil {
			return err
		}
		o.call.Body = []byte(body)
	}
	return nil
}

// shown is the request's line without its secrets.
func (s *service) shown(o *outgoing) (method, address string) {
	f := s.Redact.Flow(flow.Flow{Request: flow.Request{
		Method: o.call.Method, Scheme: o.flow.Request.Scheme, Authority: o.flow.Request.Authority, Path: o.call.URL.EscapedPath(), RawQuery: o.call.URL.RawQuery,
	}})
	return view.Visible(o.call.Method), view.Cut(view.Visible(f.Request.URL()), view.MaxURL)
}

// replaySource is what flows have as their Source that replay_flow made.
const replaySource = "replay"

// send sends, and returns the exchange as a flow: as it was, and without secrets.
func (s *service) send(ctx context.Context, o *outgoing, timeout time.Duration) (raw, shown flow.Flow, err error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	started := time.Now()
	resp, err := s.Allow.Send.Client.Do(ctx, o.call)
	if err != nil {
		return raw, shown, tool.Errorf(tool.CodeFailed, "", "no answer: %s", s.hideSecrets(err))
	}
	data, truncated, err := egress.ReadBody(resp)
	if err != nil && len(data) == 0 {
		return raw, shown, tool.Errorf(tool.CodeFailed, "", "the answer was cut off: %s", s.hideSecrets(err))
	}
	raw = o.exchange(resp, started)
	raw.Response.Body = flow.Body{Data: data, Size: int64(len(data)), Truncated: truncated || err != nil}

	shown = o.flow
	shown.Started, shown.Took, shown.Err = raw.Started, raw.Took, ""
	shown.Request.Method = o.call.Method
	answer := *raw.Response
	answer.Header = slices.Clone(answer.Header)
	for i := range answer.Header {
		answer.Header[i].Value = string(o.known.hide([]byte(answer.Header[i].Value)))
	}
	answer.Body.Data = o.known.hide(data)
	answer.Body.Size = int64(len(answer.Body.Data))
	shown.Response = &answer
	return raw, s.Redact.Flow(shown), nil
}

// exchange is what was sent at last, where redirects led, and the head of its answer.
func (o *outgoing) exchange(resp *http.Response, started time.Time) flow.Flow {
	f := flow.Flow{ID: flow.NewID(), Source: replaySource, Started: started, Took: time.Since(started), Done: true, Request: o.flow.Request}
	q := &f.Request
	q.Method, q.Proto, q.Trailer = o.call.Method, resp.Proto, nil
	q.Body = flow.Body{Data: o.call.Body, Size: int64(len(o.call.Body))}
	if sent := resp.Request; sent != nil {
		q.Header = flow.HeaderOf(sent.Header)
		if q.Path = sent.URL.EscapedPath(); q.Path == "" {
			q.Path = "/"
		}
		q.RawQuery = sent.URL.RawQuery
		if origin, err := egress.Origin(sent.URL); err == nil {
			q.Scheme, q.Authority, _ = strings.Cut(origin, "://")
		}
	}
	f.Response = &flow.Response{Status: resp.StatusCode, Proto: resp.Proto, Header: flow.HeaderOf(resp.Header)}
	return f
}
