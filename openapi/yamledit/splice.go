package yamledit

import (
	"cmp"
	"context"
	"errors"
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
// tree, is written anew. The error says so if the encoder changes the data.
func (t *Tree) Write(ctx context.Context) ([]byte, error) {
	if t.isJSON {
		return t.Encode()
	}
	out, ok := t.splice(ctx)
	if ok && t.check(ctx, out) == nil {
		return out, nil
	}
	out, err := t.Encode()
	return out, cmp.Or(err, t.check(ctx, out))
}

// check refuses a text that has other data than the tree.
func (t *Tree) check(ctx context.Context, text []byte) error {
	got, err := Parse(ctx, text)
	if err != nil {
		return err
	}
	a, errA := Data(t.Root)
	b, errB := Data(got.Root)
	if !reflect.DeepEqual(a, b) {
		errB = cmp.Or(errB, errors.New("the encoder of YAML would change the data"))
	}
	return cmp.Or(errA, errB)
}

func (t *Tree) splice(ctx context.Context) (text []byte, ok bool) {
	before, err := Parse(ctx, t.text)
	if err != nil {
		return nil, false
	}
	s := splicer{text: SplitLines(string(t.text))}
	s.newline = cmp.Or(s.text[0][len(strings.TrimRight(s.text[0], "\r\n")):], "\n")
	isLastOpen := s.text[len(s.text)-1] != "" // it has no line break
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
		if !isOld {
			continue
		}
		if next := (anchor{s.opened(line-1, s.old[at-1]), at - 1, now.at[line] - 1}); next.isBehind(s.last) {
			s.merge(next)
			s.last = &next
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

// isBehind reports whether an anchor follows the last one, if there is one, in all three.
func (a anchor) isBehind(last *anchor) bool {
	return last == nil || a.text > last.text && a.old > last.old && a.now > last.now
}

type splicer struct {
	text, old, now []string // lines; those of text have their line breaks
	newline        string   // of the text
	last           *anchor
	depths         []depth
	out            strings.Builder
}

// depth is the indentation of a line in the encoder's text, and how much deeper it was written.
type depth struct{ indent, shift int }

// merge writes the lines from the last anchor up to the next.
func (s *splicer) merge(next anchor) {
	from := *cmp.Or(s.last, &anchor{})
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
	s.begin(text, now, keep > 0 || s.last != nil && len(now) > 0 && indentOf(old[0]) == indentOf(now[0]))
	s.write(text[:keep])
	s.writeNew(now[same : len(now)-end])
	s.write(text[max(keep, drop):])
}

// begin records the indentation of the first line, which is the last anchor.
func (s *splicer) begin(text, now []string, isInPlace bool) {
	if s.last == nil || len(now) == 0 {
		return
	}
	indent := indentOf(now[0])
	d := depth{indent, s.shift(indent)}
	if isInPlace {
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
		isSame := func(old string) bool { return strings.Join(strings.Fields(old), " ") == line }
		if !isAlike && strings.HasPrefix(line, "#") { // the encoder writes what is above it otherwise
			at += max(0, slices.IndexFunc(old[at:], isSame))
		}
		for at < len(old) && old[at] == "" {
			at++
		}
		switch {
		case at < len(old) && isSame(old[at]):
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
	least, shift := -1, 0
	for l := range strings.Lines(strings.Trim(strings.Join(lines, "\n"), "\n")) {
		l = strings.TrimSuffix(l, "\n")
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

// opened returns the index of the line of the text that begins what a line of the encoder does:
// dashes may stand above, on lines of their own.
func (s *splicer) opened(at int, line string) int {
	left, _ := dashes(line)
	n, _ := dashes(s.text[at])
	for i := at - 1; left > n && i >= 0; i-- {
		above, isOpen := dashes(s.text[i])
		if !isOpen || above > 0 && indentOf(s.text[i]) >= indentOf(s.text[at]) {
			break
		}
		if above > 0 {
			at, n = i, n+above
		}
	}
	return at
}

// dashes returns the number of dashes that begin a line, and whether nothing follows them.
func dashes(line string) (n int, isOpen bool) {
	for word := range strings.FieldsSeq(line) {
		if word != "-" {
			return n, word[0] == '#'
		}
		n++
	}
	return n, true
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
