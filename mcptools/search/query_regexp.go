package search

import (
	"maps"
	"regexp/syntax"
	"slices"
	"strings"
)

// ForRegexp returns the query for texts that match a regular expression. It follows Russ Cox,
// "Regular Expression Matching with a Trigram Index", https://swtch.com/~rsc/regexp/regexp4.html.
// It returns nil for an invalid expression.
func ForRegexp(expression string) *Query {
	tree, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return nil
	}
	return analyze(tree.Simplify()).withoutExact().query
}

// regexpInfo describes all matches of an expression. Its strings are folded.
type regexpInfo struct {
	exact []string // all matches, or nil if there are too many
	// If exact is nil, each match begins with one of prefix and ends with one of suffix. An empty
	// string in these lists admits every match.
	prefix, suffix []string
	query          *Query
}

// Limits of the lists in a regexpInfo. More alternatives cost more than they rule out.
const (
	maxStrings    = 48  // strings in a list
	maxAffix      = 8   // bytes of a prefix or suffix that grows
	maxClass      = 12  // characters of a class that count as alternatives
	maxExactBytes = 512 // bytes of all strings in exact, without the longest
)

func anyMatch() regexpInfo { return regexpInfo{prefix: []string{""}, suffix: []string{""}} }

func exactly(matches ...string) regexpInfo { return regexpInfo{exact: matches} }

// analyze describes a simplified expression, which has no counted repetition.
func analyze(x *syntax.Regexp) regexpInfo {
	switch x.Op {
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText,
		syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return exactly("")
	case syntax.OpLiteral:
		return exactly(foldAll(x.Rune))
	case syntax.OpCharClass:
		return charClass(x.Rune)
	case syntax.OpCapture:
		return analyze(x.Sub[0])
	case syntax.OpPlus:
		return analyze(x.Sub[0]).withoutExact()
	case syntax.OpQuest:
		return alternate(analyze(x.Sub[0]), exactly(""))
	case syntax.OpConcat:
		out := exactly("")
		for _, sub := range x.Sub {
			out = concat(out, analyze(sub))
		}
		return out
	case syntax.OpAlternate:
		out := analyze(x.Sub[0])
		for _, sub := range x.Sub[1:] {
			out = alternate(out, analyze(sub))
		}
		return out
	}
	return anyMatch() // OpStar, OpAnyChar and the like
}

func foldAll(runes []rune) string {
	var b strings.Builder
	for _, r := range runes {
		b.WriteRune(fold(r))
	}
	return b.String()
}

// charClass describes a character class, given as pairs of first and last character.
func charClass(pairs []rune) regexpInfo {
	characters := map[string]bool{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1]-pairs[i] > 2*maxClass { // twice, because of upper and lower case
			return anyMatch()
		}
		for r := pairs[i]; r <= pairs[i+1]; r++ {
			characters[string(fold(r))] = true
		}
	}
	if len(characters) == 0 || len(characters) > maxClass {
		return anyMatch()
	}
	return exactly(slices.Sorted(maps.Keys(characters))...)
}

// withoutExact returns a description without exact: repetition adds matches.
func (x regexpInfo) withoutExact() regexpInfo {
	if x.exact == nil {
		return x
	}
	return regexpInfo{prefix: x.exact, suffix: x.exact, query: forOneOf(x.exact)}
}

// affixes returns the prefixes and suffixes of all matches.
func (x regexpInfo) affixes() (prefix, suffix []string) {
	if x.exact != nil {
		return x.exact, x.exact
	}
	return x.prefix, x.suffix
}

// concat describes a match of x followed by a match of y.
func concat(x, y regexpInfo) regexpInfo {
	if x.exact != nil && y.exact != nil {
		if joined := cross(x.exact, y.exact); isSmall(joined) {
			return regexpInfo{exact: joined}
		}
	}
	xPrefix, xSuffix := x.affixes()
	yPrefix, ySuffix := y.affixes()
	out := regexpInfo{prefix: xPrefix, suffix: ySuffix, query: And(x.withoutExact().query, y.withoutExact().query)}
	if x.exact != nil {
		out.prefix = cross(x.exact, yPrefix)
	}
	if y.exact != nil {
		out.suffix = cross(xSuffix, y.exact)
	}
	// The text across the border between the two matches.
	if border := cross(shorten(xSuffix, lastBytes), shorten(yPrefix, firstBytes)); border != nil {
		out.query = And(out.query, forOneOf(border))
	}
	out.prefix, out.suffix = shorten(out.prefix, firstBytes), shorten(out.suffix, lastBytes)
	if out.prefix == nil {
		out.prefix = shorten(xPrefix, firstBytes)
	}
	if out.suffix == nil {
		out.suffix = shorten(ySuffix, lastBytes)
	}
	return out
}

// alternate describes a match of x or of y.
func alternate(x, y regexpInfo) regexpInfo {
	if x.exact != nil && y.exact != nil {
		if all := distinct(slices.Concat(x.exact, y.exact)); isSmall(all) {
			return regexpInfo{exact: all}
		}
	}
	xPrefix, xSuffix := x.affixes()
	yPrefix, ySuffix := y.affixes()
	return regexpInfo{
		prefix: shorten(slices.Concat(xPrefix, yPrefix), firstBytes),
		suffix: shorten(slices.Concat(xSuffix, ySuffix), lastBytes),
		query:  or(x.withoutExact().query, y.withoutExact().query),
	}
}

// cross returns each string of xs followed by each of ys, or nil if there are too many.
func cross(xs, ys []string) []string {
	if len(xs)*len(ys) > maxStrings {
		return nil
	}
	out := make([]string, 0, len(xs)*len(ys))
	for _, x := range xs {
		for _, y := range ys {
			out = append(out, x+y)
		}
	}
	return distinct(out)
}

// isSmall reports whether a list may be used as exact. A nil list means too many strings.
func isSmall(list []string) bool {
	sum, longest := 0, 0
	for _, s := range list {
		sum, longest = sum+len(s), max(longest, len(s))
	}
	return list != nil && len(list) <= maxStrings && sum-longest <= maxExactBytes
}

func distinct(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

func firstBytes(s string, n int) string { return s[:min(n, len(s))] }
func lastBytes(s string, n int) string  { return s[max(0, len(s)-n):] }

// shorten cuts prefixes or suffixes until the list is short; cut returns n bytes of a string. A
// nil list stays nil.
func shorten(list []string, cut func(s string, n int) string) []string {
	if list == nil {
		return nil
	}
	var out []string
	for n := maxAffix; n >= 0; n-- {
		out = make([]string, len(list))
		for i, s := range list {
			out[i] = cut(s, n)
		}
		if out = distinct(out); len(out) <= maxStrings/4 {
			break
		}
	}
	return out
}
