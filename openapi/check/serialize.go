package check

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/openapi"
)

// parameterData reads the pairs of a parameter as data, by its style and the types of its schema.
func (w *work) parameterData(p *openapi3.Parameter, sent []decode.Pair) any {
	v := viewOf(p.Schema)
	nested := false
	for _, s := range sent {
		nested = nested || s.Name != p.Name
	}
	if p.In == openapi3.ParameterInQuery && nested {
		if p.Style != openapi3.SerializationDeepObject && !strings.HasPrefix(sent[0].Name, p.Name+"[") {
			return w.formData(p.Schema, sent) // an exploded object: each property has a name of its own
		}
		tree := &formNode{}
		for _, s := range sent {
			tree.put(openapi.BracketKeys(s.Name)[1:], s.Value)
		}
		return w.coerce(p.Schema, tree)
	}
	text := trimPrefix(p, sent[0].Value)
	switch {
	case len(sent) > 1:
		tree := &formNode{}
		for _, s := range sent {
			tree.put(nil, s.Value)
		}
		return w.coerce(p.Schema, tree)
	case v.types[openapi3.TypeArray] && !v.may(openapi3.TypeString):
		elements := []string{text}
		if d := delimiter(p); d != "" {
			elements = strings.Split(text, d)
		}
		tree := &formNode{array: true}
		for _, part := range elements {
			tree.put([]string{""}, strings.TrimSpace(part))
		}
		return w.coerce(p.Schema, tree)
	case v.types[openapi3.TypeObject] && !v.may(openapi3.TypeString):
		return w.coerce(p.Schema, objectText(p, text))
	}
	return w.scalar(p.Schema, v, text)
}

// trimPrefix removes what the styles label and matrix put before a value (RFC 6570, sections 3.2.5
// and 3.2.7). The members of an exploded object have names of their own.
func trimPrefix(p *openapi3.Parameter, s string) string {
	switch p.Style {
	case openapi3.SerializationLabel:
		return strings.TrimPrefix(s, ".")
	case openapi3.SerializationMatrix:
		if isExploded(p) && viewOf(p.Schema).types[openapi3.TypeObject] {
			return strings.TrimPrefix(s, ";")
		}
		return strings.TrimPrefix(s, ";"+p.Name+"=")
	}
	return s
}

// delimiter returns what separates the elements of an array in one value, "" if each element has a
// value of its own.
func delimiter(p *openapi3.Parameter) string {
	switch p.Style {
	case openapi3.SerializationSpaceDelimited:
		return " "
	case openapi3.SerializationPipeDelimited:
		return "|"
	case openapi3.SerializationLabel:
		if isExploded(p) {
			return "."
		}
	case openapi3.SerializationMatrix:
		if isExploded(p) {
			return ";" + p.Name + "="
		}
	}
	if (p.In == openapi3.ParameterInQuery || p.In == openapi3.ParameterInCookie) && isExploded(p) {
		return ""
	}
	return ","
}

// memberDelimiter returns what separates the members of an object in one value.
func memberDelimiter(p *openapi3.Parameter) string {
	if p.Style == openapi3.SerializationMatrix && isExploded(p) {
		return ";"
	}
	return cmp.Or(delimiter(p), ",")
}

// objectText reads "a,1,b,2" or, exploded, "a=1,b=2", with the delimiter of the style.
func objectText(p *openapi3.Parameter, text string) *formNode {
	tree := &formNode{object: true}
	elements := strings.Split(text, memberDelimiter(p))
	if isExploded(p) {
		for _, part := range elements {
			k, v, _ := strings.Cut(part, "=")
			tree.put([]string{k}, v)
		}
		return tree
	}
	for i := 0; i+1 < len(elements); i += 2 {
		tree.put([]string{elements[i]}, elements[i+1])
	}
	return tree
}

// scalar reads text as the first type that the schema admits. Without such a type, the result
// violates the schema.
func (w *work) scalar(ref *openapi3.SchemaRef, v *view, text string) any {
	var candidates []any
	if v.may(openapi3.TypeString) {
		candidates = append(candidates, text)
	}
	if v.may(openapi3.TypeInteger, openapi3.TypeNumber) && jsonvalue.IsNumber(text) && jsonschema.CheckNumber(json.Number(text)) == nil {
		candidates = append(candidates, json.Number(text))
	}
	if v.may(openapi3.TypeBoolean) {
		switch strings.ToLower(text) {
		case "true", "1":
			candidates = append(candidates, true)
		case "false", "0":
			candidates = append(candidates, false)
		}
	}
	if text == "" || text == "null" {
		candidates = append(candidates, nil)
	}
	for _, c := range candidates {
		if w.admits(ref, c) {
			return c
		}
	}
	if len(candidates) > 0 {
		return candidates[0]
	}
	return text
}
