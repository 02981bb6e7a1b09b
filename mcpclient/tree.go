package mcpclient

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spectap/spectap/internal/visible"
)

// paint colours text, when it is on. Its text must be fit for a terminal already.
type paint bool

func (p paint) in(code, s string) string {
	if !p || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (p paint) name(s string) string   { return p.in("36", s) }
func (p paint) text(s string) string   { return p.in("32", s) }
func (p paint) number(s string) string { return p.in("33", s) }
func (p paint) word(s string) string   { return p.in("35", s) }
func (p paint) bad(s string) string    { return p.in("31", s) }
func (p paint) dim(s string) string    { return p.in("2", s) }

// maxDepth is how deep a tree is drawn; what is deeper comes as JSON.
const maxDepth = 40

// tree draws JSON as a tree, members in their order, numbers as they came.
func tree(raw json.RawMessage, p paint) string {
	var b strings.Builder
	draw(&b, raw, p, "", 0)
	return strings.TrimLeft(b.String(), "\n ") + "\n"
}

// draw goes on behind what stands before a value: a name or a dash.
func draw(b *strings.Builder, raw json.RawMessage, p paint, indent string, depth int) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 {
		return
	}
	if depth > maxDepth && (raw[0] == '{' || raw[0] == '[') {
		b.WriteString(" " + visible.Line(string(raw)))
		return
	}
	switch raw[0] {
	case '{':
		all, err := members(raw)
		if err != nil || len(all) == 0 {
			b.WriteString(" " + p.dim(visible.Line(string(raw))))
			return
		}
		for _, m := range all {
			b.WriteString("\n" + indent + p.name(nameOf(m.name)) + ":")
			draw(b, m.raw, p, indent+"  ", depth+1)
		}
	case '[':
		var all []json.RawMessage
		if json.Unmarshal(raw, &all) != nil || len(all) == 0 {
			b.WriteString(" " + p.dim(visible.Line(string(raw))))
			return
		}
		for _, v := range all {
			b.WriteString("\n" + indent + p.dim("-"))
			var sub strings.Builder
			draw(&sub, v, p, indent+"  ", depth+1)
			// The first member of an object stands behind the dash.
			s, nested := strings.CutPrefix(sub.String(), "\n"+indent+"  ")
			if nested {
				s = " " + s
			}
			b.WriteString(s)
		}
	case '"':
		var s string
		if json.Unmarshal(raw, &s) != nil {
			s = string(raw)
		}
		b.WriteString(drawText(s, p, indent))
	case 't', 'f', 'n':
		b.WriteString(" " + p.word(visible.Line(string(raw))))
	default:
		b.WriteString(" " + p.number(visible.Line(string(raw))))
	}
}

func nameOf(s string) string {
	if s == "" || strings.ContainsAny(s, ": \n\t") {
		return visible.Line(jsonString(s))
	}
	return visible.Line(s)
}

// drawText writes a string so that it cannot be taken for something else: in quotes where it looks like another type,
// its lines behind a bar.
func drawText(s string, p paint, indent string) string {
	if strings.Contains(strings.TrimRight(s, "\n"), "\n") {
		var b strings.Builder
		for _, line := range strings.Split(strings.TrimRight(visible.Text(s), "\n"), "\n") {
			fmt.Fprintf(&b, "\n%s%s %s", indent, p.dim("│"), p.text(line))
		}
		return b.String()
	}
	kind := jsonKind(s)
	if s == "" || kind != "" || strings.TrimSpace(s) != s || strings.HasPrefix(s, "- ") {
		return " " + p.text(visible.Line(jsonString(s)))
	}
	return " " + p.text(visible.Line(s))
}
