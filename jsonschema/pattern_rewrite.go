package jsonschema

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxPattern bounds a pattern's length in bytes.
const maxPattern = 4096

// RewritePattern rewrites a pattern so that ECMA-262 takes it with the u flag. Documents have
// patterns of other dialects, and the flag makes errors of needless escapes and stray braces: `\_`
// becomes `_`, `^{` becomes `^\{`, `[\w-.]` becomes `[\w\-.]`, `(?P<a>` becomes `(?<a>`, and the
// anchors \A and \z, which ECMA-262 does not have, become ^ and $, and a script \p{Greek} becomes
// \p{Script=Greek}. It returns an error for patterns that ECMA-262 cannot express, and for those
// that are, or become, longer than 4 KB. Rewriting twice changes nothing.
func RewritePattern(p string) (string, error) {
	if err := checkLength(p); err != nil {
		return "", err
	}
	if !utf8.ValidString(p) {
		return "", errors.New("pattern is not UTF-8")
	}
	r := rewriter{in: []rune(p)}
	if err := r.rewrite(); err != nil {
		return "", err
	}
	out := r.out.String()
	if err := cmp.Or(checkLength(out), CompilePattern(out)); err != nil {
		return "", err
	}
	return out, nil
}

func checkLength(p string) error {
	if len(p) > maxPattern {
		return fmt.Errorf("pattern of %d bytes, at most %d", len(p), maxPattern)
	}
	return nil
}

// rewriter copies a pattern from in to out, construct by construct.
type rewriter struct {
	in   []rune
	i    int // of the next character of in
	out  strings.Builder
	atom bool // a quantifier may follow the last output

	lookarounds []bool   // of the open groups, outermost first: which cannot be repeated
	captures    int      // groups that capture
	names       []string // of the groups that have one

	references []string // the groups that back references name or count, which may come later
}

func (r *rewriter) rewrite() error {
	for r.i < len(r.in) {
		var err error
		switch c := r.in[r.i]; c {
		case '\\':
			r.atom = !isBoundaryEscape(r.in[r.i:])
			err = r.escape(false)
		case '[':
			err = r.class()
			r.atom = true
		case '(':
			err = r.group()
			r.atom = false
		case ')':
			r.next()
			r.atom = r.endGroup()
		case '*', '+', '?', '{':
			err = r.repeat()
		case '}', ']':
			r.out.WriteRune('\\')
			r.next()
			r.atom = true
		case '^', '$', '|':
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
	return r.checkReferences()
}

// next copies one character.
func (r *rewriter) next() {
	r.out.WriteRune(r.in[r.i])
	r.i++
}

// copy copies n characters.
func (r *rewriter) copy(n int) {
	for range n {
		r.next()
	}
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
	r.copy(n)
	if r.i < len(r.in) && r.in[r.i] == '?' {
		r.next()
	}
	r.atom = false
	return nil
}

// quantifierLen returns the length of the quantifier {n}, {n,} or {n,m} at the start of s, or 0.
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
	r.lookarounds = append(r.lookarounds, slices.ContainsFunc([]string{"(?=", "(?!", "(?<=", "(?<!"}, func(p string) bool {
		return strings.HasPrefix(rest, p)
	}))
	switch {
	case !strings.HasPrefix(rest, "(?"):
		r.captures++
		r.next()
		return nil
	case strings.HasPrefix(rest, "(?P<"):
		r.i += 4
		return r.groupName()
	case strings.HasPrefix(rest, "(?<=") || strings.HasPrefix(rest, "(?<!"):
		r.copy(4)
	case strings.HasPrefix(rest, "(?<"):
		r.i += 3
		return r.groupName()
	case strings.HasPrefix(rest, "(?:"), strings.HasPrefix(rest, "(?="), strings.HasPrefix(rest, "(?!"):
		r.copy(3)
	default:
		return fmt.Errorf("group %q is not ECMA-262", rest)
	}
	return nil
}

// groupName writes the start of a group that captures, after whose "<" it stands.
func (r *rewriter) groupName() error {
	name := r.name()
	if name == "" || slices.Contains(r.names, name) {
		return fmt.Errorf("group name %q is empty, wrong or used twice", name)
	}
	r.captures++
	r.names = append(r.names, name)
	r.out.WriteString("(?<" + name + ">")
	return nil
}

// name reads a name and the ">" that ends it, or returns "".
func (r *rewriter) name() string {
	length := slices.Index(r.in[r.i:], '>')
	if length < 0 {
		return ""
	}
	name := string(r.in[r.i : r.i+length])
	if !isGroupName(name) {
		return ""
	}
	r.i += length + 1
	return name
}

// isGroupName reports whether ECMA-262 and the engine both take a name.
func isGroupName(name string) bool {
	for i, r := range name {
		if r != '_' && !unicode.IsLetter(r) && (i == 0 || !unicode.IsDigit(r)) {
			return false
		}
	}
	return name != ""
}

// endGroup ends the innermost group and reports whether a quantifier may follow it. Without an open
// group, compiling refuses the pattern.
func (r *rewriter) endGroup() bool {
	last := len(r.lookarounds) - 1
	if last < 0 {
		return false
	}
	lookaround := r.lookarounds[last]
	r.lookarounds = r.lookarounds[:last]
	return !lookaround
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
