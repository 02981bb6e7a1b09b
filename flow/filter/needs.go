package filter

import "strings"

// Needs lists texts that all selected flows have in their URL, bodies and messages. The zero value
// lists none.
type Needs struct {
	Text string  // as a term has it: text in any case, or a regular expression after "~"
	All  []Needs // all of these
	Any  []Needs // one of these at least
}

// Needs returns the texts by which an index can find the flows that may be selected.
func (f *Filter) Needs() Needs {
	if f.All() {
		return Needs{}
	}
	return needsOf(f.root)
}

func needsOf(e expression) Needs {
	var out Needs
	switch n := e.(type) {
	case and:
		for _, x := range n {
			out.All = append(out.All, needsOf(x))
		}
	case or:
		for _, x := range n {
			out.Any = append(out.Any, needsOf(x))
		}
	case *term:
		isRegexp := strings.HasPrefix(n.value, "~")
		switch {
		case n.field.bodies, n.field == textField, n.field.name == "path" && isRegexp:
			out.Text = n.value
		case n.field.name == "path":
			for part := range strings.SplitSeq(n.value, "*") {
				out.All = append(out.All, Needs{Text: part})
			}
		}
	}
	return out
}
