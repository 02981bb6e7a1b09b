package serialize

import (
	"encoding/base64"
	"errors"
	"mime"
	"net/url"
	"slices"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/openapi"
)

// bracketTree is the structure that brackets in the names of a form describe.
type bracketTree struct {
	order    []string // the keys of children as they first occurred
	children map[string]*bracketTree
	texts    []string
}

func newBracketTree() *bracketTree { return &bracketTree{children: make(map[string]*bracketTree)} }

func (t *bracketTree) insert(keys []string, text string) {
	if len(keys) == 0 {
		t.texts = append(t.texts, text)
		return
	}
	child := t.children[keys[0]]
	if child == nil {
		child = newBracketTree()
		t.children[keys[0]] = child
		t.order = append(t.order, keys[0])
	}
	child.insert(keys[1:], text)
}

// value returns the tree as data of a schema's types.
func (t *bracketTree) value(r *openapi3.SchemaRef) any {
	switch {
	case len(t.order) == 0 && len(t.texts) == 1 && !(openapi.IsArray(r) && !slices.Contains(openapi.SchemaTypes(r), "string")):
		return parseScalar(t.texts[0], r)
	case len(t.order) == 0:
		return parseScalars(nil, t.texts, r)
	case t.isArray(r):
		list := []any{}
		for _, k := range t.order {
			child := t.children[k]
			if k == "" && len(child.order) == 0 {
				list = parseScalars(list, child.texts, r)
				continue
			}
			list = append(list, child.value(openapi.SchemaItems(r)))
		}
		return list
	}
	o := orderedjson.New()
	for _, k := range t.order {
		o.Set(k, t.children[k].value(memberSchema(r, k)))
	}
	return o
}

// parseScalars appends texts as items of an array schema.
func parseScalars(list []any, texts []string, r *openapi3.SchemaRef) []any {
	if list == nil {
		list = []any{}
	}
	for _, s := range texts {
		list = append(list, parseScalar(s, openapi.SchemaItems(r)))
	}
	return list
}

// isArray reports whether the children are items: their keys count from 0, or are empty.
func (t *bracketTree) isArray(r *openapi3.SchemaRef) bool {
	if openapi.IsObject(r) && !openapi.IsArray(r) {
		return false
	}
	for i, k := range t.order {
		if k != "" && k != strconv.Itoa(i) {
			return false
		}
	}
	return true
}

// readForm reads application/x-www-form-urlencoded. A name that the schema declares, brackets
// included, is one key.
func (m *Media) readForm(data []byte) (any, error) {
	pairs, err := parsePairs(string(data))
	if err != nil {
		return nil, err
	}
	top, encoded := newBracketTree(), make(map[string]any)
	for _, x := range pairs {
		s, err := url.QueryUnescape(x.raw)
		if err != nil {
			return nil, errEscapes
		}
		if v, ok, err := m.readEncodedField(x, s); err != nil {
			return nil, err
		} else if ok {
			top.insert([]string{x.name}, "")
			encoded[x.name] = v
			continue
		}
		if openapi.SchemaProperty(m.Doc.Schema, x.name) != nil {
			top.insert([]string{x.name}, s)
		} else {
			top.insert(openapi.BracketKeys(x.name), s)
		}
	}
	o := orderedjson.New()
	for _, name := range top.order {
		if v, ok := encoded[name]; ok {
			o.Set(name, v)
			continue
		}
		o.Set(name, top.children[name].value(memberSchema(m.Doc.Schema, name)))
	}
	return o, nil
}

// readEncodedField reads a field whose encoding makes it one value: JSON, or an array with
// separators.
func (m *Media) readEncodedField(x rawPair, text string) (v any, ok bool, err error) {
	enc, field := m.Doc.Encoding[x.name], memberSchema(m.Doc.Schema, x.name)
	switch {
	case enc == nil:
		return nil, false, nil
	case enc.ContentType != "":
		if KindOf(enc.ContentType) != JSON {
			return nil, false, nil
		}
		v, err = orderedjson.Decode([]byte(text))
		return v, true, err
	case !openapi.IsComposite(field) || enc.Style == "deepObject":
		return nil, false, nil
	case enc.Explode != nil && *enc.Explode, enc.Explode == nil && (enc.Style == "" || enc.Style == "form"):
		return nil, false, nil
	}
	raw, sep := unescapeSeparator(enc.Style, x.raw)
	v, err = splitComposite(raw, sep, false, field, url.QueryUnescape)
	return v, true, err
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
		same := func(s string) (string, error) { return s, nil }
		list, err := splitComposite(string(p.Content), Separator(enc.Style), false, field, same)
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
