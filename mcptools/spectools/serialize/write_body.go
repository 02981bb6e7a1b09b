package serialize

import (
	"errors"
	"fmt"
	"os"

	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/mcptools/spectools/sanitize"
	"github.com/spectap/spectap/openapi/composed"
)

var (
	errBase64 = errors.New("must be base64")
	errForm   = errors.New("must be an object: it is sent as a form")
)

// write writes a body and returns the type to send, which for multipart has the boundary.
func (m *Media) write(typ string, v any, files *os.Root) ([]byte, string, error) {
	switch m.Kind {
	case JSON:
		return orderedjson.Encode(v), typ, nil
	case Form:
		data, err := m.writeForm(v)
		return data, typ, err
	case Multipart:
		if m.IsPartList() {
			return m.writePartList(typ, v)
		}
		return m.writeMultipart(typ, v, files)
	case YAML:
		if _, ok := v.(string); !ok && bytesOf(v) == nil {
			return orderedjson.Encode(v), typ, nil // JSON is YAML
		}
	case XML:
		if _, ok := v.(string); !ok && composed.IsComposite(m.Doc.Schema) {
			data, err := writeXML(m.Doc.Schema, v)
			return data, typ, err
		}
	case Binary:
		s, ok := v.(string)
		if !ok {
			return nil, "", errBase64
		}
		data, err := jsonschema.DecodeBase64(s)
		if err != nil {
			return nil, "", errBase64
		}
		return data, typ, nil
	}
	if data := bytesOf(v); data != nil {
		return data, typ, nil
	}
	s, ok := v.(string)
	if !ok {
		return nil, "", errors.New("must be text")
	}
	return []byte(s), typ, nil
}

// bytesOf returns the bytes of {"base64": …}, nil if v is anything else.
func bytesOf(v any) []byte {
	o, ok := v.(*orderedjson.Object)
	if !ok || o.Len() != 1 {
		return nil
	}
	s, ok := o.Value("base64").(string)
	if !ok {
		return nil
	}
	data, err := jsonschema.DecodeBase64(s)
	if err != nil {
		return nil
	}
	if data == nil {
		data = []byte{}
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
	w := pairWriter{style: "form", explode: true, name: escapeForm, value: escapeForm}
	if enc := m.Doc.Encoding[name]; enc != nil {
		if enc.ContentType != "" && KindOf(enc.ContentType) == JSON {
			return []escapedPair{{name: escapeForm(name), value: escapeForm(string(orderedjson.Encode(v)))}}, nil
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
