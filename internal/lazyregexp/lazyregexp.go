// Package lazyregexp compiles regular expressions at their first use, so that a program with many
// does not compile all of them when it starts.
//
// A syntax error panics at the first use, not at the start: each expression needs a test that uses
// it.
package lazyregexp

import (
	"regexp"
	"sync"
)

// Regexp is a regular expression. It is safe for concurrent use.
type Regexp struct{ get func() *regexp.Regexp }

// New returns an expression in the syntax of package regexp.
func New(expr string) *Regexp {
	return &Regexp{sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })}
}

// Get returns the compiled expression.
func (r *Regexp) Get() *regexp.Regexp { return r.get() }

// MatchString reports whether a text has a match.
func (r *Regexp) MatchString(s string) bool { return r.get().MatchString(s) }

// FindString returns the first match, or "".
func (r *Regexp) FindString(s string) string { return r.get().FindString(s) }
