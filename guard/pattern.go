package guard

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dlclark/regexp2"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// matchTimeout bounds one match: the engine backtracks, and both pattern and text come from others.
const matchTimeout = 100 * time.Millisecond

// maxPattern bounds a pattern's length in bytes.
const maxPattern = 4096

// engine compiles patterns as ECMA-262 does with the u flag, which is what JSON Schema 2020-12 asks for.
func engine(p string) (jsonschema.Regexp, error) {
	re, err := regexp2.Compile(p, regexp2.ECMAScript|regexp2.Unicode)
	if err != nil {
		return nil, err
	}
	re.MatchTimeout = matchTimeout
	return timed{re}, nil
}

// timed refuses what it could not match in time.
type timed struct{ re *regexp2.Regexp }

func (t timed) String() string { return t.re.String() }

func (t timed) MatchString(s string) bool {
	ok, err := t.re.MatchString(s)
	return ok && err == nil
}

// Pattern rewrites a pattern as documents have them so that ECMA-262 takes it with the u flag, where needless
// escapes and stray braces are errors: `\_` becomes `_`, `^{` becomes `^\{`, `[\w-.]` becomes `[\w\-.]`,
// `(?P<a>` becomes `(?<a>`, and the anchors \A and \z, which ECMA-262 does not have, become ^ and $.
// An error says what cannot be put that way.
func Pattern(p string) (string, error) {
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
	if _, err := engine(out); err != nil {
		return "", err
	}
	return out, nil
}

type rewriter struct {
	in   []rune
	i    int
	out  strings.Builder
	atom bool // what was written last can be repeated
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

// repeat copies a quantifier, or escapes a brace that is none.
func (r *rewriter) repeat() error {
	n := 1
	if r.in[r.i] == '{' {
		if n = braces(r.in[r.i:]); n == 0 {
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

// braces is the length of the quantifier {n}, {n,} or {n,m} at the start of s, 0 when there is none.
func braces(s []rune) int {
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
	case strings.HasPrefix(rest, "(?<"), strings.HasPrefix(rest, "(?:"), strings.HasPrefix(rest, "(?="), strings.HasPrefix(rest, "(?!"):
		for range 3 {
			r.next()
		}
	default:
		return fmt.Errorf("group %q is not ECMA-262", rest)
	}
	return nil
}

func (r *rewriter) class() error {
	r.next()
	if r.i < len(r.in) && r.in[r.i] == '^' {
		r.next()
	}
	set := false // the last member was a class escape such as \w
	for r.i < len(r.in) {
		switch c := r.in[r.i]; {
		case c == ']':
			r.next()
			return nil
		case c == '[' && r.i+1 < len(r.in) && (r.in[r.i+1] == ':' || r.in[r.i+1] == '.'):
			return errors.New("named classes such as [:alpha:] are not ECMA-262")
		case c == '\\':
			set = r.i+1 < len(r.in) && strings.ContainsRune("dDwWsSpP", r.in[r.i+1])
			if err := r.escape(true); err != nil {
				return err
			}
		case c == '-' && (set || isSet(r.in[r.i+1:])):
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

// isSet says whether s starts with a class escape, which no range can end with.
func isSet(s []rune) bool {
	return len(s) > 1 && s[0] == '\\' && strings.ContainsRune("dDwWsSpP", s[1])
}

func (r *rewriter) escape(inClass bool) error {
	if r.i+1 >= len(r.in) {
		return errors.New("ends in a backslash")
	}
	switch c := r.in[r.i+1]; {
	case strings.ContainsRune(`^$\.*+?()[]{}|/`, c), strings.ContainsRune("dDwWsSbfnrtv", c), c >= '0' && c <= '9',
		strings.ContainsRune("cxupP", c), c == '-' && inClass, c == 'B' && !inClass, c == 'k' && !inClass:
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
