package lines

import (
	"maps"
	"slices"
	"strings"
)

// table is an array of objects as rows.
type table struct {
	columns []*column
	same    []*column // those with one value for all rows
	rows    int
}

// column is a member of all rows, or a member of such a member.
type column struct {
	name  string  // with a dot between the name of a member and that of its member
	cells []*node // nil if the member is absent
}

// tableOf returns the table of an array, or nil for an array that is not suited: an element is not
// an object, rows would be long or mostly empty, or a cell has a value that lines show better.
func tableOf(v *node) *table {
	if len(v.elements) < minRows {
		return nil
	}
	if slices.ContainsFunc(v.elements, func(e *node) bool { return e.kind != object || e.isLeaf() }) {
		return nil
	}
	t := &table{rows: len(v.elements)}
	columns, ok := columnsOf("", v.elements)
	if !ok {
		return nil
	}
	filled := 0
	for _, c := range columns {
		if c.isSame() {
			t.same = append(t.same, c)
			continue
		}
		t.columns = append(t.columns, c)
		for _, cell := range c.cells {
			if cell != nil {
				filled++
			}
			if cell != nil && !cell.suitsCell() {
				return nil
			}
		}
	}
	if n := len(t.columns); n > maxColumns || n > 2 && float64(filled) < minFilled*float64(n*t.rows) {
		return nil
	}
	if len(t.columns) == 0 { // rows cannot be empty
		t.columns, t.same = t.same[:1], t.same[1:]
	}
	return t
}

// columnsOf returns the columns of the members of rows, nil for an empty row. ok is false if a row
// has two members of the same name.
func columnsOf(prefix string, rows []*node) (out []*column, ok bool) {
	byName := map[string]*column{}
	for i, r := range rows {
		if r == nil {
			continue
		}
		for _, m := range r.members {
			c := byName[m.name]
			if c == nil {
				c = &column{name: m.name, cells: make([]*node, len(rows))}
				byName[m.name] = c
				out = append(out, c)
			}
			if c.cells[i] != nil {
				return nil, false
			}
			c.cells[i] = m.value
		}
	}
	var flat []*column
	for _, c := range out {
		c.name = prefix + columnName(c.name)
		inner, ok := c.flatten()
		if !ok {
			return nil, false
		}
		flat = append(flat, inner...)
	}
	return flat, true
}

// flatten returns the columns of the members of a column that has objects only, else the column. A
// null instead of an object is in a column of its own.
func (c *column) flatten() ([]*column, bool) {
	const deepest = 3
	nulls := &column{name: c.name, cells: make([]*node, len(c.cells))}
	objects := make([]*node, len(c.cells))
	large, hasNull := false, false
	for i, cell := range c.cells {
		switch {
		case cell == nil:
		case cell.kind == literal && cell.text == "null":
			nulls.cells[i], hasNull = cell, true
		case cell.kind != object || cell.isLeaf():
			return []*column{c}, true
		default:
			objects[i] = cell
			large = large || !cell.fits(maxInline/4)
		}
	}
	if !large || strings.Count(c.name, ".") >= deepest {
		return []*column{c}, true
	}
	out, ok := columnsOf(c.name+".", objects)
	if hasNull {
		out = append([]*column{nulls}, out...)
	}
	return out, ok
}

// columnName returns a name in the form of a header. Dots, which separate names, are quoted.
func columnName(name string) string {
	if strings.Contains(name, ".") {
		return quote(name)
	}
	return key(name)
}

// isSame reports whether all rows have the same value, which is short.
func (c *column) isSame() bool {
	if len(c.cells) < 2 || c.cells[0] == nil || !c.cells[0].suitsCell() {
		return false
	}
	first := c.cells[0].cell()
	return !slices.ContainsFunc(c.cells[1:], func(v *node) bool { return v == nil || v.cell() != first })
}

// suitsCell reports whether a value can be read in a cell.
func (v *node) suitsCell() bool {
	if v.kind == text {
		return len(v.text) <= maxString || !strings.Contains(v.text, "\n")
	}
	return v.fits(maxCell)
}

// cell returns a value in the form of a cell.
func (v *node) cell() string {
	if v.isLeaf() {
		return v.leaf("|")
	}
	return v.inLine()
}

// splitShared returns the members that all objects of an array have with the same value, and the
// array without them.
func splitShared(v *node) (shared []*column, rest *node) {
	if len(v.elements) < minRows {
		return nil, v
	}
	first := map[string]string{} // the values of the first object
	for i, e := range v.elements {
		values := map[string]string{}
		for _, m := range e.members {
			if _, known := first[m.name]; i > 0 && !known {
				continue
			}
			if _, repeated := values[m.name]; repeated {
				return nil, v
			}
			values[m.name] = m.value.cell()
		}
		if e.kind != object {
			return nil, v
		}
		if i == 0 {
			first = values
		}
		maps.DeleteFunc(first, func(name, value string) bool { return values[name] != value })
	}
	rest = &node{kind: array}
	for _, m := range v.elements[0].members {
		if _, ok := first[m.name]; ok {
			shared = append(shared, &column{columnName(m.name), []*node{m.value}})
		}
	}
	for _, e := range v.elements {
		one := &node{kind: object}
		for _, m := range e.members {
			if _, ok := first[m.name]; !ok {
				one.members = append(one.members, m)
			}
		}
		rest.elements = append(rest.elements, one)
	}
	return shared, rest
}

// inAll returns the part of a header that names members with the same value in all rows.
func inAll(columns []*column) string {
	same := make([]string, len(columns))
	for i, c := range columns {
		same[i] = c.name + "=" + c.cells[0].cell()
	}
	return "; in all: " + strings.Join(same, "|")
}

// header returns the names of the columns, and the members that are the same in all rows.
func (t *table) header() string {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.name
	}
	if len(t.same) == 0 {
		return strings.Join(names, "|")
	}
	return strings.Join(names, "|") + inAll(t.same)
}

// row returns one row.
func (t *table) row(i int) string {
	cells := make([]string, len(t.columns))
	for j, c := range t.columns {
		if c.cells[i] != nil {
			cells[j] = c.cells[i].cell()
		}
	}
	return strings.Join(cells, "|")
}
