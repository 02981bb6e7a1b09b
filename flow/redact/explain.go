package redact

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/flow/redact/judge"
	"github.com/spectap/spectap/flow/redact/mark"
	"github.com/spectap/spectap/flow/redact/rules"
	"github.com/spectap/spectap/flow/redact/scan"
)

// Finding says what redaction hid and by which rule. It does not have the value.
type Finding struct {
	// Path has the names around the value, outermost first, with dots between them. It is "" in
	// text without structure.
	Path string
	// Line and Column are where the value begins, in lines and characters from 1. They are 0 where
	// what stands before the value changes as well, as in binary formats.
	Line, Column int
	// Rule is the id of a format of tokens, or a word for another reason, with the name that it
	// judges: "github-pat", "name password", "pair password", "random".
	Rule string
	// Reason says in words why the rule hides the value.
	Reason string
	// Length is that of the value, in bytes.
	Length int
	// Placeholder replaces the value.
	Placeholder string
	// Object is the text of the object of which another member names the value.
	Object string
}

// Explain is [Redactor.Body] for a body of any kind, and also returns the findings in the order of
// the body. A body that redaction cannot read is hidden completely.
func (r *Redactor) Explain(contentType string, data []byte) (out []byte, found []Finding) {
	t := &trace{why: isUnread, byClass: byLabel, shown: r.name}
	one := *r
	one.trace = t
	if out = one.readable(contentType, data); len(t.found) == 0 {
		out = one.Body(contentType, data)
	}
	return out, t.located(string(data), string(out))
}

// located returns the findings in their order in the redacted text. The text between two
// placeholders is also in the original, which gives the place of each value.
func (t *trace) located(text, out string) (all []Finding) {
	at, line, column := 0, 1, 1
	for start, end, ok := mark.Next(out); ok; start, end, ok = mark.Next(out) {
		k := slices.IndexFunc(t.found, func(f Finding) bool { return f.Placeholder == out[start:end] })
		before := out[:start]
		out = out[end:]
		skipped, isThere := offsetAfter(text[at:], before)
		for _, c := range text[at : at+skipped] {
			if column++; c == '\n' {
				line, column = line+1, 1
			}
		}
		if at += skipped; k < 0 {
			continue
		}
		f := t.found[k]
		if t.found = slices.Delete(t.found, k, k+1); isThere {
			f.Line, f.Column = line, column
		}
		all = append(all, f)
	}
	return all
}

// offsetAfter returns where a part of a text ends, or the end of the part if its beginning changed.
// A number that was replaced has quotes, which the text does not have.
func offsetAfter(text, part string) (int, bool) {
	for {
		for _, p := range [...]string{part, strings.TrimSuffix(part, `"`), strings.TrimPrefix(part, `"`), strings.Trim(part, `"`)} {
			if i := strings.Index(text, p); i >= 0 {
				return i + len(p), true
			}
		}
		if len(part) < 8 {
			return 0, false
		}
		part = part[(len(part)+1)/2:]
	}
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

// trace collects the findings of one pass over a body. The methods of a nil trace do nothing.
type trace struct {
	found   []Finding
	why     why    // of the value that is replaced next
	byClass why    // where the class of a value decides
	object  string // see Finding, of byClass
	shown   func(name string) string
	keeps   bool // values has the hidden values
	values  []Hidden
	path    string     // of the text around the tree
	tree    *scan.Tree // nil outside trees
	node    int32
}

// enter moves to a node of a tree, which has a path around it.
func (t *trace) enter(path string, tree *scan.Tree, i int32) {
	if t != nil {
		t.path, t.tree, t.node = path, tree, i
	}
}

// maxNames bounds the names of a path.
const maxNames = 16

// names returns the path of the value being redacted.
func (t *trace) names() string {
	if t == nil {
		return ""
	}
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

// because says why the value is replaced next.
func (t *trace) because(w why) {
	if t != nil {
		t.why = w
	}
}

// becauseOfClass is because for a value whose class decides.
func (t *trace) becauseOfClass() {
	if t != nil {
		t.why = t.byClass
	}
}

// setClass says why values have their class.
func (t *trace) setClass(w why) {
	if t != nil {
		t.byClass = w
	}
}

// add reports a value that a placeholder of a kind replaces.
func (t *trace) add(kind, value, placeholder string) {
	if t == nil {
		return
	}
	if t.keeps {
		isPersonal := kind == mark.Email || kind == mark.Card || kind == mark.ID || t.why.Rule == byName && rules.ClassOf(t.why.name) == rules.Identity
		t.values = append(t.values, Hidden{value, isPersonal})
		return
	}
	rule := strings.TrimSpace(t.why.ID + " " + t.shown(t.why.name))
	f := Finding{Path: t.names(), Rule: rule, Reason: t.why.Description, Length: len(value), Placeholder: placeholder}
	if f.Reason == judge.Named {
		f.Object = t.object
	}
	t.found = append(t.found, f)
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
			reason := reasons[i]
			for p := t.Nodes[i].Parent; p >= 0; p = t.Nodes[p].Parent {
				around := t.Nodes[p]
				r.trace.object = t.Text[around.Value.Start:around.Value.End]
				if reasons[p] != reason && around.End > p+2 { // an element with nothing but text is part of a member
					break
				}
			}
			return why{&rules.Rule{ID: "pair", Description: reason}, ""}
		case rules.ClassOf(name) >= rules.Weak:
			return why{byName, name}
		}
	}
	if isSelected {
		return userPath
	}
	return byLabel
}
