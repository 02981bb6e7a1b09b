package check

import (
	"encoding/json"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/jsonschema"
)

// paramData reads what was sent of a parameter as data, by its style and what its schema lets it be.
func (j *judgement) paramData(p *openapi3.Parameter, sent []pair) any {
	v := viewOf(p.Schema)
	nested := false
	for _, s := range sent {
		nested = nested || s.name != p.Name
	}
	if p.In == openapi3.ParameterInQuery && nested {
		if p.Style != openapi3.SerializationDeepObject && !strings.HasPrefix(sent[0].name, p.Name+"[") {
			return j.formData(p.Schema, sent) // an exploded object: each property is a name of its own
		}
		tree := &formNode{}
		for _, s := range sent {
			tree.put(splitBrackets(s.name)[1:], s.value)
		}
		return j.coerce(p.Schema, tree)
	}
	text := strip(p, sent[0].value)
	switch {
	case len(sent) > 1:
		tree := &formNode{}
		for _, s := range sent {
			tree.put(nil, s.value)
		}
		return j.coerce(p.Schema, tree)
	case v.types[openapi3.TypeArray] && !v.may(openapi3.TypeString):
		parts := []string{text}
		if d := delimiter(p); d != "" {
			parts = strings.Split(text, d)
		}
		tree := &formNode{array: true}
		for _, part := range parts {
			tree.put([]string{""}, strings.TrimSpace(part))
		}
		return j.coerce(p.Schema, tree)
	case v.types[openapi3.TypeObject] && !v.may(openapi3.TypeString):
		return j.coerce(p.Schema, objectText(p, text))
	}
	return j.scalar(p.Schema, v, text)
}

// strip takes off what label and matrix styles put before a value (RFC 6570, sections 3.2.5 and 3.2.7).
func strip(p *openapi3.Parameter, s string) string {
	switch p.Style {
	case openapi3.SerializationLabel:
		return strings.TrimPrefix(s, ".")
	case openapi3.SerializationMatrix:
		return strings.TrimPrefix(s, ";"+p.Name+"=")
	}
	return s
}

// delimiter is what stands between the elements of an array in one value; "" where each has a value of its own.
func delimiter(p *openapi3.Parameter) string {
	switch p.Style {
	case openapi3.SerializationSpaceDelimited:
		return " "
	case openapi3.SerializationPipeDelimited:
		return "|"
	case openapi3.SerializationLabel:
		if exploded(p) {
			return "."
		}
	case openapi3.SerializationMatrix:
		if exploded(p) {
			return ";" + p.Name + "="
		}
	}
	if (p.In == openapi3.ParameterInQuery || p.In == openapi3.ParameterInCookie) && exploded(p) {
		return ""
	}
	return ","
}

// objectText reads "a,1,b,2" or, exploded, "a=1,b=2".
func objectText(p *openapi3.Parameter, text string) *formNode {
	tree := &formNode{object: true}
	parts := strings.Split(text, ",")
	if exploded(p) {
		for _, part := range parts {
			k, v, _ := strings.Cut(part, "=")
			tree.put([]string{k}, v)
		}
		return tree
	}
	for i := 0; i+1 < len(parts); i += 2 {
		tree.put([]string{parts[i]}, parts[i+1])
	}
	return tree
}

// scalar reads text as the first of what it can stand for that the schema admits; as text when none is.
func (j *judgement) scalar(ref *openapi3.SchemaRef, v *view, text string) any {
	var candidates []any
	if v.may(openapi3.TypeString) {
		candidates = append(candidates, text)
	}
	if v.may(openapi3.TypeInteger, openapi3.TypeNumber) && isNumber(text) {
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
		if j.admits(ref, c) {
			return c
		}
	}
	if len(candidates) > 0 {
		return candidates[0]
	}
	return text
}

// isNumber says whether text is a JSON number of a size that can be computed with.
func isNumber(s string) bool {
	if s == "" || s[0] != '-' && (s[0] < '0' || s[0] > '9') || !json.Valid([]byte(s)) {
		return false
	}
	return jsonschema.CheckNumber(json.Number(s)) == nil
}
