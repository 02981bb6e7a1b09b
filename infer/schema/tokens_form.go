package schema

import (
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Field is one field of a form.
type Field struct {
	Name  string
	Value string // unused for files
	// File reports whether the field is a file of multipart/form-data.
	File bool
	// JSON reports whether Value is a JSON part of multipart/form-data. An object is read as JSON.
	// Anything else is text, because OpenAPI cannot describe a list in one part.
	JSON bool
	// NameOnly reports whether the field of a query or urlencoded form has no "=". Value is then
	// "".
	NameOnly bool
}

const (
	maxFormFields = 10000 // of one form
	maxBrackets   = 12
)

// AddForm adds one form as one exchange. Brackets in names form a tree, as in Rails, PHP and qs:
// a[b]=1 is a property of an object, a[]=1 and a[0]=1 are items of an array. A repeated name is an
// array, too. The types of values follow from their text. For observer see AddJSON.
func (r *Reader) AddForm(f *Facts, fields []Field, observer Observer) {
	defer r.release()
	top := &formValue{isObject: true}
	for i, fd := range fields {
		if i == maxFormFields {
			break
		}
		top.insert(splitBrackets(fd.Name), fd)
	}
	w := tokenWriter{tokens: r.tokens[:0], reader: r}
	top.appendTokens(&w)
	r.tokens = w.tokens
	r.accumulator.addExchange(f, w.data, w.tokens, true, observer, 1)
}

// AddParts adds one body of unnamed parts, such as multipart/mixed, as one exchange with an array.
// JSON parts are read as JSON, files are binary strings, and other parts are strings. Field names
// are ignored. For observer see AddJSON.
func (r *Reader) AddParts(f *Facts, parts []Field, observer Observer) {
	defer r.release()
	w := tokenWriter{tokens: append(r.tokens[:0], token{kind: '['}), reader: r}
	for i, p := range parts {
		switch {
		case i >= maxFormFields:
		case p.File:
			w.tokens = append(w.tokens, w.literal('b', ""))
		case p.JSON && w.appendJSON(p.Value):
		default:
			w.appendQuoted(p.Value)
		}
	}
	w.tokens[0].end = uint32(len(w.tokens))
	r.tokens = w.tokens
	r.accumulator.addExchange(f, w.data, w.tokens, true, observer, 1)
}

// appendQuoted appends a text as a string.
func (w *tokenWriter) appendQuoted(text string) {
	q, err := jsontext.AppendQuote(nil, text)
	if err != nil { // not UTF-8
		q, _ = jsontext.AppendQuote(nil, strings.ToValidUTF8(text, "\uFFFD"))
	}
	t := w.literal('"', string(q))
	t.hasEscapes = strings.IndexByte(string(q), '\\') >= 0
	w.tokens = append(w.tokens, t)
}

// tokenWriter builds the tokens of a form or XML document, and the text that they refer to.
type tokenWriter struct {
	data   []byte
	tokens []token
	reader *Reader
}

// formValue is a form as a tree: a field, an object or an array.
type formValue struct {
	name     string
	field    *Field
	isObject bool
	children []*formValue // of an object in order of appearance; the items of an array
	isArray  bool
}

// splitBrackets splits a name at its brackets: "a[b][]" gives a, b, "". A name with unbalanced
// brackets is not split. The first element of "a[]" is the complete name, because OpenAPI has no
// other way to express that the brackets are sent.
func splitBrackets(name string) []string {
	head, rest, found := strings.Cut(name, "[")
	if !found || head == "" {
		return []string{name}
	}
	if rest == "]" {
		return []string{name, ""}
	}
	names := []string{head}
	rest = "[" + rest
	for rest != "" {
		end := strings.IndexByte(rest, ']')
		if rest[0] != '[' || end < 0 || strings.IndexByte(rest[1:end], '[') >= 0 || len(names) == maxBrackets {
			return []string{name}
		}
		names = append(names, rest[1:end])
		rest = rest[end+1:]
	}
	return names
}

// insert adds a field at the path of names below n.
func (n *formValue) insert(names []string, fd Field) {
	if len(names) == 0 {
		switch {
		case n.field == nil && len(n.children) == 0:
			n.field = &fd
		case n.isArray:
			n.children = append(n.children, &formValue{field: &fd})
		case n.field != nil: // a repeated name
			n.isArray, n.children, n.field = true, []*formValue{{field: n.field}, {field: &fd}}, nil
		}
		return
	}
	if n.field != nil { // a=1&a[b]=2: structure wins over text
		n.field = nil
	}
	name := names[0]
	if !n.isObject && (name == "" || isIndex(name)) {
		n.isArray = true
		n.item(name, names[1:]).insert(names[1:], fd)
		return
	}
	if n.isArray {
		n.isArray, n.children = false, nil
	}
	n.isObject = true
	for _, k := range n.children {
		if k.name == name {
			k.insert(names[1:], fd)
			return
		}
	}
	k := &formValue{name: name}
	n.children = append(n.children, k)
	k.insert(names[1:], fd)
}

// item returns the item of an array that an index selects. For [] that is the last item if it does
// not have the next property yet, else a new one.
func (n *formValue) item(name string, rest []string) *formValue {
	if name != "" {
		for _, k := range n.children {
			if k.name == name {
				return k
			}
		}
	} else if len(rest) > 0 && len(n.children) > 0 {
		last := n.children[len(n.children)-1]
		taken := false
		for _, k := range last.children {
			taken = taken || k.name == rest[0]
		}
		if !taken && last.field == nil {
			return last
		}
	}
	k := &formValue{name: name}
	n.children = append(n.children, k)
	return k
}

// isIndex reports whether a text is an array index of at most four digits.
func isIndex(s string) bool { return len(s) <= 4 && strings.Trim(s, "0123456789") == "" }

// appendTokens appends the tokens of the tree.
func (n *formValue) appendTokens(w *tokenWriter) {
	i := len(w.tokens)
	switch {
	case n.isObject || n.isArray:
		kind := byte('[')
		if n.isObject {
			kind = '{'
		}
		w.tokens = append(w.tokens, token{kind: kind})
		for _, k := range n.children {
			if n.isObject {
				w.tokens = append(w.tokens, w.literal('s', k.name))
			}
			k.appendTokens(w)
		}
	case n.field != nil && n.field.File:
		w.tokens = append(w.tokens, w.literal('b', ""))
	case n.field != nil && n.field.JSON && isObjectText(n.field.Value) && w.appendJSON(n.field.Value):
	case n.field != nil:
		w.tokens = append(w.tokens, w.literal('s', n.field.Value))
	default:
		w.tokens = append(w.tokens, w.literal('s', ""))
	}
	if n.isObject || n.isArray {
		w.tokens[i].end = uint32(len(w.tokens))
	}
}

// literal returns a token with its own text.
func (w *tokenWriter) literal(kind byte, text string) token {
	start := uint32(len(w.data))
	w.data = append(w.data, text...)
	return token{kind: kind, start: start, end: uint32(len(w.data))}
}

// isObjectText reports whether a JSON text is an object.
func isObjectText(s string) bool { return strings.HasPrefix(strings.TrimLeft(s, " \t\r\n"), "{") }

// appendJSON appends the tokens of a JSON value, and reports whether the text is JSON.
func (w *tokenWriter) appendJSON(text string) bool {
	data := []byte(text)
	d := w.reader.resetDecoder(data)
	tokens, open, err := decodeTokens(d, data, nil, nil)
	if err != io.EOF || len(open) > 0 || len(tokens) == 0 {
		return false
	}
	tokenOffset, dataOffset := uint32(len(w.tokens)), uint32(len(w.data))
	for _, t := range tokens {
		t.start += dataOffset
		if t.end += dataOffset; t.kind == '{' || t.kind == '[' {
			t.end += tokenOffset - dataOffset
		}
		w.tokens = append(w.tokens, t)
	}
	w.data = append(w.data, data...)
	return true
}
