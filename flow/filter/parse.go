package filter

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Bounds of a filter.
const (
	maxText  = 4096 // bytes
	maxDepth = 50   // parentheses and nots
)

// Error is a mistake in a filter.
type Error struct {
	Text    string // the filter
	Column  int    // of the mistake, in characters, from 1
	Problem string
}

func (e *Error) Error() string {
	return fmt.Sprintf("filter, column %d: %s", e.Column, e.Problem)
}

// Pointer returns the filter and a line below it with a mark under the mistake.
func (e *Error) Pointer() string {
	return e.Text + "\n" + strings.Repeat(" ", e.Column-1) + "^"
}

// parser reads a filter:
//
//	or    = and { ("or" | "|") and }
//	and   = unary { ["and" | "&"] unary }
//	unary = ("not" | "!" | "-") unary | "(" or ")" | term
//	term  = [ field ":" ] value
type parser struct {
	text string
	pos  int
	now  time.Time
}

// fail is a mistake at the byte pos.
func (p *parser) fail(pos int, format string, args ...any) error {
	return &Error{Text: p.text, Column: utf8.RuneCountInString(p.text[:min(pos, len(p.text))]) + 1, Problem: fmt.Sprintf(format, args...)}
}

func (p *parser) parse() (node, error) {
	if len(p.text) > maxText {
		return nil, p.fail(0, "longer than %d bytes", maxText)
	}
	if !utf8.ValidString(p.text) {
		p.text = strings.ToValidUTF8(p.text, "?")
		return nil, p.fail(0, "not UTF-8")
	}
	p.blanks()
	if p.pos == len(p.text) {
		return nil, nil
	}
	n, err := p.or(0)
	if err != nil {
		return nil, err
	}
	if p.pos < len(p.text) {
		return nil, p.fail(p.pos, "unexpected %q", p.text[p.pos:p.pos+1])
	}
	return n, nil
}

func (p *parser) blanks() {
	for p.pos < len(p.text) {
		r, n := utf8.DecodeRuneInString(p.text[p.pos:])
		if !unicode.IsSpace(r) {
			return
		}
		p.pos += n
	}
}

func (p *parser) or(depth int) (node, error) {
	n, err := p.and(depth)
	if err != nil {
		return nil, err
	}
	alternatives := or{n}
	for p.operator("or", "|") {
		if n, err = p.and(depth); err != nil {
			return nil, err
		}
		alternatives = append(alternatives, n)
	}
	if len(alternatives) == 1 {
		return n, nil
	}
	return alternatives, nil
}

func (p *parser) and(depth int) (node, error) {
	var all and
	for {
		n, err := p.unary(depth)
		if err != nil {
			return nil, err
		}
		all = append(all, n)
		joined := p.operator("and", "&")
		if !joined && (p.pos == len(p.text) || p.text[p.pos] == ')' || p.peekWord("or") || p.text[p.pos] == '|') {
			break
		}
	}
	if len(all) == 1 {
		return all[0], nil
	}
	return all, nil
}

func (p *parser) unary(depth int) (node, error) {
	if depth > maxDepth {
		return nil, p.fail(p.pos, "nested too deeply")
	}
	p.blanks()
	start := p.pos
	switch {
	case p.pos == len(p.text):
		return nil, p.fail(p.pos, "something must follow here")
	case p.operator("not", "!"), p.operator("", "-"):
		n, err := p.unary(depth + 1)
		if err != nil {
			return nil, err
		}
		return not{n}, nil
	case p.text[p.pos] == '(':
		p.pos++
		n, err := p.or(depth + 1)
		if err != nil {
			return nil, err
		}
		if p.pos == len(p.text) {
			return nil, p.fail(start, "this parenthesis is not closed")
		}
		p.pos++ // or ends at ")" or at the end of the text
		p.blanks()
		return n, nil
	case p.text[p.pos] == ')':
		return nil, p.fail(p.pos, "nothing is open here")
	case p.text[p.pos] == '|' || p.text[p.pos] == '&' || p.peekWord("or") || p.peekWord("and"):
		return nil, p.fail(p.pos, "something must stand before this")
	}
	return p.term()
}

// peekWord says whether the word comes next, alone.
func (p *parser) peekWord(word string) bool {
	rest := p.text[p.pos:]
	if len(rest) < len(word) || !strings.EqualFold(rest[:len(word)], word) {
		return false
	}
	rest = rest[len(word):]
	return rest == "" || strings.ContainsRune(" \t\n()", rune(rest[0]))
}

// operator steps over an operator and the blanks around it.
func (p *parser) operator(word, sign string) bool {
	p.blanks()
	switch {
	case word != "" && p.peekWord(word):
		p.pos += len(word)
	case strings.HasPrefix(p.text[p.pos:], sign):
		p.pos += len(sign)
	default:
		return false
	}
	p.blanks()
	return true
}

func (p *parser) term() (node, error) {
	start := p.pos
	name := p.fieldName()
	valueAt := p.pos
	value, err := p.value()
	if err != nil {
		return nil, err
	}
	p.blanks()
	f := textField
	if name != "" {
		if f = fieldNamed(name); f == nil {
			return nil, p.fail(start, "no field is called %q; there are %s (quote text that has a colon)", name, strings.Join(FieldNames(), ", "))
		}
		if value == "" {
			return nil, p.fail(valueAt, "%s: %s must follow", f.name, f.wants)
		}
	}
	test, err := f.parse(value, p.now)
	if err != nil {
		return nil, p.fail(valueAt, "%s: %v", f.name, err)
	}
	return &term{field: f, value: value, test: test}, nil
}

// fieldName steps over a name and a colon, if they come next.
func (p *parser) fieldName() string {
	rest := p.text[p.pos:]
	for i := range len(rest) {
		switch c := rest[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_', c == '.', c == '-' && i > 0:
			continue
		case c == ':' && i > 0:
			p.pos += i + 1
			return strings.ToLower(rest[:i])
		}
		break
	}
	return ""
}

// value reads up to a blank or a parenthesis outside quotes. Quotes may be anywhere in it; a backslash in them
// keeps the next character.
func (p *parser) value() (string, error) {
	var b strings.Builder
	for p.pos < len(p.text) {
		r, n := utf8.DecodeRuneInString(p.text[p.pos:])
		if unicode.IsSpace(r) || r == '(' || r == ')' {
			break
		}
		if r != '"' {
			b.WriteRune(r)
			p.pos += n
			continue
		}
		start := p.pos
		p.pos++
		for {
			if p.pos == len(p.text) {
				return "", p.fail(start, "this quote is not closed")
			}
			r, n = utf8.DecodeRuneInString(p.text[p.pos:])
			p.pos += n
			if r == '"' {
				break
			}
			if r == '\\' && p.pos < len(p.text) && (p.text[p.pos] == '"' || p.text[p.pos] == '\\') {
				r = rune(p.text[p.pos])
				p.pos++
			}
			b.WriteRune(r)
		}
	}
	return b.String(), nil
}
