package spectools

import (
	"cmp"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/mcptools/spectools/sanitize"
	"github.com/spectap/spectap/mcptools/spectools/serialize"
	"github.com/spectap/spectap/openapi"
)

// A translator writes the JSON Schema 2020-12 of a tool's arguments from the schemas of an OpenAPI
// document. It leaves out what agents do not need: properties that only answers have,
// examples, long descriptions. Where a schema cannot be expressed, it accepts anything and says so
// in a note.

// translator writes the schemas of one document. A schema that is shared or recursive becomes a
// definition, which is written once for all tools; each tool gets the definitions that it refers
// to. A Translator is not safe for concurrent use.
type translator struct {
	// Files allows a part of a multipart form to name a file.
	Files bool
	// Answers says that the schemas are of answers: they have the properties that are read-only,
	// and not those that are write-only.
	Answers bool

	note       func(string)
	left       int // bytes that the tools may still have in addition to their definitions
	dialect    jsonschema.Dialect
	defs       map[string]json.RawMessage
	references map[string][]string // the definitions that a definition refers to
	names      map[*openapi3.Schema]string
	inline     map[*openapi3.Schema]bool // schemas that are being written in place
	referenced []string                  // the definitions that the schema being written refers to
}

// maxInline limits the bytes of all schemas of the tools of one document, without definitions. Then
// all schemas accept any value: operations that share a large schema without a name would otherwise
// each have a copy.
const maxInline = 32 << 20

// newTranslator returns a translator for the schemas of a document.
func newTranslator(doc *openapi3.T) *translator {
	return &translator{
		note: func(string) {}, left: maxInline, dialect: openapi.DialectOf(doc),
		defs: make(map[string]json.RawMessage), references: make(map[string][]string),
		names: make(map[*openapi3.Schema]string), inline: make(map[*openapi3.Schema]bool),
	}
}

// Begin starts the schema of another tool. note receives the parts that cannot be expressed.
func (t *translator) Begin(note func(string)) { t.note, t.referenced = note, nil }

// Schema returns a schema, or a reference to its definition.
func (t *translator) Schema(r *openapi3.SchemaRef) any {
	if r == nil || r.Value == nil {
		if r != nil && r.Ref != "" {
			t.note("schema " + r.Ref + " does not exist: any value is accepted")
		}
		return map[string]any{}
	}
	if t.left <= 0 {
		return map[string]any{}
	}
	s := r.Value
	name, ok := t.names[s]
	if !ok {
		if r.Ref == "" && !t.inline[s] || isShortScalar(s) {
			t.inline[s] = true
			defer delete(t.inline, s)
			return t.keywords(s)
		}
		name = t.define(r.Ref, s)
	}
	t.referenced = append(t.referenced, name)
	return map[string]any{"$ref": definitionPrefix + name}
}

// isShortScalar reports whether a schema is short enough to be repeated wherever it is used.
func isShortScalar(s *openapi3.Schema) bool {
	for range openapi.Subschemas(s) {
		return false
	}
	return len(s.Enum) <= 8
}

// Body returns the schema of the argument requestBody for a media type.
func (t *translator) Body(m *serialize.Media) any {
	schema := m.Doc.Schema
	switch m.Kind {
	case serialize.JSON, serialize.Form:
		return t.bodyOf(schema)
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

// bodyOf returns the schema of a body, which does not require the constants that the server adds.
// It is then no reference: in other places, a caller may have to give them.
func (t *translator) bodyOf(r *openapi3.SchemaRef) any {
	if r == nil || r.Value == nil || len(withoutConstants(r.Value)) == len(r.Value.Required) {
		return t.Schema(r)
	}
	own := *r.Value
	own.Required = withoutConstants(r.Value)
	return t.Schema(own.NewRef())
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
			"path":{"type":"string","description":"Path of a file below the server's folder of files."},
			"filename":{"type":"string"},"contentType":{"type":"string"}}}`))
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

// shortDefault returns a default as JSON and reports whether it is short enough to be useful.
func shortDefault(v any) (any, bool) {
	switch v := v.(type) {
	case bool:
		return v, true
	case string:
		return v, len(v) <= 100 && sanitize.Line(v, 100) == v
	case float64, int, int64, uint64, json.Number:
		return jsonValue(v), true
	}
	return nil, false
}

// jsonValue converts a value of a document to decoded JSON with exact numbers.
func jsonValue(v any) any {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return jsonvalue.Decode(raw)
}

// anything is the definition of a schema that is not written.
var anything = json.RawMessage("true")

// define writes a definition and returns its name.
func (t *translator) define(ref string, s *openapi3.Schema) string {
	name := t.definitionName(ref)
	t.names[s] = name
	t.defs[name] = anything // reserves the name while the schema is written
	outer := t.referenced
	t.referenced = nil
	raw, err := json.Marshal(t.keywords(s))
	if err != nil {
		t.note("schema " + ref + " cannot be written: any value is accepted")
		raw = anything
	}
	t.defs[name], t.references[name] = raw, t.referenced
	t.referenced = outer
	return name
}

func (t *translator) definitionName(ref string) string {
	base := cmp.Or(sanitize.Name(ref[strings.LastIndexByte(ref, '/')+1:]), "schema")
	name := base
	for i := 2; t.defs[name] != nil; i++ {
		name = base + "_" + strconv.Itoa(i)
	}
	return name
}

// definitions are the definitions that a tool's schema refers to, directly or through others.
type definitions struct {
	Schemas map[string]json.RawMessage // by name
	Size    int                        // bytes of the schemas with their names
	Left    int                        // schemas without room, which accept any value
}

// Definitions returns the definitions that some names refer to. Those that are the fewest
// references away come first; definitions that would exceed limit bytes accept any value instead.
func (t *translator) Definitions(names []string, limit int) definitions {
	d := definitions{Schemas: make(map[string]json.RawMessage)}
	for queue := names; len(queue) > 0; queue = queue[1:] {
		name := queue[0]
		if _, ok := d.Schemas[name]; ok {
			continue
		}
		raw := t.defs[name]
		if size := len(name) + len(raw); len(raw) > len(anything) && d.Size+size > limit {
			raw = anything
			d.Left++
		} else {
			queue = append(queue, t.references[name]...)
		}
		d.Schemas[name] = raw
		d.Size += len(name) + len(raw)
	}
	return d
}
