package extract

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"

	"github.com/spectap/spectap/internal/ascii"
)

// A selector is matched in one pass over the tree, which knows for each element which prefixes of
// the selector end there. The library tries each combination of ancestors instead: five times "div"
// on nested elements take hours.

// chain is a selector such as "ul > li a".
type chain struct {
	parts       []cascadia.Sel // without combinators
	combinators []byte         // before each part but the first: one of " >+~"
}

func compileCSS(expression string) (Finder, error) {
	if _, err := cascadia.ParseGroup(expression); err != nil {
		return nil, err
	}
	var group []chain
	for _, text := range splitOutside(expression, ",") {
		c, err := parseChain(text)
		if err != nil {
			return nil, err
		}
		group = append(group, c)
	}
	return func(ctx context.Context, body string) ([]Raw, error) {
		return within(ctx, func(m *meter) ([]Raw, error) {
			root, err := parseHTML(ctx, body)
			if err != nil {
				return nil, err
			}
			s := &selection{group: group, meter: m, hasPseudo: strings.Contains(expression, ":")}
			s.children(root, make([]state, len(group)))
			return s.found, nil
		})
	}, nil
}

// maxNested bounds the combinators, and the pseudo-classes, within parentheses: each multiplies the
// work for one element, which cannot be interrupted.
const maxNested = 1

func parseChain(text string) (chain, error) {
	var c chain
	depth, nested := 0, 0
	for _, r := range text {
		switch {
		case r == '(':
			depth++
		case r == ')':
			depth--
		case depth > 0 && strings.ContainsRune(":>~", r):
			nested++
		}
	}
	if nested > maxNested || nested > 0 && strings.Contains(text, ":has") {
		return c, fmt.Errorf("more than %d pseudo-classes or combinators within parentheses", maxNested)
	}
	for i, part := range splitOutside(text, " >+~\t\r\n\f") {
		combinator := byte(' ')
		if i > 0 {
			combinator, part = part[0], part[1:]
		}
		if strings.TrimSpace(part) == "" { // white space around a combinator
			if i > 0 && combinator > ' ' {
				c.combinators = append(c.combinators, combinator)
			}
			continue
		}
		if len(c.combinators) < len(c.parts) {
			c.combinators = append(c.combinators, max(combinator, ' '))
		} else if i > 0 && combinator > ' ' {
			return c, errors.New("two combinators in a row")
		}
		sel, err := cascadia.Parse(part)
		if err != nil {
			return c, err
		}
		c.parts = append(c.parts, sel)
	}
	if len(c.parts) == 0 || len(c.combinators) != len(c.parts)-1 {
		return c, errors.New("a combinator without a selector")
	}
	return c, nil
}

// splitOutside splits a selector at characters outside of quotes, brackets and parentheses. Each
// part but the first begins with its separator, unless that is a comma.
func splitOutside(text, separators string) []string {
	var out []string
	start, depth := 0, 0
	var quote byte
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '\\':
			i = afterEscape(text, i)
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '(' || c == '[':
			depth++
		case c == ')' || c == ']':
			depth--
		case depth == 0 && strings.IndexByte(separators, c) >= 0:
			out = append(out, text[start:i])
			if start = i; c == ',' {
				start++
			}
		}
	}
	return append(out, text[start:])
}

// afterEscape returns the index of the last byte of the escape at text[i]: a character, or up to
// six hexadecimal digits and a space.
func afterEscape(text string, i int) int {
	digits := 0
	for digits < 6 && i+1+digits < len(text) && ascii.IsHexDigit(text[i+1+digits]) {
		digits++
	}
	switch {
	case digits == 0:
		return i + 1
	case i+1+digits < len(text) && text[i+1+digits] == ' ':
		digits++
	}
	return i + digits
}

// selection is one pass over a tree.
type selection struct {
	group     []chain
	meter     *meter
	hasPseudo bool // there are pseudo-classes, such as :nth-child, which visit the siblings
	found     []Raw
}

// state tells which prefixes of a chain end at an element, and which at one of its ancestors or
// earlier siblings.
type state struct{ here, ancestors, previous, siblings []bool }

// children tests the elements below n. above has the states of n.
func (s *selection) children(n *html.Node, above []state) {
	last := make([]state, len(s.group)) // of the previous sibling
	before := 0
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		before++
		s.meter.spend(1)
		if s.hasPseudo {
			s.meter.spend(before / 8)
		}
		if c.Type != html.ElementNode {
			continue
		}
		states, isFound := make([]state, len(s.group)), false
		for i, chain := range s.group {
			states[i] = s.test(&chain, c, &above[i], &last[i])
			isFound = isFound || states[i].here[len(chain.parts)-1]
		}
		if isFound {
			if len(s.found) == maxFound {
				panic(abort{tooMany()})
			}
			s.found = append(s.found, Raw{html: c})
		}
		s.children(c, states)
		last = states
	}
}

// test returns the state of an element. parent and last are those of its parent and its previous
// sibling.
func (s *selection) test(c *chain, n *html.Node, parent, last *state) state {
	size := len(c.parts)
	s.meter.spend(1 + size/8)
	st := state{make([]bool, size), or(parent.here, parent.ancestors, size), last.here, or(last.here, last.siblings, size)}
	for i, part := range c.parts {
		if i > 0 {
			from := st.ancestors
			switch c.combinators[i-1] {
			case '>':
				from = parent.here
			case '+':
				from = last.here
			case '~':
				from = st.siblings
			}
			if from == nil || !from[i-1] {
				continue
			}
		}
		s.meter.spend(1)
		st.here[i] = part.Match(n)
	}
	return st
}

// or returns a new slice that is true where a or b is. Nil is all false.
func or(a, b []bool, size int) []bool {
	out := make([]bool, size)
	for i := range out {
		out[i] = a != nil && a[i] || b != nil && b[i]
	}
	return out
}
