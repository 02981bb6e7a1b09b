package serialize

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"mime"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/openapi"
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
	Type string // as the document has it, with parameters; may be a range such as "*/*"
	Sent string // the media type to send unless the caller chooses another of the range
	Kind Kind   // of Sent
	Doc  *openapi3.MediaType
}

// NewMedia returns a media type of a document; doc may be nil.
func NewMedia(typ string, doc *openapi3.MediaType) *Media {
	doc = cmp.Or(doc, &openapi3.MediaType{})
	m := &Media{Type: typ, Sent: typ, Doc: doc}
	if m.IsRange() {
		m.Sent = typeInRange(BaseType(typ), doc.Schema)
	}
	m.Kind = KindOf(m.Sent)
	if decode.IsVague(BaseType(m.Sent)) && doc.Schema != nil { // the label is of any body, and the schema of data
		switch types := openapi.SchemaTypes(doc.Schema); {
		case doc.Extensions[openapi.ExtFormat] == "application/xml":
			m.Kind = XML
		case len(types) > 0 && !slices.Contains(types, "string"):
			m.Kind = JSON
		}
	}
	return m
}

// typeInRange returns the media type to send for a range. Where the range allows all types, the
// schema decides between data, text and bytes.
func typeInRange(media string, schema *openapi3.SchemaRef) string {
	main, sub, _ := strings.Cut(media, "/")
	_, suffix, hasSuffix := strings.Cut(sub, "+")
	switch {
	case main == "text":
		return "text/plain"
	case main == "multipart":
		return "multipart/form-data"
	case hasSuffix:
		return "application/" + suffix
	case main != "*" && main != "application" || schema == nil || isBytes(schema):
		return "application/octet-stream"
	case main == "*" && slices.Equal(openapi.SchemaTypes(schema), []string{"string"}):
		return "text/plain"
	}
	return "application/json"
}

// isBytes reports whether a schema is of bytes, not of data.
func isBytes(r *openapi3.SchemaRef) bool {
	s := r.Value
	return s != nil && (s.Format == "binary" || s.Format == "byte" || s.ContentMediaType != "" || s.ContentEncoding != "")
}

// IsRange reports whether the document has a range of media types.
func (m *Media) IsRange() bool { return strings.Contains(BaseType(m.Type), "*") }

// kindOf returns how a body is written that is sent as typ, which is in the range of m.
func (m *Media) kindOf(typ string) Kind {
	if k := KindOf(typ); m.IsRange() && m.Kind == JSON && k != Binary { // data can be written in several ways
		return k
	}
	return m.Kind
}

// Compare sorts media types by how well they suit an agent: by kind, then application/json, other
// types, and ranges.
func (m *Media) Compare(other *Media) int {
	return cmp.Or(cmp.Compare(m.Kind, other.Kind), cmp.Compare(m.rank(), other.rank()), strings.Compare(m.Type, other.Type))
}

func (m *Media) rank() int {
	switch {
	case BaseType(m.Type) == "application/json":
		return 0
	case m.IsRange():
		return 2
	case KindOf(m.Sent) != JSON:
		return 4
	case BaseType(m.Type) == "application/json-patch+json" && openapi.IsObject(m.Doc.Schema):
		return 3 // a JSON Patch is an array (RFC 6902)
	}
	return 1
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
	case sub == "json" || sub == "x-json" || strings.HasSuffix(sub, "+json"):
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
	return m.Kind == Multipart && t != "multipart/form-data" && t != "multipart/*" && !openapi.IsObject(m.Doc.Schema)
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
// and the content type of its encoding. A string whose encoding has a media type of text, such as
// XML or CSV, is that text.
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
		return s.Type.Is("string") && k == Binary
	}
}

// ContentEncoding is the name of the header whose argument, if an operation has it as a parameter,
// is the content coding of the body.
const ContentEncoding = "Content-Encoding"

// encodeContent applies the content coding that the request's headers name to its body.
func encodeContent(call *egress.Call) error {
	for _, h := range call.Header {
		if !strings.EqualFold(h.Name, ContentEncoding) {
			continue
		}
		var b bytes.Buffer
		var w io.WriteCloser
		switch strings.ToLower(h.Value) {
		case "", "identity":
			return nil
		case "gzip", "x-gzip":
			w = gzip.NewWriter(&b)
		case "deflate": // with the zlib frame (RFC 9110 section 8.4.1.2)
			w = zlib.NewWriter(&b)
		default:
			return errors.New("must be gzip, deflate or identity: no other coding is supported")
		}
		w.Write(call.Body) // to memory: it has no errors
		w.Close()
		call.Body = b.Bytes()
	}
	return nil
}

// DecodeContent removes a content coding that Request applies, to show the body. A body that it
// cannot decode, or that is larger than [MaxSize], is returned as it is.
func DecodeContent(body []byte, coding string) []byte {
	h := flow.Header{{Name: ContentEncoding, Value: coding}}
	decoded, isWhole, err := decode.Bytes(h, flow.Body{Data: body}, MaxSize)
	if err != nil || !isWhole {
		return body
	}
	return decoded
}
