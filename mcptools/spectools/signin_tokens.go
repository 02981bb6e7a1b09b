package spectools

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"golang.org/x/net/html"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/infer/headers"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/mcptools/spectools/serialize"
)

// sends reports whether the server sends a parameter in the session, so that it is no argument.
func (o SignIn) sends(p *openapi3.Parameter) bool {
	switch {
	case o.Operation == "":
		return false
	case p.In == openapi3.ParameterInHeader:
		return isAntiForgery(p.Name) || slices.ContainsFunc(pageHeaders, func(h string) bool { return strings.EqualFold(h, p.Name) })
	}
	return p.In == openapi3.ParameterInCookie && !headers.IsParamCookie(p.Name)
}

// withoutTokens returns the schema of an operation's arguments without the members of the body that
// carry a token, which the server sends.
func (o SignIn) withoutTokens(op *operation, raw json.RawMessage) (json.RawMessage, error) {
	if o.Operation == "" {
		return raw, nil
	}
	schema := orderedjson.PlainOf(raw)
	op.bodyTokens = slices.DeleteFunc(propertyNames(schema, serialize.BodyArgument), func(name string) bool { return !isAntiForgery(name) })
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
	page   string        // of a page or of a body
	header []egress.Pair // of response headers, such as X-CSRF-Token of SAP's gateways
}

// pageHeaders are the headers in which pages send the token that they hold: Rails, Laravel, Spring,
// gorilla/csrf and Phoenix; Django and Flask-WTF; ASP.NET.
var pageHeaders = []string{"X-CSRF-Token", "X-CSRFToken", "RequestVerificationToken"}

// formFields are the names of hidden fields without "csrf" or "xsrf" that hold such a token: Rails,
// Laravel, ASP.NET.
var formFields = []string{"authenticity_token", "_token", "__requestverificationtoken"}

// isAntiForgery reports whether something of this name carries such a token.
func isAntiForgery(name string) bool {
	return headers.IsAntiForgery(name) || slices.Contains(formFields, strings.ToLower(name))
}

// headers returns the headers with tokens. One of a cookie goes into the header that is named after
// it, as Django (csrftoken, X-CSRFToken) and Angular, axios, Laravel and Spring (XSRF-TOKEN,
// X-XSRF-TOKEN) do. declared are those that the document has.
func (t *tokens) headers(cookies []*http.Cookie, declared []string) []egress.Pair {
	out := slices.Clone(t.header)
	add := func(name, value string) {
		if value != "" && !slices.ContainsFunc(out, func(p egress.Pair) bool { return strings.EqualFold(p.Name, name) }) {
			out = append(out, egress.Pair{Name: name, Value: value})
		}
	}
	for _, c := range cookies {
		if isAntiForgery(c.Name) {
			add(http.CanonicalHeaderKey("X-"+strings.ReplaceAll(strings.TrimLeft(c.Name, "_"), "_", "-")), unescaped(c.Value))
		}
	}
	for _, name := range pageHeaders {
		add(name, t.page)
	}
	for _, name := range declared {
		add(name, t.form(cookies))
	}
	return out
}

// form returns the token for the field of a form.
func (t *tokens) form(cookies []*http.Cookie) string {
	if t.page != "" {
		return t.page
	}
	for _, c := range cookies {
		if isAntiForgery(c.Name) {
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
func (t *tokens) read(h http.Header, body []byte) {
	for name, values := range h {
		if isAntiForgery(name) && !strings.EqualFold(values[0], "required") {
			t.header = append(slices.DeleteFunc(t.header, func(p egress.Pair) bool { return p.Name == name }), egress.Pair{Name: name, Value: values[0]})
		}
	}
	body = body[:min(len(body), maxTokenPage)]
	kind := h.Get("Content-Type")
	token := ""
	switch {
	case strings.Contains(kind, "html"):
		token = tokenOfPage(body)
	case strings.Contains(kind, "json"):
		var members map[string]any
		if bytes.Contains(bytes.ToLower(body), []byte("srf")) {
			_ = json.Unmarshal(body, &members) // anything but an object has no token
		}
		for _, name := range slices.Sorted(maps.Keys(members)) {
			if s, ok := members[name].(string); ok && isAntiForgery(name) {
				token = s
			}
		}
	}
	if token != "" {
		t.page = token
	}
}

// tokenOfPage returns the token of a <meta> or a hidden field.
func tokenOfPage(page []byte) string {
	z := html.NewTokenizer(bytes.NewReader(page))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return ""
		case html.StartTagToken, html.SelfClosingTagToken:
		default:
			continue
		}
		tag := z.Token()
		attr := map[string]string{}
		for _, a := range tag.Attr {
			attr[a.Key] = a.Val
		}
		switch name := strings.ToLower(attr["name"]); {
		case !isAntiForgery(name):
		case tag.Data == "meta" && !strings.HasSuffix(name, "param") && !strings.HasSuffix(name, "header") && attr["content"] != "":
			return attr["content"]
		case tag.Data == "input" && attr["value"] != "":
			return attr["value"]
		}
	}
}
