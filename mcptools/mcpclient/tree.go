package mcpclient

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// paint colours text, when it is on.
type paint bool

func (p paint) in(code, s string) string {
	if !p {
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

// printable takes out of text what would command the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case !unicode.IsPrint(r):
			return -1
		}
		return r
	}, s)
}

// printTree prints JSON as a tree, members in their order.
func printTree(w io.Writer, raw json.RawMessage, p paint) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var b strings.Builder
	if err := tree(&b, d, p, ""); err != nil {
		return fmt.Errorf("read the result: %w", err)
	}
	_, err := io.WriteString(w, strings.TrimPrefix(b.String(), "\n")+"\n")
	return err
}

func tree(b *strings.Builder, d *json.Decoder, p paint, indent string) error {
	t, err := d.Token()
	if err != nil {
		return err
	}
	switch t := t.(type) {
	case json.Delim:
		n := 0
		for d.More() {
			b.WriteString("\n" + indent)
			if t == '{' {
				name, err := d.Token()
				if err != nil {
					return err
				}
				b.WriteString(p.name(printable(fmt.Sprint(name))) + ": ")
			} else {
				b.WriteString(p.dim(fmt.Sprintf("%d", n)) + ": ")
			}
			n++
			if err := tree(b, d, p, indent+"  "); err != nil {
				return err
			}
		}
		end, err := d.Token()
		if err != nil {
			return err
		}
		if n == 0 {
			b.WriteString(p.dim(string(rune(t)) + fmt.Sprint(end)))
		}
	case string:
		s := printable(t)
		if strings.Contains(s, "\n") {
			s = "\n" + indent + strings.ReplaceAll(s, "\n", "\n"+indent)
		}
		b.WriteString(p.text(s))
	case json.Number:
		b.WriteString(p.number(string(t)))
	case nil:
		b.WriteString(p.word("null"))
	default:
		b.WriteString(p.word(fmt.Sprint(t)))
	}
	return nil
}
