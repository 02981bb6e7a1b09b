package spectools

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spectap/spectap/mcptools/extract"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
)

// Long answers of JSON are shortened to a number of bytes. This leaves out complete values, from
// the end of the longest arrays and objects, and lists them, so that a caller can ask for the rest.
//
// The values are those of package orderedjson.

// The units of the numbers of a [more].
const (
	unitElements = "elements" // of an array
	unitMembers  = "members"  // of an object, in their order
	unitBytes    = "bytes"    // of a string
)

// fitValue returns what fits of a value from an offset on, which counts its elements, members or
// bytes. The result has at most limit bytes as JSON, and some more if limit is very small, so that
// there is always progress. A string within v that does not fit is left out; in an array, the first
// element stands as null then. place is that of v.
func fitValue(v any, place extract.Place, offset, limit int) (any, []more) {
	var f fitter
	switch v := v.(type) {
	case string:
		return f.text(v, place, offset, limit), f.cuts
	case []any:
		offset = min(offset, len(v))
		return f.array(measure(v[offset:]), place, offset, limit), f.cuts
	case *orderedjson.Object:
		names := v.Names()
		rest := orderedjson.New()
		for _, name := range names[min(offset, len(names)):] {
			rest.Set(name, v.Value(name))
		}
		return f.object(measure(rest), place, min(offset, len(names)), limit), f.cuts
	}
	return v, nil
}

// tiny is the size of strings that are never left out.
const tiny = 16

// sized is a value with the bytes of its JSON.
type sized struct {
	value any
	size  int
	inner []*sized // elements, or values of the members
}

func measure(v any) *sized {
	n := &sized{value: v}
	switch v := v.(type) {
	case []any:
		n.size = 2 + max(len(v)-1, 0)
		for _, e := range v {
			n.add(measure(e))
		}
	case *orderedjson.Object:
		n.size = 2 + max(v.Len()-1, 0)
		for _, name := range v.Names() {
			n.size += len(orderedjson.Encode(name)) + 1
			n.add(measure(v.Value(name)))
		}
	default:
		n.size = len(orderedjson.Encode(v))
	}
	return n
}

// least returns the bytes of what always stays of a value.
func (n *sized) least() int {
	if n.inner != nil {
		return len("{}")
	}
	return min(n.size, tiny)
}

func (n *sized) add(inner *sized) {
	n.inner = append(n.inner, inner)
	n.size += inner.size
}

// fitter collects the cuts.
type fitter struct{ cuts []more }

func (f *fitter) cut(place extract.Place, unit string, kept, total, left int) {
	f.cuts = append(f.cuts, more{Offset: kept, Total: total, Unit: unit, place: slices.Clone(place), left: left})
}

// fit returns what fits of a value that is too long, and false if that is nothing.
func (f *fitter) fit(n *sized, place extract.Place, limit int) (any, bool) {
	switch v := n.value.(type) {
	case []any:
		return f.array(n, place, 0, limit), true
	case *orderedjson.Object:
		return f.object(n, place, 0, limit), true
	case string:
		if n.size > tiny {
			f.cut(place, unitBytes, 0, len(v), n.size)
			return nil, false
		}
	}
	return n.value, true
}

// array keeps elements from the first on. offset is how many stand before it.
func (f *fitter) array(n *sized, place extract.Place, offset, limit int) any {
	if n.size <= limit {
		return n.value
	}
	out := []any{}
	left, rest := limit-2, n.size-2
	for i, e := range n.inner {
		fits := e.size <= left
		if !fits && i > 0 {
			f.cut(place, unitElements, offset+i, offset+len(n.inner), rest)
			break
		}
		v := e.value
		if !fits {
			v, _ = f.fit(e, append(place, offset), max(left, 0))
		}
		out = append(out, v)
		left -= e.size + 1
		rest -= e.size + 1
	}
	return out
}

// object shares the limit among the members: what short ones do not need is for the others.
// Members for which nothing is left are cut from the end.
func (f *fitter) object(n *sized, place extract.Place, offset, limit int) any {
	if n.size <= limit {
		return n.value
	}
	names := n.value.(*orderedjson.Object).Names()
	kept, left, least := 0, limit-1, limit-1
	for i, e := range n.inner {
		name := len(orderedjson.Encode(names[i])) + 2
		if least -= name + e.least(); least < 0 && i > 0 {
			break
		}
		left -= name
		kept++
	}
	sizes := make([]int, kept)
	for i, e := range n.inner[:kept] {
		sizes[i] = e.size
	}
	share := fairShare(sizes, left)
	out := orderedjson.New()
	for i, e := range n.inner[:kept] {
		v, ok := e.value, true
		if e.size > share {
			v, ok = f.fit(e, append(place, names[i]), max(share, 0))
		}
		if ok {
			out.Set(names[i], v)
		}
	}
	if kept < len(names) {
		rest := 0
		for _, e := range n.inner[kept:] {
			rest += e.size
		}
		f.cut(place, unitMembers, offset+kept, offset+len(names), rest)
	}
	return out
}

// fairShare returns the size up to which values are kept, longer ones being cut to it, so that all
// together have at most limit.
func fairShare(sizes []int, limit int) int {
	sizes = slices.Sorted(slices.Values(sizes))
	for i, size := range sizes {
		if share := limit / (len(sizes) - i); size > share {
			return share
		}
		limit -= size
	}
	return limit + 1<<30 // all are complete
}

// text returns the part of a string from an offset on. It ends after a line if that does not cost
// more than half of it, else after a character.
func (f *fitter) text(s string, place extract.Place, offset, limit int) string {
	total := len(s)
	s = s[min(offset, total):]
	n := fitText(s, limit)
	if n < len(s) {
		f.cut(place, unitBytes, offset+n, total, len(s)-n)
	}
	return s[:n]
}

// fitText returns how many bytes of a text fit, at least one character: to the end of a line if
// that does not cost more than half of them, else to the end of a character. The end of a line
// counts two bytes, because results indent lines, and JSON escapes their ends.
func fitText(s string, limit int) int {
	if len(s)+strings.Count(s, "\n") <= limit {
		return len(s)
	}
	end, size := 0, 0
	for i, r := range s {
		if size > limit && end > 0 {
			break
		}
		if end = i; r == '\n' {
			size++
		}
		size += utf8.RuneLen(r)
	}
	if end == 0 {
		return len(s) // one character
	}
	for i := end; i > end/2; i-- {
		if s[i-1] == '\n' {
			return i
		}
	}
	return end
}

// errOffset reports an offset that [fitValue] cannot begin at.
var errOffset = errors.New("is inside a character or beyond the end")

// nothingAt returns an error for a JSONPath that selects nothing in a value, which says what the
// last value that it reaches has instead. It names members as they are.
func nothingAt(expression string, root any) error {
	asked, ok := extract.PlaceOf(expression)
	if !ok {
		return errors.New("selects nothing")
	}
	v, n := root, 0
	for ; n < len(asked); n++ {
		next, ok := stepInto(v, asked[n])
		if !ok {
			break
		}
		v = next
	}
	return fmt.Errorf("selects nothing: %s", contentsOf(v, asked[:n]))
}

// stepInto returns the member or element of a value. Elements count from the end if step is
// negative.
func stepInto(v, step any) (any, bool) {
	switch step := step.(type) {
	case string:
		if o, _ := v.(*orderedjson.Object); o != nil {
			return o.Get(step)
		}
	case int:
		list, _ := v.([]any)
		if step < 0 {
			step += len(list)
		}
		if step >= 0 && step < len(list) {
			return list[step], true
		}
	}
	return nil, false
}

// maxNamed limits the members that an error names.
const maxNamed = 20

// contentsOf says in a few words what the value at a place has.
func contentsOf(v any, place extract.Place) string {
	where := place.String()
	switch v := v.(type) {
	case []any:
		return fmt.Sprintf("%s has %d elements", where, len(v))
	case *orderedjson.Object:
		names, more := v.Names(), ""
		if n := len(names); n > maxNamed {
			names, more = names[:maxNamed], fmt.Sprintf(" and %d more", n-maxNamed)
		}
		if len(names) == 0 {
			return where + " has no members"
		}
		return where + " has the members " + strings.Join(names, ", ") + more
	case string:
		return fmt.Sprintf("%s is a text of %d bytes", where, len(v))
	}
	return where + " is a single value"
}

// checkOffset returns [errOffset] for an offset beyond the end of the value at a place.
func checkOffset(v any, place extract.Place, offset int) error {
	size := 0
	switch v := v.(type) {
	case []any:
		size = len(v)
	case *orderedjson.Object:
		size = v.Len()
	case string:
		size = len(v)
		if offset < size && !utf8.RuneStart(v[offset]) {
			return errOffset
		}
	}
	if offset <= size {
		return nil
	}
	return fmt.Errorf("%w: %s", errOffset, contentsOf(v, place))
}
