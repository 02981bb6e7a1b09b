package packed

import (
	"encoding/binary"
	"unicode/utf8"
)

// maxDepth bounds the objects and arrays that are open at once.
const maxDepth = 1000

type kind uint8

const (
	scalar kind = iota // null, a boolean or a number
	text               // also of bytes
	object
	array
	end // of an object or array
)

// item is a value, a name, or the end of an object or array.
type item struct {
	kind       kind
	start, end int    // in the data; of an object or array, its head
	depth      int    // objects and arrays around it
	bracket    byte   // of an end
	isName     bool   // of a member
	unnamed    bool   // a member whose name is not allowed in JSON: its value, or the name itself
	binary     bool   // bytes, not text
	latin      bool   // not UTF-8: a character for each byte
	cut        bool   // the data ends within it
	content    []byte // of a text, or a scalar in JSON
}

// frame is an open object or array.
type frame struct {
	left       uint64 // values that follow
	indefinite bool   // they end at a break
	isObject   bool
	wantsValue bool // of a member whose name was read
	unnamed    bool // the name is not allowed in JSON
}

func (f *frame) bracket() byte {
	if f.isObject {
		return '}'
	}
	return ']'
}

// reader reads items in their order. Its memory is bounded by maxDepth and by one text.
type reader struct {
	format  Format
	data    []byte
	at      int // start of the next item, or of the bytes that are not of the format
	stack   []frame
	scratch []byte // of a scalar in JSON
}

// next reads the next item. It returns false at the end of the data, and at bytes that are not of
// the format.
func (r *reader) next(it *item) bool {
	if r.closes(it) {
		return true
	}
	*it = item{start: r.at, depth: len(r.stack)}
	n, indefinite, ok := r.head(it)
	opens := it.kind == object || it.kind == array
	if !ok || opens && len(r.stack) == maxDepth {
		return false
	}
	r.at = it.end
	if len(r.stack) > 0 {
		r.stack[len(r.stack)-1].take(it, opens)
	}
	if opens {
		r.stack = append(r.stack, frame{left: n, indefinite: indefinite, isObject: it.kind == object})
	}
	return true
}

// closes reads the end of the open object or array, if it is next.
func (r *reader) closes(it *item) bool {
	if len(r.stack) == 0 {
		return false
	}
	top := &r.stack[len(r.stack)-1]
	to := r.at
	switch {
	case top.wantsValue, !top.indefinite && top.left > 0:
		return false
	case top.indefinite:
		if r.at == len(r.data) || r.data[r.at] != cborBreak {
			return false
		}
		to++
	}
	*it = item{kind: end, start: r.at, end: to, depth: len(r.stack) - 1, bracket: top.bracket()}
	r.at, r.stack = to, r.stack[:len(r.stack)-1]
	return true
}

// take counts an item in the object or array that it belongs to.
func (f *frame) take(it *item, opens bool) {
	switch {
	case f.isObject && !f.wantsValue:
		it.isName, it.unnamed = true, opens
		f.wantsValue, f.unnamed = true, opens
		return
	case f.isObject:
		it.unnamed, f.wantsValue = f.unnamed, false
	}
	if !f.indefinite {
		f.left--
	}
}

// skip reads an object or array to its end, and makes it one item.
func (r *reader) skip(it *item) {
	start, depth := it.start, it.depth
	for len(r.stack) > depth && r.next(it) {
	}
	*it = item{start: start, end: r.at}
}

// head reads a value, or the head of an object or array with the number of its values.
func (r *reader) head(it *item) (n uint64, indefinite, ok bool) {
	if r.at == len(r.data) {
		return 0, false, false
	}
	switch r.format {
	case MessagePack:
		n, ok = r.messagePack(it)
		return n, false, ok
	case CBOR:
		return r.cbor(it)
	}
	return 0, false, false
}

// scalar sets a scalar, which ends before i. json is r.scratch with its JSON.
func (r *reader) scalar(it *item, i int, json []byte) bool {
	it.kind, it.end, it.content, r.scratch = scalar, i, json, json[:0]
	return true
}

// uint reads size bytes from i on, the highest first.
func (r *reader) uint(i, size int) (n uint64, ok bool) {
	if size > len(r.data)-i {
		return 0, false
	}
	var b [8]byte
	copy(b[8-size:], r.data[i:i+size])
	return binary.BigEndian.Uint64(b[:]), true
}

// text sets a text of n bytes from i on. If the data ends before, it is the rest of the data.
func (r *reader) text(it *item, i int, n uint64, isBinary bool) bool {
	it.cut = n > uint64(len(r.data)-i)
	it.end = len(r.data)
	if !it.cut {
		it.end = i + int(n)
	}
	r.setText(it, r.data[i:it.end], isBinary)
	return true
}

func (r *reader) setText(it *item, content []byte, isBinary bool) {
	it.kind, it.binary, it.content = text, isBinary, content
	it.latin = !utf8.Valid(content)
}

// string returns the text of an item, with a character for each byte if it is not UTF-8.
func (it *item) string() string {
	if !it.latin {
		return string(it.content)
	}
	var out []byte
	for _, c := range it.content {
		out = utf8.AppendRune(out, rune(c))
	}
	return string(out)
}

// append appends an item in JSON.
func (it *item) append(out []byte) []byte {
	switch it.kind {
	case object:
		return append(out, '{')
	case array:
		return append(out, '[')
	case end:
		return append(out, it.bracket)
	case scalar:
		if it.isName {
			return append(append(append(out, '"'), it.content...), '"')
		}
		return append(out, it.content...)
	}
	out = append(out, '"')
	for _, c := range it.content {
		switch {
		case c == '"' || c == '\\':
			out = append(out, '\\', c)
		case c < ' ':
			out = append(out, '\\', 'u', '0', '0', "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
		case it.latin && c >= utf8.RuneSelf:
			out = utf8.AppendRune(out, rune(c))
		default:
			out = append(out, c)
		}
	}
	return append(out, '"')
}
