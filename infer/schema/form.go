package schema

import (
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Field is one field of a form.
type Field struct {
	Name  string
	Value string // not used of a file
	// File says that the field is a file of multipart/form-data.
	File bool
	// JSON says that Value is a part of multipart/form-data of that type. An object is read as such; anything else is a
	// text, as OpenAPI has no word for a list in one part.
	JSON bool
}

const (
	maxFields   = 10000 // of one form
	maxBrackets = 12
)

// AddForm adds one form as one exchange. Brackets in names make a tree, as Rails, PHP and qs read it: a[b]=1
// is a property of an object, a[]=1 and a[0]=1 are items of an array; a repeated name is an array too. The
// types of values are told from their text. obs is as for AddJSON.
func (r *Reader) AddForm(f *Facts, fields []Field, obs Observer) {
	defer r.forget()
	top := &formNode{object: true}
	for i, fd := range fields {
		if i == maxFields {
			break
		}
		top.put(splitBrackets(fd.Name), fd)
	}
	w := written{tape: r.tape[:0], reader: r}
	top.write(&w)
	r.tape = w.tape
	r.fold.add(f, w.data, w.tape, true, obs)
}

// AddParts adds one body of parts without names, such as multipart/mixed, as one exchange: a list. Parts of JSON are what
// they hold, files bytes, others strings. Names are not used. obs is as for AddJSON.
func (r *Reader) AddParts(f *Facts, parts []Field, obs Observer) {
	defer r.forget()
	w := written{tape: append(r.tape[:0], token{kind: '['}), reader: r}
	for i, p := range parts {
		switch {
		case i >= maxFields:
		case p.File:
			w.tape = append(w.tape, w.literal('b', ""))
		case p.JSON && w.value(p.Value):
		default:
			w.quoted(p.Value)
		}
	}
	w.tape[0].end = uint32(len(w.tape))
	r.tape = w.tape
	r.fold.add(f, w.data, w.tape, true, obs)
}

// quoted appends a text as a string.
func (w *written) quoted(text string) {
	q, err := jsontext.AppendQuote(nil, text)
	if err != nil { // it was no UTF-8
		q, _ = jsontext.AppendQuote(nil, strings.ToValidUTF8(text, "\uFFFD"))
	}
	t := w.literal('"', string(q))
	t.esc = strings.IndexByte(string(q), '\\') >= 0
	w.tape = append(w.tape, t)
}

// written is a form as tokens, and the texts that they point to.
type written struct {
	data   []byte
	tape   []token
	reader *Reader
}

// formNode is a form as a tree: a leaf, an object or an array.
type formNode struct {
	name   string
	leaf   *Field
	object bool
	kids   []*formNode // of an object by first appearance, of an array the items
	array  bool
}

// splitBrackets takes the parts of a name: "a[b][]" is a, b, "". A name with unbalanced brackets is one part. So is
// the head of "a[]": OpenAPI has no other way to say that the brackets are sent.
func splitBrackets(name string) []string {
	head, rest, found := strings.Cut(name, "[")
	if !found || head == "" {
		return []string{name}
	}
	if rest == "]" {
		return []string{name, ""}
	}
	parts := []string{head}
	rest = "[" + rest
	for rest != "" {
		end := strings.IndexByte(rest, ']')
		if rest[0] != '[' || end < 0 || strings.IndexByte(rest[1:end], '[') >= 0 || len(parts) == maxBrackets {
			return []string{name}
		}
		parts = append(parts, rest[1:end])
		rest = rest[end+1:]
	}
	return parts
}

func (n *formNode) put(parts []string, fd Field) {
	if len(parts) == 0 {
		switch {
		case n.leaf == nil && len(n.kids) == 0:
			n.leaf = &fd
		case n.array:
			n.kids = append(n.kids, &formNode{leaf: &fd})
		case n.leaf != nil: // repeated
			n.array, n.kids, n.leaf = true, []*formNode{{leaf: n.leaf}, {leaf: &fd}}, nil
		}
		return
	}
	if n.leaf != nil { // a=1&a[b]=2: what has structure says more
		n.leaf = nil
	}
	p := parts[0]
	if !n.object && (p == "" || isIndex(p)) {
		n.array = true
		n.item(p, parts[1:]).put(parts[1:], fd)
		return
	}
	if n.array {
		n.array, n.kids = false, nil
	}
	n.object = true
	for _, k := range n.kids {
		if k.name == p {
			k.put(parts[1:], fd)
			return
		}
	}
	k := &formNode{name: p}
	n.kids = append(n.kids, k)
	k.put(parts[1:], fd)
}

// item finds the item of an array that a part means: by its number, or for [] the last while that has no
// such property yet.
func (n *formNode) item(p string, rest []string) *formNode {
	if p != "" {
		for _, k := range n.kids {
			if k.name == p {
				return k
			}
		}
	} else if len(rest) > 0 && len(n.kids) > 0 {
		last := n.kids[len(n.kids)-1]
		taken := false
		for _, k := range last.kids {
			taken = taken || k.name == rest[0]
		}
		if !taken && last.leaf == nil {
			return last
		}
	}
	k := &formNode{name: p}
	n.kids = append(n.kids, k)
	return k
}

func isIndex(s string) bool { return len(s) <= 4 && digits([]byte(s)) >= 0 }

// write appends the tokens of the tree.
func (n *formNode) write(w *written) {
	i := len(w.tape)
	switch {
	case n.object || n.array:
		kind := byte('[')
		if n.object {
			kind = '{'
		}
		w.tape = append(w.tape, token{kind: kind})
		for _, k := range n.kids {
			if n.object {
				w.tape = append(w.tape, w.literal('s', k.name))
			}
			k.write(w)
		}
	case n.leaf != nil && n.leaf.File:
		w.tape = append(w.tape, w.literal('b', ""))
	case n.leaf != nil && n.leaf.JSON && isObjectText(n.leaf.Value) && w.value(n.leaf.Value):
	case n.leaf != nil:
		w.tape = append(w.tape, w.literal('s', n.leaf.Value))
	default:
		w.tape = append(w.tape, w.literal('s', ""))
	}
	if n.object || n.array {
		w.tape[i].end = uint32(len(w.tape))
	}
}

func (w *written) literal(kind byte, text string) token {
	start := uint32(len(w.data))
	w.data = append(w.data, text...)
	return token{kind: kind, start: start, end: uint32(len(w.data))}
}

func isObjectText(s string) bool { return strings.HasPrefix(strings.TrimLeft(s, " \t\r\n"), "{") }

// value appends the tokens of a JSON value, and says whether the text is one.
func (w *written) value(text string) bool {
	data := []byte(text)
	d := w.reader.decoding(data)
	tape, stack, err := tokens(d, data, nil, nil)
	if err != io.EOF || len(stack) > 0 || len(tape) == 0 {
		return false
	}
	at, from := uint32(len(w.tape)), uint32(len(w.data))
	for _, t := range tape {
		t.start += from
		if t.end += from; t.kind == '{' || t.kind == '[' {
			t.end += at - from
		}
		w.tape = append(w.tape, t)
	}
	w.data = append(w.data, data...)
	return true
}
