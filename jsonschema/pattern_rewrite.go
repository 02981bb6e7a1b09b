package jsonschema

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxPattern bounds a pattern's length in bytes.
const maxPattern = 4096

// RewritePattern rewrites a pattern so that ECMA-262 takes it with the u flag. Documents have
// patterns of other dialects, and the flag makes errors of needless escapes and stray braces: `\_`
// becomes `_`, `^{` becomes `^\{`, `[\w-.]` becomes `[\w\-.]`, `(?P<a>` becomes `(?<a>`, and the
// anchors \A and \z, which ECMA-262 does not have, become ^ and $. It returns an error for what
// ECMA-262 cannot express, and for patterns over 4 KB. Rewriting twice changes nothing.
func RewritePattern(p string) (string, error) {
	if len(p) > maxPattern {
		return "", fmt.Errorf("pattern of %d bytes, at most %d", len(p), maxPattern)
	}
	if !utf8.ValidString(p) {
		return "", errors.New("pattern is not UTF-8")
	}
	r := rewriter{in: []rune(p)}
	if err := r.rewrite(); err != nil {
		return "", err
	}
	out := r.out.String()
	if err := CompilePattern(out); err != nil {
		return "", err
	}
	return out, nil
}

// rewriter copies a pattern from in to out, construct by construct.
type rewriter struct {
	in   []rune
	i    int // of the next character of in
	out  strings.Builder
	atom bool // what was written last can be repeated by a quantifier
}

func (r *rewriter) rewrite() error {
	for r.i < len(r.in) {
		var err error
		switch c := r.in[r.i]; c {
		case '\\':
			err = r.escape(false)
			r.atom = true
		case '[':
			err = r.class()
			r.atom = true
		case '(':
			err = r.group()
			r.atom = false
		case '*', '+', '?', '{':
			err = r.repeat()
		case '}', ']':
			r.out.WriteRune('\\')
			r.next()
			r.atom = true
		case '^', '|':
			r.next()
			r.atom = false
		default:
			r.next()
			r.atom = true
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// next copies one character.
func (r *rewriter) next() {
	r.out.WriteRune(r.in[r.i])
	r.i++
}

// repeat copies a quantifier, or escapes a brace that does not begin one.
func (r *rewriter) repeat() error {
	n := 1
	if r.in[r.i] == '{' {
		if n = quantifierLen(r.in[r.i:]); n == 0 {
			r.out.WriteRune('\\')
			r.next()
			r.atom = true
			return nil
		}
	}
	if !r.atom {
		return fmt.Errorf("nothing to repeat at %d", r.i)
	}
	for range n {
		r.next()
	}
	if r.i < len(r.in) && r.in[r.i] == '?' {
		r.next()
	}
	r.atom = false
	return nil
}

// quantifierLen returns the length of the quantifier {n}, {n,} or {n,m} at the start of s, 0 when
// there is none.
func quantifierLen(s []rune) int {
	i, digits := 1, 0
	for ; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
		digits++
	}
	if digits == 0 || digits > 6 {
		return 0
	}
	if i < len(s) && s[i] == ',' {
		for i++; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
		}
	}
	if i < len(s) && s[i] == '}' {
		return i + 1
	}
	return 0
}

// group copies the start of a group.
func (r *rewriter) group() error {
	rest := string(r.in[r.i:min(len(r.in), r.i+5)])
	if !strings.HasPrefix(rest, "(?") {
		r.next()
		return nil
	}
	switch {
	case strings.HasPrefix(rest, "(?P<"):
		r.out.WriteString("(?<")
		r.i += 4
	case strings.HasPrefix(rest, "(?<"), strings.HasPrefix(rest, "(?:"),
		strings.HasPrefix(rest, "(?="), strings.HasPrefix(rest, "(?!"):
		for range 3 {
			r.next()
		}
	default:
		return fmt.Errorf("group %q is not ECMA-262", rest)
	}
	return nil
}

// class copies a character class.
func (r *rewriter) class() error {
	r.next()
	if r.i < len(r.in) && r.in[r.i] == '^' {
		r.next()
	}
	set := false // the last member was a class escape
	for r.i < len(r.in) {
		switch c := r.in[r.i]; {
		case c == ']':
			r.next()
			return nil
		case c == '[' && r.i+1 < len(r.in) && (r.in[r.i+1] == ':' || r.in[r.i+1] == '.'):
			return errors.New("named classes such as [:alpha:] are not ECMA-262")
		case c == '\\':
			set = isClassEscape(r.in[r.i:])
			if err := r.escape(true); err != nil {
				return err
			}
		case c == '-' && (set || isClassEscape(r.in[r.i+1:])):
			r.out.WriteRune('\\')
			r.next()
			set = false
		default:
			r.next()
			set = false
		}
	}
	return errors.New("class is not closed")
}

// isClassEscape reports whether s starts with a class escape such as \w, with which no range can
// begin or end.
func isClassEscape(s []rune) bool {
	return len(s) > 1 && s[0] == '\\' && strings.ContainsRune("dDwWsSpP", s[1])
}

// escape copies an escape, or drops a backslash that ECMA-262 does not allow there.
func (r *rewriter) escape(inClass bool) error {
	if r.i+1 >= len(r.in) {
		return errors.New("ends in a backslash")
	}
	switch c := r.in[r.i+1]; {
	case strings.ContainsRune(`^$\.*+?()[]{}|/`, c), strings.ContainsRune("dDwWsSbfnrtv", c), c >= '0' && c <= '9',
		strings.ContainsRune("cxupP", c), c == '-' && inClass, strings.ContainsRune("Bk", c) && !inClass:
		r.next()
		r.next()
		if strings.ContainsRune("upP", c) && r.i < len(r.in) && r.in[r.i] == '{' {
			for r.i < len(r.in) && r.in[r.i] != '}' {
				r.next()
			}
			if r.i < len(r.in) {
				r.next()
			}
		}
	case !inClass && (c == 'A' || c == 'z' || c == 'Z'):
		r.out.WriteRune(map[rune]rune{'A': '^', 'z': '$', 'Z': '$'}[c])
		r.i += 2
	case c < utf8.RuneSelf && (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'):
		return fmt.Errorf(`escape \%c is not ECMA-262`, c)
	default:
		r.i++
		r.next()
	}
	return nil
}
