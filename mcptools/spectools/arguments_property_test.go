package spectools

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"pgregory.net/rapid"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/mcptools/spectools/serialize"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/params"
	"github.com/spectap/spectap/openapi/router"
)

// TestArgumentsRoundTrip sends random arguments of random operations over a real connection. The
// request that arrives is routed to the same operation, and the same arguments are read from it.
func TestArgumentsRoundTrip(t *testing.T) {
	a := newAPI(t)
	rapid.Check(t, func(rt *rapid.T) {
		doc := genDocument(rt)
		// Through text, as documents come.
		var b strings.Builder
		if err := openapi.Encode(&b, doc, openapi.JSON); err != nil {
			rt.Fatal(err)
		}
		s := newSet(t, b.String(), Options{BaseURL: a.URL, Policy: guard.Policy{NoConfirmDangerous: true}})
		defer s.Close()
		router, err := router.New(s.doc)
		if err != nil {
			rt.Fatal(err)
		}
		op := rapid.SampledFrom(s.ops).Draw(rt, "operation")
		args := genArguments(rt, op)
		res := s.callNow(t.Context(), op, orderedjson.Encode(args))
		if res.IsError {
			rt.Fatalf("%s refused %s: %s", op.Path, orderedjson.Encode(args), res.RawStructuredContent)
		}
		got := a.last(t)
		u, err := url.Parse(got.URI)
		if err != nil {
			rt.Fatal(err)
		}
		m, ok := router.FindPath(got.Method, u.Host, u.EscapedPath())
		if !ok || m.Template != op.Path || m.Method != op.Method {
			rt.Fatalf("%s %s became %s %s, which is %q", op.Method, op.Path, got.Method, got.URI, m.Template)
		}
		r := flow.Request{
			Method: got.Method, Path: u.EscapedPath(), RawQuery: u.RawQuery, Header: flow.HeaderOf(got.Header),
			Body: flow.Body{Data: []byte(got.Body), Size: int64(len(got.Body))},
		}
		tool, back, err := s.Arguments(m.Method, m.Template, m.Params, &r)
		if err != nil || tool != op.toolName {
			rt.Fatalf("%s %s: %s, %v", got.Method, got.URI, tool, err)
		}
		v, err := orderedjson.Decode(back)
		if err != nil {
			rt.Fatal(err)
		}
		if guard.DigestOf(orderedjson.Plain(v)) != guard.DigestOf(orderedjson.Plain(args)) {
			rt.Fatalf("sent %s\nas %s %s %v %q\nback %s", orderedjson.Encode(args), got.Method, got.URI, got.Header, got.Body, back)
		}
	})
}

// genDocument draws paths whose templates do not match each other's requests.
func genDocument(t *rapid.T) *openapi3.T {
	doc := &openapi3.T{
		OpenAPI: "3.1.0", Info: &openapi3.Info{Title: "random", Version: "1"}, Paths: openapi3.NewPaths(),
	}
	for i := range rapid.IntRange(1, 3).Draw(t, "paths") {
		path := fmt.Sprintf("/p%d", i)
		op := openapi3.NewOperation()
		op.Responses = openapi3.NewResponses()
		for j, location := range []string{"path", "query", "header", "cookie"} {
			for k := range rapid.IntRange(0, 2).Draw(t, location) {
				p := genParameter(t, location, rapid.SampledFrom([]string{"id", "a[b]", "x y", "X-Name", "ключ", fmt.Sprint("n", j, k)}).Draw(t, "name"), fmt.Sprint("m", k))
				if op.Parameters.GetByInAndName(location, p.Name) != nil {
					continue
				}
				if location == "path" {
					path += "/x/{" + p.Name + "}"
				}
				op.AddParameter(p)
			}
		}
		if rapid.Bool().Draw(t, "body") {
			op.RequestBody = &openapi3.RequestBodyRef{Value: openapi3.NewRequestBody().WithContent(genContent(t))}
		}
		item := &openapi3.PathItem{}
		item.SetOperation(rapid.SampledFrom([]string{"GET", "POST", "PUT", "PATCH", "DELETE"}).Draw(t, "method"), op)
		doc.Paths.Set(path, item)
	}
	return doc
}

// genParameter draws every style, exploded or not, that OpenAPI has for a location (Parameter
// Object, style values), and content. Names of members begin with own, because members of exploded
// objects are written beside other parameters.
func genParameter(t *rapid.T, location, name, own string) *openapi3.Parameter {
	if location == "header" || location == "cookie" {
		name = strings.NewReplacer("[", "-", "]", "-", " ", "-", "ключ", "key").Replace(name)
	}
	if location == "path" {
		name = strings.NewReplacer("[", "-", "]", "-").Replace(name)
	}
	p := &openapi3.Parameter{Name: name, In: location, Required: location == "path"}
	kind := rapid.SampledFrom([]string{"string", "integer", "number", "boolean", "array", "object"}).Draw(t, "type")
	schema := genSchemaOf(kind, own)
	if rapid.IntRange(0, 5).Draw(t, "content") == 0 {
		p.Content = openapi3.Content{"application/json": {Schema: schema}}
		return p
	}
	styles := map[string][]string{
		"path": {"simple", "label", "matrix"}, "query": {"form", "spaceDelimited", "pipeDelimited", "deepObject"}, "header": {"simple"}, "cookie": {"form"},
	}
	p.Style = rapid.SampledFrom(styles[location]).Draw(t, "style")
	explode := rapid.Bool().Draw(t, "explode")
	switch {
	case p.Style == "deepObject":
		schema, explode = genSchemaOf("object", own), true
	case p.Style == "spaceDelimited" || p.Style == "pipeDelimited":
		if kind != "object" {
			schema = genSchemaOf("array", own)
		} else {
			explode = false // the style has no way to explode one
		}
	}
	if location == "cookie" && kind == "object" { // its members are names of cookies
		schema = genSchemaOf("token object", own)
	}
	p.Schema, p.Explode = schema, &explode
	if location == "query" {
		p.AllowReserved = rapid.Bool().Draw(t, "allowReserved")
		p.AllowEmptyValue = rapid.Bool().Draw(t, "allowEmptyValue")
	}
	if location == "path" && kind == "string" && p.Style == "simple" && rapid.Bool().Draw(t, "spans slashes") {
		p.Extensions = map[string]any{"x-spectap-multi-segment": true}
	}
	return p
}

// genSchemaOf returns a schema of one type. Members of objects, whose names begin with own, are
// strings and numbers.
func genSchemaOf(kind, own string) *openapi3.SchemaRef {
	space := " "
	if kind == "token object" {
		kind, space = "object", "-"
	}
	s := &openapi3.Schema{Type: &openapi3.Types{kind}}
	switch kind {
	case "array":
		s.Items = openapi3.NewStringSchema().NewRef()
	case "object":
		s.Properties = openapi3.Schemas{
			own + "a": openapi3.NewStringSchema().NewRef(), own + "b": openapi3.NewIntegerSchema().NewRef(), own + "c" + space + "d": openapi3.NewStringSchema().NewRef(),
		}
		s.AdditionalProperties = openapi3.AdditionalProperties{Has: new(bool)}
	}
	return s.NewRef()
}

// genContent draws media types with fields in every encoding.
func genContent(t *rapid.T) openapi3.Content {
	yes, no := true, false
	form := openapi3.NewObjectSchema().WithProperty("name", openapi3.NewStringSchema()).WithPropertyRef("list", genSchemaOf("array", "")).
		WithPropertyRef("numbered", genSchemaOf("array", "")).WithPropertyRef("nested", genSchemaOf("object", "")).
		WithPropertyRef("commas", genSchemaOf("array", "")).WithPropertyRef("spaces", genSchemaOf("array", "")).
		WithPropertyRef("pipes", genSchemaOf("object", "")).WithPropertyRef("json", genSchemaOf("object", ""))
	parts := openapi3.NewObjectSchema().WithProperty("name", openapi3.NewStringSchema()).
		WithProperty("file", openapi3.NewStringSchema().WithFormat("binary")).WithPropertyRef("nested", genSchemaOf("object", "")).
		WithPropertyRef("list", genSchemaOf("array", "")).WithPropertyRef("commas", genSchemaOf("array", "")).
		WithProperty("files", openapi3.NewArraySchema().WithItems(openapi3.NewStringSchema().WithFormat("binary")))
	all := map[string]*openapi3.MediaType{
		"application/json":             {Schema: genSchemaOf("object", "")},
		"application/merge-patch+json": {},
		"application/x-www-form-urlencoded": {Schema: form.NewRef(), Encoding: openapi3.Encodings{
			"numbered": {Style: "deepObject", Explode: &yes}, "commas": {Explode: &no}, "spaces": {Style: "spaceDelimited"},
			"pipes": {Style: "pipeDelimited", Explode: &no}, "json": {ContentType: "application/json"},
		}},
		"multipart/form-data":      {Schema: parts.NewRef(), Encoding: openapi3.Encodings{"commas": {Explode: &no}}},
		"text/plain":               {Schema: openapi3.NewStringSchema().NewRef()},
		"application/yaml":         {},
		"application/xml":          {},
		"application/octet-stream": {},
	}
	out := openapi3.Content{}
	for range rapid.IntRange(1, 3).Draw(t, "types") {
		typ := rapid.SampledFrom(slices.Sorted(maps.Keys(all))).Draw(t, "media")
		out[typ] = all[typ]
	}
	return out
}

// genArguments draws arguments without values that the styles cannot express.
func genArguments(t *rapid.T, op *operation) *orderedjson.Object {
	out := orderedjson.New()
	for _, p := range op.Parameters {
		if !p.Required && rapid.Bool().Draw(t, "left out") {
			continue
		}
		location := p.In
		if p.ContentType != "" && location != "header" && location != "path" {
			location = "content"
		}
		if p.AllowEmptyValue && rapid.IntRange(0, 2).Draw(t, "name only") == 0 {
			out.Set(p.Argument, p.NameOnly())
			continue
		}
		v := genValue(t, p.Schema, location)
		if p.MultiSegment {
			v = strings.Trim(strings.ReplaceAll(v.(string), "/", "_"), "/") + "/then"
		}
		out.Set(p.Argument, withoutSeparator(v, params.Separator(p.Style)))
	}
	if len(op.Bodies) > 0 && rapid.Bool().Draw(t, "has body") {
		m := rapid.SampledFrom(op.Bodies).Draw(t, "media type")
		if len(op.Bodies) > 1 {
			out.Set(serialize.ContentTypeArgument, m.Type)
		}
		out.Set(serialize.BodyArgument, genBody(t, m))
	}
	return out
}

// withoutSeparator replaces a separator inside items if it looks the same escaped or not.
func withoutSeparator(v any, separator string) any {
	if separator == "," {
		return v
	}
	clean := func(s string) string { return strings.ReplaceAll(s, separator, "_") }
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = clean(v[i].(string))
		}
	case *orderedjson.Object:
		for _, n := range v.Names() {
			if s, ok := v.Value(n).(string); ok {
				v.Set(n, clean(s))
			}
		}
		if separator == " " { // in names too
			out := orderedjson.New()
			for _, n := range v.Names() {
				if !strings.Contains(n, separator) || len(v.Names()) == 1 {
					out.Set(n, v.Value(n))
				}
			}
			if strings.Contains(out.Names()[0], separator) {
				return orderedjson.New()
			}
			return out
		}
	}
	return v
}

func genValue(t *rapid.T, r *openapi3.SchemaRef, location string) any {
	switch typ := r.Value.Type.Slice()[0]; typ {
	case "integer":
		return json.Number(fmt.Sprint(rapid.Int64().Draw(t, "integer")))
	case "number":
		return json.Number(rapid.StringMatching(`-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,25})?([eE][+-]?[0-9]{1,2})?`).Draw(t, "number"))
	case "boolean":
		return rapid.Bool().Draw(t, "boolean")
	case "array":
		list := []any{}
		for range rapid.IntRange(1, 3).Draw(t, "items") {
			list = append(list, genText(t, location, true))
		}
		return list
	case "object":
		o := orderedjson.New()
		for _, name := range slices.Sorted(maps.Keys(r.Value.Properties)) {
			if len(o.Names()) > 0 && rapid.Bool().Draw(t, "no member") {
				continue
			}
			if r.Value.Properties[name].Value.Type.Is("integer") {
				o.Set(name, json.Number(fmt.Sprint(rapid.Int64().Draw(t, "integer"))))
			} else {
				o.Set(name, genText(t, location, true))
			}
		}
		return o
	}
	return genText(t, location, false)
}

// genText draws texts with characters that need escapes.
func genText(t *rapid.T, location string, inside bool) string {
	s := rapid.OneOf(rapid.String(), rapid.StringMatching(`[-a-zA-Z0-9 _.~!*'();:@&=+$,/?#\[\]%"<>\\^{}|]{1,12}`),
		rapid.SampledFrom([]string{"a/b", "100%", "a&b=c", "ü ö", "%2F", "a+b", "true", "12", "null", "😀", "a.b", "a;b=c"})).Draw(t, "text")
	s = strings.ToValidUTF8(s, "?")
	switch location {
	case "header":
		s = strings.TrimSpace(strings.Map(func(r rune) rune {
			if r < ' ' || r == 0x7f || inside && (r == ',' || r == '=') {
				return 'c'
			}
			return r
		}, s))
	case "path":
		if serialize.HasDotSegment(s) || serialize.HasDotSegment("."+s) {
			s = "dots"
		}
	}
	if s == "" && (location == "path" || location == "header" || inside) {
		s = "e"
	}
	return s
}

func genBody(t *rapid.T, m *serialize.Media) any {
	switch m.Kind {
	case serialize.Text, serialize.YAML, serialize.XML:
		// A byte order mark at the beginning belongs to no text.
		return "a" + rapid.StringN(0, 20, -1).Draw(t, "text body")
	case serialize.Binary:
		return encodeBase64(rapid.SliceOfN(rapid.Byte(), 1, 20).Draw(t, "bytes"))
	case serialize.JSON:
		return genValue(t, genSchemaOf("object", ""), "body")
	}
	o := orderedjson.New()
	o.Set("name", genText(t, "body", false))
	for _, name := range []string{"nested", "list", "numbered", "commas", "spaces", "pipes", "json"} {
		field := openapi.SchemaProperty(m.Doc.Schema, name)
		if field == nil || rapid.Bool().Draw(t, "no "+name) {
			continue
		}
		v := genValue(t, field, "body")
		switch separator := map[string]string{"spaces": " ", "pipes": "|"}[name]; {
		case separator != "":
			v = withoutSeparator(v, separator)
		case name == "commas" && m.Kind == serialize.Multipart: // a part has no escapes
			list := v.([]any)
			for i := range list {
				list[i] = strings.ReplaceAll(list[i].(string), ",", "_")
			}
		}
		o.Set(name, v)
	}
	if m.Kind == serialize.Form {
		return o
	}
	file := func() *orderedjson.Object {
		f := orderedjson.New()
		f.Set("data", encodeBase64(rapid.SliceOf(rapid.Byte()).Draw(t, "file")))
		f.Set("filename", "a b.txt")
		f.Set("contentType", "text/csv; charset=utf-8")
		return f
	}
	o.Set("file", file())
	if rapid.Bool().Draw(t, "files") {
		o.Set("files", []any{file(), file()})
	}
	return o
}
