package spectools

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/infer/pagename"
	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
)

// body has the parts of a response that describe its page.
type body struct {
	items    []any
	hasItems bool
	next     []candidate // possible links or cursors to the next page
	isEnd    bool        // it says that there is no next page
	hasMore  bool        // it says that there is one
	number   any         // of the page
	// Of the list, 0 if unknown.
	size, total, totalPages int
}

// candidate is a property that may lead to the next page.
type candidate struct {
	name  string
	value any
}

// maxCursor limits a cursor or URL, in bytes.
const maxCursor = 4096

// look reads the body.
func (p *listPage) look() body {
	var b body
	if v := pointed(p.Body, p.Hint.Next); v != nil {
		b.add(p.Hint.Next[strings.LastIndexByte(p.Hint.Next, '/')+1:], v)
	}
	b.items, b.hasItems = p.Body.([]any)
	if o, ok := p.Body.(*orderedjson.Object); ok {
		b.read(o, 0)
		b.findItems(o)
	}
	if list, ok := pointed(p.Body, p.Hint.Items).([]any); ok {
		b.items, b.hasItems = list, true
	}
	if len(b.next) > 0 {
		b.isEnd = false
	}
	return b
}

// read reads the members of the response, and of the objects in it that describe the page.
func (b *body) read(o *orderedjson.Object, depth int) {
	const deepest = 2
	for _, name := range o.Names() {
		v := o.Value(name)
		inner, isObject := v.(*orderedjson.Object)
		switch {
		case isObject && (pagename.IsHolder(name) || pagename.IsNext(name)) && depth < deepest:
			if href := inner.Value("href"); href != nil && pagename.IsNext(name) { // a link of HAL or JSON:API
				b.add(name, href)
				continue
			}
			b.read(inner, depth+1)
		case isObject:
		case pagename.IsNext(name):
			b.add(name, v)
		case pagename.IsMore(name):
			b.hasMore = b.hasMore || v == true
			b.isEnd = b.isEnd || v == false
		case pagename.IsTotal(name):
			b.total = integer(v, b.total)
		case pagename.IsTotalPages(name):
			b.totalPages = integer(v, b.totalPages)
		case pagename.IsNumber(name) || noun.Fold(name) == "currentpage":
			b.number = v
		case pagename.IsSize(name) && noun.Fold(name) != "count": // which counts the items as often
			b.size = integer(v, b.size)
		}
	}
}

// add notes a property that leads to the next page. On the last page it is empty.
func (b *body) add(name string, v any) {
	switch v := v.(type) {
	case nil, bool:
		b.isEnd = b.isEnd || v != true
	case string:
		b.isEnd = b.isEnd || v == ""
	}
	if isCursor(v) {
		b.next = append(b.next, candidate{name, v})
	}
}

// findItems finds the only list among the members, else among the members of the only object that
// has one.
func (b *body) findItems(o *orderedjson.Object) {
	var own, inner [][]any
	for _, name := range o.Names() {
		switch v := o.Value(name).(type) {
		case []any:
			own = append(own, v)
		case *orderedjson.Object:
			for _, name := range v.Names() {
				if list, ok := v.Value(name).([]any); ok {
					inner = append(inner, list)
				}
			}
		}
	}
	if len(own) == 0 {
		own = inner
	}
	if b.hasItems = len(own) == 1; len(own) > 0 {
		b.items = own[len(own)-1]
	}
}

// pointed returns the value at a JSON pointer, or nil.
func pointed(v any, pointer string) any {
	if !strings.HasPrefix(pointer, "/") {
		return nil
	}
	for _, name := range jsonvalue.Tokens(pointer) {
		next, ok := stepInto(v, name)
		if i, err := strconv.Atoi(name); err == nil && i >= 0 && !ok {
			next, ok = stepInto(v, i)
		}
		if !ok {
			return nil
		}
		v = next
	}
	return v
}

// isCursor reports whether a value may select a page.
func isCursor(v any) bool { return text(v) != "" && len(text(v)) <= maxCursor }

// text returns a string or number as text.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

// integer returns an integer in a string or number, or the fallback.
func integer(v any, fallback int) int {
	n, err := strconv.Atoi(text(v))
	if err != nil || n < 0 || n > 1<<40 {
		return fallback
	}
	return n
}
