package redact

import (
	"strconv"
	"strings"
)

// pushPath adds the next value to the path.
func (w *jsonRedactor) pushPath() {
	if len(w.stack) > 0 {
		w.path = append(w.path, w.element())
	}
}

// element returns the name or index of the next value.
func (w *jsonRedactor) element() string {
	f := w.stack[len(w.stack)-1]
	if f.array {
		return strconv.Itoa(f.index)
	}
	return strings.ToLower(unquote([]byte(`"` + string(w.name) + `"`)))
}

// matchesRule reports whether a rule selects the next value or something above it.
func (w *jsonRedactor) matchesRule() bool {
	if len(w.stack) == 0 {
		return false
	}
	path := append(w.path[:len(w.path):len(w.path)], w.element())
	for _, p := range w.r.rules.paths {
		if p.Selects(path) {
			return true
		}
	}
	return false
}
