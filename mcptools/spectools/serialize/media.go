package serialize

import (
	"mime"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/composed"
)

// Kind is a way to write a body. The kinds that are easiest to supply come first.
type Kind int

// The kinds.
const (
	JSON Kind = iota
	Form
	Multipart
	Text
	YAML
	XML
	Binary
)

// Media is one media type of an operation's body.
type Media struct {
	Type string // as the document has it, with parameters
	Kind Kind
	Doc  *openapi3.MediaType
}

// NewMedia returns a media type of a document; doc may be nil.
func NewMedia(typ string, doc *openapi3.MediaType) *Media {
	if doc == nil {
		doc = &openapi3.MediaType{}
	}
	return &Media{Type: typ, Kind: KindOf(typ), Doc: doc}
}

// BaseType returns a media type in lower case without parameters.
func BaseType(typ string) string {
	t, _, err := mime.ParseMediaType(typ)
	if err != nil {
		t, _, _ = strings.Cut(typ, ";")
	}
	return strings.ToLower(strings.TrimSpace(t))
}

// KindOf returns the kind of a media type; one that is unknown is Binary.
func KindOf(typ string) Kind {
	t := BaseType(typ)
	main, sub, _ := strings.Cut(t, "/")
	switch {
	case sub == "json" || strings.HasSuffix(sub, "+json"):
		return JSON
	case t == "application/x-www-form-urlencoded":
		return Form
	case main == "multipart":
		return Multipart
	case sub == "yaml" || sub == "x-yaml" || strings.HasSuffix(sub, "+yaml"):
		return YAML
	case sub == "xml" || strings.HasSuffix(sub, "+xml"):
		return XML
	case main == "text":
		return Text
	}
	switch sub {
	case "x-ndjson", "ndjson", "jsonl", "x-jsonl", "json-seq", "jsonlines",
		"javascript", "ecmascript", "graphql", "sql", "toml", "json5", "x-sh":
		return Text
	}
	return Binary
}

// IsPartList reports whether the body is a list of parts rather than a form of named fields:
// multipart/mixed, multipart/related and others, unless the document describes an object.
func (m *Media) IsPartList() bool {
	t := BaseType(m.Type)
	return m.Kind == Multipart && t != "multipart/form-data" && t != "multipart/*" && !composed.IsObject(m.Doc.Schema)
}

// PartTypes returns the content types of the parts by index, as far as the document names them.
func (m *Media) PartTypes() (out []string) {
	list, _ := m.Doc.Extensions[openapi.ExtParts].([]any)
	for _, v := range list {
		t, _ := v.(string)
		out = append(out, t)
	}
	return out
}

// IsFile reports whether a field of a multipart form is a file. In OpenAPI 3.0 that is a string
// with format binary or byte. In 3.1 it is a schema with contentMediaType, or one without any type,
// and the content type of its encoding.
func (m *Media) IsFile(name string, r *openapi3.SchemaRef) bool {
	if r == nil || r.Value == nil {
		return false
	}
	s := r.Value
	if s.Format == "binary" || s.ContentMediaType != "" && s.ContentEncoding == "" {
		return true
	}
	enc := m.Doc.Encoding[name]
	if enc == nil || enc.ContentType == "" {
		return false
	}
	first, _, _ := strings.Cut(enc.ContentType, ",")
	switch k := KindOf(strings.TrimSpace(first)); {
	case k == JSON:
		return false
	case len(s.Type.Slice()) == 0:
		return len(s.Properties) == 0 && s.Items == nil
	default:
		return s.Type.Is("string") && (k == Binary || k == Text || k == XML) && BaseType(first) != "text/plain"
	}
}
