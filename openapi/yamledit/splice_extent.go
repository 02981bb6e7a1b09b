package yamledit

import (
	"strings"

	yaml "github.com/oasdiff/yaml3"
)

// extent returns the bytes of a node: of a scalar on one line or in a block of lines, of a flow
// collection, or of a block that is one pair with such a scalar. It reports false for any other
// node.
func (s *splicer) extent(n *yaml.Node) (from, to int, ok bool) {
	if n.Anchor != "" || n.Kind == yaml.AliasNode || n.Style&yaml.TaggedStyle != 0 {
		return 0, 0, false
	}
	from = s.offset(n.Line, n.Column)
	rest := s.text[from:]
	switch {
	case n.Kind != yaml.ScalarNode && n.Style&yaml.FlowStyle != 0:
		size, ok := flowExtent(rest)
		return from, from + size, ok
	case isOneLinePair(n):
		_, to, ok = s.extent(n.Content[1])
		return from, to, ok
	case n.Kind != yaml.ScalarNode:
		return 0, 0, false
	case n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0:
		size, ok := quotedExtent(rest)
		return from, from + size, ok
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		to, ok = s.endOfLines(n)
		return from, to, ok
	}
	return from, from + len(n.Value), strings.HasPrefix(rest, n.Value)
}

// endOfLines returns the end of the last line of a block scalar. It reports false without such a
// line, and if the indicator has a comment or an indentation.
func (s *splicer) endOfLines(n *yaml.Node) (to int, ok bool) {
	head, end := s.lines[n.Line-1], len(s.lines)
	if strings.ContainsAny(head[strings.LastIndexAny(head, "|>"):], "#123456789") {
		return 0, false
	}
	if i, known := s.index[n]; known && i+1 < len(s.nodes) {
		end = s.nodes[i+1].Line - 1
	}
	indent := -1
	for i, l := range s.lines[n.Line:max(end, n.Line)] {
		text := strings.TrimRight(l, " \t\r\n")
		if text == "" {
			continue
		}
		if indent < 0 {
			indent = indentOf(l)
		}
		if indentOf(l) < max(indent, 1) {
			break
		}
		to, ok = s.starts[n.Line+i]+len(text), true
	}
	return to, ok
}

// isOneLinePair reports whether n is a block of one key with a scalar on the same line, such as a
// $ref.
func isOneLinePair(n *yaml.Node) bool {
	return n.Kind == yaml.MappingNode && len(n.Content) == 2 &&
		n.Content[1].Kind == yaml.ScalarNode && n.Content[1].Line == n.Line
}

// quotedExtent returns the length of the quoted scalar at the beginning of s.
func quotedExtent(s string) (int, bool) {
	if s == "" || s[0] != '"' && s[0] != '\'' {
		return 0, false
	}
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && s[0] == '"', s[i] == s[0] && s[0] == '\'' && i+1 < len(s) && s[i+1] == '\'':
			i++
		case s[i] == s[0]:
			return i + 1, true
		}
	}
	return 0, false
}

// flowExtent returns the length of the flow collection at the beginning of s. A quote opens a
// string only where a scalar can begin, and is literal within a plain one: {a "b: c}.
func flowExtent(s string) (int, bool) {
	depth, mayBegin := 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '[' || c == '{':
			depth++
			mayBegin = true
		case c == ']' || c == '}':
			if depth--; depth == 0 {
				return i + 1, true
			}
			mayBegin = false
		case c == ',' || c == ':':
			mayBegin = true
		case strings.IndexByte(" \t\r\n", c) >= 0:
		case mayBegin && (c == '!' || c == '&'): // a tag or an anchor
			n := strings.IndexAny(s[i:], " \t\r\n,[]{}")
			if n < 0 {
				return 0, false
			}
			i += n - 1
		case mayBegin && (c == '"' || c == '\''):
			n, ok := quotedExtent(s[i:])
			if !ok {
				return 0, false
			}
			i += n - 1
			mayBegin = false
		case c == '#' && (s[i-1] == ' ' || s[i-1] == '\n' || s[i-1] == '\t'):
			n := strings.IndexByte(s[i:], '\n')
			if n < 0 {
				return 0, false
			}
			i += n
		default:
			mayBegin = false
		}
	}
	return 0, false
}

// endLine returns the line after which new text is inserted: the end of the node with the given
// index. That is where the next node begins, less blank lines and comments that belong to what
// follows.
func (s *splicer) endLine(index, indent int) int {
	n := s.nodes[index]
	end := len(s.lines)
	if index+1 < len(s.nodes) {
		end = s.nodes[index+1].Line - 1
	}
	if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		return s.endOfBlockScalar(n.Line, end, indent)
	}
	for end > n.Line && (isBlank(s.lines[end-1]) || s.isForeignComment(end, indent)) {
		end--
	}
	return end
}

// endOfBlockScalar is endLine for a block scalar, which takes all lines that are blank or deeper
// than its key. Trailing blank lines may be part of its value.
func (s *splicer) endOfBlockScalar(start, end, indent int) int {
	for end > start && strings.TrimSpace(s.lines[end-1]) == "" {
		end--
	}
	for end > start && isComment(s.lines[end-1]) && indentOf(s.lines[end-1]) <= indent {
		end--
		for end > start && strings.TrimSpace(s.lines[end-1]) == "" {
			end--
		}
	}
	return end
}

// isForeignComment reports whether the comment that ends at line end does not belong to a block
// with that indentation: it is indented less, or it stands right above a line of the block or of an
// outer one, and so describes that line.
func (s *splicer) isForeignComment(end, indent int) bool {
	line := s.lines[end-1]
	if !isComment(line) {
		return false
	}
	if indentOf(line) < max(indent, 1) {
		return true
	}
	return end < len(s.lines) && strings.TrimSpace(s.lines[end]) != "" && indentOf(line) <= indent &&
		indentOf(s.lines[end]) <= indent
}

func isBlank(line string) bool {
	l := strings.TrimSpace(line)
	return l == "" || l == "..." // the end of a document
}

func isComment(line string) bool { return strings.HasPrefix(strings.TrimSpace(line), "#") }

func indentOf(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }
