package replay

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
)

// Draft is a request as a person sees and edits it: with placeholders instead of secrets.
type Draft struct {
	Method string
	// Path and Query are escaped as they are sent. Query has no "?".
	Path, Query string
	// Header has no cookies, and nothing that the client makes.
	Header, Cookies []egress.Pair
	// Body is the text of the body without its content coding, or "". nil is the captured body,
	// which is not text.
	Body *string
}

// Draft returns the request, to be edited and given to [Request.Rewrite].
func (r *Request) Draft() Draft {
	d := Draft{
		Method: r.Call.Method, Path: cmp.Or(r.redacted.Path, "/"), Query: r.redacted.RawQuery,
		Header:  slices.DeleteFunc(slices.Clone(r.shown.Header), isCoding), // what a person sees is not encoded
		Cookies: slices.Clone(r.shown.Cookies),
	}
	if text, ok := r.shownText(); ok {
		d.Body = &text
	}
	return d
}

// shownText returns the text of the body as it is shown. A body that redaction cannot read is
// hidden completely.
func (r *Request) shownText() (string, bool) {
	if len(r.redacted.Body.Data) == 0 && len(r.Flow.Request.Body.Data) > 0 {
		return "", false
	}
	return plainText(&r.redacted)
}

// plainText returns the text of a body, without its content coding, exactly.
func plainText(q *flow.Request) (string, bool) {
	if len(q.Body.Data) == 0 {
		return "", true
	}
	data, _, err := decode.Body(q.Header, q.Body, view.MaxDecoded)
	return string(data), err == nil && utf8.Valid(data) && view.IsText(q.Header.MediaType(), data)
}

func isCoding(p egress.Pair) bool { return strings.EqualFold(p.Name, "Content-Encoding") }

// Rewrite changes the request to an edited draft. Unchanged parts are sent as captured.
// Placeholders elsewhere become secrets under the conditions of [Request.Apply].
func (r *Request) Rewrite(d Draft) error {
	if d.Method != r.Call.Method {
		r.Call.Method = strings.ToUpper(d.Method)
	}
	if err := r.rewriteURL(d); err != nil {
		return err
	}
	if err := r.rewriteHeader(d); err != nil {
		return err
	}
	was, isText := r.shownText()
	if d.Body != nil && !(isText && *d.Body == was) {
		if *d.Body == "" {
			r.SetBody(nil)
			r.bodyText = nil
			return nil
		}
		return r.applyBody(*d.Body, mediaOf(r.Call.Header))
	}
	if r.Flow.Request.Body.Truncated {
		return tool.Errorf(tool.CodeRefused, "write another body",
			"nothing was sent: the recorder kept only the beginning of the body")
	}
	return nil
}

// rewriteURL sets the path and query. Segments and parameters that did not change are sent as
// captured.
func (r *Request) rewriteURL(d Draft) error {
	if !strings.HasPrefix(d.Path, "/") {
		return tool.BadArgument("path", "must begin with /")
	}
	path, err := r.restoreParts("path", d.Path, cmp.Or(r.redacted.Path, "/"), cmp.Or(r.Flow.Request.Path, "/"), "/",
		url.PathEscape, func(p places, part string) { p.add(noName, part) })
	if err != nil {
		return err
	}
	query, err := r.restoreParts("query", d.Query, r.redacted.RawQuery, r.Flow.Request.RawQuery, "&",
		url.QueryEscape, places.addForm)
	if err != nil {
		return err
	}
	if path == cmp.Or(r.Flow.Request.Path, "/") && query == r.Flow.Request.RawQuery {
		return nil // as captured, even if it cannot be written by hand
	}
	for _, x := range []struct{ name, text, stop string }{{"path", path, "?#"}, {"query", query, "#"}} {
		if i := strings.IndexFunc(x.text, func(c rune) bool { return c <= ' ' || c >= 0x7f || strings.ContainsRune(x.stop, c) }); i >= 0 {
			return tool.BadArgument(x.name, "has %q, which must be escaped: write %s",
				view.Visible(string([]rune(x.text[i:])[0])), url.PathEscape(string([]rune(x.text[i:])[0])))
		}
	}
	address := r.Call.URL.Scheme + "://" + r.Call.URL.Host + path
	if query != "" {
		address += "?" + query
	}
	u, err := url.Parse(address)
	if err != nil {
		return tool.BadArgument("path", "makes no URL: a %% must be followed by two hexadecimal digits")
	}
	r.Call.URL, r.shownPath, r.shownQuery = u, d.Path, d.Query
	return nil
}

// restoreParts returns a text in which each part that a person left as it was shown is the captured
// one, and the placeholders of the others are restored.
func (r *Request) restoreParts(
	argument, text, shown, raw, separator string, escape func(string) string, at func(p places, part string),
) (string, error) {
	if text == shown {
		return raw, nil
	}
	shownParts, rawParts := strings.Split(shown, separator), strings.Split(raw, separator)
	if len(shownParts) != len(rawParts) {
		shownParts = nil
	}
	parts := strings.Split(text, separator)
	for i, part := range parts {
		k := -1
		if i < len(shownParts) && shownParts[i] == part {
			k = i
		} else if argument == "query" { // a parameter may have moved
			k = slices.Index(shownParts, part)
		}
		if k >= 0 {
			parts[i] = rawParts[k]
			continue
		}
		filled, _, err := r.fill(argument, part, escape, at)
		if err != nil {
			return "", err
		}
		parts[i] = filled
	}
	return strings.Join(parts, separator), nil
}

// rewriteHeader sets the headers and cookies.
func (r *Request) rewriteHeader(d Draft) error {
	was, wasShown := r.Call, r.shown
	r.Call.Header, r.Call.Cookies = slices.DeleteFunc(slices.Clone(was.Header), func(p egress.Pair) bool { return !isCoding(p) }), nil
	r.shown.Header, r.shown.Cookies = slices.DeleteFunc(slices.Clone(wasShown.Header), func(p egress.Pair) bool { return !isCoding(p) }), nil
	for _, p := range d.Header {
		if strings.EqualFold(p.Name, "Cookie") {
			var c egress.Call
			addHeader(&c, p.Name, p.Value)
			d.Cookies = append(slices.Clone(d.Cookies), c.Cookies...)
			continue
		}
		if isCoding(p) {
			return tool.BadArgument("header."+p.Name, "cannot be set: a body that you write is not encoded")
		}
		value, err := r.restorePair("header", p, wasShown.Header, was.Header, places.addHeader)
		if err != nil {
			return err
		}
		if err := egress.CheckHeader(p.Name, value); err != nil {
			return tool.BadArgument("header", "%s cannot be sent: %v", view.Cut(view.Visible(p.Name), 60), err)
		}
		r.Call.Header = append(r.Call.Header, egress.Pair{Name: p.Name, Value: value})
		r.shown.Header = append(r.shown.Header, p)
	}
	for _, p := range d.Cookies {
		value, err := r.restorePair("cookie", p, wasShown.Cookies, was.Cookies, places.add)
		if err != nil {
			return err
		}
		r.Call.Cookies = append(r.Call.Cookies, egress.Pair{Name: p.Name, Value: value})
		r.shown.Cookies = append(r.shown.Cookies, p)
	}
	return nil
}

// restorePair returns the value of a header or cookie: the captured one if it is as it was shown,
// else its own with the secrets of its placeholders.
func (r *Request) restorePair(
	kind string, p egress.Pair, shown, raw []egress.Pair, at func(p places, name, text string),
) (string, error) {
	captured := named(raw, p.Name)
	for i, value := range named(shown, p.Name) {
		if value == p.Value && i < len(captured) {
			return captured[i], nil
		}
	}
	value, _, err := r.fill(kind+"."+p.Name, p.Value, nil, func(x places, text string) { at(x, p.Name, text) })
	return value, err
}

// mediaOf returns the media type of a body.
func mediaOf(header []egress.Pair) string {
	return flow.Header{{Name: "Content-Type", Value: strings.Join(named(header, "Content-Type"), ",")}}.MediaType()
}

// named returns the values of a name.
func named(pairs []egress.Pair, name string) (values []string) {
	for _, p := range pairs {
		if strings.EqualFold(p.Name, name) {
			values = append(values, p.Value)
		}
	}
	return values
}

// ShownCall returns the request with placeholders instead of the secrets of the flow.
func (r *Request) ShownCall() egress.Call {
	c := r.Call
	shown := r.redactor.Flow(flow.Flow{Request: flow.Request{
		Scheme: r.Flow.Request.Scheme, Authority: r.Flow.Request.Authority, Path: r.Call.URL.EscapedPath(), RawQuery: r.Call.URL.RawQuery,
	}})
	u := *r.Call.URL
	u.RawPath, u.RawQuery = shown.Request.Path, shown.Request.RawQuery
	u.Path = decode.Unescape(shown.Request.Path)
	if p, err := url.PathUnescape(shown.Request.Path); err == nil {
		u.Path = p
	}
	c.URL, c.Header, c.Cookies, c.Credentials = &u, r.shown.Header, r.shown.Cookies, nil
	for i, cr := range r.Call.Credentials {
		kind, _, isKind := strings.Cut(cr.Value, " ")
		if cr.Value = fmt.Sprintf(hiddenCredential, i); cr.In == egress.InQuery {
			u.RawQuery = strings.TrimPrefix(u.RawQuery+"&"+url.QueryEscape(cr.Name)+"="+cr.Value, "&")
			continue
		}
		if isKind && strings.EqualFold(cr.Name, "Authorization") {
			cr.Value = kind + " " + cr.Value
		}
		c.Credentials = append(c.Credentials, cr)
	}
	switch {
	case len(c.Body) == 0:
	case r.bodyText != nil:
		c.Body = []byte(*r.bodyText)
	default:
		c.Body = r.shown.Body
	}
	return c
}
