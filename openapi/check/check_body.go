package check

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/jsonschema"
)

// part is the request or the answer of an exchange.
type part struct {
	name               string // "request" or "response"
	header             flow.Header
	body               flow.Body
	content            openapi3.Content
	way                way
	ruleType, ruleBody string
}

func jsonType(kind string) bool { return decode.IsJSON(decode.MediaType(kind)) }

// body judges a body that is there.
func (j *judgement) body(p part) {
	data, complete, err := decode.Body(p.header, p.body, decode.DefaultMax)
	kind := p.header.MediaType()
	if kind == "" && err == nil && looksJSON(data) {
		kind = "application/json"
	}
	m := mediaOf(p.content, kind)
	if m == nil {
		if len(p.content) == 0 {
			j.report(p.ruleType, p.name, "a body where none is declared")
		} else {
			j.report(p.ruleType, p.name, "the media type is not declared")
		}
		return
	}
	switch {
	case m.Schema == nil || m.Schema.Value == nil:
	case err != nil:
		j.skip(p.name+" body", SkipEncoding)
	case !complete:
		j.skip(p.name+" body", SkipTruncated)
	default:
		j.content(p, m, kind, data)
	}
}

func looksJSON(data []byte) bool {
	t := bytes.TrimLeft(data, " \t\r\n")
	return len(t) > 0 && (t[0] == '{' || t[0] == '[')
}

// mediaOf finds the declared media type for a body's: itself, then ranges, then, for JSON of any name, the only JSON
// there is.
func mediaOf(c openapi3.Content, kind string) *openapi3.MediaType {
	var json []*openapi3.MediaType
	for _, key := range slices.Sorted(maps.Keys(c)) {
		declared := decode.MediaType(key)
		if declared == kind {
			return notNil(c[key])
		}
		if decode.IsJSON(declared) && decode.IsJSON(kind) {
			json = append(json, c[key])
		}
	}
	family, _, _ := strings.Cut(kind, "/")
	for _, key := range []string{family + "/*", "*/*"} {
		if m := c[key]; m != nil {
			return m
		}
	}
	if len(json) == 1 {
		return json[0]
	}
	return nil
}

func notNil(m *openapi3.MediaType) *openapi3.MediaType {
	if m == nil {
		return &openapi3.MediaType{}
	}
	return m
}

func (j *judgement) content(p part, m *openapi3.MediaType, kind string, data []byte) {
	switch {
	case decode.IsJSON(kind):
		j.json(p, m, data)
	case decode.IsForm(kind):
		j.judge(m.Schema, p.way, j.formData(m.Schema, queryPairs(string(data))), p.ruleBody, p.name)
	case decode.IsFormData(kind), decode.IsMultipart(kind) && viewOf(m.Schema).may(openapi3.TypeArray, openapi3.TypeObject):
		j.multipart(p, m, data)
	case decode.IsJSONLines(kind):
		for line := range decode.JSONLines(data) {
			j.json(p, m, line)
		}
	case decode.IsEventStream(kind):
		j.events(p, m, data)
	case viewOf(m.Schema).may(openapi3.TypeString):
		j.judge(m.Schema, p.way, string(data), p.ruleBody, p.name)
	case decode.IsYAML(kind):
		j.yaml(p, m, data)
	case decode.IsXMLData(kind):
		j.xml(p, m, data)
	default:
		j.skip(p.name+" body", SkipOpaque)
	}
}

func (j *judgement) json(p part, m *openapi3.MediaType, data []byte) {
	v, err := parseJSON(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))
	switch {
	case err != nil:
		j.report(RuleMalformed, p.name, "the body is not JSON")
	case jsonschema.CheckNumbers(v) != nil:
		j.skip(p.name+" body", SkipOpaque)
	default:
		j.judge(m.Schema, p.way, v, p.ruleBody, p.name)
	}
}

// yaml judges each document of a stream.
func (j *judgement) yaml(p part, m *openapi3.MediaType, data []byte) {
	texts, err := decode.YAML(data, true)
	switch {
	case errors.Is(err, decode.ErrNotJSON):
		j.skip(p.name+" body", SkipOpaque)
	case err != nil:
		j.report(RuleMalformed, p.name, "the body is not YAML")
	default:
		for _, text := range texts {
			j.json(p, m, text)
		}
	}
}

func (j *judgement) multipart(p part, m *openapi3.MediaType, data []byte) {
	_, params, err := mime.ParseMediaType(p.header.Get("Content-Type"))
	if err != nil || params["boundary"] == "" {
		j.report(RuleMalformed, p.name, "the body has no boundary")
		return
	}
	v := viewOf(m.Schema)
	top, list := &formNode{object: true}, []any{}
	for r := multipart.NewReader(bytes.NewReader(data), params["boundary"]); ; {
		field, err := r.NextRawPart()
		if err == io.EOF {
			break
		}
		var content []byte
		if err == nil {
			content, err = io.ReadAll(field)
		}
		if err != nil {
			j.report(RuleMalformed, p.name, "the body is not made of parts")
			return
		}
		if v.types[openapi3.TypeArray] && field.FormName() == "" {
			list = append(list, partData(field, content))
			continue
		}
		j.field(top, v, field, content)
	}
	if v.types[openapi3.TypeArray] && len(top.keys) == 0 {
		j.judge(m.Schema, p.way, list, p.ruleBody, p.name)
		return
	}
	j.judge(m.Schema, p.way, j.coerce(m.Schema, top), p.ruleBody, p.name)
}

// putData adds a part of JSON as data where the schema, or that of a list's elements if the part is one, wants more
// than text.
func putData(top *formNode, name string, v *view, x any) bool {
	if v.may(openapi3.TypeString) || v.types[openapi3.TypeArray] && viewOf(v.items).may(openapi3.TypeString) {
		return false
	}
	c := top.child(name, false)
	if _, whole := x.([]any); v.types[openapi3.TypeArray] && !whole {
		c = c.child("", false)
	}
	c.data, c.isData = x, true
	return true
}

// partData is a part without a name: what it holds where that is JSON, else a text.
func partData(part *multipart.Part, content []byte) any {
	if kind := decode.MediaType(part.Header.Get("Content-Type")); decode.IsJSON(kind) && part.FileName() == "" {
		if x, err := parseJSON(content); err == nil && jsonschema.CheckNumbers(x) == nil {
			return x
		}
	}
	return string(content)
}

// field adds one part of a multipart form. A file counts as text without a value to judge; a part that is JSON as data
// where the schema wants more than text.
func (j *judgement) field(top *formNode, v *view, field *multipart.Part, content []byte) {
	name := field.FormName()
	parts := splitBrackets(name)
	if v.props[name] != nil {
		parts = []string{name}
	}
	kind := decode.MediaType(field.Header.Get("Content-Type"))
	value := string(content)
	if field.FileName() != "" || kind != "" && !strings.HasPrefix(kind, "text/") {
		if ref := v.props[name]; ref != nil && decode.IsJSON(kind) {
			if x, err := parseJSON(content); err == nil && jsonschema.CheckNumbers(x) == nil && putData(top, name, viewOf(ref), x) {
				return
			}
		}
		value = "file"
	}
	top.put(parts, value)
}
