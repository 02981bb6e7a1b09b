package table_test

import (
	"strings"
	"testing"

	"github.com/spectap/spectap/flow/redact/table"
)

// FuzzTables reads tables from any text. The cells are in the text, in their order.
func FuzzTables(f *testing.F) {
	f.Add("| a | pin |\n|---|---|\n| 1 | 2 |\n")
	f.Add("a;pin\n\"1;\"\"\";2\n")
	f.Add("<table><tr><th>a<th>pin<tr><td>1<td><b>2</b></table>")
	f.Add("pin | 1\ntoken | 2\n+--+\n|")
	f.Fuzz(func(t *testing.T, s string) {
		check := func(tab *table.Table) {
			if tab.End < 0 || tab.End > len(s) {
				t.Fatalf("%q ends at %d", s, tab.End)
			}
			for from := 0; ; {
				start, end, _, ok := tab.Next(s, from)
				if !ok {
					return
				}
				if start < from || end <= start || end > tab.End {
					t.Fatalf("%q: a cell at %d to %d after %d", s, start, end, from)
				}
				from = end
			}
		}
		if tab := table.OfSeparated(s); tab != nil {
			check(tab)
		}
		var tab table.Table
		if i := strings.IndexByte(s, '|'); i >= 0 {
			tab.OfBars(s, i)
			check(&tab)
		}
		tab.OfMarkup(s, 0)
		check(&tab)
	})
}
