package redact

import (
	"github.com/spectap/spectap/flow/redact/form"
	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/internal/ascii"
)

// literal reads a number, true, false or null.
func (w *jsonRedactor) literal(i, end int) {
	raw := w.in[i:end]
	if len(raw) == len("true") && raw[0] == 't' && w.nameAt >= 0 && names.MarksSecret(stringOf(w.name)) {
		f := &w.stack[len(w.stack)-1]
		f.valueSensitivity = names.Secret // {"sensitive": true, "value": …}
	}
	hit := w.r.rules.hasPaths() && w.matchesRule()
	if len(raw) == 0 || !ascii.IsDigit(raw[0]) && raw[0] != '-' {
		return
	}
	value := stringOf(raw)
	sensitivity := w.ofBody(w.sensitivity, value)
	switch {
	case hit || w.isPairValue(end, ""):
	case sensitivity == names.Secret && w.refersToSecret(raw, end):
		return
	case sensitivity == names.Secret && !w.isCount():
	case sensitivity == names.Personal && form.IsPersonal(value):
	case (sensitivity == names.OneTime || sensitivity == names.Shown) && names.IsOneTimeCode(value):
	case len(raw) >= 13 && sensitivity != names.Identifier:
		var buf [19]byte
		if d, ok := form.Digits(value, &buf); !ok || !form.IsCard(d) {
			return
		}
	default:
		return
	}
	w.replace(i, end, w.r.numberPlaceholder(value))
}

// isCount reports whether a number counts things: its name is a plural ("tokens": 12, "pass": 3).
// The numbers of a list are values, except the tokens of a text.
func (w *jsonRedactor) isCount() bool {
	if n := len(w.stack); n > 0 && w.stack[n-1].array {
		f := &w.stack[n-1]
		return f.list.cells.counts>>f.index&1 != 0 || names.LastWord(stringOf(f.name)) == "tokens"
	}
	return len(w.name) > 1 && w.name[len(w.name)-1] == 's'
}
