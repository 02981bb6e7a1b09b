package search

import "regexp/syntax"

// ForRegexp returns the query for texts that match a regular expression: they have its literal
// texts and, of alternatives, those of one. It returns nil for an invalid expression.
func ForRegexp(expression string) *Query {
	tree, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return nil
	}
	return required(tree.Simplify())
}

// Limits of alternatives. More of them cost more than they rule out.
const (
	maxTexts = 48
	maxClass = 12 // characters of a class
)

// required returns the query for a simplified expression, which has no counted repetition.
func required(x *syntax.Regexp) *Query {
	if all := textsOf(x); all != nil {
		return forOneOf(all)
	}
	switch x.Op {
	case syntax.OpCapture, syntax.OpPlus:
		return required(x.Sub[0])
	case syntax.OpAlternate:
		list := make([]*Query, len(x.Sub))
		for i, sub := range x.Sub {
			list[i] = required(sub)
		}
		return or(list...)
	case syntax.OpConcat:
		var out *Query
		run := []string{""} // the texts since the last part that has too many
		for _, sub := range x.Sub {
			texts := textsOf(sub)
			if joined := cross(run, texts); joined != nil {
				run = joined
				continue
			}
			if out, run = And(out, forOneOf(run)), texts; texts == nil {
				out, run = And(out, required(sub)), []string{""}
			}
		}
		return And(out, forOneOf(run))
	}
	return nil
}

// textsOf returns the texts that an expression matches, or nil if there are too many.
func textsOf(x *syntax.Regexp) (out []string) {
	switch x.Op {
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText,
		syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return []string{""}
	case syntax.OpLiteral:
		return []string{string(x.Rune)}
	case syntax.OpCharClass:
		for i := 0; i+1 < len(x.Rune); i += 2 {
			if x.Rune[i+1]-x.Rune[i] >= maxClass || len(out) > maxClass {
				return nil
			}
			for r := x.Rune[i]; r <= x.Rune[i+1]; r++ {
				out = append(out, string(r))
			}
		}
	case syntax.OpCapture:
		return textsOf(x.Sub[0])
	case syntax.OpQuest:
		if out = textsOf(x.Sub[0]); out != nil {
			out = append(out, "")
		}
	case syntax.OpAlternate:
		for _, sub := range x.Sub {
			texts := textsOf(sub)
			if out = append(out, texts...); texts == nil || len(out) > maxTexts {
				return nil
			}
		}
	case syntax.OpConcat:
		out = []string{""}
		for _, sub := range x.Sub {
			out = cross(out, textsOf(sub))
		}
	}
	return out
}

// cross returns each of some texts followed by each of others, or nil if there are too many.
func cross(first, then []string) (out []string) {
	if len(first)*len(then) > maxTexts {
		return nil
	}
	for _, x := range first {
		for _, y := range then {
			out = append(out, x+y)
		}
	}
	return out
}

// forOneOf returns the query for texts that contain at least one of some.
func forOneOf(texts []string) *Query {
	list := make([]*Query, len(texts))
	for i, s := range texts {
		list[i] = ForText(s)
	}
	return or(list...)
}
