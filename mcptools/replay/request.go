package replay

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/redact/scan"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/mcptools/codegen"
	"github.com/spectap/spectap/mcptools/placeholder"
	"github.com/spectap/spectap/mcptools/spectools"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
)

// Redactor removes secrets.
type Redactor interface {
	// Flow returns f without secrets. It must not change what f points to.
	Flow(f flow.Flow) flow.Flow
	// Text returns s without the secrets that have a recognizable shape.
	Text(s string) string
}

// Request is a captured request that is prepared for sending.
type Request struct {
	Flow flow.Flow // as captured
	Call egress.Call

	secrets  Secrets
	vars     map[string]Variable // of the caller
	redactor Redactor

	places         places // of the placeholders of the flow
	variablePlaces places // of the placeholders of the variables in use

	redacted flow.Request
	shown    egress.Call // headers, cookies and body of Call as Describe shows them
	bodyText *string     // the body as Describe shows it; nil for a body that is not text

	shownPath, shownQuery string // of Call as Describe shows them

	notFollowed string
	entry       *spectools.Entry // see Enter
}

// NotFollowed returns why a redirect in the response of [Request.Send] was not followed, or "".
func (r *Request) NotFollowed() string { return r.notFollowed }

// New prepares the request of a captured flow, not redacted, to be sent again. It refuses a flow
// whose origin is not in origins.
func New(captured flow.Flow, origins []string, redactor Redactor, vars map[string]Variable) (*Request, error) {
	if !slices.Contains(origins, captured.Request.Origin()) {
		return nil, tool.Errorf(tool.CodeRefused, "a person can restart the server with --send-to and that origin",
			"nothing was sent: requests to the origin of this flow are not allowed")
	}
	u, err := url.Parse(captured.Request.URL())
	if err != nil {
		return nil, tool.Errorf(tool.CodeRefused, "", "nothing was sent: the URL of the flow is invalid")
	}
	redacted := redactor.Flow(captured)
	r := &Request{
		Flow: captured, secrets: SecretsOf(&captured, &redacted), vars: vars, redactor: redactor,
		places: placesOf(&redacted), variablePlaces: places{},
		Call: egress.Call{Method: captured.Request.Method, URL: u}, redacted: redacted.Request,
	}
	for _, h := range captured.Request.Header {
		addHeader(&r.Call, h.Name, h.Value)
	}
	r.Call.Body = captured.Request.Body.Data
	r.showCaptured()
	return r, nil
}

// addHeader adds a header line, unless the client generates it.
func addHeader(c *egress.Call, name, value string) {
	switch {
	case strings.EqualFold(name, "Cookie"):
		for pair := range strings.SplitSeq(value, ";") {
			key, v, _ := strings.Cut(strings.TrimSpace(pair), "=")
			c.Cookies = append(c.Cookies, egress.Pair{Name: key, Value: v})
		}
	case flow.IsTransportHeader(name):
	// The body is sent as captured, with its Content-Encoding.
	case codegen.IsGeneratedHeader(name) && !strings.EqualFold(name, "Content-Encoding"):
	default:
		c.Header = append(c.Header, egress.Pair{Name: name, Value: value})
	}
}

func dropHeader(c *egress.Call, name string) {
	if strings.EqualFold(name, "Cookie") {
		c.Cookies = nil
	}
	isName := func(p egress.Pair) bool { return strings.EqualFold(p.Name, name) }
	c.Header = slices.DeleteFunc(c.Header, isName)
}

// SetBody replaces the body by one that is not compressed.
func (r *Request) SetBody(data []byte) {
	dropHeader(&r.Call, "Content-Encoding")
	dropHeader(&r.shown, "Content-Encoding")
	r.Call.Body = data
}

// Changes are a caller's changes to a request. They may contain placeholders and variables.
type Changes struct {
	Method  string  // "": unchanged
	Headers string  // a JSON object of header values; null removes a header; "": unchanged
	Query   string  // a JSON object of query parameters; null removes one; "": unchanged
	Body    *string // [OmitBody] removes the body; nil: unchanged
}

// OmitBody is the text that means "no body".
const OmitBody = "__omit__"

// Apply applies the caller's changes.
func (r *Request) Apply(c Changes) error {
	if c.Method != "" {
		if !httpguts.ValidHeaderFieldName(c.Method) { // a token, too
			return tool.BadArgument("method", "must be the name of an HTTP method, such as PUT")
		}
		r.Call.Method = strings.ToUpper(c.Method)
	}
	if c.Headers != "" {
		if err := r.applyHeaders(c.Headers); err != nil {
			return err
		}
	}
	if c.Query != "" {
		if err := r.applyQuery(c.Query); err != nil {
			return err
		}
	}
	if c.Body == nil {
		if r.Flow.Request.Body.Truncated {
			return tool.Errorf(tool.CodeRefused, "pass the body as an argument",
				"nothing was sent: the recorder kept only the beginning of the body")
		}
		return nil
	}
	return r.applyBody(*c.Body, r.Flow.Request.Header.MediaType())
}

func (r *Request) applyHeaders(object string) error {
	var set map[string]*string
	if err := json.Unmarshal([]byte(object), &set); err != nil {
		return tool.BadArgument("headers_json", "must be a JSON object of strings")
	}
	for _, name := range slices.Sorted(maps.Keys(set)) {
		dropHeader(&r.Call, name)
		dropHeader(&r.shown, name)
		if set[name] == nil {
			continue
		}
		value, shown, err := r.fill("headers_json", *set[name], nil,
			func(p places, text string) { p.addHeader(name, text) })
		if err != nil {
			return err
		}
		if err := egress.CheckHeader(name, value); err != nil && !strings.EqualFold(name, "Cookie") {
			return tool.BadArgument("headers_json", "has the header %s, which cannot be sent",
				view.Cut(view.Visible(name), 60))
		}
		addHeader(&r.Call, name, value)
		addHeader(&r.shown, name, shown)
	}
	return nil
}

// applyBody sets a body of a media type.
func (r *Request) applyBody(text, media string) error {
	r.SetBody(nil)
	if text == OmitBody {
		return nil
	}
	body, shown, err := r.fill("body", text, escapeFor(media), func(p places, text string) { p.addBody(media, text) })
	if err != nil {
		return err
	}
	r.Call.Body, r.bodyText = []byte(body), &shown
	return nil
}

// escapeFor returns what escapes a text for a body of a media type.
func escapeFor(media string) func(string) string {
	switch {
	case decode.IsJSON(media):
		return scan.JSON.Encode
	case decode.IsForm(media):
		return url.QueryEscape
	}
	return func(s string) string { return s }
}

// fill replaces the variables and placeholders in an argument. shown still has the placeholders; at
// adds their places in it.
func (r *Request) fill(
	argument, value string, escape func(string) string, at func(p places, text string),
) (out, shown string, err error) {
	shown, foreign := r.expand(value)
	if foreign != "" {
		return "", "", tool.BadArgument(argument,
			"uses $%s, a value of %s, which is not sent to %s: extract it from a flow of that origin",
			foreign, view.Visible(r.vars[foreign].Origin), view.Visible(r.Flow.Request.Origin()))
	}
	var missing string
	out, missing = r.secrets.Restore(shown, escape)
	if missing != "" {
		e := tool.BadArgument(argument, "has the placeholder %s, but not of a secret in this flow: it is of another flow, "+
			"or a hub got the flow without its secrets", missing)
		e.Hint = "store it with extract_session_variable from a flow of the same origin first"
		return "", "", e
	}
	used := places{}
	used.add(noName, shown)
	for mark := range used {
		delete(used[mark], noName)
	}
	at(used, shown)
	if mark, name := r.misplaced(used); mark != "" {
		e := tool.BadArgument(argument, "has the placeholder %s under the name %q, where the flow does not have it: "+
			"a secret is restored only under its own name", mark, view.Cut(view.Visible(name), 60))
		e.Hint = fmt.Sprintf("extract_session_variable stores a value of a response of at least %d bytes for use under any name", shortest)
		return "", "", e
	}
	return out, shown, nil
}

// IsRead reports whether the request only reads, as any method that a server may handle it as.
func (r *Request) IsRead() bool { return r.Call.EffectiveMethods().IsRead() }

// Shown returns the method and the URL without secrets.
func (r *Request) Shown() (method, address string) {
	return view.Visible(r.Call.Method), view.Cut(view.Visible(r.shownURL()), view.MaxURL)
}

// Send sends the request. raw is the exchange as it was, but for the encoding of a response with
// secrets; shown is without secrets.
func (r *Request) Send(
	ctx context.Context, client *egress.Client, timeout time.Duration,
) (raw, shown flow.Flow, err error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if err := r.enter(ctx, client); err != nil {
		return raw, shown, err
	}
	started := time.Now()
	resp, err := client.Do(ctx, r.Call)
	if err != nil {
		return raw, shown, tool.Errorf(tool.CodeFailed, "", "no response: %s", r.hideSecrets(err))
	}
	r.notFollowed = egress.NotFollowed(resp)
	data, truncated, err := egress.ReadBody(resp)
	if err != nil && len(data) == 0 {
		return raw, shown, tool.Errorf(tool.CodeFailed, "", "the response was cut off: %s", r.hideSecrets(err))
	}
	raw = r.exchange(resp, started)
	raw.Response.Header, raw.Response.Body = decode.Where(raw.Response.Header,
		flow.Body{Data: data, Size: int64(len(data)), Truncated: truncated || err != nil}, view.MaxDecoded, r.secrets.isIn)

	shown = r.Flow
	shown.ID, shown.Source = raw.ID, raw.Source // for the placeholders
	shown.Started, shown.Took, shown.Err = raw.Started, raw.Took, ""
	shown.Request.Method = r.Call.Method
	response := *raw.Response
	response.Header = slices.Clone(response.Header)
	for i := range response.Header {
		response.Header[i].Value = string(r.secrets.Hide([]byte(response.Header[i].Value)))
	}
	response.Body.Data = r.secrets.Hide(response.Body.Data)
	response.Body.Size = int64(len(response.Body.Data))
	shown.Response = &response
	return raw, r.redactor.Flow(shown), nil
}

// hideSecrets returns the text of an error without captured secrets. The HTTP library quotes a
// malformed response, which may return what was sent, also a guess of the caller.
func (r *Request) hideSecrets(err error) string {
	return placeholder.RemoveDigits(view.Visible(r.redactor.Text(string(r.secrets.Hide([]byte(err.Error()))))))
}

// exchange returns the request as sent, after redirects, and the head of its response.
func (r *Request) exchange(resp *http.Response, started time.Time) flow.Flow {
	f := flow.Flow{
		ID: flow.NewID(), Source: flow.SourceReplay, Started: started, Took: time.Since(started), Done: true,
		Request: r.Flow.Request,
	}
	q := &f.Request
	q.Method, q.Proto, q.Trailer = r.Call.Method, resp.Proto, nil
	q.Body = flow.Body{Data: r.Call.Body, Size: int64(len(r.Call.Body))}
	if sent := resp.Request; sent != nil {
		q.Header = slices.DeleteFunc(flow.HeaderOf(sent.Header), func(h flow.Field) bool { // net/http sends no empty one
			return h.Value == "" && h.Name == "User-Agent"
		})
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

// ForStore returns an exchange that may be stored. The store's readers redact flows, but they
// cannot find a secret that the caller placed, or the response returned, where redaction does not
// search.
func (r *Request) ForStore(raw flow.Flow) flow.Flow {
	return r.secrets.HideInFlow(raw, r.redactor.Flow(raw))
}

// applyQuery sets query parameters. Placeholders in them are restored as in headers.
func (r *Request) applyQuery(object string) error {
	var set map[string]*string
	if err := json.Unmarshal([]byte(object), &set); err != nil {
		return tool.BadArgument("query_json", `must be a JSON object of strings, such as {"page":"2"}`)
	}
	u := *r.Call.URL
	for _, name := range slices.Sorted(maps.Keys(set)) {
		if set[name] == nil {
			u.RawQuery, r.shownQuery = dropQuery(u.RawQuery, name), dropQuery(r.shownQuery, name)
			continue
		}
		value, shown, err := r.fill("query_json", *set[name], nil, func(p places, text string) { p.add(name, text) })
		if err != nil {
			return err
		}
		u.RawQuery, r.shownQuery = SetQuery(u.RawQuery, name, value), SetQuery(r.shownQuery, name, shown)
	}
	r.Call.URL = &u
	return nil
}

// shownURL returns the URL with placeholders instead of the secrets of the flow. The caller's own
// text is unchanged: a person must see it, and a placeholder for it would tell the caller whether
// the capture has the same text as a secret.
func (r *Request) shownURL() string {
	q := flow.Request{
		Scheme: r.Flow.Request.Scheme, Authority: r.Flow.Request.Authority, Path: r.shownPath, RawQuery: r.shownQuery,
	}
	return placeholder.Unescape(q.URL())
}

// SetQuery sets a parameter of a query, which then occurs once, or adds it.
func SetQuery(query, name, value string) string {
	d := Draft{Query: query}
	_ = d.setQuery(&Edit{Name: name, Value: value}) // fails only to remove one
	return d.Query
}

// dropQuery removes a parameter from a query.
func dropQuery(query, name string) string {
	d := Draft{Query: query}
	_ = d.setQuery(&Edit{Name: name, Remove: true})
	return d.Query
}

// maxShown limits each element of a question, in characters.
const maxShown = 2000

// Describe describes the request to the person who decides about it: method, URL, headers, cookies
// and body. It shows the caller's text unchanged, and captured text without secrets. All of it is
// on one line, with escapes for invisible characters, so that it can neither pass for the text
// around it nor hide. Of a body that is not text it shows the output of [guard.DescribeBody].
func (r *Request) Describe() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", visible.Line(r.Call.Method), guard.ExcerptURL(r.shownURL(), maxShown))
	var lines []string
	for _, h := range r.shown.Header {
		lines = append(lines, h.Name+": "+h.Value)
	}
	for _, p := range r.shown.Cookies {
		lines = append(lines, "Cookie: "+p.Name+"="+p.Value)
	}
	if len(lines) == 0 {
		b.WriteString(" without headers")
	} else {
		fmt.Fprintf(&b, " with the headers %s", guard.ExcerptList(lines, "; ", maxShown))
	}
	switch n := len(r.Call.Body); {
	case n == 0:
		b.WriteString(" and without a body")
	case r.bodyText != nil:
		fmt.Fprintf(&b, " and a body of %d bytes: %s", n, guard.ExcerptBody(*r.bodyText, maxShown))
	default:
		fmt.Fprintf(&b, " and a body of %d bytes%s", n, guard.DescribeBody(r.shown.Body, maxShown))
		if why := r.redacted.Body.Omitted; why != "" && len(r.shown.Body) == 0 {
			b.WriteString(", not shown: " + why)
		}
	}
	return b.String()
}

// showCaptured sets what Describe shows of the captured request, from its redacted form.
func (r *Request) showCaptured() {
	r.shown = egress.Call{Body: r.redacted.Body.Data}
	r.shownPath, r.shownQuery = r.redacted.Path, r.redacted.RawQuery
	for _, h := range r.redacted.Header {
		addHeader(&r.shown, h.Name, h.Value)
	}
	r.bodyText = nil
	if text, ok := r.shownText(); ok {
		r.bodyText = &text
	}
}
