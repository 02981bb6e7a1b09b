package spectools

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/infer/headers"
	"github.com/spectap/spectap/infer/security"
	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/mcptools/spectools/serialize"
	"github.com/spectap/spectap/openapi"
)

// sends reports whether the server sends a parameter in the session, so that it is no argument.
func (o SignIn) sends(p *openapi3.Parameter) bool {
	switch {
	case o.Operation == "":
		return false
	case p.In == openapi3.ParameterInHeader:
		return o.isToken(p.Name) || slices.ContainsFunc(pageHeaders, func(h string) bool { return strings.EqualFold(h, p.Name) })
	}
	return p.In == openapi3.ParameterInCookie && o.Operation != SignInRecorded && !headers.IsParamCookie(p.Name)
}

// withoutTokens returns the schema of an operation's arguments without the members of the body that
// carry a token, which the server sends.
func (o SignIn) withoutTokens(op *operation, raw json.RawMessage) (json.RawMessage, error) {
	if o.Operation == "" {
		return raw, nil
	}
	schema := orderedjson.PlainOf(raw)
	op.bodyTokens = slices.DeleteFunc(propertyNames(schema, serialize.BodyArgument), func(name string) bool { return !o.isToken(name) })
	if len(op.bodyTokens) == 0 {
		return raw, nil
	}
	w := schemaWalk{root: schema, seen: map[string]bool{}}
	w.visit(schema, []string{serialize.BodyArgument}, 0, func(s map[string]any) {
		properties, _ := s["properties"].(map[string]any)
		required, _ := s["required"].([]any)
		for _, name := range op.bodyTokens {
			delete(properties, name)
			required = slices.DeleteFunc(required, func(r any) bool { return r == name })
		}
		if delete(s, "required"); len(required) > 0 {
			s["required"] = required
		}
	})
	return json.Marshal(schema)
}

// tokens are the tokens against forged requests that an app gave out.
type tokens struct {
	page   string                    // of a page or of a body
	header []egress.Pair             // of response headers, such as X-CSRF-Token of SAP's gateways
	from   map[openapi.Source]string // at the sources in the document
	isForm bool                      // the last page asks for the password
}

// pageHeaders are the headers in which pages send the token that they hold: Rails, Laravel, Spring,
// gorilla/csrf and Phoenix; Django and Flask-WTF; ASP.NET.
var pageHeaders = []string{"X-CSRF-Token", "X-CSRFToken", "RequestVerificationToken"}

// tokenHeaders returns the headers with tokens for a URL: those that the document names, else all
// that apps have. One of a cookie goes into the header that is named after it, as Django
// (csrftoken, X-CSRFToken) and Angular, axios, Laravel and Spring (XSRF-TOKEN, X-XSRF-TOKEN) do;
// Tornado has another one for _xsrf. declared are those that the operation has.
func (x *session) tokenHeaders(u *url.URL, cookies []*http.Cookie, declared []string) (out []egress.Pair) {
	add := func(name, value string) {
		if name != "" && value != "" && !slices.ContainsFunc(out, func(p egress.Pair) bool { return strings.EqualFold(p.Name, name) }) {
			out = append(out, egress.Pair{Name: name, Value: value})
		}
	}
	for _, a := range x.o.access.AntiForgery {
		add(a.Header, x.token(a, u))
	}
	if len(out) == 0 {
		out = slices.Clone(x.tokens.header)
		for _, c := range cookies {
			if headers.IsAntiForgery(c.Name) {
				name := cmp.Or(map[string]string{"_xsrf": "XSRFToken"}[c.Name], strings.ReplaceAll(strings.TrimLeft(c.Name, "_"), "_", "-"))
				add(http.CanonicalHeaderKey("X-"+name), unescaped(c.Value))
			}
		}
		for _, name := range pageHeaders {
			add(name, x.tokens.page)
		}
	}
	for _, name := range declared {
		add(name, x.tokens.form(cookies))
	}
	return out
}

// tokenField returns the token for a member of a body.
func (x *session) tokenField(name string, u *url.URL) string {
	for _, a := range x.o.access.AntiForgery {
		if v := x.token(a, u); a.Field == name && v != "" {
			return v
		}
	}
	return x.tokens.form(x.jar.Cookies(u))
}

// form returns the token for the field of a form.
func (t *tokens) form(cookies []*http.Cookie) string {
	if t.page != "" {
		return t.page
	}
	for _, c := range cookies {
		if headers.IsAntiForgery(c.Name) {
			return unescaped(c.Value)
		}
	}
	return ""
}

// unescaped returns the value of a cookie as a script of a page reads it.
func unescaped(value string) string {
	if plain, err := url.QueryUnescape(strings.ReplaceAll(value, "+", "%2B")); err == nil {
		return plain
	}
	return value
}

// maxTokenPage bounds the bytes of a page in which a token is looked for.
const maxTokenPage = 1 << 20

// read takes the tokens of an answer.
func (x *session) read(resp *http.Response, body []byte) {
	t, h := &x.tokens, resp.Header
	for name, values := range h {
		if headers.IsAntiForgery(name) && !strings.EqualFold(values[0], "required") {
			t.header = append(slices.DeleteFunc(t.header, func(p egress.Pair) bool { return p.Name == name }), egress.Pair{Name: name, Value: values[0]})
		}
	}
	body = body[:min(len(body), maxTokenPage)]
	token, from := "", map[openapi.Source]string{}
	t.isForm = false
	if strings.Contains(h.Get("Content-Type"), "html") {
		token = x.readPage(body, from)
	} else if here := x.pointersOf(resp.Request); len(here) > 0 || bytes.Contains(bytes.ToLower(body), []byte("srf")) {
		v := jsonvalue.Decode(body)
		members, _ := v.(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(members)) {
			if s, ok := members[name].(string); ok && headers.IsAntiForgery(name) {
				token = s
			}
		}
		for _, s := range here {
			from[s] = textAt(v, s.Pointer)
		}
	}
	for s := range x.wanted {
		if s.Header != "" {
			from[s] = h.Get(s.Header)
		}
	}
	t.page = cmp.Or(token, t.page)
	maps.DeleteFunc(from, func(_ openapi.Source, v string) bool { return v == "" })
	if t.from == nil {
		t.from = map[openapi.Source]string{}
	}
	maps.Copy(t.from, from)
}

// pointersOf returns the sources in the body of the answer to a request.
func (x *session) pointersOf(r *http.Request) (out []openapi.Source) {
	for s := range x.wanted {
		method, u := x.place(s)
		if s.Pointer != "" && (s.Operation+s.Page == "" || u != nil && method == r.Method && u.Path == r.URL.Path) {
			out = append(out, s)
		}
	}
	return out
}

// readPage returns the token of the first <meta> or hidden field of a page, and adds to from those
// of the elements that the document names: a token of Rails is for the form that holds it.
func (x *session) readPage(page []byte, from map[openapi.Source]string) (token string) {
	action := ""
	security.PageElements(page, func(tag string, attr map[string]string) {
		name, sources := attr["name"], []openapi.Source(nil)
		_, value := security.ElementToken(tag, attr)
		switch tag {
		case "form":
			action = attr["action"]
		case "meta":
			sources = []openapi.Source{{Meta: name}}
		case "input":
			sources = []openapi.Source{{Field: name}, {Field: name, Page: action}}
			x.tokens.isForm = x.tokens.isForm || attr["type"] == "password" && x.asksFor(name)
		}
		if token == "" && headers.IsAntiForgery(name) {
			token = value
		}
		for _, s := range sources {
			if x.wanted[sourceKey(s)] && from[s] == "" {
				from[s] = value
			}
		}
	})
	return token
}
