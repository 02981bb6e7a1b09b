package yamledit

import (
	"cmp"
	"context"
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	yaml "github.com/oasdiff/yaml3"
)

// Write returns the text with the changes that were made to the tree. It is a three-way merge of
// lines: the text as it was read is written by the encoder as well, and where that equals what the
// encoder writes now, the lines of the text stay. JSON, and a result that does not read back as the
// tree, is written anew.
func (t *Tree) Write(ctx context.Context) ([]byte, error) {
	if !t.isJSON {
		if out, ok := t.splice(ctx); ok && t.isReadFrom(ctx, out) {
			return out, nil
		}
	}
	return t.Encode()
}

// isReadFrom reports whether a text has the data of the tree.
func (t *Tree) isReadFrom(ctx context.Context, text []byte) bool {
	got, err := Parse(ctx, text)
	if err != nil {
		return false
	}
	a, errA := Data(t.Root)
	b, errB := Data(got.Root)
	return errA == nil && errB == nil && reflect.DeepEqual(a, b)
}

func (t *Tree) splice(ctx context.Context) (text []byte, ok bool) {
	before, err := Parse(ctx, t.text)
	if err != nil {
		return nil, false
	}
	s := splicer{text: SplitLines(string(t.text)), newline: "\n"}
	isLastOpen := s.text[len(s.text)-1] != "" // it has no line break
	if strings.Contains(string(t.text), "\r\n") {
		s.newline = "\r\n"
	} else if !strings.Contains(string(t.text), "\n") && strings.Contains(string(t.text), "\r") {
		s.newline = "\r"
	}
	if isLastOpen {
		s.text[len(s.text)-1] += s.newline
	} else {
		s.text = s.text[:len(s.text)-1]
	}
	openEmpty(t.Root)
	old, okOld := written(ctx, before.Root)
	now, okNow := written(ctx, t.Root)
	if !okOld || !okNow {
		return nil, false
	}
	s.old, s.now = old.lines, now.lines
	for _, line := range slices.Sorted(maps.Keys(now.at)) {
		at, isOld := old.at[line]
		if next := (anchor{line - 1, at - 1, now.at[line] - 1}); isOld && next.isBehind(s.anchors) {
			s.merge(next)
			s.anchors = append(s.anchors, next)
		}
	}
	s.merge(anchor{len(s.text), len(s.old), len(s.now)})
	out := s.out.String()
	if isLastOpen {
		out = strings.TrimSuffix(out, s.newline)
	}
	return []byte(out), true
}

// openEmpty writes collections that were empty in the text, and are no longer, as blocks.
func openEmpty(n *yaml.Node) {
	isNew := func(c *yaml.Node) bool { return c.Line == 0 }
	if n.Line > 0 && len(n.Content) > 0 && !slices.ContainsFunc(n.Content, func(c *yaml.Node) bool { return !isNew(c) }) {
		n.Style &^= yaml.FlowStyle
	}
	for _, c := range n.Content {
		openEmpty(c)
	}
}

// writing is what the encoder writes of a tree.
type writing struct {
	lines []string
	at    map[int]int // the line of the first node that a line of the text begins, by that line
}

func written(ctx context.Context, root *yaml.Node) (w writing, ok bool) {
	writeNulls(root, false)
	text, err := Encode(root)
	if err != nil {
		return w, false
	}
	again, err := Parse(ctx, text)
	if err != nil {
		return w, false
	}
	w = writing{strings.Split(strings.TrimSuffix(string(text), "\n"), "\n"), map[int]int{}}
	w.note(root, again.Root)
	return w, true
}

// note records where a node and those in it were written.
func (w writing) note(n, copied *yaml.Node) {
	if n.Line > 0 {
		w.at[n.Line] = cmp.Or(w.at[n.Line], copied.Line)
	}
	for i, c := range n.Content[:min(len(n.Content), len(copied.Content))] {
		w.note(c, copied.Content[i])
	}
}

// anchor is a line that the text, the old writing of it and the new one have, as indices.
type anchor struct{ text, old, now int }

// isBehind reports whether an anchor follows the last one in all three.
func (a anchor) isBehind(anchors []anchor) bool {
	if len(anchors) == 0 {
		return true
	}
	last := anchors[len(anchors)-1]
	return a.text > last.text && a.old > last.old && a.now > last.now
}

type splicer struct {
	text, old, now []string // lines; those of text have their line breaks
	newline        string   // of the text
	anchors        []anchor
	depths         []depth
	out            strings.Builder
}

// depth is the indentation of a line in the encoder's text, and how much deeper it was written.
type depth struct{ indent, shift int }

// merge writes the lines from the last anchor up to the next.
func (s *splicer) merge(next anchor) {
	var from anchor
	if len(s.anchors) > 0 {
		from = s.anchors[len(s.anchors)-1]
	}
	text, old, now := s.text[from.text:next.text], s.old[from.old:next.old], s.now[from.now:next.now]
	if slices.Equal(old, now) {
		s.begin(text, now, true)
		s.write(text)
		return
	}
	same := 0 // lines at the beginning
	for same < min(len(old), len(now)) && old[same] == now[same] {
		same++
	}
	end := 0 // such lines at the end
	for end < min(len(old), len(now))-same && old[len(old)-1-end] == now[len(now)-1-end] {
		end++
	}
	in, isAlike := places(text, old)
	if !isAlike && same < len(old) { // it is laid out otherwise: all of it is written anew
		same, end = 0, 0
	}
	keep, drop := 0, 0 // lines of the text that stay, and the end of those that do not
	for i, at := range in {
		switch {
		case at < 0:
		case at < same:
			keep = i + 1
		case at < len(old)-end:
			drop = i + 1
		}
	}
	s.begin(text, now, keep > 0)
	s.write(text[:keep])
	s.writeNew(now[same : len(now)-end])
	s.write(text[max(keep, drop):])
}

// begin records the indentation of the first line, which is the last anchor.
func (s *splicer) begin(text, now []string, isKept bool) {
	if len(s.anchors) == 0 || len(now) == 0 {
		return
	}
	indent := indentOf(now[0])
	d := depth{indent, s.shift(indent)}
	if isKept {
		d.shift = indentOf(text[0]) - indent
	}
	s.depths = append(s.depths, d)
}

// places returns the index in old of each line of a text, -1 for blank lines and for comments that
// the encoder does not write. It reports whether each other line has one.
func places(text, old []string) (in []int, isAlike bool) {
	at, isAlike := 0, true
	for _, line := range text {
		line = strings.Join(strings.Fields(line), " ")
		for at < len(old) && old[at] == "" {
			at++
		}
		switch {
		case at < len(old) && strings.Join(strings.Fields(old[at]), " ") == line:
			in = append(in, at)
			at++
		case line == "" || line == "..." || line[0] == '#':
			in = append(in, -1)
		default:
			in, isAlike = append(in, 0), false
		}
	}
	return in, isAlike && at == len(old)
}

func (s *splicer) write(lines []string) {
	for _, l := range lines {
		s.out.WriteString(l)
	}
}

// writeNew writes lines of the encoder, indented as the text is, without the blank lines around
// comments.
func (s *splicer) writeNew(lines []string) {
	for len(lines) > 0 && lines[0] == "" {
		lines = lines[1:]
	}
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	least, shift := -1, 0
	for _, l := range lines {
		indent := indentOf(l)
		if l != "" && (least < 0 || indent <= least) {
			least, shift = indent, s.shift(indent)
		}
		if l != "" {
			l = strings.Repeat(" ", max(0, indent+shift)) + l[indent:]
		}
		s.out.WriteString(l + s.newline)
	}
}

// shift returns how much deeper than the encoder the text indents what has an indentation in the
// encoder's lines: as the nearest line above that is at most as deep.
func (s *splicer) shift(indent int) int {
	for _, d := range slices.Backward(s.depths) {
		if d.indent <= indent {
			return d.shift
		}
	}
	return 0
}

func indentOf(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

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
