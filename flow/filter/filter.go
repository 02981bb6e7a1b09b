// Package filter implements the language that selects flows: host:api.example.com status:4xx
// method:POST.
//
// [Parse] parses a filter, and [Filter.Match] reports whether it selects a flow. docs/filter.md
// describes the language for users. An invalid filter gives an [*Error] with the column of the
// mistake. [Filter.Decide] decides about an exchange in progress.
//
// A filter sees the flow it is given. To select among flows that are shown, give it the redacted
// flow: with a filter over secrets, a user could guess them piece by piece.
//
// Regular expressions are RE2, whose time is linear in the text. Bodies are decoded and searched up
// to 16 MiB.
//
// Read filter.go first, then parse.go for the syntax, fields.go for the fields and stage.go for
// exchanges in progress.
package filter

import (
	"slices"
	"strings"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
)

// maxBody bounds the searched part of a decoded body, in bytes.
const maxBody = 16 << 20

// Filter selects flows. It is safe for concurrent use. The zero value selects all flows.
type Filter struct {
	root   expression
	budget decode.Budget
}

// Parse parses a filter. The empty filter selects all flows. Relative times ("-1h", "today") are
// relative to now, in its time zone. The error is an [*Error].
func Parse(text string, now time.Time) (*Filter, error) {
	p := &parser{text: text, now: now}
	root, err := p.parse()
	if err != nil {
		return nil, err
	}
	return &Filter{root: root}, nil
}

// All reports whether the filter selects every flow.
func (f *Filter) All() bool { return f == nil || f.root == nil }

// Match reports whether the filter selects the flow.
func (f *Filter) Match(fl *flow.Flow) bool {
	return f.All() || f.root.judge((&subject{flow: fl, budget: &f.budget}).decide) == Yes
}

// Budget returns the budget of the bodies that Match decompresses. It decompresses no others.
func (f *Filter) Budget() *decode.Budget { return &f.budget }

// MatchTexts is Match for a flow whose bodies, with the messages of their side, are shown as these
// texts. The filter searches only the shown texts.
func (f *Filter) MatchTexts(fl *flow.Flow, request, response string) bool {
	return f.All() || f.root.judge((&subject{flow: fl, request: &request, response: &response}).decide) == Yes
}

// NeedsBodies reports whether Match needs the data of bodies. If not, flows without this data give
// the same result.
func (f *Filter) NeedsBodies() bool {
	return !f.All() && anyTerm(f.root, func(t *term) bool { return t.field.bodies })
}

// Host returns the host that all selected flows have, in the form of flow.Request.Authority, or ""
// if there is no such host. The caller may use it to find the flows by an index of hosts.
func (f *Filter) Host() string {
	if f.All() {
		return ""
	}
	for _, e := range conjuncts(f.root) {
		if t, ok := e.(*term); ok && t.field.name == "host" && !strings.ContainsAny(t.value, "*,~") &&
			!strings.HasPrefix(t.value, ".") {
			return strings.ToLower(t.value)
		}
	}
	return ""
}

// Text returns a word without a field, which selects by text in the URL, or "".
func (f *Filter) Text() string {
	text := ""
	if !f.All() {
		anyTerm(f.root, func(t *term) bool {
			if t.field == textField {
				text = t.value
			}
			return text != ""
		})
	}
	return text
}

// expression is a subexpression of a filter.
type expression interface {
	// judge joins the verdicts of its terms, in Kleene's logic.
	judge(of func(*term) Verdict) Verdict
}

type (
	and []expression
	or  []expression
	not struct{ operand expression }
)

// term is a field with a test of its value.
type term struct {
	field *field
	value string
	test  func(*subject) bool
}

// conjuncts returns the expressions that must all match.
func conjuncts(e expression) []expression {
	if a, ok := e.(and); ok {
		return a
	}
	return []expression{e}
}

// anyTerm reports whether test is true for a term of e.
func anyTerm(e expression, test func(*term) bool) bool {
	switch n := e.(type) {
	case *term:
		return test(n)
	case not:
		return anyTerm(n.operand, test)
	case and:
		return slices.ContainsFunc(n, func(x expression) bool { return anyTerm(x, test) })
	case or:
		return slices.ContainsFunc(n, func(x expression) bool { return anyTerm(x, test) })
	}
	return false
}
