// Package filter is the language that selects flows: host:api.example.com status:4xx method:POST.
//
// [Parse] reads a filter, [Filter.Match] says whether a flow is selected. The language is described once, for
// people, in docs/filter.md. A mistake is an [*Error] that knows its column.
//
// A filter looks at the flow it is given. To select on what is shown, give it the redacted flow: a filter over
// secrets would let whoever may filter guess them piece by piece.
//
// Regular expressions are RE2: their time is linear in the text. Bodies are decoded up to a bound of 16 MiB; what is
// beyond is not searched.
package filter

import (
	"strings"
	"time"

	"github.com/spectap/spectap/flow"
)

// maxBody bounds how much of a decoded body is searched, in bytes.
const maxBody = 16 << 20

// Filter selects flows. It never changes and may be used from any goroutine. The zero value selects all.
type Filter struct {
	root node
	text string
}

// Parse reads a filter. The empty one selects all. Times that are relative ("-1h", "today") are relative to now,
// in its zone. The error is an [*Error].
func Parse(text string, now time.Time) (*Filter, error) {
	p := &parser{text: text, now: now}
	root, err := p.parse()
	if err != nil {
		return nil, err
	}
	return &Filter{root: root, text: text}, nil
}

// String returns the text that the filter was made of.
func (f *Filter) String() string { return f.text }

// All says whether the filter selects every flow.
func (f *Filter) All() bool { return f == nil || f.root == nil }

// Match says whether f selects the flow.
func (f *Filter) Match(fl *flow.Flow) bool {
	return f.All() || f.root.match(&subject{flow: fl})
}

// NeedsBodies says whether Match looks at the data of bodies; otherwise flows without it do as well.
func (f *Filter) NeedsBodies() bool {
	return !f.All() && anyTerm(f.root, func(t *term) bool { return t.field.bodies })
}

// Host returns the one host that every flow selected has, as flow.Request.Authority has it, and "" when there is
// no such host: an index may then be used to find them.
func (f *Filter) Host() string {
	if f.All() {
		return ""
	}
	for _, n := range conjuncts(f.root) {
		if t, ok := n.(*term); ok && t.field.name == "host" && !strings.ContainsAny(t.value, "*,~") && !strings.HasPrefix(t.value, ".") {
			return strings.ToLower(t.value)
		}
	}
	return ""
}

// node is a part of a filter.
type node interface{ match(*subject) bool }

type (
	and []node
	or  []node
	not struct{ node }
)

func (a and) match(s *subject) bool {
	for _, n := range a {
		if !n.match(s) {
			return false
		}
	}
	return true
}

func (o or) match(s *subject) bool {
	for _, n := range o {
		if n.match(s) {
			return true
		}
	}
	return false
}

func (n not) match(s *subject) bool { return !n.node.match(s) }

// term is a field and what it must be.
type term struct {
	field *field
	value string
	test  func(*subject) bool
}

func (t *term) match(s *subject) bool { return t.test(s) }

// conjuncts are the parts that must all match.
func conjuncts(n node) []node {
	if a, ok := n.(and); ok {
		return a
	}
	return []node{n}
}

func anyTerm(n node, is func(*term) bool) bool {
	switch n := n.(type) {
	case *term:
		return is(n)
	case not:
		return anyTerm(n.node, is)
	case and:
		for _, x := range n {
			if anyTerm(x, is) {
				return true
			}
		}
	case or:
		for _, x := range n {
			if anyTerm(x, is) {
				return true
			}
		}
	}
	return false
}
