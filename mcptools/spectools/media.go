package spectools

import (
	"mime"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// bodyKind is how a body is written. The order is that of preference.
type bodyKind int

const (
	bodyJSON bodyKind = iota
	bodyForm
	bodyMultipart
	bodyText
	bodyYAML
	bodyXML
	bodyBinary
)

// media is one media type of a request's body.
type media struct {
	typ  string // as the document has it, parameters and all
	kind bodyKind
	doc  *openapi3.MediaType
	form int // which of the schema's alternatives is this type's, -1 where there is but one
}

func (m *media) plainJSON() bool { return baseType(m.typ) == "application/json" }

// baseType is a media type without parameters, lower case.
func baseType(typ string) string {
	t, _, err := mime.ParseMediaType(typ)
	if err != nil {
		t, _, _ = strings.Cut(typ, ";")
	}
	return strings.ToLower(strings.TrimSpace(t))
}

func kindOf(typ string) bodyKind {
	t := baseType(typ)
	main, sub, _ := strings.Cut(t, "/")
	switch {
	case sub == "json" || strings.HasSuffix(sub, "+json"):
		return bodyJSON
	case t == "application/x-www-form-urlencoded":
		return bodyForm
	case main == "multipart":
		return bodyMultipart
	case sub == "yaml" || sub == "x-yaml" || strings.HasSuffix(sub, "+yaml"):
		return bodyYAML
	case sub == "xml" || strings.HasSuffix(sub, "+xml"):
		return bodyXML
	case main == "text":
		return bodyText
	}
	switch sub {
	case "x-ndjson", "ndjson", "jsonl", "x-jsonl", "json-seq", "jsonlines", "javascript", "ecmascript", "graphql", "sql", "toml", "json5", "x-sh":
		return bodyText
	}
	return bodyBinary
}

// Schemas of arguments that are not JSON.
func textSchema() any {
	return map[string]any{"type": "string"}
}

func binarySchema() any {
	return map[string]any{"type": "string", "contentEncoding": "base64", "format": "byte", "description": "base64"}
}

// encodedSchema is a text that is not UTF-8, or a type that is text for some: its bytes.
func encodedSchema() any {
	return map[string]any{
		"type": "object", "properties": map[string]any{"base64": binarySchema()},
		"required": []any{"base64"}, "additionalProperties": false,
	}
}

// fileSchema is a part of a multipart form that is a file. Where a folder was opened, a file may be named.
func fileSchema(named bool) any {
	forms := []any{
		binarySchema(),
		map[string]any{
			"type": "object",
			"properties": map[string]any{
				"data":        binarySchema(),
				"filename":    map[string]any{"type": "string"},
				"contentType": map[string]any{"type": "string"},
			},
			"required": []any{"data"}, "additionalProperties": false,
		},
	}
	if named {
		forms = append(forms, map[string]any{
			"type": "object", "required": []any{"path"}, "additionalProperties": false,
			"properties": map[string]any{"path": map[string]any{"type": "string", "description": "Path of a file below the server's folder of files."}},
		})
	}
	return map[string]any{"anyOf": forms}
}

// translate is the schema of the argument requestBody for this media type.
func (m *media) translate(t *translator) any {
	switch m.kind {
	case bodyJSON, bodyForm:
		return t.ref(m.doc.Schema)
	case bodyMultipart:
		if m.isList() {
			return m.partsSchema(t)
		}
		return m.multipartSchema(t)
	case bodyYAML:
		if m.doc.Schema == nil || isText(m.doc.Schema) {
			return map[string]any{"anyOf": []any{textSchema(), encodedSchema()}}
		}
		return map[string]any{"anyOf": []any{t.ref(m.doc.Schema), textSchema()}}
	case bodyXML:
		if isComposite(m.doc.Schema) {
			return map[string]any{"anyOf": []any{t.ref(m.doc.Schema), textSchema()}}
		}
		return map[string]any{"anyOf": []any{textSchema(), encodedSchema()}}
	case bodyText:
		if m.doc.Schema != nil && isText(m.doc.Schema) && m.doc.Schema.Value.Format != "binary" {
			return map[string]any{"anyOf": []any{t.ref(m.doc.Schema), encodedSchema()}}
		}
		return map[string]any{"anyOf": []any{textSchema(), encodedSchema()}}
	}
	return binarySchema()
}

func isText(r *openapi3.SchemaRef) bool {
	return r != nil && r.Value != nil && r.Value.Type.Is("string")
}

// multipartSchema is the form's schema with files in the place of binary strings.
func (m *media) multipartSchema(t *translator) any {
	if m.doc.Schema == nil || m.doc.Schema.Value == nil {
		return map[string]any{"type": "object"}
	}
	out, ok := t.schema(m.doc.Schema.Value).(map[string]any)
	if !ok {
		return map[string]any{"type": "object"}
	}
	props, _ := out["properties"].(map[string]any)
	for name := range props {
		switch r := formField(m.doc.Schema, name); {
		case m.isFile(name, r):
			props[name] = fileSchema(t.files)
		case isArraySchema(r) && m.isFile(name, items(r)):
			props[name] = map[string]any{"type": "array", "items": fileSchema(t.files)}
		}
	}
	return out
}

// isFile says whether a field's bytes are a file (OpenAPI 3.0: string with format binary or byte; 3.1: a schema with
// contentMediaType or none at all, and encoding's content type).
func (m *media) isFile(name string, r *openapi3.SchemaRef) bool {
	if r == nil || r.Value == nil {
		return false
	}
	s := r.Value
	if s.Format == "binary" || s.ContentMediaType != "" && s.ContentEncoding == "" {
		return true
	}
	enc := m.doc.Encoding[name]
	if enc == nil || enc.ContentType == "" {
		return false
	}
	first, _, _ := strings.Cut(enc.ContentType, ",")
	switch k := kindOf(strings.TrimSpace(first)); {
	case k == bodyJSON:
		return false
	case len(s.Type.Slice()) == 0:
		return len(s.Properties) == 0 && s.Items == nil
	default:
		return s.Type.Is("string") && (k == bodyBinary || k == bodyText || k == bodyXML) && baseType(first) != "text/plain"
	}
}
