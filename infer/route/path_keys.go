package route

import (
	"strings"

	"github.com/spectap/spectap/infer/sketch"
)

// keyBreak separates the text before the first of two named keys from the text between them, in the
// prefix of a shared label. No segment contains it; there it would be %01.
const keyBreak = "\x01"

// setKeys recognizes the named keys of OData, as in Items(Order='7',Line=2), and gives the segment
// the label of the shared node. One key or two are values of their own, and more are one value.
func (s *segment) setKeys() bool {
	open := strings.IndexByte(s.encoded, '(')
	if open < 1 || !strings.HasSuffix(s.encoded, ")") || !isName(s.encoded[:open]) || shapeOf(s.encoded[:open]).isStrong() {
		return false
	}
	var before []string // the text before each value
	text := s.encoded[open+1 : len(s.encoded)-1]
	last, value := s.encoded[:open+1], ""
	for key := range strings.SplitSeq(text, ",") {
		name, v, ok := strings.Cut(key, "=")
		if !ok || !isName(name) || shapeOf(name).isStrong() {
			return false
		}
		quote := ""
		if value = v; len(v) > 2 && v[0] == '\'' && v[len(v)-1] == '\'' {
			quote, value = "'", v[1:len(v)-1]
		} else if !shapeOf(v).isStrong() {
			return false
		}
		before = append(before, last+name+"="+quote)
		last = quote + ","
	}
	end := strings.TrimSuffix(last, ",") + ")"
	switch s.ownNode = false; len(before) {
	case 1:
		if s.shape = shapeOf(value); !s.shape.isStrong() {
			s.shape = shapeOverflow
		}
		s.label = sharedLabel(s.shape, before[0], end)
	case 2:
		s.shape = shapeRange
		s.label = sharedLabel(shapeRange, before[0]+keyBreak+before[1], end)
		return true
	default:
		value, s.shape = text, shapeOverflow
		s.label = sharedLabel(shapeOverflow, s.encoded[:open+1], ")")
	}
	_, plain := normalize(value)
	s.hash = sketch.Hash(plain) // the value as bodies hold it
	return true
}

// keyName returns the name of the key that a text before its value ends in, or "".
func keyName(before string) string {
	name, ok := strings.CutSuffix(strings.TrimSuffix(before, "'"), "=")
	if i := strings.LastIndexAny(name, "(,;"); ok && i >= 0 {
		return name[i+1:]
	}
	return ""
}
