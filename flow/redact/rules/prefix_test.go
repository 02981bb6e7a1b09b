package rules

import (
	"regexp/syntax"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

// TestKeywordsBeginMatches checks that each match of a format begins with one of its keywords, or has
// a bound and a class of characters before the keyword.
func TestKeywordsBeginMatches(t *testing.T) {
	for _, l := range BuiltIn().links[1:] {
		for _, f := range l.formats {
			p := f.program()
			if p.lead > 0 {
				if p.max > maxBefore {
					t.Errorf("%s: matches of %d bytes, with %d before the keyword", f.ID, p.max, p.lead)
				}
				continue
			}
			tree := must.Get(syntax.Parse(f.expr, syntax.Perl))
			heads, _ := prefixes(tree)
			for _, head := range heads {
				if !slices.ContainsFunc(f.keywords, func(k string) bool { return strings.HasPrefix(head, k) }) {
					t.Errorf("%s: no keyword for %q", f.ID, head)
				}
			}
		}
	}
}

// Bounds of the sets of prefixes that are looked at.
const (
	maxPrefixes = 64
	maxClass    = 16 // characters of a class
)

// prefixes returns texts in lower case, with one of which every match of an expression begins.
// exact tells whether they are the matches.
func prefixes(re *syntax.Regexp) (set []string, exact bool) {
	switch re.Op {
	case syntax.OpLiteral:
		return []string{strings.ToLower(string(re.Rune))}, true
	case syntax.OpCharClass:
		for i := 0; i < len(re.Rune); i += 2 {
			for r := re.Rune[i]; r <= re.Rune[i+1]; r++ {
				if set = append(set, strings.ToLower(string(r))); len(set) > maxClass {
					return []string{""}, false
				}
			}
		}
		return set, true
	case syntax.OpCapture:
		return prefixes(re.Sub[0])
	case syntax.OpConcat:
		set, exact = []string{""}, true
		for _, sub := range re.Sub {
			more, whole := prefixes(sub)
			if len(set)*len(more) > maxPrefixes {
				return set, false
			}
			var joined []string
			for _, a := range set {
				for _, b := range more {
					joined = append(joined, a+b)
				}
			}
			if set = joined; !whole {
				return set, false
			}
		}
		return set, true
	case syntax.OpAlternate:
		exact = true
		for _, sub := range re.Sub {
			more, whole := prefixes(sub)
			set, exact = append(set, more...), exact && whole
		}
		return set, exact && len(set) <= maxPrefixes
	case syntax.OpQuest:
		set, exact = prefixes(re.Sub[0])
		return append(set, ""), exact
	case syntax.OpPlus:
		set, _ = prefixes(re.Sub[0])
		return set, false
	case syntax.OpBeginLine, syntax.OpBeginText, syntax.OpWordBoundary, syntax.OpNoWordBoundary, syntax.OpEmptyMatch:
		return []string{""}, true
	}
	return []string{""}, false
}
