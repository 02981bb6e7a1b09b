package filter

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Limits for a filter.
const (
	maxLen   = 4096 // bytes
	maxDepth = 50   // parentheses and negations
)

// Error describes a mistake in a filter.
type Error struct {
	Text    string // the filter
	Column  int    // of the mistake, in characters, starting at 1
	Problem string
}

func (e *Error) Error() string { return fmt.Sprintf("filter, column %d: %s", e.Column, e.Problem) }

// Pointer returns the filter and, on a second line, a caret under the mistake.
func (e *Error) Pointer() string { return e.Text + "\n" + strings.Repeat(" ", e.Column-1) + "^" }

// parser parses a filter:
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

// fail returns an error for a mistake at the byte pos.
func (p *parser) fail(pos int, format string, args ...any) error {
	return &Error{Text: p.text, Column: utf8.RuneCountInString(p.text[:min(pos, len(p.text))]) + 1,
		Problem: fmt.Sprintf(format, args...)}
}

func (p *parser) parse() (expression, error) {
	if len(p.text) > maxLen {
		return nil, p.fail(0, "longer than %d bytes", maxLen)
	}
	if !utf8.ValidString(p.text) {
		p.text = strings.ToValidUTF8(p.text, "?")
		return nil, p.fail(0, "not UTF-8")
	}
	p.blanks()
	if p.pos == len(p.text) {
		return nil, nil
	}
	e, err := p.or(0)
	if err != nil {
		return nil, err
	}
	if p.pos < len(p.text) {
		return nil, p.fail(p.pos, "unexpected %q", p.text[p.pos:p.pos+1])
	}
	return e, nil
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

func (p *parser) or(depth int) (expression, error) {
	e, err := p.and(depth)
	if err != nil {
		return nil, err
	}
	alternatives := or{e}
	for p.operator("or", "|") {
		if e, err = p.and(depth); err != nil {
			return nil, err
		}
		alternatives = append(alternatives, e)
	}
	if len(alternatives) == 1 {
		return e, nil
	}
	return alternatives, nil
}

func (p *parser) and(depth int) (expression, error) {
	var all and
	for {
		e, err := p.unary(depth)
		if err != nil {
			return nil, err
		}
		all = append(all, e)
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

func (p *parser) unary(depth int) (expression, error) {
	if depth > maxDepth {
		return nil, p.fail(p.pos, "nested too deeply")
	}
	p.blanks()
	start := p.pos
	switch {
	case p.pos == len(p.text):
		return nil, p.fail(p.pos, "expected a term here")
	case p.operator("not", "!"), p.operator("", "-"):
		e, err := p.unary(depth + 1)
		if err != nil {
			return nil, err
		}
		return not{e}, nil
	case p.text[p.pos] == '(':
		p.pos++
		e, err := p.or(depth + 1)
		if err != nil {
			return nil, err
		}
		if p.pos == len(p.text) {
			return nil, p.fail(start, "this parenthesis is not closed")
		}
		p.pos++ // or ends at ")" or at the end of the text
		p.blanks()
		return e, nil
	case p.text[p.pos] == ')':
		return nil, p.fail(p.pos, "no parenthesis is open here")
	case p.text[p.pos] == '|' || p.text[p.pos] == '&' || p.peekWord("or") || p.peekWord("and"):
		return nil, p.fail(p.pos, "expected a term before this")
	}
	return p.term()
}

// peekWord reports whether the given word comes next and ends there.
func (p *parser) peekWord(word string) bool {
	rest := p.text[p.pos:]
	if len(rest) < len(word) || !strings.EqualFold(rest[:len(word)], word) {
		return false
	}
	rest = rest[len(word):]
	return rest == "" || strings.ContainsRune(" \t\n()", rune(rest[0]))
}

// operator consumes an operator and the blanks around it. It reports whether there was one.
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

func (p *parser) term() (expression, error) {
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
			if near := nearField(name); near != "" {
				return nil, p.fail(start, "unknown field %q: %s?", name, near)
			}
			return nil, p.fail(start, "unknown field %q: use one of %s, or quote text that contains a colon", name,
				strings.Join(FieldNames(), ", "))
		}
		if value == "" {
			return nil, p.fail(valueAt, "%s: expected %s", f.name, f.wants)
		}
	}
	test, err := f.parse(value, p.now)
	if err != nil {
		return nil, p.fail(valueAt, "%s: %v", f.name, err)
	}
	return &term{field: f, value: value, test: test}, nil
}

// fieldName consumes a name and a colon. It returns "" if they do not come next.
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

// value consumes text up to a blank or parenthesis outside quotes. Quotes may occur anywhere in it;
// within quotes, a backslash escapes the next character.
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
