package table_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/flow/redact/table"
)

// cells returns the cells of a table that are marked as secret.
func cells(t *table.Table, s string) (out []string) {
	for from := 0; ; {
		start, end, sensitivity, ok := t.Next(s, from)
		if !ok {
			return out
		}
		if sensitivity == names.Plain {
			return append(out, "plain")
		}
		out = append(out, s[start:end])
		from = end
	}
}

func TestTables(t *testing.T) {
	for _, tt := range []struct {
		text string
		want string // the secret cells
	}{
		{"| user | password |\n|---|---|\n| bob | one |\n| joe | two |\nend", "one two"},
		{"+---+---+\n| pin | b |\n+---+---+\n| 1 | 2 |\n+---+---+\n| 3 |\n", "1 3"},
		{" id | token \n----+----\n 1 | one\n\n 2 | two\n", "one"},
		{"| Field | Value | Note |\n|:--|--:|---|\n| `password` | one | n |\n| name | bob | n |", "one"},
		{"| Field | Meaning |\n|---|---|\n| password | of the user |", ""},
		{"user | bob\npassword | one\ntoken | two | x", "one"},
		{"| a \\| b | pin |\n|--|--|\n| 1 \\| 2 | 3 |", "3"},
		{"a, password\n1, one\n\"2, \"\"x\",\"two\"\n", "one two"},
		{"a;token\n1;\"o;ne\"\n", "o;ne"},
		{"a\ttoken\n1\tone", "one"},
		{"a;token\n\"1\"\"2;3\";\"o\"\"ne\";4\n", ""}, {"a;token\n\"1\"\"2;3\";\"o\"\"ne\"\n", "o\"\"ne"},
		{"a,pin\n\"1,\",one\n", "one"}, {"a,pin\n\"1,\"x,one\n\"2\n3\",two", "one two"},
		{"<tr><th>a<th>pin</tr>x<tr><td>1<td>one</tr>y<tr><td>2<td>two<i></tr></table>", "one two"},
		{"USER   PASSWORD  ROLE\nann    one       x\nbob              y\nsomebody    two  z\n", "one two"},
		{"USER   PASSWORD  ROLE\n       one       x", "one"},
		{"Sign in   password\n", ""}, {"USER   PASSWORD\n\n", ""}, {"password   \n \n", ""},
		{"name,value\npassword,one\nuser,bob", "one"},
		{"name,key,value\npassword,x,one\nuser,token,bob", "one"}, // the first name counts
		{"a,password\n1,2,3\n", ""},
		{"Sign in, password\n\nthen, go: on", ""},
		{"<tr><th>a<th>pin</th></tr><tr><td>1<td><i>2</i></td><tr><td>3<td>4</table><tr><td>5<td>6", "2 4"},
		{"<tr><td>a</td><td>b</td></tr><tr><td>password</td><td> one </td></tr>", "one"},
		{"<tr><th>Field<th>Value<th>Note<tr><td>pin<td>1<td>x", "1"},
		{"<tr><th>Field<th>Type<tr><td>pin<td>number", ""},
		{"<tr", ""}, {"<tr><td", ""}, {"<tr><td>", ""}, {"|", ""}, {"||", ""}, {"|\n|", ""}, {"pin,", ""}, {"pin,a\n", ""}, {"pin,a\n,", ""},
	} {
		tab := table.OfSeparated(tt.text)
		if tab == nil {
			if tab = new(table.Table); strings.HasPrefix(tt.text, "<") {
				tab.OfMarkup(tt.text, 0)
			} else if i := strings.IndexByte(tt.text, '|'); i >= 0 {
				tab.OfBars(tt.text, i)
			}
		}
		got := cells(tab, tt.text)
		if want := strings.Fields(tt.want); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", tt.text, got, want)
		}
		if tab.End > len(tt.text) {
			t.Errorf("%q: ends at %d", tt.text, tab.End)
		}
	}
}
