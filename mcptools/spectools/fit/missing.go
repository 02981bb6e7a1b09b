package fit

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/spectap/spectap/mcptools/extract"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
)

// ErrOffset reports an offset that [Value] cannot begin at.
var ErrOffset = errors.New("is inside a character or beyond the end")

// NothingAt returns an error for a JSONPath that selects nothing in a value, which says what the
// last value that it reaches has instead. It names members as they are.
func NothingAt(expression string, whole any) error {
	asked, ok := extract.PlaceOf(expression)
	if !ok {
		return errors.New("selects nothing")
	}
	v, n := whole, 0
	for ; n < len(asked); n++ {
		next, ok := Step(v, asked[n])
		if !ok {
			break
		}
		v = next
	}
	return fmt.Errorf("selects nothing: %s", contentsOf(v, asked[:n]))
}

// Step returns the member or element of a value. Elements count from the end if step is negative.
func Step(v, step any) (any, bool) {
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

// CheckOffset returns [ErrOffset] for an offset beyond the end of the value at a place.
func CheckOffset(v any, place extract.Place, offset int) error {
	size := 0
	switch v := v.(type) {
	case []any:
		size = len(v)
	case *orderedjson.Object:
		size = v.Len()
	case string:
		size = len(v)
		if offset < size && !utf8.RuneStart(v[offset]) {
			return ErrOffset
		}
	}
	if offset <= size {
		return nil
	}
	return fmt.Errorf("%w: %s", ErrOffset, contentsOf(v, place))
}
