package judge

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/flow/redact/rules"
	"github.com/spectap/spectap/flow/redact/scan"
	"github.com/spectap/spectap/internal/ascii"
)

// IsColumn reports whether a text is the name of a column whose values are secret.
func IsColumn(name string) bool {
	return (&judge{}).column(name) != rules.Plain
}

// maxHeads bounds the rows in which the names of columns are looked for.
const maxHeads = 4

// maxColumns bounds the columns of a table that are looked at.
const maxColumns = 256

// columns finds tables whose columns have their names in one member and their values in another.
func (j *judge) columns(int32) {
	var classes []rules.Class
	for _, m := range j.members {
		if slices.Contains(columnLists, m.name) {
			if c := j.columnsOf(m.node); c != nil {
				classes = c
			}
		}
	}
	if classes == nil {
		return
	}
	for _, m := range j.members {
		if n := &j.t.Nodes[m.node]; n.Kind == scan.Array {
			j.rows(m.node, classes)
		}
	}
}

// columnsOf returns the classes of the names in an array, which are texts or objects with a name.
// It returns nil if none is that of a secret.
func (j *judge) columnsOf(i int32) []rules.Class {
	if j.t.Nodes[i].Kind == scan.Object { // {"schema": {"fields": […]}}, as BigQuery has it
		for k := range j.t.Within(i) {
			if name := j.t.NameOf(k); j.t.Nodes[k].Kind == scan.Array && (name == "fields" || name == "columns") {
				return j.columnsOf(k)
			}
		}
		return nil
	}
	if j.t.Nodes[i].Kind != scan.Array {
		return nil
	}
	var all []rules.Class
	isAny := false
	for k := range j.t.Within(i) {
		if len(all) == maxColumns {
			break
		}
		class := rules.Plain
		switch n := &j.t.Nodes[k]; n.Kind {
		case scan.String:
			class = j.column(j.t.ValueOf(k))
		case scan.Object:
			for m := range j.t.Within(k) {
				if j.t.Nodes[m].Kind == scan.String && rules.Of(j.t.NameOf(m)).Role == rules.NamesRole {
					class = max(class, j.column(j.t.ValueOf(m)))
				}
			}
		}
		all = append(all, class)
		isAny = isAny || class != rules.Plain
	}
	if !isAny {
		return nil
	}
	return all
}

// column returns the class of the name of a column, Plain unless that alone makes values secret.
func (j *judge) column(name string) rules.Class {
	if len(name) > 40 || name == "" || ascii.AllDigits(name[:1]) || strings.ContainsAny(name, "{}\"=<>") {
		return rules.Plain
	}
	c := j.info(strings.TrimRight(name, ": ")).Class
	switch {
	case c != rules.Secret && c != rules.Identity && c != rules.Code:
		return rules.Plain
	case strings.HasSuffix(name, "s"): // it may count them
		return rules.Shown
	}
	return c
}

// rows forces the classes of columns on the rows in an array: arrays, or objects that have the
// values in one, or the row itself.
func (j *judge) rows(i int32, classes []rules.Class) {
	isRow := true
	for row := range j.t.Within(i) {
		switch j.t.Nodes[row].Kind {
		case scan.Array:
			isRow = false
			j.row(row, classes)
		case scan.Object:
			isRow = false
			for cells := range j.t.Within(row) {
				if j.t.Nodes[cells].Kind == scan.Array {
					j.row(cells, classes)
				}
			}
		}
	}
	if name := j.t.NameOf(i); isRow && (name == "values" || name == "row" || name == "data" || name == "cells" || name == "record") {
		j.row(i, classes)
	}
}

func (j *judge) row(i int32, classes []rules.Class) {
	column := 0
	for cell := range j.t.Within(i) {
		if column == len(classes) {
			return
		}
		if c := classes[column]; c != rules.Plain && !(c == rules.Secret && j.isName(cell)) {
			j.force(cell, c)
		}
		column++
	}
}

// isName reports whether a cell is the name of a column itself.
func (j *judge) isName(i int32) bool {
	n := &j.t.Nodes[i]
	return n.Kind == scan.String && j.column(j.t.ValueOf(i)) == rules.Secret
}

// array finds tables whose first row has the names of the columns, pairs of a name and a value, and
// options with the value behind them: [["user","password"],["ann","x"]], ["authorization","x"],
// ["--password","x"].
func (j *judge) array(i int32) {
	first, n := int32(-1), 0
	for k := range j.t.Within(i) {
		if n++; first < 0 {
			first = k
		}
		if n > 2 {
			break
		}
	}
	if n == 1 && j.t.Nodes[first].Kind == scan.Array {
		j.nameColumn(i)
	}
	if n < 2 {
		return
	}
	if j.t.Nodes[first].Kind == scan.Array {
		heads := 0
		for row := range j.t.Within(i) { // there may be lines above the names
			if heads++; heads > maxHeads {
				break
			}
			if classes := j.columnsOf(row); j.isHead(row, row == first, classes) {
				j.rows(i, classes)
				return
			}
		}
		j.nameColumn(i)
		return
	}
	isHeaders := strings.HasSuffix(strings.ToLower(j.t.NameOf(i)), "headers")
	name, count := rules.Plain, 0
	for k := range j.t.Within(i) {
		if count++; count > maxColumns {
			return
		}
		node := &j.t.Nodes[k]
		isText := node.Kind == scan.String && node.Value.Len() <= rules.MaxName
		if name != rules.Plain && (isText || node.Kind == scan.Number) {
			j.force(k, name)
		}
		name = rules.Plain
		if !isText {
			continue
		}
		v := j.t.ValueOf(k)
		if option := strings.TrimLeft(v, "-"); len(option) < len(v) {
			if c := j.info(option).Class; c == rules.Secret {
				name = c
			}
		} else if isHeaders && count%2 == 1 {
			name = headerClass(v)
		} else if i > 0 && count == 1 && n == 2 && node.Values == scan.JSON && j.info(v).Class == rules.Secret && j.t.Nodes[i].End == k+2 {
			name = rules.Shown
			if parent := j.t.Nodes[i].Parent; parent == 0 || j.t.Nodes[parent].Kind == scan.Array { // all of a body, or one of a list of pairs
				name = rules.Secret
			}
		}
	}
}

// isHead reports whether a row has the names of columns. Two cells, the first of which names a
// secret, are a name and a value more often, except in CSV.
func (j *judge) isHead(row int32, isFirst bool, classes []rules.Class) bool {
	if classes == nil {
		return false
	}
	cells := j.cells(row)
	switch len(cells) {
	case 1:
		return isFirst
	case 2:
		isPair := j.t.Nodes[cells[0]].Kind == scan.String && j.column(j.t.ValueOf(cells[0])) != rules.Plain
		return !isPair || isFirst && j.t.Nodes[cells[0]].Values != scan.JSON
	}
	return true
}

// cells returns the cells of a row that are not empty. Tables of text have an empty one at each
// end.
func (j *judge) cells(row int32) []int32 {
	var all []int32
	for k := range j.t.Within(row) {
		if (j.t.Nodes[k].Value.Len() > 0 || j.t.Nodes[k].Values == scan.JSON) && len(all) < maxColumns {
			all = append(all, k)
		}
	}
	return all
}

// headerClass returns the class of the name of a header, Plain unless it is that of a secret.
func headerClass(name string) rules.Class {
	if c := rules.ClassOf(name); c == rules.Secret {
		return c
	}
	return rules.Plain
}

// nameColumn finds tables without the names of columns, whose rows have a name and a value:
// password | x.
func (j *judge) nameColumn(i int32) {
	for row := range j.t.Within(i) {
		if j.t.Nodes[row].Kind != scan.Array || j.t.Nodes[row].End > row+6 {
			continue
		}
		if cells := j.cells(row); len(cells) == 2 && j.t.Nodes[cells[0]].Kind == scan.String {
			if c := j.column(j.t.ValueOf(cells[0])); c != rules.Plain {
				j.force(cells[1], c)
			}
		}
	}
}

// labels finds what stands beside a label in XML and HTML: in the next text or field, and in the
// cells of a table.
func (j *judge) labels() {
	pending, isStrong, isLabel, left := rules.Plain, false, false, 0
	for i := int32(1); i < int32(len(j.t.Nodes)); i++ {
		n := &j.t.Nodes[i]
		if n.Kind == scan.Object && strings.EqualFold(j.t.Raw(n.Name), "table") {
			j.markupTable(i)
		}
		if n.Kind != scan.String {
			continue
		}
		isValue := n.IsAttr && strings.EqualFold(j.t.Raw(n.Name), "value")
		if pending != rules.Plain && (isValue || !n.IsAttr) {
			v := j.t.ValueOf(i)
			if strings.Trim(v, ": ") == "" {
				isStrong = isStrong || strings.Contains(v, ":")
				continue
			}
			class := pending
			if isValue && isButton(&member{value: j.typeOf(n.Parent)}) {
				continue
			}
			if !isStrong && !(isLabel && isValue) && class == rules.Secret {
				class = rules.Shown
			}
			j.classes[i] = max(j.classes[i], class)
			pending = rules.Plain
		}
		if left--; left <= 0 {
			pending = rules.Plain
		}
		if n.IsAttr || n.Value.Len() > 40 {
			continue
		}
		text := j.t.ValueOf(i)
		if c := j.column(text); c == rules.Secret || c == rules.Code {
			element := strings.ToLower(j.t.NameOf(n.Parent))
			pending, left = c, maxLabelDistance
			isLabel = element == "label"
			isStrong = element == "key" || element == "dt" || strings.HasSuffix(text, ":")
		}
	}
}

// typeOf returns the type of an input.
func (j *judge) typeOf(i int32) string {
	for k := range j.t.Within(i) {
		if n := &j.t.Nodes[k]; n.IsAttr && strings.EqualFold(j.t.Raw(n.Name), "type") {
			return j.t.ValueOf(k)
		}
	}
	return ""
}

// maxLabelDistance bounds the texts and attributes between a label and its value.
const maxLabelDistance = 12

// markupTable gives the cells of a table of HTML the class of the cell at the head of their column.
func (j *judge) markupTable(i int32) {
	if i < j.tableEnd {
		return
	}
	j.tableEnd = j.t.Nodes[i].End
	var heads []rules.Class
	rows := 0
	for row := i; row < j.t.Nodes[i].End; row++ {
		if n := &j.t.Nodes[row]; n.Kind != scan.Object || !strings.EqualFold(j.t.Raw(n.Name), "tr") {
			continue
		}
		column := 0
		for cell := range j.t.Within(row) {
			n := &j.t.Nodes[cell]
			if n.Kind != scan.Object || column == maxColumns {
				continue
			}
			for k := cell + 1; k < n.End; k++ {
				text := &j.t.Nodes[k]
				if text.Kind != scan.String || text.IsAttr {
					continue
				}
				if rows == 0 {
					for len(heads) <= column {
						heads = append(heads, rules.Plain)
					}
					if isHead := strings.EqualFold(j.t.Raw(n.Name), "th") || column > 0; isHead && text.Value.Len() <= 40 {
						heads[column] = max(heads[column], j.column(j.t.ValueOf(k)))
					}
				} else if column < len(heads) && heads[column] != rules.Plain {
					j.classes[k] = max(j.classes[k], heads[column])
				}
			}
			column++
		}
		rows++
	}
}
