package table

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/names"
)

// maxColumns bounds the inspected columns of a table.
const maxColumns = 128

// Columns is what the first row of a table says about the cells of the others.
type Columns struct {
	sensitivity [maxColumns]names.Sensitivity // Secret, Personal or Plain
	hasAny      bool                          // one of them is not Plain
	name, value int                           // the columns of names and of their values, if value is not 0
	isPairs     bool                          // without names, rows of two cells are a name and a value
}

// ColumnsOf reads the names of n columns.
func ColumnsOf(n int, name func(int) string) (c Columns) {
	c.name = -1
	for i := range min(n, maxColumns) {
		label := name(i)
		c.sensitivity[i] = names.SecretOrPersonal(label)
		c.hasAny = c.hasAny || c.sensitivity[i] != names.Plain
		switch names.PairRoleOf(strings.ToLower(label)) {
		case names.NamesRole:
			if c.name < 0 {
				c.name = i
			}
		case names.ValueRole:
			if c.name >= 0 && c.value == 0 {
				c.value = i
			}
		}
	}
	return c
}

// marks reports whether a cell may be secret.
func (c *Columns) marks() bool { return c.hasAny || c.isPairs || c.value > 0 }

// Sensitivity returns the sensitivity of cell i of a row of n cells, Plain if nothing is said.
func (c *Columns) Sensitivity(i, n int, cell func(int) string) names.Sensitivity {
	switch {
	case i >= maxColumns:
		return names.Plain
	case c.sensitivity[i] != names.Plain:
		return c.sensitivity[i]
	case c.value > 0 && i == c.value && c.name < n:
		return names.SecretOrPersonal(cell(c.name))
	case c.isPairs && n == 2 && i == 1:
		return names.SecretOrPersonal(cell(0))
	}
	return names.Plain
}
