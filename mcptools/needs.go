package mcptools

import (
	"maps"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
)

// needs says which grams a text must have for something to be found in it: all of its own, and of each list of
// alternatives what one of them needs. nil needs nothing. How it is read off an expression is told in Russ Cox,
// "Regular Expression Matching with a Trigram Index", https://swtch.com/~rsc/regexp/regexp4.html.
type needs struct {
	all []places
	any [][]*needs
}

// metBy says whether texts with these grams can have what is needed.
func (n *needs) metBy(f *filter) bool {
	if n == nil {
		return true
	}
	for _, p := range n.all {
		if f[p[0]/64]&(1<<(p[0]%64)) == 0 || f[p[1]/64]&(1<<(p[1]%64)) == 0 {
			return false
		}
	}
	for _, list := range n.any {
		if !slices.ContainsFunc(list, func(x *needs) bool { return x.metBy(f) }) {
			return false
		}
	}
	return true
}

// needsOfText is for a text that stands somewhere, in any case of its letters.
func needsOfText(s string) *needs { return needsOfFolded(foldAll([]rune(s))) }

func needsOfFolded(s string) *needs {
	if g := grams(s); g != nil {
		return &needs{all: g}
	}
	return nil
}

// needsOfWords is for the runs of letters and digits of a value: what is between them may be written with escapes
// where the value stands.
func needsOfWords(value string) *needs {
	var out *needs
	for _, word := range strings.FieldsFunc(value, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		out = both(out, needsOfText(word))
	}
	return out
}

// needsOfOne is for texts, as they are in trigrams, of which one stands somewhere.
func needsOfOne(texts []string) *needs {
	list := make([]*needs, len(texts))
	for i, s := range texts {
		list[i] = needsOfFolded(s)
	}
	return one(list...)
}

// both needs what x and y do.
func both(x, y *needs) *needs {
	if x == nil {
		return y
	}
	if y == nil {
		return x
	}
	return &needs{all: slices.Concat(x.all, y.all), any: slices.Concat(x.any, y.any)}
}

// one needs what any of a list does.
func one(list ...*needs) *needs {
	if len(list) == 0 || slices.Contains(list, nil) {
		return nil
	}
	if len(list) == 1 {
		return list[0]
	}
	return &needs{any: [][]*needs{list}}
}

// needsOfExpression is for a match of a regular expression.
func needsOfExpression(expression string) *needs {
	tree, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return nil
	}
	k := knowledge(tree.Simplify())
	return k.forget().needs
}

// known is what is known of all matches of an expression. Texts are as in trigrams: one case of each letter.
type known struct {
	exact []string // all that it matches, if that is a few texts; else nil
	// Without exact: each match begins with one of head and ends with one of tail, "" being all that is known.
	head, tail []string
	needs      *needs
}

// Bounds of what is known: more alternatives cost more than they rule out.
const (
	maxKnown  = 48  // texts in a list
	maxEdge   = 8   // bytes of a text in head and tail that grow
	maxLetter = 12  // characters of a class that count as alternatives
	maxExact  = 512 // bytes of all texts in exact beside the longest
)

func anything() known { return known{head: []string{""}, tail: []string{""}} }

func exactly(texts ...string) known { return known{exact: texts} }

// knowledge reads a simplified expression, which has no counted repetition.
func knowledge(x *syntax.Regexp) known {
	switch x.Op {
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText, syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return exactly("")
	case syntax.OpLiteral:
		return exactly(foldAll(x.Rune))
	case syntax.OpCharClass:
		return class(x.Rune)
	case syntax.OpCapture:
		return knowledge(x.Sub[0])
	case syntax.OpPlus:
		return knowledge(x.Sub[0]).forget()
	case syntax.OpQuest:
		return either(knowledge(x.Sub[0]), exactly(""))
	case syntax.OpConcat:
		out := exactly("")
		for _, sub := range x.Sub {
			out = then(out, knowledge(sub))
		}
		return out
	case syntax.OpAlternate:
		out := knowledge(x.Sub[0])
		for _, sub := range x.Sub[1:] {
			out = either(out, knowledge(sub))
		}
		return out
	}
	return anything() // any character, any number of times
}

func foldAll(runes []rune) string {
	var b strings.Builder
	for _, r := range runes {
		b.WriteRune(fold(r))
	}
	return b.String()
}

// class knows the characters of a small class, given as pairs of first and last.
func class(pairs []rune) known {
	letters := map[string]bool{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1]-pairs[i] > 2*maxLetter { // of two cases
			return anything()
		}
		for r := pairs[i]; r <= pairs[i+1]; r++ {
			letters[string(fold(r))] = true
		}
	}
	if len(letters) == 0 || len(letters) > maxLetter {
		return anything()
	}
	return exactly(slices.Sorted(maps.Keys(letters))...)
}

// forget turns exact into what else is known.
func (k known) forget() known {
	if k.exact == nil {
		return k
	}
	return known{head: k.exact, tail: k.exact, needs: needsOfOne(k.exact)}
}

// edges are head and tail whether or not all is known.
func (k known) edges() (head, tail []string) {
	if k.exact != nil {
		return k.exact, k.exact
	}
	return k.head, k.tail
}

// then knows a match of x with one of y behind it.
func then(x, y known) known {
	if x.exact != nil && y.exact != nil {
		if joined := products(x.exact, y.exact); small(joined) {
			return known{exact: joined}
		}
	}
	xHead, xTail := x.edges()
	yHead, yTail := y.edges()
	out := known{head: xHead, tail: yTail, needs: both(x.forget().needs, y.forget().needs)}
	if x.exact != nil {
		out.head = products(x.exact, yHead)
	}
	if y.exact != nil {
		out.tail = products(xTail, y.exact)
	}
	// What stands across the border.
	if border := products(edge(xTail, last), edge(yHead, first)); border != nil {
		out.needs = both(out.needs, needsOfOne(border))
	}
	out.head, out.tail = edge(out.head, first), edge(out.tail, last)
	if out.head == nil {
		out.head = edge(xHead, first)
	}
	if out.tail == nil {
		out.tail = edge(yTail, last)
	}
	return out
}

// either knows a match of x or one of y.
func either(x, y known) known {
	if x.exact != nil && y.exact != nil {
		if all := distinct(slices.Concat(x.exact, y.exact)); small(all) {
			return known{exact: all}
		}
	}
	xHead, xTail := x.edges()
	yHead, yTail := y.edges()
	return known{
		head:  edge(slices.Concat(xHead, yHead), first),
		tail:  edge(slices.Concat(xTail, yTail), last),
		needs: one(x.forget().needs, y.forget().needs),
	}
}

// products are all texts of one list with one of the other behind; nil when these are too many.
func products(xs, ys []string) []string {
	if len(xs)*len(ys) > maxKnown {
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

// small says whether a list, nil being too many, is worth to be kept whole.
func small(texts []string) bool {
	sum, longest := 0, 0
	for _, s := range texts {
		sum, longest = sum+len(s), max(longest, len(s))
	}
	return texts != nil && len(texts) <= maxKnown && sum-longest <= maxExact
}

func distinct(texts []string) []string {
	slices.Sort(texts)
	return slices.Compact(texts)
}

// first and last are n bytes at most of a text's beginning and end.
func first(s string, n int) string { return s[:min(n, len(s))] }
func last(s string, n int) string  { return s[max(0, len(s)-n):] }

// edge shortens texts of which one begins or ends each match, until they are few; nil stays nil.
func edge(texts []string, part func(string, int) string) []string {
	if texts == nil {
		return nil
	}
	var out []string
	for n := maxEdge; n >= 0; n-- {
		out = make([]string, len(texts))
		for i, s := range texts {
			out[i] = part(s, n)
		}
		if out = distinct(out); len(out) <= maxKnown/4 {
			break
		}
	}
	return out
}
