package spectools

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"mime"
	"mime/multipart"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"encoding/base64"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
)

// maxCombined bounds how deep schemas are looked for in allOf, anyOf and oneOf: they may lead round in a circle.
const maxCombined = 8

// parts yields a schema and what it combines, as deep as maxCombined.
func parts(r *openapi3.SchemaRef) iter.Seq[*openapi3.Schema] {
	return func(yield func(*openapi3.Schema) bool) { eachPart(r, 0, yield) }
}

func eachPart(r *openapi3.SchemaRef, depth int, yield func(*openapi3.Schema) bool) bool {
	if r == nil || r.Value == nil || depth > maxCombined {
		return true
	}
	if !yield(r.Value) {
		return false
	}
	for _, all := range []openapi3.SchemaRefs{r.Value.AllOf, r.Value.AnyOf, r.Value.OneOf} {
		for _, p := range all {
			if !eachPart(p, depth+1, yield) {
				return false
			}
		}
	}
	return true
}

// typesOf collects the JSON types that a schema lets through; empty means any.
func typesOf(r *openapi3.SchemaRef) []string {
	var out []string
	for s := range parts(r) {
		for _, t := range s.Type.Slice() {
			if !slices.Contains(out, t) {
				out = append(out, t)
			}
		}
	}
	return out
}

func isArraySchema(r *openapi3.SchemaRef) bool { return slices.Contains(typesOf(r), "array") }

func isObjectSchema(r *openapi3.SchemaRef) bool {
	if slices.Contains(typesOf(r), "object") {
		return true
	}
	return r != nil && r.Value != nil && len(r.Value.Type.Slice()) == 0 && len(r.Value.Properties) > 0
}

func isComposite(r *openapi3.SchemaRef) bool { return isArraySchema(r) || isObjectSchema(r) }

// items is the schema of a list's elements.
func items(r *openapi3.SchemaRef) *openapi3.SchemaRef {
	for s := range parts(r) {
		if s.Items != nil {
			return s.Items
		}
	}
	return nil
}

// formField is the schema of a member that has a name of its own in the document, nil when it has none.
func formField(r *openapi3.SchemaRef, name string) *openapi3.SchemaRef {
	for s := range parts(r) {
		if x, ok := s.Properties[name]; ok {
			return x
		}
	}
	return nil
}

// member is the schema of an object's member, whether it has a name of its own or not.
func member(r *openapi3.SchemaRef, name string) *openapi3.SchemaRef {
	if x := formField(r, name); x != nil {
		return x
	}
	for s := range parts(r) {
		if x := s.AdditionalProperties.Schema; x != nil {
			return x
		}
	}
	return nil
}

// typed reads text as the scalar that a schema wants. Text that could be several things is the narrowest of those
// allowed; where strings are allowed and nothing else fits, it stays text.
func typed(s string, r *openapi3.SchemaRef) any {
	types := typesOf(r)
	if r != nil && r.Value != nil && slices.Contains(r.Value.Enum, any(s)) {
		return s
	}
	if (slices.Contains(types, "integer") || slices.Contains(types, "number")) && isNumber(s) &&
		(slices.Contains(types, "number") || !strings.ContainsAny(s, ".eE")) {
		return json.Number(s)
	}
	if slices.Contains(types, "boolean") && (s == "true" || s == "false") {
		return s == "true"
	}
	return s
}

// isNumber says whether s is a number as JSON writes it.
func isNumber(s string) bool {
	if s == "" || s[0] != '-' && (s[0] < '0' || s[0] > '9') {
		return false
	}
	return json.Valid([]byte(s))
}

// tree is what brackets in names make of a form.
type tree struct {
	order []string
	kids  map[string]*tree
	texts []string
}

func newTree() *tree { return &tree{kids: make(map[string]*tree)} }

// maxBrackets bounds how deep names nest.
const maxBrackets = 64

// brackets takes the parts of a name: a[b][0] is a, b, 0. A name whose brackets do not close is one part.
func brackets(name string) []string {
	head, rest, ok := strings.Cut(name, "[")
	if !ok || head == "" || !strings.HasSuffix(rest, "]") {
		return []string{name}
	}
	parts := append([]string{head}, strings.Split(rest[:len(rest)-1], "][")...)
	if len(parts) > maxBrackets || slices.ContainsFunc(parts[1:], func(p string) bool { return strings.ContainsAny(p, "[]") }) {
		return []string{name}
	}
	return parts
}

func (t *tree) put(path []string, text string) {
	if len(path) == 0 {
		t.texts = append(t.texts, text)
		return
	}
	k := t.kids[path[0]]
	if k == nil {
		k = newTree()
		t.kids[path[0]] = k
		t.order = append(t.order, path[0])
	}
	k.put(path[1:], text)
}

// value is the tree as data of a schema's types.
func (t *tree) value(r *openapi3.SchemaRef) any {
	switch {
	case len(t.order) == 0 && len(t.texts) == 1 && !(isArraySchema(r) && !slices.Contains(typesOf(r), "string")):
		return typed(t.texts[0], r)
	case len(t.order) == 0:
		list := []any{}
		for _, s := range t.texts {
			list = append(list, typed(s, items(r)))
		}
		return list
	case t.isList(r):
		list := []any{}
		for _, k := range t.order {
			c := t.kids[k]
			if k == "" && len(c.order) == 0 {
				for _, s := range c.texts {
					list = append(list, typed(s, items(r)))
				}
				continue
			}
			list = append(list, c.value(items(r)))
		}
		return list
	}
	o := orderedjson.New()
	for _, k := range t.order {
		o.Set(k, t.kids[k].value(member(r, k)))
	}
	return o
}

// isList says whether the kids are elements: numbered from 0 in order, or without a number.
func (t *tree) isList(r *openapi3.SchemaRef) bool {
	if isObjectSchema(r) && !isArraySchema(r) {
		return false
	}
	for i, k := range t.order {
		if k != "" && k != strconv.Itoa(i) {
			return false
		}
	}
	return true
}

// formArgument reads application/x-www-form-urlencoded. A name that the schema has as it is, brackets and all, is
// taken as it is.
func (m *media) formArgument(data []byte) (any, error) {
	pairs, err := rawPairs(string(data))
	if err != nil {
		return nil, err
	}
	top, whole := newTree(), make(map[string]any)
	for _, x := range pairs {
		t, err := url.QueryUnescape(x.raw)
		if err != nil {
			return nil, errors.New("is escaped badly")
		}
		if v, ok, err := m.encodedField(x, t); err != nil {
			return nil, err
		} else if ok {
			top.put([]string{x.name}, "")
			whole[x.name] = v
			continue
		}
		if formField(m.doc.Schema, x.name) != nil {
			top.put([]string{x.name}, t)
		} else {
			top.put(brackets(x.name), t)
		}
	}
	o := orderedjson.New()
	for _, name := range top.order {
		if v, ok := whole[name]; ok {
			o.Set(name, v)
			continue
		}
		o.Set(name, top.kids[name].value(member(m.doc.Schema, name)))
	}
	return o, nil
}

// encodedField reads a field whose encoding writes all of it as one value: JSON, or a list with something between.
func (m *media) encodedField(x rawPair, text string) (v any, ok bool, err error) {
	enc, field := m.doc.Encoding[x.name], member(m.doc.Schema, x.name)
	switch {
	case enc == nil:
		return nil, false, nil
	case enc.ContentType != "":
		if kindOf(enc.ContentType) != bodyJSON {
			return nil, false, nil
		}
		v, err = orderedjson.Decode([]byte(text))
		return v, true, err
	case !isComposite(field) || enc.Style == "deepObject":
		return nil, false, nil
	case enc.Explode != nil && *enc.Explode, enc.Explode == nil && (enc.Style == "" || enc.Style == "form"):
		return nil, false, nil
	}
	raw, sep := delimited(enc.Style, x.raw)
	v, err = split(raw, sep, false, field, url.QueryUnescape)
	return v, true, err
}

// multipartArgument reads a form of parts: files with their particulars, texts by their schema's type.
func (m *media) multipartArgument(sent string, data []byte) (any, error) {
	_, params, err := mime.ParseMediaType(sent)
	if err != nil || params["boundary"] == "" {
		return nil, ErrMalformed
	}
	mr := multipart.NewReader(bytes.NewReader(data), params["boundary"])
	o := orderedjson.New()
	for {
		p, err := mr.NextRawPart()
		if err == io.EOF {
			m.single(o)
			return o, nil
		}
		if err != nil {
			return nil, ErrMalformed
		}
		content, err := io.ReadAll(p)
		if err != nil {
			return nil, ErrMalformed
		}
		name := p.FormName()
		field := formField(m.doc.Schema, name)
		if enc := m.doc.Encoding[name]; enc != nil && enc.ContentType == "" && enc.Explode != nil && !*enc.Explode && field != nil && isArraySchema(field) {
			list, err := split(string(content), separatorOf(enc.Style), false, field, func(s string) (string, error) { return s, nil })
			if err != nil {
				return nil, err
			}
			o.Set(name, list)
			continue
		}
		if field != nil && isArraySchema(field) {
			v := m.partArgument(name, items(field), p, content)
			list, _ := o.Value(name).([]any)
			o.Set(name, append(list, v))
			continue
		}
		if _, twice := o.Get(name); twice {
			return nil, errors.New("has a field more than once that is no list")
		}
		o.Set(name, m.partArgument(name, field, p, content))
	}
}

// single takes lists of one apart where the schema takes the one as well.
func (m *media) single(o *orderedjson.Object) {
	for _, name := range o.Names() {
		list, ok := o.Value(name).([]any)
		types := typesOf(formField(m.doc.Schema, name))
		if ok && len(list) == 1 && slices.ContainsFunc(types, func(t string) bool { return t != "array" && t != "null" }) {
			o.Set(name, list[0])
		}
	}
}

func (m *media) partArgument(name string, field *openapi3.SchemaRef, p *multipart.Part, content []byte) any {
	if m.isFile(name, field) {
		f := orderedjson.New()
		f.Set("data", base64.StdEncoding.EncodeToString(content))
		if _, params, err := mime.ParseMediaType(p.Header.Get("Content-Disposition")); err == nil {
			if n, ok := params["filename"]; ok {
				f.Set("filename", n)
			}
		}
		if c := p.Header.Get("Content-Type"); c != "" {
			f.Set("contentType", c)
		}
		return f
	}
	if kindOf(p.Header.Get("Content-Type")) == bodyJSON && p.Header.Get("Content-Type") != "" {
		if v, err := orderedjson.Decode(content); err == nil {
			return v
		}
	}
	return typed(string(content), field)
}
