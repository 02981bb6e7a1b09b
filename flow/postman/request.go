package postman

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/net/http/httpguts"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/exchange"
)

// request is a request, or in format 2.0 also its URL alone.
type request struct {
	Method string `json:"method"`
	Header fields `json:"header"`
	URL    target `json:"url"`
	Body   *body  `json:"body"`
}

// UnmarshalJSONFrom implements json.UnmarshalerFrom.
func (q *request) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if dec.PeekKind() == '"' {
		q.Method = "GET"
		return json.UnmarshalDecode(dec, &q.URL.Raw)
	}
	type plain request
	return json.UnmarshalDecode(dec, (*plain)(q))
}

// target is a URL with the values of its path variables. It may also be a string.
type target struct {
	Raw      string     `json:"raw"`
	Variable []variable `json:"variable"`
}

// UnmarshalJSONFrom implements json.UnmarshalerFrom.
func (u *target) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if dec.PeekKind() == '"' {
		return json.UnmarshalDecode(dec, &u.Raw)
	}
	type plain target
	return json.UnmarshalDecode(dec, (*plain)(u))
}

// maxHeaderLines bounds a header that is one text.
const maxHeaderLines = 1000

var errLongHeader = fmt.Errorf("a header: %w (%d lines)", exchange.ErrTooLarge, maxHeaderLines)

// fields are header lines. In format 2.0 they may be one text, or null for none.
type fields []variable

// UnmarshalJSONFrom implements json.UnmarshalerFrom.
func (f *fields) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if dec.PeekKind() != '"' {
		return json.UnmarshalDecode(dec, (*[]variable)(f))
	}
	var text string
	if err := json.UnmarshalDecode(dec, &text); err != nil {
		return err
	}
	if strings.Count(text, "\n") > maxHeaderLines {
		return errLongHeader
	}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(line, ":"); ok {
			text := scalar(strings.TrimSpace(value))
			*f = append(*f, variable{Key: strings.TrimSpace(name), Value: &text})
		}
	}
	return nil
}

// header returns the lines that are sent, with variables replaced. A variable without a value stays
// as it is.
func (f fields) header(vars *replacer) flow.Header {
	var h flow.Header
	for _, v := range f {
		if v.Disabled || !httpguts.ValidHeaderFieldName(v.Key) {
			continue
		}
		if value, _ := vars.replace(v.text()); httpguts.ValidHeaderFieldValue(value) {
			h = append(h, flow.Field{Name: v.Key, Value: value})
		}
	}
	return h
}

type body struct {
	Mode       string     `json:"mode"`
	Raw        string     `json:"raw"`
	URLEncoded []variable `json:"urlencoded"`
	FormData   []variable `json:"formdata"`
	GraphQL    struct {
		Query     string `json:"query"`
		Variables string `json:"variables"`
	} `json:"graphql"`
	Options struct {
		Raw struct {
			Language string `json:"language"`
		} `json:"raw"`
	} `json:"options"`
	Disabled bool `json:"disabled"`
}

var (
	pathName = regexp.MustCompile(`/:([A-Za-z0-9_.-]+)`)
	absolute = regexp.MustCompile(`^\s*[A-Za-z][A-Za-z0-9+.-]*://`)
)

// size is the approximate memory of the request's flow, in bytes.
func (q *request) size() int {
	if q == nil {
		return 0
	}
	n := len(q.URL.Raw)
	lists := [][]variable{q.Header, q.URL.Variable}
	if b := q.Body; b != nil {
		n += len(b.Raw) + len(b.GraphQL.Query) + len(b.GraphQL.Variables)
		lists = append(lists, b.URLEncoded, b.FormData)
	}
	for _, list := range lists {
		for _, v := range list {
			n += fieldSize + len(v.name()) + len(v.text())
		}
	}
	return n
}

// fieldSize is the memory of a header line or member of a form in addition to its text, in bytes.
const fieldSize = 64

func (q *request) flow(vars *replacer) (flow.Request, error) {
	var r flow.Request
	raw, missing := vars.replace(q.URL.Raw)
	if err := vars.err(); err != nil {
		return r, err
	}
	if missing != "" {
		return r, fmt.Errorf("url: %w", &MissingError{missing})
	}
	if !absolute.MatchString(raw) {
		raw = "http://" + raw // as Postman does
	}
	u, err := exchange.SplitURL(raw)
	if err != nil {
		return r, fmt.Errorf("url: %w", err)
	}
	var none *scope
	own := none.within(q.URL.Variable)
	u.Path = pathName.ReplaceAllStringFunc(u.Path, func(m string) string {
		if v, ok := own.value(m[2:]); ok && v != "" && vars.room >= 0 {
			v, _ = vars.replace(v)
			if v = url.PathEscape(v); vars.take(v) {
				return "/" + v
			}
		}
		missing = cmp.Or(missing, m[2:])
		return m
	})
	if err := vars.err(); err != nil {
		return r, err
	}
	if missing != "" {
		return r, fmt.Errorf("url: the path variable %.60q has no value", missing)
	}
	r.Method = cmp.Or(strings.ToUpper(q.Method), "GET")
	if !httpguts.ValidHeaderFieldName(r.Method) {
		return r, errors.New("method: not a method")
	}
	r.Scheme, r.Authority, r.Path, r.RawQuery = u.Scheme, u.Authority, u.Path, u.RawQuery
	r.Header = q.Header.header(vars)
	if q.Body == nil || q.Body.Disabled {
		return r, vars.err()
	}
	media, text := q.Body.text(vars)
	if media != "" && !r.Header.Has("Content-Type") && text != "" {
		r.Header = append(r.Header, flow.Field{Name: "Content-Type", Value: media})
	}
	r.Body = bodyOf(text)
	return r, vars.err()
}

// boundary is used for forms, since a collection has no boundaries.
const boundary = "spectap-form-boundary"

// text returns a body with variables replaced, and its media type if the mode says it.
func (b *body) text(vars *replacer) (media, text string) {
	switch b.Mode {
	case "raw":
		text, _ = vars.replace(b.Raw)
		if b.Options.Raw.Language == "json" || strings.HasPrefix(strings.TrimSpace(text), "{") {
			text = quoted(text)
		}
		switch b.Options.Raw.Language {
		case "json":
			media = "application/json"
		case "xml":
			media = "application/xml"
		}
	case "urlencoded":
		var pairs []string
		for _, v := range b.URLEncoded {
			if !v.Disabled {
				value, _ := vars.replace(v.text())
				pairs = append(pairs, url.QueryEscape(v.name())+"="+url.QueryEscape(value))
			}
		}
		return "application/x-www-form-urlencoded", strings.Join(pairs, "&")
	case "formdata":
		var out strings.Builder
		for _, v := range b.FormData {
			if v.Disabled {
				continue
			}
			value, _ := vars.replace(v.text())
			file := ""
			if v.Type == "file" {
				file = `; filename="file"` // the file itself is not in a collection
			}
			fmt.Fprintf(&out, "--%s\r\nContent-Disposition: form-data; name=%q%s\r\n\r\n%s\r\n", boundary, v.name(), file, value)
		}
		if out.Len() > 0 {
			out.WriteString("--" + boundary + "--\r\n")
		}
		return "multipart/form-data; boundary=" + boundary, out.String()
	case "graphql":
		query, _ := vars.replace(b.GraphQL.Query)
		replaced, _ := vars.replace(b.GraphQL.Variables)
		variables := jsontext.Value(quoted(replaced))
		if !variables.IsValid() {
			variables = jsontext.Value("{}")
		}
		data, err := json.Marshal(map[string]any{"query": query, "variables": variables}, json.Deterministic(true))
		if err != nil {
			return "", ""
		}
		return "application/json", string(data)
	}
	return media, text
}
