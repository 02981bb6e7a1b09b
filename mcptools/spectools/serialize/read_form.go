package serialize

import (
	"encoding/base64"
	"errors"
	"mime"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/params"
)

// readForm reads application/x-www-form-urlencoded.
func (m *Media) readForm(data []byte) (any, error) {
	pairs, err := parsePairs(string(data))
	if err != nil {
		return nil, err
	}
	return reader.Form(m.Doc, pairs)
}

// readMultipart reads multipart/form-data: files with their names and types, texts by the types of
// their schemas.
func (m *Media) readMultipart(sent string, data []byte) (any, error) {
	parts, err := readParts(sent, data)
	if err != nil {
		return nil, err
	}
	o := orderedjson.New()
	for _, p := range parts {
		if err := m.readFormPart(p, o); err != nil {
			return nil, err
		}
	}
	m.unwrapSingleItems(o)
	return o, nil
}

// readFormPart adds one part of a form to the argument.
func (m *Media) readFormPart(p decode.Part, out *orderedjson.Object) error {
	name := p.FormName()
	field := openapi.SchemaProperty(m.Doc.Schema, name)
	isArray := field != nil && openapi.IsArray(field)
	enc := m.Doc.Encoding[name]
	if isArray && enc != nil && enc.ContentType == "" && enc.Explode != nil && !*enc.Explode {
		list, err := reader.Split(field, string(p.Content), params.Separator(enc.Style))
		if err != nil {
			return err
		}
		out.Set(name, list)
		return nil
	}
	if isArray {
		list, _ := out.Value(name).([]any)
		out.Set(name, append(list, m.readFieldPart(name, openapi.SchemaItems(field), p)))
		return nil
	}
	if _, repeated := out.Get(name); repeated {
		return errors.New("has a field more than once that is not an array")
	}
	out.Set(name, m.readFieldPart(name, field, p))
	return nil
}

// unwrapSingleItems replaces arrays of one item by the item if the schema accepts that as well.
func (m *Media) unwrapSingleItems(o *orderedjson.Object) {
	for _, name := range o.Names() {
		list, ok := o.Value(name).([]any)
		types := openapi.SchemaTypes(openapi.SchemaProperty(m.Doc.Schema, name))
		isSingle := func(t string) bool { return t != "array" && t != "null" }
		if ok && len(list) == 1 && slices.ContainsFunc(types, isSingle) {
			o.Set(name, list[0])
		}
	}
}

func (m *Media) readFieldPart(name string, field *openapi3.SchemaRef, p decode.Part) any {
	typ := p.Header.Get("Content-Type")
	if m.IsFile(name, field) {
		f := orderedjson.New()
		f.Set("data", base64.StdEncoding.EncodeToString(p.Content))
		if _, params, err := mime.ParseMediaType(p.Header.Get("Content-Disposition")); err == nil {
			if n, ok := params["filename"]; ok {
				f.Set("filename", n)
			}
		}
		if typ != "" {
			f.Set("contentType", typ)
		}
		return f
	}
	if KindOf(typ) == JSON {
		if v, err := orderedjson.Decode(p.Content); err == nil {
			return v
		}
	}
	return parseScalar(string(p.Content), field)
}
