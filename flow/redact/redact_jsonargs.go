package redact

import (
	"github.com/spectap/spectap/flow/redact/command"
	"github.com/spectap/spectap/flow/redact/find"
)

// redactArgument redacts a password in a list of arguments of a program, ["mysql", "-pSECRET"] or
// ["curl", "-u", "name:SECRET"], if the string between the quotes at i and end is or has it.
func (w *jsonRedactor) redactArgument(i, end int) bool {
	n := len(w.stack)
	if n == 0 || !w.stack[n-1].array {
		return false
	}
	if s := stringOf(w.in); i+2 < end && s[i+1] == '-' {
		j := i + 2
		for j < end && find.IsWordByte(s[j]) {
			j++
		}
		if from, to, ok := command.Password(s, i+1, j); ok && !find.IsHarmless(s[from:to]) {
			w.argument = find.Span{Start: from, End: to}
		}
	}
	a := w.argument
	if a.Start <= i || a.End > end {
		return false
	}
	w.replaceRaw(a.Start, a.End, w.r.placeholder(string(w.in[a.Start:a.End])))
	return true
}
