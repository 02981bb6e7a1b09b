package judge

import (
	"slices"
	"strconv"
	"strings"

	"github.com/spectap/spectap/flow/redact/rules"
	"github.com/spectap/spectap/flow/redact/scan"
	"github.com/spectap/spectap/internal/ascii"
)

// IsColumn reports whether a text is the name of a column whose values are secret.
func IsColumn(name string) bool { return (&judge{}).column(name) != rules.Plain }

// maxHeads bounds the rows in which the names of columns are looked for.
const maxHeads = 4

// maxColumns bounds the columns of a table that are classified.
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

// columnsOf returns the classes of the names in an array, or nil without a name of a secret.
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
	return j.heads(j.cells(i))
}

// heads returns the classes of the names in the cells of a row, or nil without a name of a secret.
func (j *judge) heads(cells []int32) []rules.Class {
	all, isAny := make([]rules.Class, len(cells)), false
	for at, k := range cells {
		all[at] = j.column(j.textOf(k))
		isAny = isAny || all[at] != rules.Plain
	}
	if !isAny {
		return nil
	}
	return all
}

// textOf returns the text of a cell: its value, the member that names it, or the first text of an
// element.
func (j *judge) textOf(i int32) string {
	for k := i; k < j.t.Nodes[i].End; k++ {
		n := &j.t.Nodes[k]
		switch {
		case j.IsMarkup && (n.Kind != scan.String || n.IsAttr):
		case n.Kind == scan.String && (k == i || j.IsMarkup || rules.Of(j.t.NameOf(k)).Role == rules.NamesRole):
			return j.t.ValueOf(k)
		case n.Kind == scan.Array, k > i+maxMembers:
			return ""
		}
	}
	return ""
}

// cells returns the cells of a row. In markup they are elements.
func (j *judge) cells(row int32) (all []int32) {
	for k := range j.t.Within(row) {
		if len(all) == maxColumns {
			break
		}
		if !j.IsMarkup || j.t.Nodes[k].Kind == scan.Object {
			all = append(all, k)
		}
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
			j.row(j.cells(row), classes)
		case scan.Object:
			isRow = false
			for cells := range j.t.Within(row) {
				if j.t.Nodes[cells].Kind == scan.Array {
					j.row(j.cells(cells), classes)
				}
			}
		}
	}
	if isRow && rowNames[j.t.NameOf(i)] {
		j.row(j.cells(i), classes)
	}
}

var rowNames = rules.Set("rows")

// row forces the classes of columns on the cells of a row, except names of columns themselves.
func (j *judge) row(cells []int32, classes []rules.Class) {
	for at, k := range cells[:min(len(cells), len(classes))] {
		if c := classes[at]; c != rules.Plain && !(c == rules.Secret && j.column(j.textOf(k)) == rules.Secret) {
			j.cell(k, c)
		}
	}
}

// cell forces a class on a cell; in markup, on its texts.
func (j *judge) cell(i int32, c rules.Class) {
	if !j.IsMarkup {
		j.force(i, c)
		return
	}
	for k := i + 1; k < j.t.Nodes[i].End; k++ {
		if n := &j.t.Nodes[k]; n.Kind == scan.String && !n.IsAttr {
			j.force(k, c)
		}
	}
}

// array finds tables in an array of rows, names with their values behind them, and references.
func (j *judge) array(i int32) {
	cells := j.cells(i)
	if len(cells) == 0 {
		return
	}
	if j.t.Nodes[cells[0]].Kind == scan.Array {
		rows := make([][]int32, 0, len(cells))
		for _, row := range cells {
			rows = append(rows, j.cells(row))
		}
		j.table(rows)
		j.references(cells)
		return
	}
	j.references(cells)
	signs := j.t.Nodes[cells[0]].Kind == scan.String && signsIn.MatchString(j.textOf(cells[0])) // an event with its arguments (Socket.IO)
	isHeaders := strings.HasSuffix(strings.ToLower(j.t.NameOf(i)), "headers")
	name := rules.Plain
	for at, k := range cells {
		node := &j.t.Nodes[k]
		isText := node.Kind == scan.String && node.Value.Len() <= rules.MaxName
		if name != rules.Plain && (isText || node.Kind == scan.Number) {
			j.force(k, name)
		}
		name = rules.Plain
		if signs {
			name = rules.Shown
		}
		if !isText || len(cells) < 2 {
			continue
		}
		v := j.t.ValueOf(k)
		option := strings.TrimLeft(v, "-")
		switch {
		case j.info(option).Class != rules.Secret:
		case len(option) < len(v): // ["--password", "x"]
			name = rules.Secret
		case at%2 == 1:
		case isHeaders: // the raw headers of Node.js
			name = rules.Secret
		case len(cells) > 3 && len(cells)%2 == 0: // HGETALL (Upstash)
			name = rules.Shown
		}
	}
}

// references finds secrets in lists whose objects have the places of their values in the list, as
// the data of SvelteKit and Nuxt (devalue) and Remix (turbo-stream) have them.
func (j *judge) references(cells []int32) {
	for _, k := range cells {
		if j.t.Nodes[k].Kind != scan.Object {
			continue
		}
		for m := range j.t.Within(k) {
			if j.t.Nodes[m].Kind != scan.Number {
				continue
			}
			at, ok := j.cellAt(cells, j.t.Raw(j.t.Nodes[m].Value))
			if !ok {
				continue
			}
			name := j.t.NameOf(m)
			if place, isPlace := strings.CutPrefix(name, "_"); isPlace {
				if at, ok := j.cellAt(cells, place); ok {
					name = j.t.ValueOf(at)
				}
			}
			if j.info(name).Class == rules.Secret {
				j.force(at, rules.Secret)
			}
		}
	}
}

// cellAt returns the text at a place in a list.
func (j *judge) cellAt(cells []int32, place string) (int32, bool) {
	at, err := strconv.Atoi(place)
	if err != nil || at < 1 || at >= len(cells) || j.t.Nodes[cells[at]].Kind != scan.String {
		return 0, false
	}
	return cells[at], true
}

// table finds the secrets of a table by the names at the heads of its columns, above which there
// may be other lines, or else by those in rows of a name and a value.
func (j *judge) table(rows [][]int32) {
	for at, row := range rows[:min(len(rows), maxHeads)] {
		if classes := j.heads(row); len(rows) > 1 && j.isHead(row, at == 0, classes) {
			for _, row := range rows {
				j.row(row, classes)
			}
			return
		}
	}
	for _, row := range rows {
		if cells := j.filled(row); len(cells) == 2 && (j.IsMarkup || j.t.Nodes[cells[0]].Kind == scan.String) {
			v := j.textOf(cells[1])
			if c := j.column(j.textOf(cells[0])); c == rules.Secret && j.IsMarkup && (strings.Contains(v, " ") || IsTypeWord(v)) {
				j.cell(cells[1], rules.Shown)
			} else if c != rules.Plain {
				j.cell(cells[1], c)
			}
		}
	}
}

// isHead reports whether a row has the names of columns. Two cells, the first of which names a
// secret, are a name and a value more often, except in CSV.
func (j *judge) isHead(row []int32, isFirst bool, classes []rules.Class) bool {
	cells := j.filled(row)
	switch {
	case classes == nil || j.IsMarkup && !isFirst:
		return false
	case len(cells) == 1:
		return isFirst
	case len(cells) == 2 && j.column(j.textOf(cells[0])) != rules.Plain:
		if j.IsMarkup {
			return strings.EqualFold(j.t.Raw(j.t.Nodes[cells[1]].Name), "th")
		}
		return isFirst && j.t.Nodes[cells[0]].Values != scan.JSON
	}
	return true
}

// filled returns the cells that are not empty. Tables of text have an empty one at each end.
func (j *judge) filled(row []int32) (all []int32) {
	for _, k := range row {
		if n := &j.t.Nodes[k]; n.Value.Len() > 0 || n.Values == scan.JSON {
			all = append(all, k)
		}
	}
	return all
}

// labels finds values next to a label in XML and HTML: in the next text or field, and in the cells
// of a table.
func (j *judge) labels() {
	pending, isStrong, isLabel, left := rules.Plain, false, false, 0
	for i := int32(1); i < int32(len(j.t.Nodes)); i++ {
		n := &j.t.Nodes[i]
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

// markupTable finds the secrets of a table of HTML.
func (j *judge) markupTable(i int32) {
	var rows [][]int32
	for row := i + 1; row < j.t.Nodes[i].End; row++ {
		if n := &j.t.Nodes[row]; n.Kind == scan.Object && strings.EqualFold(j.t.Raw(n.Name), "tr") {
			rows = append(rows, j.cells(row))
		}
	}
	j.table(rows)
}
