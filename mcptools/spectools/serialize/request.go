package serialize

import (
	"errors"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/openapi"
)

// Request returns the request that the arguments describe, without credentials. The arguments must
// be valid against the tool's schema; Request reports violations that a schema cannot express.
// Query parameters and form fields keep the order of the arguments.
func (o *Operation) Request(args *orderedjson.Object) (egress.Call, *jsonschema.Problem) {
	w := requestWriter{call: egress.Call{Method: o.Method}, path: make(map[string]string)}
	byArgument := make(map[string]*Parameter, len(o.Parameters))
	for _, p := range o.Parameters {
		byArgument[p.Argument] = p
	}
	for _, arg := range args.Names() {
		p := byArgument[arg]
		if p == nil {
			continue
		}
		if err := w.write(p, withIntegers(p.Schema, args.Value(arg))); err != nil {
			return egress.Call{}, &jsonschema.Problem{Field: arg, Reason: err.Error()}
		}
	}
	for _, p := range o.Parameters {
		if p.In == "path" && w.path[p.Name] == "" {
			return egress.Call{}, &jsonschema.Problem{Field: p.Argument, Reason: errEmpty.Error()}
		}
	}
	template, _, _ := strings.Cut(o.Path, "#") // a fragment distinguishes operations and is never sent
	path := fillTemplate(template, w.path)
	// A value and the text around it may form a dot segment.
	if plain, err := url.PathUnescape(path); err == nil && HasDotSegment(plain) {
		return egress.Call{}, &jsonschema.Problem{Reason: "make a path with a segment \".\" or \"..\""}
	}
	u, err := url.Parse(o.BaseURL + path)
	if err != nil {
		return egress.Call{}, &jsonschema.Problem{Reason: "do not make a URL"}
	}
	u.RawQuery = joinPairs(w.query)
	w.call.URL = u
	return o.addBody(args, w.call)
}

// requestWriter collects the parts of a request.
type requestWriter struct {
	call  egress.Call
	path  map[string]string // values of path parameters by name, escaped
	query []escapedPair
}

func (w *requestWriter) write(p *Parameter, v any) error {
	if p.ContentType != "" && (p.In == openapi3.ParameterInQuery || p.In != openapi.InQueryString && v != nil) { // in JSON, null is a value
		v = string(orderedjson.Encode(v))
	}
	var err error
	switch p.In {
	case "path":
		w.path[p.Name], err = p.pathValue(v)
	case "query", openapi.InQueryString:
		var pairs []escapedPair
		pairs, err = p.queryPairs(v)
		w.query = append(w.query, pairs...)
	case "header":
		h := egress.Pair{Name: p.Name}
		h.Value, err = p.headerValue(v)
		w.call.Header = append(w.call.Header, h)
	case "cookie":
		var pairs []egress.Pair
		pairs, err = p.cookiePairs(v)
		w.call.Cookies = append(w.call.Cookies, pairs...)
	}
	return err
}

// NameOnly returns the argument for the name of a query parameter without "=": true, or "" if true
// is a value of the parameter.
func (p *Parameter) NameOnly() any {
	if types := openapi.SchemaTypes(p.Schema); len(types) == 0 || slices.Contains(types, "boolean") {
		return ""
	}
	return true
}

// queryPairs writes a query parameter. A null is left out, as RFC 6570 leaves out undefined values.
func (p *Parameter) queryPairs(v any) ([]escapedPair, error) {
	esc := escapeQuery
	if p.AllowReserved {
		esc = escapeQueryReserved
	}
	if p.In == openapi.InQueryString { // the complete query, without a name
		text, isText := v.(string)
		if !isText || KindOf(p.ContentType) == JSON {
			text = string(orderedjson.Encode(v))
		}
		return []escapedPair{{name: escapeQuery(text), nameOnly: true}}, nil
	}
	if v == nil {
		return nil, nil
	}
	if p.AllowEmptyValue && v == p.NameOnly() {
		return []escapedPair{{name: escapeQuery(p.Name), nameOnly: true}}, nil
	}
	return pairWriter{style: p.Style, explode: p.Explode, name: escapeQuery, value: esc}.write(p.Name, v)
}

func (p *Parameter) headerValue(v any) (string, error) {
	if v == nil {
		return "", errNull
	}
	s, err := writeSimple(p.Name, v, "simple", p.Explode, escapeNothing)
	if err != nil {
		return "", err
	}
	if strings.TrimSpace(s) != s {
		return "", errors.New("must not begin or end with a space: headers do not keep it")
	}
	if err := egress.CheckHeader(p.Name, s); err != nil {
		return "", errors.New("has a character that no header may have")
	}
	return s, nil
}

func (p *Parameter) cookiePairs(v any) ([]egress.Pair, error) {
	if v == nil {
		return nil, nil
	}
	w := pairWriter{style: p.Style, explode: p.Explode, name: escapeNothing, value: escapeCookie}
	pairs, err := w.write(p.Name, v)
	if err != nil {
		return nil, err
	}
	var out []egress.Pair
	for _, x := range pairs {
		if egress.CheckHeader(x.name, "") != nil {
			return nil, fmt.Errorf("makes a cookie with an invalid name")
		}
		out = append(out, egress.Pair{Name: x.name, Value: x.value})
	}
	return out, nil
}

// addBody writes the body and its media type.
func (o *Operation) addBody(args *orderedjson.Object, call egress.Call) (egress.Call, *jsonschema.Problem) {
	v, ok := args.Get(BodyArgument)
	if !ok || len(o.Bodies) == 0 {
		return call, nil
	}
	m, typ, problem := o.ChooseMedia(args)
	if problem != nil {
		return egress.Call{}, problem
	}
	data, typ, err := m.write(typ, withIntegers(m.Doc.Schema, v), o.Files)
	if err != nil {
		return egress.Call{}, &jsonschema.Problem{Field: BodyArgument, Reason: err.Error()}
	}
	call.Body = data
	call.Header = append(call.Header, egress.Pair{Name: "Content-Type", Value: typ})
	if err := encodeContent(&call); err != nil {
		return egress.Call{}, &jsonschema.Problem{Field: ContentEncoding, Reason: err.Error()}
	}
	return call, nil
}

// ChooseMedia returns the media type of the body that the arguments name, or the preferred one, and
// the type to send.
func (o *Operation) ChooseMedia(args *orderedjson.Object) (*Media, string, *jsonschema.Problem) {
	want, ok := args.Get(ContentTypeArgument)
	if !ok {
		return o.Bodies[0], o.Bodies[0].Sent, nil
	}
	typ, _ := want.(string)
	m := o.mediaFor(typ)
	switch {
	case m == nil || egress.CheckHeader("Content-Type", typ) != nil:
		return nil, "", &jsonschema.Problem{Field: ContentTypeArgument, Reason: "is not a media type of this body"}
	case m.Type == typ:
		return m, m.Sent, nil
	}
	return m, typ, nil
}

// mediaFor returns the media type of the document that matches a body's type most closely, or nil.
func (o *Operation) mediaFor(sent string) *Media {
	base := BaseType(sent)
	for _, isMatch := range []func(*Media) bool{
		func(m *Media) bool { return strings.EqualFold(m.Type, sent) },
		func(m *Media) bool { return BaseType(m.Type) == base },
		func(m *Media) bool { return BaseType(m.Sent) == base },
		func(m *Media) bool {
			ok, err := path.Match(BaseType(m.Type), base)
			return ok && err == nil && BaseType(m.Type) != "*/*"
		},
		func(m *Media) bool { return BaseType(m.Type) == "*/*" },
	} {
		if i := slices.IndexFunc(o.Bodies, isMatch); i >= 0 {
			return o.Bodies[i]
		}
	}
	return nil
}
