package redact

import (
	"math"

	"github.com/spectap/spectap/flow/jsonscan"
	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/flow/redact/phrase"
	"github.com/spectap/spectap/internal/ascii"
)

// Tables in JSON are rows below a row of names, or beside a list of names: {"columns": ["user",
// "password"], "rows": [["ann", "…"]]}. A name may be a member of an object ({"name": "password"}),
// and so may a row ({"cells": […]}) and a cell ({"v": "…"}).

// columns is a set of columns, by index. Only the first 64 columns of a table are in it: a shift by
// more yields 0.
type columns struct {
	secret uint64
	counts uint64 // of those that are secret: numbers in them count things
	single bool   // there is one column, so that its name may be in a list of another kind
}

// has reports whether the column of an index is secret.
func (c *columns) has(index int) bool { return c.secret>>index&1 != 0 }

// add adds a column if it is secret, and reports whether it is.
func (c *columns) add(index int, name string) bool {
	if names.SensitivityOf(name) != names.Secret {
		return false
	}
	c.secret |= 1 << index
	if name[len(name)-1] == 's' {
		c.counts |= 1 << index
	}
	return true
}

// openList sets what the parent of a new array or object, which starts at i, says about its
// elements.
func (w *jsonRedactor) openList(f *jsonFrame, i int) {
	n := len(w.stack)
	if n == 0 {
		return
	}
	p := &w.stack[n-1]
	switch {
	case !f.array:
		f.list.isRow = p.array && p.list.columns.secret != 0 && !p.list.columns.single
		if p.array {
			f.list.columns = p.list.columns
		}
	case len(w.variables) > 0 && holdsBinds(stringOf(f.name)) && w.isScalarNext(i+1):
		f.list.cells = w.boundColumns()
	case p.isChange && string(f.name) == "params" && w.isScalarNext(i+1):
		f.list.cells.secret = math.MaxUint64
	case p.passwordParam > 0 && (string(f.name) == "params" || string(f.name) == "arguments") && w.isScalarNext(i+1):
		f.list.cells.add(p.passwordParam-1, "password")
	case string(f.name) == "args" && w.isScalarNext(i+1):
		kind := p.call
		if kind == noCall {
			kind = callOf(w.laterString(i, "method"))
		}
		if n := w.passwordArg(kind, i); n > 0 {
			f.list.cells.add(n-1, "password")
		}
	case p.array && p.list.columns.secret != 0, p.list.isRow, p.list.columns.secret != 0 && names.HoldsRow(stringOf(f.name)) && w.isScalarNext(i+1):
		if !p.list.columns.single || w.isOneScalar(i+1) {
			f.list.cells = p.list.columns
		}
	case p.array:
		f.list.isHeader = p.index == 0
	case names.HoldsLogin(stringOf(f.name)):
		f.list.first = loginPair
	default:
		f.list.isHeader = names.ListsColumns(stringOf(f.name))
		f.list.isPath = names.PairRoleOf(stringOf(f.name)) == names.PathRole
		if !p.list.columns.single || holdsRows(f.name) {
			f.list.columns = p.list.columns
		}
	}
}

// isScalarNext reports whether the first element of the array that starts before i is no array or
// object.
func (w *jsonRedactor) isScalarNext(i int) bool {
	i = jsonscan.Space(w.in, i)
	return i < len(w.in) && w.in[i] != '[' && w.in[i] != '{'
}

// isOneScalar reports whether the array that starts before i has one element, which is no array or
// object.
func (w *jsonRedactor) isOneScalar(i int) bool {
	if !w.isScalarNext(i) {
		return false
	}
	end := jsonscan.Space(w.in, jsonscan.ValueEnd(w.in, jsonscan.Space(w.in, i)))
	return end >= len(w.in) || w.in[end] == ']'
}

// closeList passes the names of columns to the rows after them.
func (w *jsonRedactor) closeList() {
	n := len(w.stack)
	if n < 2 {
		return
	}
	f, p := &w.stack[n-1], &w.stack[n-2]
	switch l := &f.list; {
	case !f.array:
		if l.columns.secret != 0 && !p.array && names.ListsColumns(stringOf(f.name)) { // {"schema": {"fields": […]}}
			p.list.columns = l.columns
		}
	case !l.isHeader || l.names.secret == 0 || l.words != f.index+1 || p.array && f.index == 0:
	case p.array && f.index == 1 && l.names.secret == 1 && !l.endsInUser: // of two, the first: a pair
	default:
		p.list.columns = l.names
		p.list.columns.single = f.index == 0
	}
}

// recordColumn records the name of a column that an object in a list of columns has.
func (w *jsonRedactor) recordColumn(f *jsonFrame, value string) {
	n := len(w.stack)
	if n < 2 || f.list.words > 0 || !w.stack[n-2].list.isHeader {
		return
	}
	f.list.words++
	p := &w.stack[n-2]
	p.list.words++
	p.list.names.add(p.index, value)
}

// Bounds of the search for the names of columns after the rows, in bytes.
const (
	maxColumnsDistance = 64 << 10
	maxColumnsSearched = 1 << 20
)

// expectColumns looks for names of columns after the rows that the member whose name ends at i has.
func (w *jsonRedactor) expectColumns(f *jsonFrame, i int) {
	if f.list.columns.secret != 0 || w.searched > maxColumnsSearched || !holdsRows(w.name) {
		return
	}
	i = jsonscan.Space(w.in, i)
	if i >= len(w.in) || w.in[i] != ':' {
		return
	}
	if i = jsonscan.Space(w.in, i+1); i >= len(w.in) || w.in[i] != '[' || w.isScalarNext(i+1) && !names.HoldsRow(stringOf(w.name)) {
		return
	}
	w.searched += min(len(w.in)-i, maxColumnsDistance)
	for name, from := range w.laterMembers(i, maxColumnsDistance) {
		if names.ListsColumns(stringOf(name)) {
			f.list.columns = w.columnsAt(from)
			return
		}
	}
}

// holdsRows reports whether a member of this name may hold the rows of a table.
func holdsRows(member []byte) bool {
	switch string(member) {
	case "rows", "records", "body":
		return true
	}
	return names.HoldsRow(stringOf(member))
}

// columnsAt returns the columns that the list of names at i has.
func (w *jsonRedactor) columnsAt(i int) (c columns) {
	if i >= len(w.in) || w.in[i] != '[' {
		return c
	}
	for index := 0; ; index++ {
		i = jsonscan.Space(w.in, i+1)
		if i >= len(w.in) || w.in[i] != '"' {
			return columns{}
		}
		end, _ := jsonscan.StringEnd(w.in, i)
		if end < 0 {
			return columns{}
		}
		c.add(index, unquote(w.in[i:end]))
		if i = jsonscan.Space(w.in, end); i >= len(w.in) || w.in[i] != ',' {
			c.single = index == 0
			return c
		}
	}
}

// callKind tells the calls of JSON-RPC that have a password in a list of arguments.
type callKind uint8

const (
	noCall callKind = iota
	signIn
	objectCall // behind a database and the number of a user
)

// callOf returns the kind of a call by its method.
func callOf(method string) callKind {
	switch {
	case phrase.IsLogin(method):
		return signIn
	case phrase.CallsObject(method):
		return objectCall
	}
	return noCall
}

// passwordArg returns which element is a password in the list of arguments that starts at i, or 0:
// the second of a name and a password, or the third behind a database.
func (w *jsonRedactor) passwordArg(kind callKind, i int) int {
	if kind == noCall {
		return 0
	}
	var first [4]byte // of the elements
	n := 0
	for i = jsonscan.Space(w.in, i+1); i < len(w.in) && n < len(first) && w.in[i] != ']'; n++ {
		first[n] = w.in[i]
		i = jsonscan.Space(w.in, jsonscan.ValueEnd(w.in[:min(len(w.in), i+names.MaxLen)], i))
		if i < len(w.in) && w.in[i] == ',' {
			i = jsonscan.Space(w.in, i+1)
		}
	}
	switch {
	case n > 2 && first[2] == '"' && (kind == signIn && first[1] == '"' || kind == objectCall && ascii.IsDigit(first[1])):
		return 3
	case n == 2 && kind == signIn && first[1] == '"':
		return 2
	}
	return 0
}
