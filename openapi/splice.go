package openapi

import (
	"bytes"
	"slices"
	"strings"

	"github.com/oasdiff/yaml3"
)

// splicer writes a changed YAML tree back into the text it was read from: what did not change stays byte for byte,
// comments and blank lines included.
//
// New nodes have no line. They are new pairs in mappings, new elements at the end of sequences, and values that took
// the place of others.
type splicer struct {
	lines   []string // with their line ends
	order   []*yaml.Node
	index   map[*yaml.Node]int        // in order
	was     map[*yaml.Node]*yaml.Node // replacement ▶ what stood there
	edits   []edit
	failed  bool
	newline string
}

// edit replaces bytes [from, to) of the text.
type edit struct {
	from, to int
	text     string
}

// splice returns data with the changes of root. ok is false where the text is of a shape it cannot edit.
func splice(data []byte, root *yaml.Node, was map[*yaml.Node]*yaml.Node) (out []byte, ok bool) {
	s := &splicer{lines: strings.SplitAfter(string(data), "\n"), index: map[*yaml.Node]int{}, was: was, newline: "\n"}
	if bytes.Contains(data, []byte("\r\n")) {
		s.newline = "\r\n"
	}
	s.number(root)
	s.node(root)
	if s.failed {
		return nil, false
	}
	slices.SortStableFunc(s.edits, func(a, b edit) int { return a.from - b.from })
	var b strings.Builder
	at := 0
	for _, e := range s.edits {
		if e.from < at {
			return nil, false
		}
		b.Write(data[at:e.from])
		b.WriteString(strings.ReplaceAll(e.text, "\n", s.newline))
		at = e.to
	}
	b.Write(data[at:])
	return []byte(b.String()), true
}

// number puts the nodes that have a place in the text in its order.
func (s *splicer) number(n *yaml.Node) {
	old := n
	if old.Line > 0 {
		s.index[old] = len(s.order)
		s.order = append(s.order, old)
	}
	for _, c := range n.Content {
		if before := s.before(c); before != nil {
			s.number(before)
		} else if c.Line > 0 {
			s.number(c)
		}
	}
}

// before is the node that c took the place of; nil when it took none.
func (s *splicer) before(c *yaml.Node) *yaml.Node { return s.was[c] }

func (s *splicer) offset(line, column int) int {
	at := 0
	for _, l := range s.lines[:line-1] {
		at += len(l)
	}
	// Columns count characters.
	for i, r := range s.lines[line-1] {
		if column == 1 {
			return at + i
		}
		_ = r
		column--
	}
	return at + len(s.lines[line-1])
}

// node writes the changes in n.
func (s *splicer) node(n *yaml.Node) {
	if s.failed || n.Kind != yaml.MappingNode && n.Kind != yaml.SequenceNode {
		return
	}
	changed := false
	for _, c := range n.Content {
		changed = changed || c.Line == 0
	}
	flow := n.Style&yaml.FlowStyle != 0
	if flow {
		if changed || s.changedInside(n) {
			s.rewriteFlow(n, n)
		}
		return
	}
	step := 1
	if n.Kind == yaml.MappingNode {
		step = 2
	}
	last := -1 // the newest element with a place
	for i := 0; i+step-1 < len(n.Content); i += step {
		head, value := n.Content[i], n.Content[i+step-1]
		switch {
		case head.Line == 0 && s.before(head) == nil:
			j := i
			for j+step-1 < len(n.Content) && n.Content[j].Line == 0 && s.before(n.Content[j]) == nil {
				j += step
			}
			s.insert(n, n.Content[i:j], last)
			i = j - step
		case value.Line == 0:
			old := s.before(value)
			if old == nil {
				s.failed = true
				return
			}
			s.rewrite(n, head, old, value)
			last = s.lastOf(old)
		case emptied(value) && n.Kind == yaml.MappingNode:
			s.rewrite(n, head, value, &yaml.Node{Kind: value.Kind, Tag: value.Tag, Content: value.Content})
			last = s.index[value]
		default:
			s.node(value)
			last = s.lastOf(value)
		}
	}
}

// emptied says whether n was {} or [] and is no more.
func emptied(n *yaml.Node) bool {
	if n.Style&yaml.FlowStyle == 0 || len(n.Content) == 0 {
		return false
	}
	for _, c := range n.Content {
		if c.Line > 0 {
			return false
		}
	}
	return true
}

func (s *splicer) changedInside(n *yaml.Node) bool {
	for _, c := range n.Content {
		if c.Line == 0 || s.changedInside(c) {
			return true
		}
	}
	return false
}

// lastOf is the place in order of the last node within n.
func (s *splicer) lastOf(n *yaml.Node) int {
	last := s.index[n]
	for _, c := range n.Content {
		if b := s.before(c); b != nil {
			c = b
		}
		if c.Line > 0 {
			last = max(last, s.lastOf(c))
		}
	}
	return last
}

// insert adds new pairs or elements of a block after the node at place last, at the block's indentation.
func (s *splicer) insert(n *yaml.Node, fresh []*yaml.Node, last int) {
	if last < 0 { // a block begins with what it had
		s.failed = true
		return
	}
	indent := n.Column - 1
	text, err := renderBlock(n.Kind, fresh, indent)
	if err != nil {
		s.failed = true
		return
	}
	line := s.endLine(last, indent)
	at := 0
	for _, l := range s.lines[:line] {
		at += len(l)
	}
	if line > 0 && !strings.HasSuffix(s.lines[line-1], "\n") {
		text = "\n" + strings.TrimSuffix(text, "\n")
	}
	s.edits = append(s.edits, edit{at, at, text})
}

// endLine is how many lines there are up to the end of the node at place last: to where the next node begins, less
// blank lines and the comments that stand less deep than the block.
func (s *splicer) endLine(last, indent int) int {
	start := s.order[last].Line
	end := len(s.lines)
	if last+1 < len(s.order) {
		end = s.order[last+1].Line - 1
	}
	if n := s.order[last]; n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		// A block scalar: all that is blank or deeper than its key; trailing blank lines may be its own.
		for end > start && strings.TrimSpace(s.lines[end-1]) == "" {
			end--
		}
		for end > start && strings.HasPrefix(strings.TrimSpace(s.lines[end-1]), "#") && indentOf(s.lines[end-1]) <= indent {
			end--
			for end > start && strings.TrimSpace(s.lines[end-1]) == "" {
				end--
			}
		}
		return end
	}
	for end > start {
		l := strings.TrimSpace(s.lines[end-1])
		if l != "" && l != "..." && !(strings.HasPrefix(l, "#") && indentOf(s.lines[end-1]) < max(indent, 1)) && !(strings.HasPrefix(l, "#") && commentOfNext(s.lines, end, indent)) {
			break
		}
		end--
	}
	return end
}

// commentOfNext says whether the comment that ends at line end stands right above something deeper or as deep: then it
// speaks of what comes next.
func commentOfNext(lines []string, end, indent int) bool {
	return end < len(lines) && strings.TrimSpace(lines[end]) != "" && indentOf(lines[end-1]) <= indent && indentOf(lines[end]) <= indent
}

func indentOf(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// renderBlock writes pairs or elements in block style at an indentation.
func renderBlock(kind yaml.Kind, fresh []*yaml.Node, indent int) (string, error) {
	n := &yaml.Node{Kind: kind, Content: fresh, Tag: "!!map"}
	if kind == yaml.SequenceNode {
		n.Tag = "!!seq"
	}
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(n); err != nil {
		return "", err
	}
	if err := e.Close(); err != nil {
		return "", err
	}
	pad := strings.Repeat(" ", indent)
	lines := strings.SplitAfter(strings.TrimSuffix(b.String(), "\n"), "\n")
	for i, l := range lines {
		if strings.TrimSpace(l) != "" {
			lines[i] = pad + l
		}
	}
	return strings.Join(lines, "") + "\n", nil
}

// rewrite puts value where old stood under head. What is as short as a line stays on it.
func (s *splicer) rewrite(parent, head, old, value *yaml.Node) {
	from, to, ok := s.extent(old)
	if !ok {
		s.failed = true
		return
	}
	if old.Kind == yaml.MappingNode && old.Style&yaml.FlowStyle == 0 {
		block, err := renderBlock(value.Kind, value.Content, old.Column-1)
		if err != nil || value.Kind != yaml.MappingNode {
			s.failed = true
			return
		}
		s.edits = append(s.edits, edit{from, to, strings.TrimSpace(block)})
		return
	}
	if value.Kind == yaml.ScalarNode || value.Style&yaml.FlowStyle != 0 || parent.Kind == yaml.SequenceNode {
		text, err := renderFlow(value)
		if err != nil {
			s.failed = true
			return
		}
		s.edits = append(s.edits, edit{from, to, text})
		return
	}
	block, err := renderBlock(value.Kind, value.Content, head.Column+1)
	if err != nil {
		s.failed = true
		return
	}
	for from > 0 && s.at(from-1) == ' ' {
		from--
	}
	s.edits = append(s.edits, edit{from, to, "\n" + strings.TrimSuffix(block, "\n")})
}

func (s *splicer) at(offset int) byte {
	for _, l := range s.lines {
		if offset < len(l) {
			return l[offset]
		}
		offset -= len(l)
	}
	return 0
}

func (s *splicer) rewriteFlow(old, value *yaml.Node) {
	from, to, ok := s.extent(old)
	text, err := renderFlow(value)
	if !ok || err != nil {
		s.failed = true
		return
	}
	s.edits = append(s.edits, edit{from, to, text})
}

// renderFlow writes a node on one line.
func renderFlow(n *yaml.Node) (string, error) {
	c := copyNode(n)
	flowStyle(c)
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	if err := e.Encode(c); err != nil {
		return "", err
	}
	err := e.Close()
	return strings.TrimSuffix(b.String(), "\n"), err
}

func flowStyle(n *yaml.Node) {
	if n.Kind == yaml.ScalarNode {
		if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 || strings.Contains(n.Value, "\n") {
			n.Style = yaml.DoubleQuotedStyle
		}
	} else {
		n.Style = yaml.FlowStyle
	}
	n.HeadComment, n.LineComment, n.FootComment = "", "", ""
	for _, c := range n.Content {
		flowStyle(c)
	}
}
