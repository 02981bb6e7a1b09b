package spectools

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/infer/pagename"
	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/internal/lazyregexp"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/mcptools/spectools/sanitize"
	"github.com/spectap/spectap/openapi"
)

// The call that returns the next page of a list is found from a Link header, from a
// URL or cursor in the response, or by counting pages or items. It knows names of widespread use
// (see infer/pagename), and what the document says.

// pageParameter is an argument that may select a page.
type pageParameter struct {
	Argument []string // names from the arguments on
	Name     string   // as the API has it
	Integer  bool
	Default  any  // json.Number, string or nil
	FromZero bool // the smallest value is 0
}

// listPage is a response and the call that it answers.
type listPage struct {
	Parameters []pageParameter
	Hint       openapi.Paging
	Arguments  *orderedjson.Object
	Body       any // nil if it is not JSON
	// HasLinks reports whether a Link header leads to other pages, and NextLink is its target for
	// the next one.
	HasLinks bool
	NextLink string
	// FromURL returns the arguments of a call of the same operation by its URL, and false if there
	// is no such call.
	FromURL func(string) (*orderedjson.Object, bool)
}

// Next returns the arguments of the call for the next page; ok is false without such a call. isSure
// reports whether the response says that there is a next page; otherwise it may be empty.
func (p *listPage) Next() (next *orderedjson.Object, isSure, ok bool) {
	if p.NextLink != "" {
		if next, ok = p.FromURL(p.NextLink); ok {
			return next, true, true
		}
	} else if p.HasLinks {
		return nil, false, false // the last page
	}
	b := p.look()
	for _, c := range b.next {
		if next, ok = p.follow(c); ok {
			return next, true, true
		}
	}
	if b.isEnd {
		return nil, false, false
	}
	if next, ok = p.afterLast(&b); ok {
		return next, true, true
	}
	return p.count(&b)
}

// follow returns the call that a property of the response leads to: a URL, or a value for a
// parameter.
func (p *listPage) follow(c candidate) (*orderedjson.Object, bool) {
	if s, isText := c.value.(string); isText && strings.ContainsAny(s, "/?") {
		if next, ok := p.FromURL(s); ok {
			return next, true
		}
	}
	q := p.takes(c)
	if q == nil || text(p.value(q)) == text(c.value) {
		return nil, false
	}
	return p.with(q, c.value), true
}

// takes returns the parameter that takes the value of a property: the one of a like name, that of
// the page's number for a number, else the only cursor.
func (p *listPage) takes(c candidate) *pageParameter {
	name := noun.Fold(c.name)
	bare := strings.TrimPrefix(strings.TrimPrefix(name, "next"), "end")
	for i, q := range p.Parameters {
		if n := noun.Fold(q.Name); !pagename.IsBackward(q.Name) && (n == name || n == bare || name == "next"+n) {
			return &p.Parameters[i]
		}
	}
	if q := p.parameter(p.Hint.Parameter); q != nil {
		return q
	}
	kinds := []func(string) bool{pagename.IsCursor}
	if _, isNumber := c.value.(json.Number); isNumber {
		kinds = []func(string) bool{pagename.IsNumber, pagename.IsOffset, pagename.IsCursor}
	}
	for _, is := range kinds {
		if q := p.only(is); q != nil {
			return q
		}
	}
	return nil
}

// afterLast returns the call for lists that go on after the identifier of the last item, if the
// response says that there are more.
func (p *listPage) afterLast(b *body) (*orderedjson.Object, bool) {
	q := p.only(pagename.IsCursor)
	if !b.hasMore || q == nil || len(b.items) == 0 {
		return nil, false
	}
	last, _ := b.items[len(b.items)-1].(*orderedjson.Object)
	if n := noun.Fold(q.Name); last == nil || n != "startingafter" && n != "after" {
		return nil, false
	}
	id := last.Value("id")
	return p.with(q, id), isCursor(id)
}

// count returns the call for the next page by its number, or by how many items come before it.
func (p *listPage) count(b *body) (next *orderedjson.Object, isSure, ok bool) {
	q := p.parameter(p.Hint.Parameter)
	if q == nil || pagename.IsCursor(q.Name) {
		if q = p.only(pagename.IsNumber); q == nil {
			q = p.only(pagename.IsOffset)
		}
	}
	if q == nil || !q.Integer || !b.hasItems || len(b.items) == 0 {
		return nil, false, false
	}
	n, size := len(b.items), p.size(b)
	if n < size && !b.hasMore {
		return nil, false, false
	}
	if pagename.IsOffset(q.Name) {
		end := integer(p.value(q), 0) + n
		if b.total > 0 && end >= b.total {
			return nil, false, false
		}
		return p.with(q, json.Number(strconv.Itoa(end))), b.hasMore || b.total > 0, true
	}
	first := 1
	if q.FromZero {
		first = 0
	}
	number := integer(p.value(q), integer(b.number, first))
	done := number - first + 1 // pages so far
	switch {
	case b.totalPages > 0 && done >= b.totalPages:
		return nil, false, false
	case b.total > 0 && size > 0 && done*size >= b.total, b.total > 0 && n >= b.total:
		return nil, false, false
	}
	isSure = b.hasMore || b.totalPages > 0 || b.total > 0 && size > 0
	return p.with(q, json.Number(strconv.Itoa(number+1))), isSure, true
}

// size returns how many items a page has if it is not the last, 0 if that is unknown.
func (p *listPage) size(b *body) int {
	q := p.parameter(p.Hint.Size)
	if q == nil {
		q = p.only(pagename.IsSize)
	}
	if q != nil {
		if n := integer(p.value(q), 0); n > 0 {
			return n
		}
	}
	return b.size
}

// parameter returns the parameter of a name, or nil.
func (p *listPage) parameter(name string) *pageParameter {
	i := slices.IndexFunc(p.Parameters, func(q pageParameter) bool { return name != "" && q.Name == name })
	if i < 0 {
		return nil
	}
	return &p.Parameters[i]
}

// only returns the only parameter whose name is of a kind and does not lead backward, or nil.
func (p *listPage) only(is func(string) bool) *pageParameter {
	var found *pageParameter
	for i, q := range p.Parameters {
		if !is(q.Name) || pagename.IsBackward(q.Name) {
			continue
		}
		if found != nil {
			return nil
		}
		found = &p.Parameters[i]
	}
	return found
}

// value returns the value of a parameter in the call, or its default.
func (p *listPage) value(q *pageParameter) any {
	if v, ok := memberAt(p.Arguments, q.Argument); ok {
		return v
	}
	return q.Default
}

// memberAt returns the value at a path of names, and whether there is one.
func memberAt(v any, path []string) (any, bool) {
	for _, name := range path {
		var ok bool
		if v, ok = stepInto(v, name); !ok {
			return nil, false
		}
	}
	return v, true
}

// with returns the arguments with another value for a parameter. A json.Number is written as it is:
// one that is no number of JSON would become a part of the call.
func (p *listPage) with(q *pageParameter, v any) *orderedjson.Object {
	if s, isText := v.(string); isText && q.Integer && jsonvalue.IsNumber(s) {
		v = json.Number(s)
	} else if n, isNumber := v.(json.Number); isNumber && !q.Integer {
		v = n.String()
	}
	return setAt(p.Arguments, q.Argument, v)
}

// setAt returns a copy of o with a value at a path of names.
func setAt(o *orderedjson.Object, path []string, v any) *orderedjson.Object {
	out := cloneArguments(o)
	if len(path) > 1 {
		inner, _ := out.Value(path[0]).(*orderedjson.Object)
		inner = cmp.Or(inner, orderedjson.New())
		v = setAt(inner, path[1:], v)
	}
	out.Set(path[0], v)
	return out
}

// cloneArguments returns a copy of an object, which shares its values.
func cloneArguments(o *orderedjson.Object) *orderedjson.Object {
	out := orderedjson.New()
	for _, name := range o.Names() {
		out.Set(name, o.Value(name))
	}
	return out
}

// The links of a Link header, and the parameters of one (RFC 8288, section 3). Targets may have
// commas and semicolons, and so may values in quotes.
var (
	linkIn      = lazyregexp.New(`<([^>]*)>((?:"(?:[^"\\]|\\.)*"|[^",])*)`)
	parameterIn = lazyregexp.New(`;\s*([\w*-]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;"]*)`)
)

// linkTargets returns the targets of the relations next, prev, first and last in Link headers.
func linkTargets(lines []string) map[string]string {
	var out map[string]string
	for _, link := range linkIn.Get().FindAllStringSubmatch(strings.Join(lines, ", "), -1) {
		for _, p := range parameterIn.Get().FindAllStringSubmatch(link[2], -1) {
			for rel := range strings.FieldsSeq(strings.Trim(p[2], `"`)) {
				if strings.EqualFold(p[1], "rel") && slices.Contains([]string{"next", "prev", "first", "last"}, rel) {
					if out == nil {
						out = make(map[string]string)
					}
					out[rel] = sanitize.Line(link[1], 2000)
				}
			}
		}
	}
	return out
}
