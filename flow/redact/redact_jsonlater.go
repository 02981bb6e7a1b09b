package redact

import (
	"bytes"
	"iter"

	"github.com/spectap/spectap/flow/jsonscan"
	"github.com/spectap/spectap/flow/redact/grant"
	"github.com/spectap/spectap/flow/redact/lex"
	"github.com/spectap/spectap/flow/redact/names"
)

// hasGrantSibling reports whether the object whose member ends at i has another member that belongs
// to a grant.
func (w *jsonRedactor) hasGrantSibling(i int) bool {
	if w.stack[len(w.stack)-1].hasGrantMember {
		return true
	}
	for name := range w.laterMembers(i, grant.Distance) {
		if grant.IsName(stringOf(name), true) {
			return true
		}
	}
	return false
}

// isTokenOfPair reports whether a member that ends at i is one of the two tokens of a session:
// {"access": "…", "refresh": "…"}.
func (w *jsonRedactor) isTokenOfPair(f *jsonFrame, name string, i int) bool {
	switch name {
	case "access":
		f.hasAccess = true
	case "refresh":
		f.hasRefresh = true
	default:
		return false
	}
	if f.hasAccess && f.hasRefresh {
		return true
	}
	for later := range w.laterMembers(i, grant.Distance) {
		if later := stringOf(later); later != name && (later == "access" || later == "refresh") {
			return true
		}
	}
	return false
}

// nameAfter returns the sensitivity of the name that a later member of the object gives the value
// of the member that ends at i: {"value": …, "name": "password"}.
func (w *jsonRedactor) nameAfter(i int) names.Sensitivity {
	for name, from := range w.laterMembers(i, maxNameDistance) {
		if !names.HoldsName(stringOf(name)) {
			if names.MarksSecret(stringOf(name)) && bytes.HasPrefix(w.in[from:], []byte("true")) {
				return names.Secret
			}
			continue
		}
		if from < len(w.in) && w.in[from] == '"' {
			if end, _ := jsonscan.StringEnd(w.in, from); end > 0 {
				if x := names.OfPair(stringOf(name), unquote(w.in[from:end])); x != names.Plain {
					return x
				}
			}
		}
	}
	return names.Plain
}

// laterMembers yields the members that follow i in the object that i is in, up to a distance in
// bytes: each name, as written, and where its value starts.
func (w *jsonRedactor) laterMembers(i, distance int) iter.Seq2[[]byte, int] {
	return func(yield func([]byte, int) bool) {
		depth := 0
		for i, most := i, min(len(w.in), i+distance); i < most && depth >= 0; i++ {
			switch w.in[i] {
			case '{', '[':
				depth++
			case '}', ']':
				depth--
			case '"':
				end, _ := jsonscan.StringEnd(w.in, i)
				if end < 0 {
					return
				}
				if depth == 0 && w.isMember(end) {
					from := end + bytes.IndexByte(w.in[end:], ':') + 1
					for from < len(w.in) && lex.IsBlank(w.in[from]) {
						from++
					}
					if !yield(w.in[i+1:end-1], from) {
						return
					}
				}
				i = end - 1
			}
		}
	}
}

// recordName records the name that an object or list gives a value, by a string that ends at end.
func (w *jsonRedactor) recordName(value string, end int) {
	if len(w.stack) == 0 {
		return
	}
	f := &w.stack[len(w.stack)-1]
	if f.array {
		w.recordElement(f, value, end)
		return
	}
	w.recordKind(f, value)
	switch w.role {
	case names.NamesRole:
		w.recordColumn(f, value)
		if n := len(w.stack); n > 1 && w.stack[n-2].array && w.isBound(w.stack[n-2].name, value) {
			f.valueSensitivity = names.Secret
		}
		fallthrough
	case names.TypesRole, names.PathRole:
		f.valueSensitivity = max(f.valueSensitivity, names.OfPair(stringOf(w.name), value))
	}
}

// isNameOfPair reports whether a string below a secret name, which ends at i, is the name of the
// value in the same object: {"bearer": [{"key": "token", "value": …}]}.
func (w *jsonRedactor) isNameOfPair(value string, i int) bool {
	return w.role == names.NamesRole && names.IsNameLike(value) && names.SensitivityOf(value) == names.Secret && w.hasLater(i, "value", "")
}

// opensString reports whether the value of the member whose name ends at i is a string.
func (w *jsonRedactor) opensString(i int) bool {
	return bytes.HasPrefix(bytes.TrimLeft(w.in[i:min(len(w.in), i+names.MaxLen)], ": \t\r\n"), []byte(`"`))
}

// maxNameDistance is the distance from a value, in bytes, within which its name is looked for.
const maxNameDistance = 1024

// isMember reports whether a colon comes next.
func (w *jsonRedactor) isMember(i int) bool {
	for i < len(w.in) && lex.IsBlank(w.in[i]) {
		i++
	}
	return i < len(w.in) && w.in[i] == ':'
}
