package yamledit

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	yaml "github.com/oasdiff/yaml3"
)

// splicer writes a changed tree back into the text that it was read from. New nodes have no line:
// they are pairs added to mappings, elements added to the end of sequences, and replacements. Pairs
// and elements that were removed take their lines with them.
type splicer struct {
	text     string
	lines    []string                  // of the text, with their line breaks
	starts   []int                     // offset of each line, and the length of the text
	at       position                  // the last one that offset computed
	nodes    []*yaml.Node              // that have a position, in the order of the text
	index    map[*yaml.Node]int        // in nodes
	replaced map[*yaml.Node]*yaml.Node // see Tree
	shrunk   map[*yaml.Node]bool       // flow collections that lost something
	edits    []edit
	failed   bool
	newline  string // line break of the text
}

// position is an offset in the text with its line and column, both from 1.
type position struct{ line, column, offset int }

// edit replaces the bytes [from, to) of the text.
type edit struct {
	from, to int
	text     string
}

// Splice returns the text with the changes that were made to the tree. It reports false if the text
// has a shape that it cannot edit. It does not check its own work: a caller parses the result and
// compares.
func (t *Tree) Splice() (text []byte, ok bool) {
	s := &splicer{text: string(t.text), index: map[*yaml.Node]int{}, replaced: t.replaced, shrunk: map[*yaml.Node]bool{}, newline: "\n"}
	s.lines = SplitLines(s.text)
	s.starts = make([]int, 1, len(s.lines)+1)
	for i, l := range s.lines {
		s.starts = append(s.starts, s.starts[i]+len(l))
	}
	if strings.Contains(s.text, "\r\n") {
		s.newline = "\r\n"
	} else if !strings.Contains(s.text, "\n") && strings.Contains(s.text, "\r") {
		s.newline = "\r"
	}
	s.number(t.Root)
	s.numberRemoved(t.removed)
	for _, r := range t.removed {
		s.remove(r)
	}
	s.node(t.Root)
	if s.failed {
		return nil, false
	}
	slices.SortStableFunc(s.edits, func(a, b edit) int { return a.from - b.from })
	var b strings.Builder
	at := 0
	for _, e := range s.edits {
		if e.from < at { // edits overlap
			return nil, false
		}
		b.Write(t.text[at:e.from])
		b.WriteString(strings.ReplaceAll(e.text, "\n", s.newline))
		at = e.to
	}
	b.Write(t.text[at:])
	return []byte(b.String()), true
}

// SplitLines splits a text after the line breaks that the parser counts: those of YAML 1.1 (section
// 4.2). The last line has no line break.
func SplitLines(text string) (lines []string) {
	for {
		end := strings.IndexAny(text, "\n\r\u0085\u2028\u2029")
		if end < 0 {
			return append(lines, text)
		}
		_, size := utf8.DecodeRuneInString(text[end:])
		if strings.HasPrefix(text[end:], "\r\n") {
			size = 2
		}
		lines, text = append(lines, text[:end+size]), text[end+size:]
	}
}

// number lists the nodes of the text in its order, replaced nodes included.
func (s *splicer) number(n *yaml.Node) {
	if n.Line > 0 {
		s.index[n] = len(s.nodes)
		s.nodes = append(s.nodes, n)
	}
	for _, c := range n.Content {
		if original := s.replaced[c]; original != nil {
			s.number(original)
		} else if c.Line > 0 {
			s.number(c)
		}
	}
}

// numberRemoved lists the removed nodes, too: the text still has them.
func (s *splicer) numberRemoved(all []removal) {
	if len(all) == 0 {
		return
	}
	for _, r := range all {
		for _, n := range r.nodes {
			s.number(n)
		}
	}
	slices.SortStableFunc(s.nodes, func(a, b *yaml.Node) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	for i, n := range s.nodes {
		s.index[n] = i
	}
}

// remove removes the lines of a pair or an element of a block. A flow collection is written anew.
func (s *splicer) remove(r removal) {
	if r.parent.Style&yaml.FlowStyle != 0 {
		s.shrunk[r.parent] = true
		return
	}
	head, value := r.nodes[0], r.nodes[len(r.nodes)-1]
	before := s.text[s.starts[head.Line-1]:s.offset(head.Line, head.Column)]
	if strings.TrimLeft(before, " -") != "" || strings.Contains(before, "-") != (r.parent.Kind == yaml.SequenceNode) || len(r.parent.Content) == 0 {
		s.failed = true // it shares its line with something else, or the block would be empty
		return
	}
	end := s.endLine(s.lastOf(value), r.parent.Column-1)
	s.edits = append(s.edits, edit{s.starts[head.Line-1], s.starts[end], ""})
}

// offset returns the byte offset of a line and column, both from 1. Columns count characters: it
// counts from the last position, because edits of one long line come in the order of the text.
func (s *splicer) offset(line, column int) int {
	if s.at.line != line || s.at.column > column {
		s.at = position{line, 1, s.starts[line-1]}
	}
	for s.at.column < column && s.at.offset < s.starts[line] {
		_, size := utf8.DecodeRuneInString(s.text[s.at.offset:])
		s.at.offset += size
		s.at.column++
	}
	return s.at.offset
}

// isNew reports whether n was added and replaces nothing.
func (s *splicer) isNew(n *yaml.Node) bool { return n.Line == 0 && s.replaced[n] == nil }

// node adds the edits for the changes within n.
func (s *splicer) node(n *yaml.Node) {
	if s.failed || n.Kind != yaml.MappingNode && n.Kind != yaml.SequenceNode {
		return
	}
	if n.Style&yaml.FlowStyle != 0 {
		if s.hasChanged(n) {
			s.rewriteFlow(n)
		}
		return
	}
	step := 1
	if n.Kind == yaml.MappingNode {
		step = 2
	}
	last := -1 // index of the last node before the current element
	for i := 0; i+step-1 < len(n.Content); i += step {
		head, value := n.Content[i], n.Content[i+step-1]
		switch {
		case s.isNew(head):
			j := i
			for j+step-1 < len(n.Content) && s.isNew(n.Content[j]) {
				j += step
			}
			s.insert(n, n.Content[i:j], last)
			i = j - step
		case value.Line == 0:
			old := s.replaced[value]
			if old == nil {
				s.failed = true
				return
			}
			s.rewrite(n, head, old, value)
			last = s.lastOf(old)
		case wasEmpty(value) && n.Kind == yaml.MappingNode:
			s.rewrite(n, head, value, &yaml.Node{Kind: value.Kind, Tag: value.Tag, Content: value.Content})
			last = s.index[value]
		default:
			s.node(value)
			last = s.lastOf(value)
		}
	}
}

// wasEmpty reports whether n is {} or [] in the text and has elements now.
func wasEmpty(n *yaml.Node) bool {
	if n.Style&yaml.FlowStyle == 0 || len(n.Content) == 0 {
		return false
	}
	return !slices.ContainsFunc(n.Content, func(c *yaml.Node) bool { return c.Line > 0 })
}

// hasChanged reports whether n lost something, or there is a new node below it.
func (s *splicer) hasChanged(n *yaml.Node) bool {
	return s.shrunk[n] || slices.ContainsFunc(n.Content, func(c *yaml.Node) bool { return c.Line == 0 || s.hasChanged(c) })
}

// lastOf returns the index of the last node of the text within n.
func (s *splicer) lastOf(n *yaml.Node) int {
	last := s.index[n]
	for _, c := range n.Content {
		if original := s.replaced[c]; original != nil {
			c = original
		}
		if c.Line > 0 {
			last = max(last, s.lastOf(c))
		}
	}
	return last
}

// insert adds new pairs or elements to the block n, after the node with index last, at the block's
// indentation.
func (s *splicer) insert(n *yaml.Node, added []*yaml.Node, last int) {
	if last < 0 { // nothing is inserted before the first element: its comment may describe all elements
		s.failed = true
		return
	}
	indent := n.Column - 1
	text, err := renderBlock(n.Kind, added, indent)
	if err != nil {
		s.failed = true
		return
	}
	line := s.endLine(last, indent)
	at := s.starts[line]
	if line == len(s.lines) { // it has no line break
		text = "\n" + strings.TrimSuffix(text, "\n")
	}
	s.edits = append(s.edits, edit{at, at, text})
}

// rewrite replaces the value old of the key or element head by value. A scalar or flow collection
// stays on the line.
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
	for from > 0 && s.text[from-1] == ' ' {
		from--
	}
	s.edits = append(s.edits, edit{from, to, "\n" + strings.TrimSuffix(block, "\n")})
}

// rewriteFlow writes a flow collection anew, on one line.
func (s *splicer) rewriteFlow(n *yaml.Node) {
	from, to, ok := s.extent(n)
	text, err := renderFlow(n)
	if !ok || err != nil {
		s.failed = true
		return
	}
	s.edits = append(s.edits, edit{from, to, text})
}
