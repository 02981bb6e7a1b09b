package compact

import (
	"net/url"
	"strconv"
	"strings"
)

// maxReferences bounds the references that follow each other.
const maxReferences = 32

// resolve returns the object that v is or refers to. ok is false if there is none.
func (f *Form) resolve(v any) (o object, ok bool) {
	for range maxReferences {
		if o, ok = v.(object); !ok {
			return nil, false
		}
		ref := text(o["$ref"])
		if ref == "" {
			return o, true
		}
		v = f.lookUp(ref)
	}
	return nil, false
}

// lookUp returns what a reference within the document leads to, nil if that is nothing. Then a type
// has the text "any".
func (f *Form) lookUp(ref string) any {
	pointer, ok := strings.CutPrefix(ref, "#")
	if !ok {
		return nil
	}
	var v any = f.root
	for part := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		if s, err := url.PathUnescape(part); err == nil {
			part = s
		}
		part = unescapePointer(part)
		switch x := v.(type) {
		case object:
			v = x[part]
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i < 0 || i >= len(x) {
				return nil
			}
			v = x[i]
		default:
			return nil
		}
	}
	return v
}
