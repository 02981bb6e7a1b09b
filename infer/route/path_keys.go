package route

import (
	"strings"

	"github.com/spectap/spectap/infer/bottomk"
)

// keyBreak separates the texts before the values of several named keys, in the prefix of a shared
// label. No segment contains it; there it would be %01.
const keyBreak = "\x01"

// maxKeys is the greatest number of named keys that are values of their own. Entities of SAP have
// up to six, views of Northwind up to nine.
const maxKeys = 12

// setKeys recognizes the named keys of OData, as in Items(Order='7',Line=2), and gives the segment
// the label of the shared node. Each key is a value of its own.
func (s *segment) setKeys() bool {
	open := strings.IndexByte(s.encoded, '(')
	if open < 1 || !strings.HasSuffix(s.encoded, ")") || !isQualifiedName(s.encoded[:open]) || shapeOf(s.encoded[:open]).isStrong() {
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
		kind, quoted, isQuoted := strings.Cut(v, "'")
		switch value = v; {
		case isQuoted && len(quoted) > 1 && quoted[len(quoted)-1] == '\'' && (kind == "" || isTypeOfKey(kind)):
			kind, value = kind+"'", quoted[:len(quoted)-1]
			before, last = append(before, last+name+"="+kind), "',"
		case shapeOf(v).isStrong(), isTypedLiteral(v):
			before, last = append(before, last+name+"="), ","
		default:
			return false
		}
	}
	end := strings.TrimSuffix(last, ",") + ")"
	switch s.ownNode = false; {
	case len(before) == 1:
		if s.shape = shapeOf(value); !s.shape.isStrong() {
			s.shape = shapeOverflow
		}
		s.label = sharedLabel(s.shape, before[0], end)
	case len(before) <= maxKeys:
		s.shape = shapeRange
		s.label = sharedLabel(shapeRange, strings.Join(before, keyBreak), end)
		return true
	default:
		value, s.shape = text, shapeOverflow
		s.label = sharedLabel(shapeOverflow, s.encoded[:open+1], ")")
	}
	_, plain := normalize(value)
	s.hash = bottomk.Hash(plain) // the value as bodies hold it
	return true
}

// isTypedLiteral accepts the values that OData writes without quotes and that are no identifiers by
// their shape: true, false, null, and numbers with the letter of their type (18.00M).
func isTypedLiteral(v string) bool {
	switch v {
	case "true", "false", "null":
		return true
	}
	return len(v) > 1 && strings.IndexByte("dDfFlLmM", v[len(v)-1]) >= 0 && strings.Trim(v[:len(v)-1], "-.0123456789") == ""
}

// isQualifiedName accepts names joined by dots: the functions of OData, as in
// microsoft.graph.range(address='A1').
func isQualifiedName(s string) bool {
	for name := range strings.SplitSeq(s, ".") {
		if !isName(name) {
			return false
		}
	}
	return true
}

// isKeyed reports whether the segment has keys in parentheses. Such a value belongs to the
// collection before the parentheses and not to the level, so it is no evidence about its siblings.
func (c *candidate) isKeyed() bool { return !c.ownNode && strings.HasSuffix(c.suffix, ")") }

// isFunctionCall reports whether the segment calls a function of OData without arguments:
// microsoft.graph.delta().
func (c *candidate) isFunctionCall() bool {
	name, ok := strings.CutSuffix(c.decoded, "()")
	return ok && c.ownNode && isQualifiedName(name)
}

// keyName returns the name of the key that a text before its value ends in, or "".
func keyName(before string) string {
	i := strings.LastIndexAny(before, "(,;")
	name, _, ok := strings.Cut(before[i+1:], "=")
	if i < 0 || !ok {
		return ""
	}
	return name
}
