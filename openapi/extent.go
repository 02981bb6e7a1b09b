package openapi

import (
	"strings"

	"github.com/oasdiff/yaml3"
)

// extent finds the bytes of a scalar on one line, of a flow collection, or of a block that is one such pair.
func (s *splicer) extent(n *yaml.Node) (from, to int, ok bool) {
	if n.Anchor != "" || n.Kind == yaml.AliasNode || n.Style&yaml.TaggedStyle != 0 {
		return 0, 0, false
	}
	from = s.offset(n.Line, n.Column)
	rest := strings.Join(s.lines, "")[from:]
	switch {
	case n.Kind != yaml.ScalarNode && n.Style&yaml.FlowStyle != 0:
		size, ok := flowExtent(rest)
		return from, from + size, ok
	case n.Kind == yaml.MappingNode && len(n.Content) == 2 && n.Content[1].Kind == yaml.ScalarNode && n.Content[1].Line == n.Line:
		_, to, ok = s.extent(n.Content[1]) // one pair on one line, such as a $ref
		return from, to, ok
	case n.Kind != yaml.ScalarNode:
		return 0, 0, false
	case n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0:
		size, ok := quotedExtent(rest)
		return from, from + size, ok
	}
	return from, from + len(n.Value), strings.HasPrefix(rest, n.Value)
}

func quotedExtent(s string) (int, bool) {
	if s == "" || s[0] != '"' && s[0] != '\'' {
		return 0, false
	}
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && s[0] == '"':
			i++
		case s[i] == s[0] && s[0] == '\'' && i+1 < len(s) && s[i+1] == '\'':
			i++
		case s[i] == s[0]:
			return i + 1, true
		}
	}
	return 0, false
}

// flowExtent is the length of the flow collection that s begins with. Quotes count where a scalar can begin.
func flowExtent(s string) (int, bool) {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '[' || c == '{':
			depth++
		case c == ']' || c == '}':
			if depth--; depth == 0 {
				return i + 1, true
			}
		case (c == '"' || c == '\'') && strings.ContainsRune(" \t\n[{,:", rune(s[i-1])):
			n, ok := quotedExtent(s[i:])
			if !ok {
				return 0, false
			}
			i += n - 1
		case c == '#' && (s[i-1] == ' ' || s[i-1] == '\n' || s[i-1] == '\t'):
			n := strings.IndexByte(s[i:], '\n')
			if n < 0 {
				return 0, false
			}
			i += n
		}
	}
	return 0, false
}
