package capture

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/spectap/spectap/flow"
)

// headFault names what net/http refuses in a head, or returns "". It shows no values: they may be
// secrets.
func headFault(head string, isResponse bool) string {
	_, lines, _ := strings.Cut(strings.TrimLeft(head, "\r\n"), "\n")
	var f framing
	hosts := 0
	for line := range strings.Lines(lines) {
		if line = strings.TrimRight(line, "\r\n"); line == "" {
			break
		}
		name, value, ok := strings.Cut(line, ":")
		switch {
		case strings.TrimLeft(line, " \t") != line: // it continues the one before
		case !ok:
			return "a line of the header has no colon"
		case !isResponse && strings.TrimRight(name, " \t") != name:
			return "a field of the header has a space before its colon"
		case !isToken([]byte(name)):
			return "the name of a field has characters that names must not have"
		case !httpguts.ValidHeaderFieldValue(value):
			return "the field " + name + " has a control character"
		case isFraming(name):
			f.add(name, value)
		case isName(name, "Host"):
			hosts++
		}
	}
	if hosts > 1 && !isResponse {
		return "the field Host comes twice"
	}
	return f.fault()
}

// fault names what mended leaves to net/http, which refuses it, or returns "".
func (f *framing) fault() string {
	for _, c := range f.codings {
		if !isName(c, "chunked") && !isName(c, "identity") {
			return "the field Transfer-Encoding has a coding other than chunked"
		}
	}
	for _, n := range f.lengths {
		switch {
		case n != f.lengths[0]:
			return "the field Content-Length has different values"
		case n == "" || strings.Trim(n, "0123456789") != "":
			return "the field Content-Length is not a number"
		}
	}
	switch {
	case len(f.codings) > 1 && len(f.lengths) > 0:
		return "the field Transfer-Encoding comes beside Content-Length"
	case len(f.codings) > 0 && len(f.lengths) == 0 && !isName(f.codings[0], "chunked"):
		return "the field Transfer-Encoding is identity, without Content-Length"
	}
	return ""
}

// refuseHead records a request that net/http refused, given the first bytes of its answer, and
// returns an answer that names the reason. It returns nil for other answers.
func (p *Proxy) refuseHead(t target, head string, answer []byte) []byte {
	status, ok := bytes.CutPrefix(answer, []byte("HTTP/1.1 "))
	status, _, _ = bytes.Cut(status, []byte("\r\n"))
	if !ok || len(status) < 3 || status[0] < '4' {
		return nil
	}
	reason := cmp.Or(headFault(head, false), strings.TrimLeft(string(status), "0123456789 ")) // net/http's own words
	p.recordRefused(t, head, "the proxy refused the request: "+reason)
	body := "spectap refuses the request: " + reason + "\n"
	code, _, _ := strings.Cut(string(status), ":")
	return fmt.Appendf(nil, "HTTP/1.1 %s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\n"+
		"Proxy-Status: spectap; error=http_request_error\r\nConnection: close\r\n\r\n%s", code, len(body), body)
}

// recordRefused records a request without an answer, if its first line names a method and a target
// of an upstream.
func (p *Proxy) recordRefused(t target, head, reason string) {
	line, lines, _ := strings.Cut(strings.TrimLeft(head, "\r\n"), "\n")
	method, rest, _ := strings.Cut(strings.TrimRight(line, "\r"), " ")
	uri, proto, _ := strings.Cut(rest, " ")
	if u, err := url.Parse(escapePercent(uri)); err == nil && t.authority == "" && u.IsAbs() {
		t.scheme, t.authority = u.Scheme, u.Host
	} else if to := p.cfg.Reverse; t.authority == "" && to != nil {
		t.scheme, t.authority, uri = to.Scheme, to.Host, basePath(to)+uri
	}
	path, query, _ := strings.Cut(originForm(uri), "?")
	if t.authority = NormalizeAuthority(t.scheme, t.authority); t.authority == "" || t.authority == PageHost ||
		!isToken([]byte(method)) || method == "CONNECT" || !strings.HasPrefix(path, "/") {
		return
	}
	r := flow.Request{Method: method, Scheme: t.scheme, Authority: t.authority, Path: path, RawQuery: query, Proto: proto}
	for line := range strings.Lines(lines) {
		name, value, ok := strings.Cut(strings.TrimRight(line, "\r\n"), ":")
		if name = strings.Trim(name, " \t"); !ok || name == "" || strings.EqualFold(name, p.cfg.TagHeader) || isForProxy(name) {
			continue
		}
		r.Header = append(r.Header, flow.Field{Name: name, Value: strings.Trim(value, " \t")})
	}
	p.recordUnsent(r, nil, reason)
}

// recordUnsent records a request that was not sent on, with the proxy's answer or nil.
func (p *Proxy) recordUnsent(r flow.Request, answer *flow.Response, reason string) {
	p.busy.Add(1)
	defer p.busy.Done()
	x := &exchange{p: p, client: context.Background(), f: flow.Flow{
		ID: flow.NewID(), Source: Source, Started: time.Now(), Session: p.cfg.Session, Tags: p.cfg.Tags,
		Request: r, Response: answer,
	}}
	x.begin()
	x.req.end()
	x.res.end()
	x.finish(errors.New(reason))
}
