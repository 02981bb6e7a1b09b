package redact

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spectap/spectap/flow/redact/rules"
	"github.com/spectap/spectap/flow/redact/scan"
)

// Finding says what redaction hid and by which rule. It does not have the value.
type Finding struct {
	// Path has the names around the value, outermost first, with dots between them. It is "" in
	// text without structure.
	Path string
	// Line and Column are where the value begins, in lines and characters from 1. A value within
	// the text of a member has the place of the member. They are 0 in binary formats, and of a
	// value that events split; behind one, columns are those in the text without it.
	Line, Column int
	// Rule is the id of a format of tokens, or a word for another reason, with the name that it
	// judges: "github-pat", "name password", "pair password", "random".
	Rule string
	// Reason says in words why the rule hides the value.
	Reason string
	// Length is that of the value, in bytes.
	Length int
}

// Explain is [Redactor.Body] for a body of any kind, and returns also what it hid, in the order of
// the body. A body that redaction cannot read is hidden as a whole.
func (r *Redactor) Explain(contentType string, data []byte) (out []byte, found []Finding) {
	t := &trace{why: isUnread, byClass: byLabel, shown: r.name}
	one := *r
	one.trace = t
	if out = one.readable(contentType, data); len(t.found) == 0 {
		out = one.Body(contentType, data)
	}
	slices.SortStableFunc(t.found, func(a, b traced) int { return cmp.Compare(a.offset, b.offset) })
	line, column, at := 1, 1, 0
	for _, f := range t.found {
		if f.offset >= 0 {
			before := data[at:max(at, min(f.offset, len(data)))]
			at += len(before)
			for len(before) > 0 {
				c, n := utf8.DecodeRune(before)
				if before, column = before[n:], column+1; c == '\n' {
					line, column = line+1, 1
				}
			}
			f.Line, f.Column = line, column
		}
		found = append(found, f.Finding)
	}
	return out, found
}

// why is the rule that hides a value, with the name that it judges, if it does.
type why struct {
	*rules.Rule
	name string
}

// The rules that are no row of a table.
var (
	byName    = &rules.Rule{ID: "name", Description: "the name is that of a secret or of personal data"}
	byScheme  = why{&rules.Rule{ID: "scheme", Description: "a credential behind its scheme"}, ""}
	byURL     = why{&rules.Rule{ID: "url", Description: "a password or key before a host"}, ""}
	byEmail   = why{&rules.Rule{ID: "email", Description: "an e-mail address"}, ""}
	byNumber  = why{&rules.Rule{ID: "number", Description: "a card, an account or a person, by form and check digits"}, ""}
	byRandom  = why{&rules.Rule{ID: "random", Description: "a long word that looks random"}, ""}
	byBase64  = why{&rules.Rule{ID: "base64", Description: "base64 of a text that has a secret"}, ""}
	byCookie  = why{&rules.Rule{ID: "cookie", Description: "the value of a cookie"}, ""}
	byHeader  = why{&rules.Rule{ID: "header", Description: "the header holds a credential"}, ""}
	byLink    = why{&rules.Rule{ID: "link", Description: "a link that opens something for who has it"}, ""}
	byPath    = why{&rules.Rule{ID: "path", Description: "the path says so"}, ""}
	byLabel   = why{&rules.Rule{ID: "pair", Description: "what stands before it: a label or a heading"}, ""}
	byUse     = why{&rules.Rule{ID: "used", Description: "a client used it as a credential"}, ""}
	isUnread  = why{&rules.Rule{ID: "unread", Description: "redaction cannot read it"}, ""}
	userNamed = &rules.Rule{ID: "name", Description: ofUser}
	userField = &rules.Rule{ID: "header", Description: ofUser}
	userText  = &rules.Rule{ID: "regexp", Description: ofUser}
	userPath  = why{&rules.Rule{ID: "json", Description: ofUser}, ""}
)

const ofUser = "a rule of the configuration"

// trace collects the findings of one pass over a body. A nil trace collects none: its methods do
// nothing.
type trace struct {
	found   []traced
	why     why // of the value that is replaced next
	start   int // of that value, in the body
	byClass why // where the class of a value decides
	shown   func(name string) string
	keeps   bool // values has what is hidden
	values  []Hidden
	place
}

// traced is a finding with its place in the body, -1 if it has none.
type traced struct {
	Finding
	offset int
}

// place is where the text is that is being redacted.
type place struct {
	path    string     // of the text around the tree
	tree    *scan.Tree // nil outside trees
	node    int32
	offset  int          // of the text in the body
	isFixed bool         // what is within the text has its place
	rounds  [][]replaced // how the text changed before
	pending []replaced
}

// replaced is a part of a text, and the size of what replaced it.
type replaced struct{ start, end, size int }

// here returns the place, to which back returns.
func (t *trace) here() (p place) {
	if t != nil {
		p = t.place
		p.path, p.tree = t.names(), nil
	}
	return p
}

func (t *trace) back(p place) {
	if t != nil {
		t.place = p
	}
}

// part moves to a part of the text that begins at an offset. If it is fixed, all within the part is
// reported there. An offset below 0 is none.
func (t *trace) part(at int, isFixed bool) {
	if t == nil || t.isFixed {
		return
	}
	if at >= 0 {
		at = t.origin(at)
	}
	t.place = place{path: t.path, offset: at, isFixed: isFixed}
}

// enter moves to a name or value of a tree in the text of a place.
func (t *trace) enter(around place, tree *scan.Tree, i int32, at scan.Span) {
	t.place = around
	t.part(int(at.Start), true)
	t.tree, t.node = tree, i
}

// maxNames bounds the names of a path.
const maxNames = 16

// names returns the path of what is being redacted.
func (t *trace) names() string {
	var names []string
	if t.path != "" {
		names = append(names, t.path)
	}
	if t.tree != nil {
		for i := t.node; i > 0 && len(names) < maxNames; i = t.tree.Nodes[i].Parent {
			if name := t.tree.NameOf(i); name != "" {
				names = slices.Insert(names, min(1, len(t.path)), t.shown(name))
			}
		}
	}
	return strings.Join(names, ".")
}

// origin returns where a place in the text is in the body.
func (t *trace) origin(at int) int {
	if t.isFixed {
		return t.offset
	}
	for _, round := range slices.Backward(t.rounds) {
		grown := 0
		for _, e := range round {
			if at < e.start+grown+e.size {
				at = min(at, e.start+grown)
				break
			}
			grown += e.size - (e.end - e.start)
		}
		at -= grown
	}
	return t.offset + at
}

// because says why the value that begins at a place in the text is replaced next.
func (t *trace) because(w why, at int) {
	if t != nil {
		t.why, t.start = w, t.origin(at)
	}
}

// becauseOfClass is because for a value whose class decides.
func (t *trace) becauseOfClass(at int) {
	if t != nil {
		t.because(t.byClass, at)
	}
}

// setClass says why values have their class.
func (t *trace) setClass(w why) {
	if t != nil {
		t.byClass = w
	}
}

// add reports a value that is replaced.
func (t *trace) add(value string) {
	if t != nil {
		t.found = append(t.found, traced{Finding{Path: t.names(), Rule: strings.TrimSpace(t.why.ID + " " + t.shown(t.why.name)), Reason: t.why.Description, Length: len(value)}, t.start})
	}
}

// replace notes that a part of the text is replaced by one of a size. After endRound, places are
// those in the new text.
func (t *trace) replace(start, end, size int) {
	if t != nil && !t.isFixed {
		t.pending = append(t.pending, replaced{start, end, size})
	}
}

func (t *trace) endRound() {
	if t != nil && len(t.pending) > 0 {
		t.rounds, t.pending = append(t.rounds, t.pending), nil
	}
}

// becauseOf returns why a node of a tree has its class: by the user, by what stands around it, by
// its name, or by that of what it is within.
func (r *Redactor) becauseOf(t *scan.Tree, i int32, reasons map[int32]string, isSelected bool) why {
	for ; i > 0; i = t.Nodes[i].Parent {
		name := t.NameOf(i)
		switch {
		case r.rules.names[strings.ToLower(name)]:
			return why{userNamed, name}
		case isSelected:
		case reasons[i] != "":
			return why{&rules.Rule{ID: "pair", Description: reasons[i]}, ""}
		case rules.ClassOf(name) >= rules.Weak:
			return why{byName, name}
		}
	}
	if isSelected {
		return userPath
	}
	return byLabel
}
