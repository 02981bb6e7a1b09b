package redact

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/internal/ascii"
)

// Lists of JSON may name values by their order: ["password", "…"], or rows below a row of names.

// jsonList is what the elements of an array tell about values.
type jsonList struct {
	first    pairName // what the first element names
	isHeader bool     // it may name the columns of a table
	words    int      // the elements that can be names of columns
	names    uint64   // the elements that are names of secrets, by index
	cells    uint64   // the elements that are secret, as cells of a table
	columns  uint64   // of the rows in this array or in a member of this object: those with secrets
}

// pairName is what the first element of a list may name.
type pairName uint8

const (
	noName pairName = iota
	secretName
	chosenName // of a secret that people choose
)

// openList sets what the parent of a new array says about its elements.
func (w *jsonRedactor) openList(f *jsonFrame) {
	n := len(w.stack)
	if n == 0 || !f.array {
		return
	}
	switch p := &w.stack[n-1]; {
	case p.array && p.list.columns != 0:
		f.list.cells = p.list.columns
	case p.array:
		f.list.isHeader = p.index == 0
	default:
		f.list.isHeader = namesColumns(f.name)
		f.list.columns = p.list.columns
	}
}

// namesColumns reports whether a member of this name lists the names of columns.
func namesColumns(member []byte) bool {
	switch string(member) {
	case "columns", "fields", "headers", "header", "names", "keys", "cols", "columnNames", "column_names", "schema":
		return true
	}
	return false
}

// closeList passes the names of columns to the rows after them.
func (w *jsonRedactor) closeList() {
	n := len(w.stack)
	f := &w.stack[n-1].list
	if n < 2 || !f.isHeader || f.names == 0 || w.stack[n-1].index == 0 || f.words != w.stack[n-1].index+1 {
		return
	}
	if w.stack[n-2].array && w.stack[n-1].index == 1 && f.names == 1 {
		return // of two, the first: a pair
	}
	w.stack[n-2].list.columns = f.names
}

// recordElement records what a string in a list may name.
func (w *jsonRedactor) recordElement(f *jsonFrame, value string) {
	if f.sensitivity != names.Plain {
		return
	}
	l := &f.list
	if f.index > 0 && !l.isHeader || f.index > 63 {
		return
	}
	if !names.IsColumn(value) {
		return
	}
	if l.words++; names.SensitivityOf(value) != names.Secret {
		return
	}
	l.names |= 1 << f.index
	if f.index == 0 {
		f.valueSensitivity, w.hasPairs = names.Weak, true
		if l.first = secretName; names.IsChosen(value) {
			l.first = chosenName
		}
	}
}

// isPairValue reports whether the value that ends at end is the second of two elements, and the
// first names it. value is "" for a number.
func (w *jsonRedactor) isPairValue(end int, value string) bool {
	n := len(w.stack)
	if n == 0 {
		return false
	}
	f := &w.stack[n-1]
	if !f.array || f.index != 1 || f.list.first == noName {
		return false
	}
	for end < len(w.in) && isBlank(w.in[end]) {
		end++
	}
	if end < len(w.in) && w.in[end] != ']' {
		return false
	}
	if !isNameLike(value) {
		return value != "" || f.list.first == chosenName
	}
	if !names.CanKeepText(value) || names.IsDescription(value) {
		return false // ["password", "email"]
	}
	return n > 1 && w.stack[n-2].array || f.list.first == chosenName && !listsNames(f.name)
}

// isNameLike reports whether a value may be a name: a word of letters.
func isNameLike(v string) bool {
	for i := range len(v) {
		if c := v[i]; !ascii.IsLower(c) && !ascii.IsUpper(c) && c != '_' && c != '-' {
			return false
		}
	}
	return v != ""
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
