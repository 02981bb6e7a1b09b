package spectools

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/spectap/spectap/mcptools/extract"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
)

// errOffset reports an offset that [fitValue] cannot begin at.
var errOffset = errors.New("is inside a character or beyond the end")

// nothingAt returns an error for a JSONPath that selects nothing in a value, which says what the
// last value that it reaches has instead. It names members as they are.
func nothingAt(expression string, whole any) error {
	asked, ok := extract.PlaceOf(expression)
	if !ok {
		return errors.New("selects nothing")
	}
	v, n := whole, 0
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
