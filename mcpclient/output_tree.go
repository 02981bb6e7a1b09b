package mcpclient

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/mcp/rawjson"
)

// colours writes text in colours if it is true. The text must be safe for a terminal already.
type colours bool

// The control sequences of the colours.
const (
	cyan, green, yellow = "\x1b[36m", "\x1b[32m", "\x1b[33m"
	magenta, red, faint = "\x1b[35m", "\x1b[31m", "\x1b[2m"
	plain               = "\x1b[0m"
)

func (c colours) sgr(sequence, s string) string {
	if !c || s == "" {
		return s
	}
	return sequence + s + plain
}

func (c colours) name(s string) string   { return c.sgr(cyan, s) }
func (c colours) text(s string) string   { return c.sgr(green, s) }
func (c colours) number(s string) string { return c.sgr(yellow, s) }
func (c colours) word(s string) string   { return c.sgr(magenta, s) }
func (c colours) bad(s string) string    { return c.sgr(red, s) }
func (c colours) dim(s string) string    { return c.sgr(faint, s) }

// ColourSequences returns the control sequences in what a [Shell] and a [Form] write.
func ColourSequences() []string { return []string{cyan, green, yellow, magenta, red, faint, plain} }

// maxTreeDepth limits the depth of a tree. Deeper values are written as JSON.
const maxTreeDepth = 40

// formatTree writes JSON as a tree, with the members in their order and the numbers as they were
// sent.
func formatTree(raw []byte, c colours) string {
	w := &treeWriter{colours: c}
	w.value(raw, "", 0)
	return strings.TrimLeft(w.String(), "\n ") + "\n"
}

// treeWriter writes each value after the name or dash that precedes it.
type treeWriter struct {
	strings.Builder
	colours
}

func (w *treeWriter) value(raw []byte, indent string, depth int) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 {
		return
	}
	if depth > maxTreeDepth && (raw[0] == '{' || raw[0] == '[') {
		w.WriteString(" " + visible.Line(string(raw)))
		return
	}
	switch raw[0] {
	case '{':
		w.object(raw, indent, depth)
	case '[':
		w.array(raw, indent, depth)
	case '"':
		var s string
		if json.Unmarshal(raw, &s) != nil {
			s = string(raw)
		}
		w.WriteString(w.formatText(s, indent))
	case 't', 'f', 'n':
		w.WriteString(" " + w.word(visible.Line(string(raw))))
	default:
		w.WriteString(" " + w.number(visible.Line(string(raw))))
	}
}

func (w *treeWriter) object(raw []byte, indent string, depth int) {
	all, err := rawjson.Split(raw)
	if err != nil || len(all) == 0 {
		w.WriteString(" " + w.dim(visible.Line(string(raw))))
		return
	}
	for _, m := range all {
		w.WriteString("\n" + indent + w.name(formatName(m.Name)) + ":")
		w.value(m.Value, indent+"  ", depth+1)
	}
}

func (w *treeWriter) array(raw []byte, indent string, depth int) {
	var all []json.RawMessage
	if json.Unmarshal(raw, &all) != nil || len(all) == 0 {
		w.WriteString(" " + w.dim(visible.Line(string(raw))))
		return
	}
	for _, v := range all {
		w.WriteString("\n" + indent + w.dim("-"))
		item := &treeWriter{colours: w.colours}
		item.value(v, indent+"  ", depth+1)
		// The first member of an object follows the dash on its line.
		s, nested := strings.CutPrefix(item.String(), "\n"+indent+"  ")
		if nested {
			s = " " + s
		}
		w.WriteString(s)
	}
}

func formatName(s string) string {
	if s == "" || strings.ContainsAny(s, ": \n\t") {
		return visible.Line(jsonString(s))
	}
	return visible.Line(s)
}

// formatText writes a string so that it cannot be mistaken for anything else: in quotes if it looks
// like another type, and with a bar before each of several lines.
func (c colours) formatText(s string, indent string) string {
	if strings.Contains(strings.TrimRight(s, "\n"), "\n") {
		var b strings.Builder
		for _, line := range strings.Split(strings.TrimRight(visible.Text(s), "\n"), "\n") {
			fmt.Fprintf(&b, "\n%s%s %s", indent, c.dim("│"), c.text(line))
		}
		return b.String()
	}
	if s == "" || jsonType(s) != "" || strings.TrimSpace(s) != s || strings.HasPrefix(s, "- ") {
		return " " + c.text(visible.Line(jsonString(s)))
	}
	return " " + c.text(visible.Line(s))
}
