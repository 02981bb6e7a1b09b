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

// flatList has the elements of a list, and which of them are secrets.
type flatList struct {
	start    int   // of the list whose elements are read
	elements []int // where each starts
	secrets  map[int]bool
}

// maxElements bounds the elements of a list that members may refer to.
const maxElements = 10_000

// elementAt returns where the element of a number starts in the list around the current object, if
// there is one.
func (w *jsonRedactor) elementAt(number []byte) (at int, ok bool) {
	n := len(w.stack)
	if n < 2 || !w.stack[n-2].array || len(number) == 0 || len(number) > 4 || !ascii.AllDigits(stringOf(number)) {
		return 0, false
	}
	if start := w.stack[n-2].start; w.flat.start != start {
		w.flat.start, w.flat.elements = start, w.flat.elements[:0]
		for i := jsonscan.Space(w.in, start); i < len(w.in) && w.in[i] != ']' && len(w.flat.elements) < maxElements; {
			w.flat.elements = append(w.flat.elements, i)
			end := jsonscan.ValueEnd(w.in, i)
			if end <= i {
				break // no JSON
			}
			if i = jsonscan.Space(w.in, end); i < len(w.in) && w.in[i] == ',' {
				i = jsonscan.Space(w.in, i+1)
			}
		}
	}
	index, err := strconv.Atoi(stringOf(number))
	if err != nil || index >= len(w.flat.elements) {
		return 0, false
	}
	at = w.flat.elements[index]
	return at, w.in[at] == '"'
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
	if w.flat.secrets == nil {
		w.flat.secrets = map[int]bool{}
	}
	w.flat.secrets[at] = true
	return true
}
