package redact

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/find"
	"github.com/spectap/spectap/flow/redact/form"
	"github.com/spectap/spectap/flow/redact/lex"
	"github.com/spectap/spectap/flow/redact/mark"
	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/flow/redact/phrase"
	"github.com/spectap/spectap/internal/ascii"
)

// Lists of JSON may name values by their order: ["password", "…"], or rows below a row of names.

// jsonList is what the elements of an array tell about values.
type jsonList struct {
	first      pairName // what the first element names
	isHeader   bool     // it may name the columns of a table
	namesNext  bool     // the element before names the next one, as in a flat list of headers
	isPath     bool     // its last element is the name of a value beside it
	isRow      bool     // it is an object with the cells of a row
	words      int      // the elements that can be names of columns
	endsInUser bool     // the last of these is the name of a column of users
	names      columns  // what the elements name, as the head of a table
	cells      columns  // which elements are secret, as cells of a table
	columns    columns  // of the rows in this array or in a member of this object
}

// pairName is what the first element of a list may name.
type pairName uint8

const (
	noName pairName = iota
	secretName
	chosenName // of a secret that people choose
	loginCall  // ["login", "ann", "…"], a message of Socket.IO
	loginPair  // "basic": ["ann", "…"]
)

// recordElement records what a string in a list, which ends at end, may name.
func (w *jsonRedactor) recordElement(f *jsonFrame, value string, end int) {
	if f.sensitivity != names.Plain && !f.list.isHeader {
		return
	}
	l := &f.list
	l.namesNext = f.index&1 == 0 && strings.HasSuffix(stringOf(f.name), "eaders") && HeaderSensitivity(value) == names.Secret ||
		f.index&1 == 0 && w.namesNext(value, end)
	if f.index > 0 && !l.isHeader && !l.isPath {
		return
	}
	if n := len(w.stack); n > 1 && l.isPath && !w.stack[n-2].array {
		w.stack[n-2].valueSensitivity = max(w.stack[n-2].valueSensitivity, names.SecretOrPersonal(value)) // {"loc": ["body", "password"], "input": …}
	}
	if f.index == 0 && l.first == noName && phrase.IsLogin(value) {
		l.first = loginCall
	}
	if !names.IsColumn(value) {
		return
	}
	l.words++
	l.endsInUser = names.NamesUser(value)
	if !l.names.add(f.index, value) {
		return
	}
	if f.index == 0 {
		f.valueSensitivity = names.Weak
		if l.first = secretName; names.IsChosen(value) {
			l.first = chosenName
		}
	}
}

// namesNext reports whether a string in a list, which ends at end, names the next one, as in the
// fields of a log: ["user", "ann", "password", "x"].
func (w *jsonRedactor) namesNext(value string, end int) bool {
	if !names.MayEndSecret(value) && value != "pw" || names.SensitivityOf(value) != names.Secret {
		return false
	}
	for end < len(w.in) && (lex.IsBlank(w.in[end]) || w.in[end] == ',') {
		end++
	}
	next := w.stringAt(end)
	return len(next) >= 6 && form.IsMixed(next) && strings.IndexByte(next, '_') < 0 && names.SensitivityOf(next) == names.Plain
}

// isSecretIfCut reports whether the string that starts at i, which is cut off, is a secret.
func (w *jsonRedactor) isSecretIfCut(i int) bool {
	if w.sensitivity == names.Secret || w.sensitivity == names.Below || w.argument.Start == i+1 || w.flatSecrets[i] {
		return true
	}
	tail := stringOf(w.in[i+1:])
	return !names.IsNameLike(tail) && w.isPairValue(len(w.in), tail)
}

// isPairValue reports whether the value that ends at end is the second of two elements, and the
// first names it, or the last of a name and a password for a login. value is "" for a number.
func (w *jsonRedactor) isPairValue(end int, value string) bool {
	n := len(w.stack)
	if n == 0 {
		return false
	}
	f := &w.stack[n-1]
	isLogin := f.list.first == loginCall && f.index == 2 || f.list.first == loginPair && f.index == 1
	if f.list.first == loginCall && f.index == 1 && find.LooksGenerated(value) { // ["auth", "…"]
		isLogin = true
	}
	if f.list.first == chosenName && f.index == 2 && !listsNames(f.name) { // ["password", "old", "new"]
		isLogin = true
	}
	if f.list.first == noName || !isLogin && (f.index != 1 || f.list.first >= loginCall) {
		return false
	}
	for end < len(w.in) && lex.IsBlank(w.in[end]) {
		end++
	}
	if end < len(w.in) && w.in[end] != ']' {
		return false
	}
	if isLogin {
		value = withoutPlaceholders(value) // their letters and digits are those of no secret
		return len(value) >= 6 && form.IsMixed(value)
	}
	if !names.IsNameLike(value) {
		return value != "" || f.list.first == chosenName
	}
	if !names.CanKeepText(value) || names.IsDescription(value) {
		return false // ["password", "email"]
	}
	return n > 1 && w.stack[n-2].array || f.list.first == chosenName && !listsNames(f.name)
}

func withoutPlaceholders(s string) string {
	start, end, ok := mark.Next(s)
	if !ok {
		return s
	}
	var b strings.Builder
	for ; ok; start, end, ok = mark.Next(s) {
		b.WriteString(s[:start])
		s = s[end:]
	}
	return b.String() + s
}

// listsNames reports whether a list of this name has words of the API: required, scopes.
func listsNames(name []byte) bool {
	switch last := names.LastWord(stringOf(name)); last {
	case "required", "enum", "scope", "amr", "sort", "order", "include", "exclude", "supported", "only", "except", "of",
		"optional", "by", "with", "allow", "deny", "auth", "authentication":
		return true
	default:
		return strings.HasSuffix(last, "s")
	}
}

// bytesEnd returns the end of a list of bytes at i below the name of a secret, 0 if there is none:
// {"privateKey": {"type": "Buffer", "data": [12,…]}}. Single numbers below such a name are none.
func (w *jsonRedactor) bytesEnd(i int) int {
	const least = 16
	if w.in[i] != '[' || w.sensitivity != names.Below {
		return 0
	}
	n, number := 0, -1
	for k := i + 1; k < len(w.in); k++ {
		switch c := w.in[k]; {
		case ascii.IsDigit(c):
			if number = max(number, 0)*10 + int(c-'0'); number > 255 {
				return 0
			}
		case c == ',' || c == ']':
			if number < 0 {
				return 0
			}
			n, number = n+1, -1
			if c == ']' && n >= least {
				return k + 1
			}
			if c == ']' {
				return 0
			}
		case !lex.IsBlank(c):
			return 0
		}
	}
	return 0
}
