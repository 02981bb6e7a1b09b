package spectools

import (
	"encoding/json"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/mcptools/spectools/sanitize"
	"github.com/spectap/spectap/mcptools/spectools/serialize"
	"github.com/spectap/spectap/openapi"
)

// Body returns the schema of the argument requestBody for a media type.
func (t *translator) Body(m *serialize.Media) any {
	schema := m.Doc.Schema
	switch m.Kind {
	case serialize.JSON, serialize.Form:
		return t.Schema(schema)
	case serialize.Multipart:
		if m.IsPartList() {
			return t.partList(m)
		}
		return t.multipart(m)
	case serialize.YAML:
		if schema != nil && !isText(schema) {
			return anyOf(t.Schema(schema), textSchema())
		}
	case serialize.XML:
		if openapi.IsComposite(schema) {
			return anyOf(t.Schema(schema), textSchema())
		}
	case serialize.Text:
		if schema != nil && isText(schema) && schema.Value.Format != "binary" {
			return anyOf(t.Schema(schema), base64Schema())
		}
	default:
		return binarySchema()
	}
	return anyOf(textSchema(), base64Schema())
}

func isText(r *openapi3.SchemaRef) bool {
	return r != nil && r.Value != nil && r.Value.Type.Is("string")
}

func anyOf(schemas ...any) map[string]any { return map[string]any{"anyOf": schemas} }

// written returns a schema that does not come from the document.
func written(schema string) any { return orderedjson.PlainOf(json.RawMessage(schema)) }

func textSchema() any { return map[string]any{"type": "string"} }

const binary = `{"type":"string","contentEncoding":"base64","format":"byte","description":"base64"}`

func binarySchema() any { return written(binary) }

// base64Schema describes {"base64": …}, for text that is not UTF-8 and for types that only some
// treat as text.
func base64Schema() any {
	return written(`{"type":"object","required":["base64"],"additionalProperties":false,"properties":{"base64":` + binary + `}}`)
}

// file returns the schema of a file in a multipart form.
func (t *translator) file() any {
	forms := []any{binarySchema(), written(`{"type":"object","required":["data"],"additionalProperties":false,"properties":{
		"data":` + binary + `,"filename":{"type":"string"},"contentType":{"type":"string"}}}`)}
	if t.Files {
		forms = append(forms, written(`{"type":"object","required":["path"],"additionalProperties":false,"properties":{
			"path":{"type":"string","description":"Path of a file below the server's folder of files."}}}`))
	}
	return anyOf(forms...)
}

// multipart returns the schema of a form, with files in place of binary strings.
func (t *translator) multipart(m *serialize.Media) any {
	if m.Doc.Schema == nil || m.Doc.Schema.Value == nil {
		return map[string]any{"type": "object"}
	}
	out, ok := t.keywords(m.Doc.Schema.Value).(map[string]any)
	if !ok {
		return map[string]any{"type": "object"}
	}
	props, _ := out["properties"].(map[string]any)
	for name := range props {
		switch r := openapi.SchemaProperty(m.Doc.Schema, name); {
		case m.IsFile(name, r):
			props[name] = t.file()
		case openapi.IsArray(r) && m.IsFile(name, openapi.SchemaItems(r)):
			props[name] = map[string]any{"type": "array", "items": t.file()}
		}
	}
	return out
}

// partList returns the schema of a list of parts, each with its content type, its other headers and
// its body.
func (t *translator) partList(m *serialize.Media) any {
	body := []any{textSchema(), base64Schema()}
	if items := openapi.SchemaItems(m.Doc.Schema); openapi.IsArray(m.Doc.Schema) && items != nil {
		body = append([]any{t.Schema(items)}, body...)
	} else {
		body = append(body, map[string]any{"type": []any{"object", "array", "number", "boolean", "null"}})
	}
	about := "Content type of the part."
	if types := m.PartTypes(); len(types) > 0 {
		about += " In order: " + sanitize.Description(strings.Join(types, "; "), 300)
	}
	part, _ := written(`{"type":"object","required":["body"],"additionalProperties":false,"properties":{
		"headers":{"type":"object","additionalProperties":{"type":"string"},"description":"Other headers of the part, such as Content-ID."}}}`).(map[string]any)
	properties, _ := part["properties"].(map[string]any)
	properties["contentType"] = map[string]any{"type": "string", "description": about}
	properties["body"] = map[string]any{
		"anyOf": body, "description": "Data where the content type is JSON, else a text; other bytes as {base64}.",
	}
	return map[string]any{"type": "array", "items": part}
}
