package redact

import (
	"strconv"

	"github.com/spectap/spectap/flow/jsonscan"
	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/internal/ascii"
)

// Frameworks flatten the data of a page into one list, in which members have the positions of their
// values: [{"user":1,"token":2},{"name":3},"…","Ann"]. The names may be positions, too:
// [{"_1":2},"token","…"].

// maxElements bounds the elements of a list that members may refer to, and maxFlatDepth the objects
// and lists around it: those of a list are read once for each list around them.
const (
	maxElements  = 10_000
	maxFlatDepth = 16
)

// elementAt returns where the element of a number starts in the list around the current object, if
// there is one.
func (w *jsonRedactor) elementAt(number []byte) (at int, ok bool) {
	n := len(w.stack)
	if n < 2 || n-2 > maxFlatDepth || !w.stack[n-2].array || !ascii.AllDigits(stringOf(number)) {
		return 0, false
	}
	f := &w.stack[n-2]
	if f.elements == nil {
		f.elements = w.elementsFrom(f.start)
	}
	index, err := strconv.Atoi(stringOf(number))
	if err != nil || index >= len(f.elements) {
		return 0, false
	}
	at = f.elements[index]
	return at, w.in[at] == '"'
}

// elementsFrom returns where each element of a list starts, whose content starts at i.
func (w *jsonRedactor) elementsFrom(i int) []int {
	elements := []int{}
	for i = jsonscan.Space(w.in, i); i < len(w.in) && w.in[i] != ']' && len(elements) < maxElements; {
		elements = append(elements, i)
		end := jsonscan.ValueEnd(w.in, i)
		if end <= i {
			break // no JSON
		}
		if i = jsonscan.Space(w.in, end); i < len(w.in) && w.in[i] == ',' {
			i = jsonscan.Space(w.in, i+1)
		}
	}
	return elements
}

// readFlatName reads the name of a member that is the position of its name.
func (w *jsonRedactor) readFlatName(raw []byte) {
	if at, ok := w.elementAt(raw[1:]); ok {
		w.sensitivity = names.SensitivityOf(w.stringAt(at))
	}
}

// refersToSecret reports whether a number under the name of a secret is the position of the secret
// in the list around its object. It ends at end.
func (w *jsonRedactor) refersToSecret(number []byte, end int) bool {
	at, ok := w.elementAt(number)
	if !ok || at < end {
		return false
	}
	if w.flatSecrets == nil {
		w.flatSecrets = map[int]bool{}
	}
	w.flatSecrets[at] = true
	return true
}
