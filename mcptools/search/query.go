package search

import (
	"slices"
	"strings"
	"unicode"

	"github.com/spectap/spectap/flow/filter"
)

// Query says which trigrams a text must contain in order to match: all of its own grams, and one of
// the alternatives in each list. A nil Query admits every text.
type Query struct {
	all []gramBits
	any [][]*Query
}

// admits reports whether texts with these grams may match.
func (q *Query) admits(f *bloomFilter) bool {
	if q == nil {
		return true
	}
	if !f.hasAll(q.all) {
		return false
	}
	for _, alternatives := range q.any {
		if !slices.ContainsFunc(alternatives, func(x *Query) bool { return x.admits(f) }) {
			return false
		}
	}
	return true
}

// ForText returns the query for texts that contain s, in upper or lower case.
func ForText(s string) *Query { return forFolded(foldAll([]rune(s))) }

// ForWords returns the query for texts that contain the words of a value. The characters between
// words may be escaped in the text.
func ForWords(value string) *Query {
	var out *Query
	isSeparator := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
	for _, word := range strings.FieldsFunc(value, isSeparator) {
		out = And(out, ForText(word))
	}
	return out
}

// ForFilter returns the query for flows that a filter may select.
func ForFilter(f *filter.Filter) *Query { return forNeeds(f.Needs()) }

func forNeeds(n filter.Needs) *Query {
	var out *Query
	if pattern, ok := strings.CutPrefix(n.Text, "~"); ok {
		out = ForRegexp(pattern)
	} else {
		out = ForText(n.Text)
	}
	for _, x := range n.All {
		out = And(out, forNeeds(x))
	}
	if len(n.Any) == 0 {
		return out
	}
	alternatives := make([]*Query, len(n.Any))
	for i, x := range n.Any {
		alternatives[i] = forNeeds(x)
	}
	return And(out, or(alternatives...))
}

func forFolded(s string) *Query {
	if g := foldedGrams(s); g != nil {
		return &Query{all: g}
	}
	return nil
}

// forOneOf returns the query for texts that contain at least one of the folded strings.
func forOneOf(folded []string) *Query {
	list := make([]*Query, len(folded))
	for i, s := range folded {
		list[i] = forFolded(s)
	}
	return or(list...)
}

// And returns the query for texts that both queries admit.
func And(x, y *Query) *Query {
	if x == nil {
		return y
	}
	if y == nil {
		return x
	}
	return &Query{all: slices.Concat(x.all, y.all), any: slices.Concat(x.any, y.any)}
}

func or(list ...*Query) *Query {
	if len(list) == 0 || slices.Contains(list, nil) {
		return nil
	}
	if len(list) == 1 {
		return list[0]
	}
	return &Query{any: [][]*Query{list}}
}
