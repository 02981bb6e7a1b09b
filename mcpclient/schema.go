package mcpclient

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/mcp/rawjson"
)

// flatSchema summarizes a JSON Schema of one value, with its references and combined schemas
// merged into it. It guides a person who types a value. It does not validate.
type flatSchema struct {
	doc         *document // that references refer to
	types       []string
	enum        []json.RawMessage
	required    []string
	rank        map[string]int   // of a required property in its list
	properties  []rawjson.Member // required ones first
	names       map[string]bool  // of properties
	items       json.RawMessage
	description string
	closed      bool // additionalProperties: false
}

// maxMerged limits how many schemas are merged. References may form cycles, and cycles may branch.
const maxMerged = 100

// flatten merges a schema of a document.
func flatten(doc *document, raw []byte) flatSchema {
	s := flatSchema{doc: doc, names: map[string]bool{}}
	left := maxMerged
	s.merge(raw, &left)
	s.rank = make(map[string]int, len(s.required))
	for i, name := range slices.Backward(s.required) {
		s.rank[name] = i
	}
	rank := func(m rawjson.Member) int {
		if i, ok := s.rank[m.Name]; ok {
			return i
		}
		return len(s.required)
	}
	slices.SortStableFunc(s.properties, func(a, b rawjson.Member) int { return rank(a) - rank(b) })
	return s
}

// isRequired reports whether a property is required.
func (s *flatSchema) isRequired(name string) bool {
	_, ok := s.rank[name]
	return ok
}

// schemaKeywords are the keywords that flatSchema reads.
type schemaKeywords struct {
	Type        json.RawMessage   `json:"type"`
	Enum        []json.RawMessage `json:"enum"`
	Const       json.RawMessage   `json:"const"`
	Required    []string          `json:"required"`
	Properties  json.RawMessage   `json:"properties"`
	Items       json.RawMessage   `json:"items"`
	Description string            `json:"description"`
	Ref         string            `json:"$ref"`
	Additional  json.RawMessage   `json:"additionalProperties"`
	AllOf       []json.RawMessage `json:"allOf"`
	AnyOf       []json.RawMessage `json:"anyOf"`
	OneOf       []json.RawMessage `json:"oneOf"`
}

// merge adds a schema, and what it refers to; left is how many more may be added.
func (s *flatSchema) merge(raw []byte, left *int) {
	if *left == 0 {
		return
	}
	*left--
	var x schemaKeywords
	if !s.doc.decode(raw, &x) {
		return
	}
	for _, t := range readTypes(x.Type) {
		if !slices.Contains(s.types, t) {
			s.types = append(s.types, t)
		}
	}
	s.enum = append(s.enum, x.Enum...)
	if x.Const != nil {
		s.enum = append(s.enum, x.Const)
	}
	s.required = append(s.required, x.Required...)
	s.description = cmp.Or(s.description, x.Description)
	if s.items == nil {
		s.items = x.Items
	}
	s.closed = s.closed || string(x.Additional) == "false"
	if x.Properties != nil {
		all, err := rawjson.Split([]byte(x.Properties))
		if err != nil {
			return
		}
		for _, p := range all {
			if !s.names[p.Name] {
				s.names[p.Name] = true
				s.properties = append(s.properties, p)
			}
		}
	}
	if x.Ref != "" {
		s.merge(s.doc.resolve(x.Ref), left)
	}
	for _, sub := range slices.Concat(x.AllOf, x.AnyOf, x.OneOf) {
		s.merge(sub, left)
	}
}

// readTypes reads the keyword type: a name or an array of names.
func readTypes(raw json.RawMessage) []string {
	var one string
	if json.Unmarshal(raw, &one) == nil && one != "" {
		return []string{one}
	}
	var many []string
	if json.Unmarshal(raw, &many) != nil {
		return nil
	}
	return many
}

// property returns the schema of a property, and reports whether the schema declares it.
func (s *flatSchema) property(name string) (flatSchema, bool) {
	for _, p := range s.properties {
		if p.Name == name {
			return flatten(s.doc, p.Value), true
		}
	}
	return flatSchema{}, false
}

// values returns the values that a schema allows, as JSON, if they are few: those of an enum, or of
// a boolean.
func (s *flatSchema) values() []string {
	var out []string
	for _, e := range s.enum {
		out = append(out, string(e))
	}
	if len(out) == 0 && slices.Contains(s.types, "boolean") {
		out = []string{"true", "false"}
	}
	return out
}

// maxShownValues bounds the values that are listed in a text.
const maxShownValues = 20

// list returns the values that a schema allows as a text: the first ones, and how many they are.
func (s *flatSchema) list() string {
	all := s.values()
	if len(all) <= maxShownValues {
		return strings.Join(all, ", ")
	}
	return strings.Join(all[:maxShownValues], ", ") + ", … (" + strconv.Itoa(len(all)) + " values)"
}

// typeName describes the type in a few words.
func (s *flatSchema) typeName() string {
	switch {
	case len(s.types) == 0 && len(s.enum) > 0:
		return "enum"
	case len(s.types) == 0 && len(s.properties) > 0:
		return "object"
	case len(s.types) == 0:
		return "any"
	case len(s.types) == 1 && s.types[0] == "array" && s.items != nil:
		item := flatten(s.doc, s.items)
		if item.items = nil; item.typeName() != "any" { // arrays of arrays may nest without end
			return "array of " + item.typeName()
		}
	}
	return strings.Join(s.types, " or ")
}

// example returns an object with the required members; left is how many more may be written.
func (s *flatSchema) example(left *int) string {
	var members []string
	for _, p := range s.properties {
		if !s.isRequired(p.Name) || *left == 0 {
			continue
		}
		*left--
		sub := flatten(s.doc, p.Value)
		members = append(members, jsonString(p.Name)+": "+sub.exampleValue(left))
	}
	return "{" + strings.Join(members, ", ") + "}"
}

func (s *flatSchema) exampleValue(left *int) string {
	switch {
	case len(s.enum) > 0:
		return string(s.enum[0])
	case len(s.types) == 0 && len(s.properties) == 0:
		return `"…"`
	case len(s.types) == 0, s.types[0] == "object":
		return s.example(left)
	}
	switch s.types[0] {
	case "integer", "number":
		return "1"
	case "boolean":
		return "true"
	case "array":
		return "[]"
	case "null":
		return "null"
	}
	return `"…"`
}

// document is the schema of a tool, to which the references in it refer. It is not safe for
// concurrent use.
type document struct {
	raw     json.RawMessage
	objects map[jsontext.Pointer]map[string]json.RawMessage // that references led through
	left    int                                             // bytes that may still be decoded
}

// Bounds on the cost of a schema. Parts beyond them are ignored.
const (
	// maxDecoded bounds the bytes that are decoded for one command. Many places may refer to one
	// schema, and each decodes it.
	maxDecoded = 32 << 20
	maxPointer = 64 // tokens of a reference
)

func newDocument(raw []byte) *document {
	return &document{raw: raw, objects: map[jsontext.Pointer]map[string]json.RawMessage{}, left: maxDecoded}
}

// decode decodes a part of the document. It reports false if it cannot, or may not.
func (d *document) decode(raw []byte, v any) bool {
	if len(raw) > d.left {
		return false
	}
	d.left -= len(raw)
	return json.Unmarshal(raw, v) == nil
}

// resolve returns the schema that a reference within the document (#/…) refers to, or nil.
func (d *document) resolve(ref string) json.RawMessage {
	pointer, ok := strings.CutPrefix(ref, "#")
	if !ok || pointer != "" && pointer[0] != '/' || strings.Count(pointer, "/") > maxPointer {
		return nil
	}
	at, path := d.raw, jsontext.Pointer("")
	for token := range jsontext.Pointer(pointer).Tokens() {
		object, ok := d.objects[path]
		if !ok {
			d.decode(at, &object)
			d.objects[path] = object
		}
		at, path = object[token], path.AppendToken(token)
	}
	return at
}
