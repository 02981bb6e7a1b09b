package spectools

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"pgregory.net/rapid"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/openapi"
)

// TestArgumentsComeBack sends random arguments of random operations over a real connection: what arrives takes the
// same operation, and the same values are read out of it.
func TestArgumentsComeBack(t *testing.T) {
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
		router, err := openapi.NewRouter(s.doc)
		if err != nil {
			rt.Fatal(err)
		}
		op := rapid.SampledFrom(s.ops).Draw(rt, "operation")
		args := genArguments(rt, op)
		res := s.call(t.Context(), op, encode(args), noAnswers)
		if res.IsError {
			rt.Fatalf("%s refused %s: %s", op.path, encode(args), res.RawStructuredContent)
		}
		got := a.last(t)
		u, err := url.Parse(got.URI)
		if err != nil {
			rt.Fatal(err)
		}
		m, ok := router.Find(got.Method, u)
		if !ok || m.Template != op.path || m.Method != op.method {
			rt.Fatalf("%s %s became %s %s, which is %q", op.method, op.path, got.Method, got.URI, m.Template)
		}
		r := flow.Request{
			Method: got.Method, Path: u.EscapedPath(), RawQuery: u.RawQuery, Header: flow.HeaderOf(got.Header),
			Body: flow.Body{Data: []byte(got.Body), Size: int64(len(got.Body))},
		}
		tool, back, err := s.Arguments(m.Method, m.Template, m.Params, &r)
		if err != nil || tool != op.name {
			rt.Fatalf("%s %s: %s, %v", got.Method, got.URI, tool, err)
		}
		v, err := decodeJSON(back)
		if err != nil {
			rt.Fatal(err)
		}
		if guard.DigestOf(plain(v)) != guard.DigestOf(plain(args)) {
			rt.Fatalf("sent %s\nas %s %s %v %q\nback %s", encode(args), got.Method, got.URI, got.Header, got.Body, back)
		}
	})
}

// genDocument draws paths whose templates do not fit each other's requests.
func genDocument(t *rapid.T) *openapi3.T {
	doc := &openapi3.T{
		OpenAPI: "3.1.0", Info: &openapi3.Info{Title: "random", Version: "1"}, Paths: openapi3.NewPaths(),
	}
	for i := range rapid.IntRange(1, 3).Draw(t, "paths") {
		path := fmt.Sprintf("/p%d", i)
		op := openapi3.NewOperation()
		op.Responses = openapi3.NewResponses()
		for j, place := range []string{"path", "query", "header", "cookie"} {
			for k := range rapid.IntRange(0, 2).Draw(t, place) {
				p := genParameter(t, place, rapid.SampledFrom([]string{"id", "a[b]", "x y", "X-Name", fmt.Sprint("n", j, k)}).Draw(t, "name"))
				if op.Parameters.GetByInAndName(place, p.Name) != nil {
					continue
				}
				if place == "path" {
					path += "/x/{" + p.Name + "}"
				}
				op.AddParameter(p)
			}
		}
		if rapid.Bool().Draw(t, "body") {
			op.RequestBody = &openapi3.RequestBodyRef{Value: openapi3.NewRequestBody().WithContent(genContent(t))}
		}
		item := &openapi3.PathItem{}
		item.SetOperation(rapid.SampledFrom([]string{"GET", "POST", "DELETE"}).Draw(t, "method"), op)
		doc.Paths.Set(path, item)
	}
	return doc
}

func genParameter(t *rapid.T, place, name string) *openapi3.Parameter {
	if place == "header" || place == "cookie" {
		name = strings.NewReplacer("[", "-", "]", "-", " ", "-").Replace(name)
	}
	if place == "path" {
		name = strings.NewReplacer("[", "-", "]", "-").Replace(name)
	}
	p := &openapi3.Parameter{Name: name, In: place, Required: place == "path"}
	kind := rapid.SampledFrom([]string{"string", "integer", "number", "boolean", "array", "object"}).Draw(t, "type")
	p.Schema = genSchemaOf(kind)
	styles := map[string][]string{
		"path": {"simple", "label", "matrix"}, "query": {"form", "spaceDelimited", "pipeDelimited", "deepObject"}, "header": {"simple"}, "cookie": {"form"},
	}
	p.Style = rapid.SampledFrom(styles[place]).Draw(t, "style")
	explode := rapid.Bool().Draw(t, "explode")
	composite := kind == "array" || kind == "object"
	switch {
	case p.Style == "deepObject":
		p.Schema, explode = genSchemaOf("object"), true
	case p.Style == "spaceDelimited" || p.Style == "pipeDelimited":
		p.Schema, explode = genSchemaOf("array"), false
	case place == "cookie":
		// Explode makes cookies of other names, which nothing tells apart again.
		p.Schema = genSchemaOf(rapid.SampledFrom([]string{"string", "integer", "boolean"}).Draw(t, "scalar"))
	case place == "header" && kind == "object", place == "path" && p.Style != "simple" && composite:
		p.Schema = genSchemaOf("string")
	case place == "query" && kind == "object" && explode:
		p.Style = "deepObject" // form would let members meet other parameters
	case place == "path" && kind == "object":
		explode = true
	}
	p.Explode = &explode
	if place == "query" {
		p.AllowReserved = rapid.Bool().Draw(t, "allowReserved")
	}
	return p
}

func genSchemaOf(kind string) *openapi3.SchemaRef {
	s := &openapi3.Schema{Type: &openapi3.Types{kind}}
	switch kind {
	case "array":
		s.Items = openapi3.NewStringSchema().NewRef()
	case "object":
		s.Properties = openapi3.Schemas{
			"a": openapi3.NewStringSchema().NewRef(), "b": openapi3.NewIntegerSchema().NewRef(), "c d": openapi3.NewStringSchema().NewRef(),
		}
		s.AdditionalProperties = openapi3.AdditionalProperties{Has: new(bool)}
	}
	return s.NewRef()
}

func genContent(t *rapid.T) openapi3.Content {
	deep := true
	form := openapi3.NewObjectSchema().WithProperty("name", openapi3.NewStringSchema()).
		WithPropertyRef("list", genSchemaOf("array")).WithPropertyRef("numbered", genSchemaOf("array")).WithPropertyRef("nested", genSchemaOf("object"))
	all := map[string]*openapi3.MediaType{
		"application/json":                  {Schema: genSchemaOf("object")},
		"application/merge-patch+json":      {},
		"application/x-www-form-urlencoded": {Schema: form.NewRef(), Encoding: openapi3.Encodings{"numbered": {Style: "deepObject", Explode: &deep}}},
		"multipart/form-data": {Schema: openapi3.NewObjectSchema().WithProperty("name", openapi3.NewStringSchema()).
			WithProperty("file", openapi3.NewStringSchema().WithFormat("binary")).WithPropertyRef("nested", genSchemaOf("object")).NewRef()},
		"text/plain":               {Schema: openapi3.NewStringSchema().NewRef()},
		"application/octet-stream": {},
	}
	out := openapi3.Content{}
	for range rapid.IntRange(1, 3).Draw(t, "types") {
		typ := rapid.SampledFrom([]string{"application/json", "application/merge-patch+json", "application/x-www-form-urlencoded",
			"multipart/form-data", "text/plain", "application/octet-stream"}).Draw(t, "media")
		out[typ] = all[typ]
	}
	return out
}

// genArguments draws arguments that say something: what the styles have no way to write is left out.
func genArguments(t *rapid.T, op *operation) *object {
	out := newObject()
	for _, p := range op.params {
		if !p.required && rapid.Bool().Draw(t, "left out") {
			continue
		}
		v := genValue(t, p.schema, p.in)
		if list, ok := v.([]any); ok && (p.style == "spaceDelimited" || p.style == "pipeDelimited") {
			for i := range list { // items cannot hold what stands between them
				list[i] = strings.Map(func(r rune) rune {
					if r == ' ' || r == '|' {
						return '_'
					}
					return r
				}, list[i].(string))
			}
		}
		out.set(p.arg, v)
	}
	if len(op.bodies) > 0 && rapid.Bool().Draw(t, "has body") {
		m := rapid.SampledFrom(op.bodies).Draw(t, "media type")
		if len(op.bodies) > 1 {
			out.set(argContentType, m.typ)
		}
		out.set(argBody, genBody(t, m))
	}
	return out
}

func genValue(t *rapid.T, r *openapi3.SchemaRef, place string) any {
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
			list = append(list, genText(t, place, true))
		}
		return list
	case "object":
		o := newObject()
		for _, name := range []string{"a", "b", "c d"} {
			if len(o.names) > 0 && rapid.Bool().Draw(t, "no member") {
				continue
			}
			if name == "b" {
				o.set(name, json.Number(fmt.Sprint(rapid.Int64().Draw(t, "integer"))))
			} else {
				o.set(name, genText(t, place, true))
			}
		}
		return o
	}
	return genText(t, place, false)
}

// genText draws texts with what escapes are for.
func genText(t *rapid.T, place string, inside bool) string {
	s := rapid.OneOf(rapid.String(), rapid.StringMatching(`[-a-zA-Z0-9 _.~!*'();:@&=+$,/?#\[\]%"<>\\^{}|]{1,12}`),
		rapid.SampledFrom([]string{"a/b", "100%", "a&b=c", "ü ö", "%2F", "a+b", "true", "12", "null", "😀"})).Draw(t, "text")
	s = strings.ToValidUTF8(s, "?")
	switch place {
	case "header":
		s = strings.TrimSpace(strings.Map(func(r rune) rune {
			if r < ' ' || r == 0x7f || inside && r == ',' {
				return 'c'
			}
			return r
		}, s))
	case "path":
		if hasDots(s) || hasDots("."+s) {
			s = "dots"
		}
	}
	if s == "" && (place == "path" || place == "header" || inside) {
		s = "e"
	}
	return s
}

func genBody(t *rapid.T, m *media) any {
	switch m.kind {
	case bodyText:
		return rapid.StringN(1, 20, -1).Draw(t, "text body")
	case bodyBinary:
		return encodeBase64(rapid.SliceOfN(rapid.Byte(), 1, 20).Draw(t, "bytes"))
	case bodyJSON:
		return genValue(t, genSchemaOf("object"), "body")
	}
	o := newObject()
	o.set("name", genText(t, "body", false))
	if rapid.Bool().Draw(t, "nested") {
		o.set("nested", genValue(t, genSchemaOf("object"), "body"))
	}
	if m.kind == bodyForm {
		o.set("list", genValue(t, genSchemaOf("array"), "body"))
		o.set("numbered", genValue(t, genSchemaOf("array"), "body"))
		return o
	}
	f := newObject()
	f.set("data", encodeBase64(rapid.SliceOf(rapid.Byte()).Draw(t, "file")))
	f.set("filename", "a b.txt")
	f.set("contentType", "text/csv; charset=utf-8")
	o.set("file", f)
	return o
}
