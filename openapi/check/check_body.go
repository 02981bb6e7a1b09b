package check

import (
	"bytes"
	"cmp"
	"errors"
	"maps"
	"mime"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/packed"
	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/params"
)

// side is the request or the response of a flow.
type side struct {
	name               string // "request" or "response"
	header             flow.Header
	body               flow.Body
	content            openapi3.Content
	direction          direction
	ruleType, ruleBody string
}

// body checks a body that is not empty.
func (w *work) body(s side) {
	data, complete, err := decode.Body(s.header, s.body, decode.DefaultMax)
	complete = complete && s.body.Omitted == ""
	if s.name == "response" {
		data = decode.Unguarded(data)
	}
	kind := s.header.MediaType()
	m := findMedia(s.content, kind)
	if is := decode.Kind(kind, data); err == nil && is != kind {
		if n := findMedia(s.content, is); n != nil && (decode.IsForm(kind) || kind == "") {
			m = n
		}
		if m == nil || m.Schema == nil || decode.IsForm(kind) || kind == "" || !viewOf(m.Schema).may(openapi3.TypeString) {
			kind = is
		}
	}
	if m == nil {
		if len(s.content) == 0 {
			w.report(s.ruleType, s.name, "a body where none is declared")
		} else {
			w.report(s.ruleType, s.name, "the media type is not declared")
		}
		return
	}
	switch {
	case m.Schema == nil || m.Schema.Value == nil:
	case err != nil:
		w.skip(s.name+" body", SkipEncoding)
	case !complete:
		w.skip(s.name+" body", SkipTruncated)
	case decode.IsCostly(s.header.Get("Content-Type"), data), decode.HasManyValues(kind, data):
		w.skip(s.name+" body", SkipTooMuch)
	default:
		w.content(s, m, kind, data)
	}
}

// findMedia returns the declared media type for a body: the same type, else a range, else for any
// JSON type the only one that is declared, or nil.
func findMedia(c openapi3.Content, kind string) *openapi3.MediaType {
	var json []*openapi3.MediaType
	for _, key := range slices.Sorted(maps.Keys(c)) {
		declared := decode.MediaType(key)
		if declared == kind {
			return cmp.Or(c[key], &openapi3.MediaType{})
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

// content checks a decoded body against a media type that has a schema.
func (w *work) content(s side, m *openapi3.MediaType, kind string, data []byte) {
	if decode.IsJSON(kind) {
		w.json(s, m, data)
		return
	}
	v := viewOf(m.Schema)
	switch {
	case decode.IsForm(kind) && (bytes.ContainsAny(data, "=&") || !v.may(openapi3.TypeString)):
		x, err := w.reader().Form(m, slices.Collect(decode.Pairs(string(data))))
		if err != nil {
			w.report(s.ruleBody, s.name, "a field "+err.Error())
			return
		}
		w.validate(m.Schema, s.direction, x, s.ruleBody, s.name)
	case decode.IsFormData(kind), decode.IsMultipart(kind) && v.may(openapi3.TypeArray, openapi3.TypeObject):
		w.multipart(s, m, data)
	case decode.IsJSONLines(kind):
		for line := range decode.JSONLines(data) {
			w.json(s, m, line)
		}
	case decode.IsEventStream(kind):
		w.events(s, m, data)
	case packed.Of(kind) != packed.None && !v.may(openapi3.TypeString):
		w.packed(s, m, packed.Of(kind), data)
	case v.may(openapi3.TypeString):
		w.validate(m.Schema, s.direction, string(data), s.ruleBody, s.name)
	case decode.IsYAML(kind):
		w.yaml(s, m, data)
	case decode.IsXMLData(kind):
		w.xml(s, m, data)
	default:
		w.skip(s.name+" body", SkipOpaque)
	}
}

func (w *work) json(s side, m *openapi3.MediaType, data []byte) {
	v, err := openapi.ParseJSON(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))
	if texts := jsonvalue.Texts(data); err != nil && texts != nil { // a stream of values
		for _, text := range texts {
			w.json(s, m, text)
		}
		return
	}
	switch {
	case err != nil:
		w.report(RuleMalformed, s.name, "the body is not JSON")
	case jsonschema.CheckNumbers(v) != nil:
		w.skip(s.name+" body", SkipOpaque)
	default:
		w.validate(m.Schema, s.direction, v, s.ruleBody, s.name)
	}
}

// packed checks each value of a body in MessagePack or CBOR.
func (w *work) packed(s side, m *openapi3.MediaType, f packed.Format, data []byte) {
	frames := packed.Frames(data)
	if f != packed.MessagePack || frames == nil {
		frames = [][]byte{data}
	}
	for _, frame := range frames {
		text, n := f.JSON(frame)
		if n < len(frame) {
			w.report(RuleMalformed, s.name, "the body is not in its binary format")
			return
		}
		for line := range decode.JSONLines(text) {
			w.json(s, m, line)
		}
	}
}

// yaml checks each document of a stream.
func (w *work) yaml(s side, m *openapi3.MediaType, data []byte) {
	texts, err := decode.YAML(data, true)
	switch {
	case errors.Is(err, decode.ErrNotJSON):
		w.skip(s.name+" body", SkipOpaque)
	case err != nil:
		w.report(RuleMalformed, s.name, "the body is not YAML")
	default:
		for _, text := range texts {
			w.json(s, m, text)
		}
	}
}

// multipart checks a form whose parts are properties, or a body whose parts without names are a
// list.
func (w *work) multipart(s side, m *openapi3.MediaType, data []byte) {
	_, parameters, err := mime.ParseMediaType(s.header.Get("Content-Type"))
	if err != nil || parameters["boundary"] == "" {
		w.report(RuleMalformed, s.name, "the body has no boundary")
		return
	}
	parts, err := decode.Parts(parameters["boundary"], data)
	if err != nil {
		w.report(RuleMalformed, s.name, "the body is not made of parts")
		return
	}
	count := map[string]int{}
	for _, p := range parts {
		count[p.FormName()]++
	}
	v := viewOf(m.Schema)
	top, list := &params.Tree{}, []any{}
	for _, p := range parts {
		if name := p.FormName(); name == "" && v.types[openapi3.TypeArray] {
			list = append(list, dataOf(p))
		} else {
			addPart(top, m.Schema, p, count[name] > 1)
		}
	}
	if v.types[openapi3.TypeArray] && top.IsEmpty() {
		w.validate(m.Schema, s.direction, list, s.ruleBody, s.name)
		return
	}
	w.validate(m.Schema, s.direction, w.reader().Members(m.Schema, top), s.ruleBody, s.name)
}
