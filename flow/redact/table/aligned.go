package table

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/names"
)

// ofAligned returns the table that the text s is, if its first line has names in columns with two
// blanks or more between them, as programs print them. It returns nil if the text is no table, or
// none with secrets.
func ofAligned(s, head string) *Table {
	t := &Table{End: len(s), kind: aligned, at: len(head) + 1}
	if first := head[:cellEnd(head, 0)]; strings.HasSuffix(first, ":") {
		return nil // a list of names and values
	}
	secrets := false
	for from := 0; from < len(head); {
		end := cellEnd(head, from)
		name := strings.TrimRight(head[from:end], "\r")
		if t.heads == maxColumns || !names.IsColumn(name) {
			return nil
		}
		secrets = secrets || names.SecretOrPersonal(name) != names.Plain || names.PairRoleOf(strings.ToLower(name)) == names.ValueRole
		t.offsets[t.heads] = from
		t.heads++
		t.add(s, from, end, false)
		for from = end; from < len(head) && isBlank(head[from]); {
			from++
		}
	}
	if t.heads < 2 || !secrets {
		return nil
	}
	t.readHead(s)
	t.n = 0
	return t
}

// cellEnd returns the end of the cell of an aligned line that starts at k: two blanks, or the end.
func cellEnd(line string, k int) int {
	if n := strings.Index(line[k:], "  "); n >= 0 {
		return k + n
	}
	return len(line)
}

// readAlignedRow reads the cells of the next line. A cell is in the column below whose name it
// starts; a cell that is longer than its column moves those after it, which then stand in order.
func (t *Table) readAlignedRow(s string) {
	lineEnd := lineEndFrom(s, t.at)
	line := s[t.at:lineEnd]
	column := 0
	for from := 0; from < len(line) && column < t.heads; column++ {
		for from < len(line) && isBlank(line[from]) {
			from++
		}
		for column+1 < t.heads && from >= t.offsets[column+1] && line[t.offsets[column+1]-1] == ' ' {
			t.add(s, t.at, t.at, false) // an empty cell
			column++
		}
		end := cellEnd(line, from)
		t.add(s, t.at+from, t.at+end, false)
		from = end
	}
	t.at = min(len(s), lineEnd+1)
}
