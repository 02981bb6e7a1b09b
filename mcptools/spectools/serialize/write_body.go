package serialize

import (
	"errors"
	"fmt"
	"mime"
	"net/url"
	"os"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/mcptools/spectools/sanitize"
	"github.com/spectap/spectap/openapi"
)

var (
	errBase64 = errors.New("must be base64")
	errForm   = errors.New("must be an object: it is sent as a form")
)

// write writes a body that is sent as typ. It returns the type with what the body added to it: the
// boundary of parts, or another charset than one that lacks a character.
func (m *Media) write(typ string, v any, files *os.Root) ([]byte, string, error) {
	kind := m.kindOf(typ)
	var text []byte
	var err error
	switch _, isText := v.(string); {
	case kind == Multipart && m.IsPartList():
		return m.writePartList(typ, v)
	case kind == Multipart:
		return m.writeMultipart(typ, v, files)
	case kind == Binary:
		data, err := decodeBase64(v)
		return data, typ, err
	case kind == Form:
		text, err = m.writeForm(v)
	case kind != JSON && bytesOf(v) != nil:
		return bytesOf(v), typ, nil
	case kind == JSON, kind == YAML && !isText: // JSON is YAML
		text = orderedjson.Encode(v)
	case isText:
		text = []byte(v.(string))
	case kind == XML && openapi.IsComposite(m.Doc.Schema):
		text, err = writeXML(m.Doc.Schema, v)
	default:
		err = errors.New("must be text")
	}
	if err != nil {
		return nil, "", err
	}
	data, ok := decode.FromUTF8(typ, text)
	if !ok {
		typ = withUTF8(typ)
	}
	return data, typ, nil
}

// withUTF8 returns a media type with the charset UTF-8.
func withUTF8(typ string) string {
	base, params, err := mime.ParseMediaType(typ)
	if err != nil {
		return BaseType(typ)
	}
	params["charset"] = "utf-8"
	return mime.FormatMediaType(base, params)
}

func decodeBase64(v any) ([]byte, error) {
	s, ok := v.(string)
	data, err := jsonschema.DecodeBase64(s)
	if !ok || err != nil {
		return nil, errBase64
	}
	return data, nil
}

// bytesOf returns the bytes of {"base64": …}, nil if v is anything else.
func bytesOf(v any) []byte {
	o, ok := v.(*orderedjson.Object)
	if !ok || o.Len() != 1 {
		return nil
	}
	data, err := decodeBase64(o.Value("base64"))
	if err == nil && data == nil {
		return []byte{}
	}
	return data
}

// writeForm writes application/x-www-form-urlencoded, with the fields in their order. A field is
// written as its encoding specifies. Without one, objects and arrays of objects become
// name[key]=value, which OpenAPI leaves open.
func (m *Media) writeForm(v any) ([]byte, error) {
	o, ok := v.(*orderedjson.Object)
	if !ok {
		return nil, errForm
	}
	var out []escapedPair
	for _, name := range o.Names() {
		pairs, err := m.writeFormField(name, o.Value(name))
		if err != nil {
			return nil, fieldError(name, err)
		}
		out = append(out, pairs...)
	}
	return []byte(joinPairs(out)), nil
}

func fieldError(name string, err error) error {
	return fmt.Errorf("has the field %s, which %w", sanitize.Description(name, 60), err)
}

func (m *Media) writeFormField(name string, v any) ([]escapedPair, error) {
	w := pairWriter{style: "form", explode: true, name: url.QueryEscape, value: url.QueryEscape}
	if enc := m.Doc.Encoding[name]; enc != nil {
		if enc.ContentType != "" && KindOf(enc.ContentType) == JSON {
			return []escapedPair{{name: url.QueryEscape(name), value: url.QueryEscape(string(orderedjson.Encode(v)))}}, nil
		}
		if enc.Style != "" {
			w.style = enc.Style
			w.explode = enc.Style == "form" || enc.Style == "deepObject"
		}
		if enc.Explode != nil {
			w.explode = *enc.Explode
		}
		if enc.AllowReserved {
			w.value = escapeQueryReserved
		}
	}
	if _, isObject := v.(*orderedjson.Object); isObject && w.style == "form" && w.explode {
		w.style = "deepObject" // an exploded object would lose the name of the field
	}
	return w.write(name, v)
}
