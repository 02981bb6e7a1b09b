package rules

import (
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// shape is the length of the matches of a regular expression, in bytes, and the size of its
// program, in instructions.
type shape struct {
	min, max, size int
	hasStops       bool // a match may have one of stops
}

// manyBytes is the length of an unbounded match.
const manyBytes = 1 << 20

// stops are characters that end a token which has no white space or quotes.
const stops = " \t\r\n\"'`<>\\"

// shapeOf returns the shape of an expression.
func shapeOf(re *syntax.Regexp) (s shape) {
	switch re.Op {
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			s.min += len(string(r))
		}
		return shape{s.min, s.min, len(re.Rune), strings.ContainsAny(string(re.Rune), stops)}
	case syntax.OpCharClass:
		return shape{1, utf8.RuneLen(re.Rune[len(re.Rune)-1]), 1, hasStop(re.Rune)}
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return shape{1, utf8.UTFMax, 1, true}
	case syntax.OpConcat, syntax.OpCapture:
		s.size = 2
		for _, sub := range re.Sub {
			s = s.then(shapeOf(sub))
		}
		return s
	case syntax.OpAlternate:
		s = shapeOf(re.Sub[0])
		for _, sub := range re.Sub[1:] {
			o := shapeOf(sub)
			s = shape{min(s.min, o.min), max(s.max, o.max), s.size + o.size + 1, s.hasStops || o.hasStops}
		}
		return s
	case syntax.OpQuest:
		s = shapeOf(re.Sub[0])
		return shape{0, s.max, s.size + 1, s.hasStops}
	case syntax.OpStar, syntax.OpPlus:
		s = shapeOf(re.Sub[0])
		return shape{s.min * int(re.Op-syntax.OpStar), manyBytes, s.size + 1, s.hasStops}
	case syntax.OpRepeat:
		s = shapeOf(re.Sub[0])
		times := re.Max
		if times < 0 {
			s.max, times = manyBytes, max(re.Min, 1)
		}
		return shape{s.min * re.Min, min(s.max*max(times, 1), manyBytes), min(s.size*max(times, 1), manyBytes) + 1, s.hasStops}
	}
	return shape{size: 1} // matches no bytes
}

// then returns the shape of one expression after another.
func (s shape) then(o shape) shape {
	return shape{min(s.min+o.min, manyBytes), min(s.max+o.max, manyBytes), min(s.size+o.size, manyBytes), s.hasStops || o.hasStops}
}

// hasStop reports whether a class, given by its ranges, has one of stops.
func hasStop(ranges []rune) bool {
	for _, c := range stops {
		for i := 0; i < len(ranges); i += 2 {
			if ranges[i] <= c && c <= ranges[i+1] {
				return true
			}
		}
	}
	return false
}
