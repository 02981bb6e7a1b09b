package jsonschema

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// isBoundaryEscape reports whether s starts with an escape that matches a place and no character.
func isBoundaryEscape(s []rune) bool { return len(s) > 1 && strings.ContainsRune("bBAzZ", s[1]) }

// isClassEscape reports whether s starts with a class escape such as \w, with which no range can
// begin or end.
func isClassEscape(s []rune) bool {
	return len(s) > 1 && s[0] == '\\' && strings.ContainsRune("dDwWsSpP", s[1])
}

// characterEscape matches an escape of one character by its number or its control letter.
var characterEscape = regexp.MustCompile(`^\\(?:c[A-Za-z]|x[0-9A-Fa-f]{2}|u(?:[0-9A-Fa-f]{4}|\{0*(?:10|[0-9A-Fa-f])?[0-9A-Fa-f]{1,4}\}))`)

// escape copies an escape, or drops a backslash that ECMA-262 does not allow there (section
// 22.2.1, with UnicodeMode).
func (r *rewriter) escape(inClass bool) error {
	if r.i+1 >= len(r.in) {
		return errors.New("ends in a backslash")
	}
	switch c := r.in[r.i+1]; {
	case strings.ContainsRune(`^$\.*+?()[]{}|/`, c), strings.ContainsRune("dDwWsSbfnrtv", c),
		c == '-' && inClass, c == 'B' && !inClass:
		r.copy(2)
	case strings.ContainsRune("cxu", c):
		found := characterEscape.FindString(string(r.in[r.i:min(len(r.in), r.i+maxEscape)]))
		if found == "" {
			return fmt.Errorf(`escape \%c without its letter or digits`, c)
		}
		r.copy(len(found))
	case c == 'p' || c == 'P':
		return r.property()
	case c >= '0' && c <= '9':
		return r.number(inClass)
	case c == 'k' && !inClass:
		return r.named()
	case !inClass && (c == 'A' || c == 'z' || c == 'Z'):
		r.out.WriteRune(map[rune]rune{'A': '^', 'z': '$', 'Z': '$'}[c])
		r.i += 2
	case c < utf8.RuneSelf && unicode.IsLetter(c):
		return fmt.Errorf(`escape \%c is not ECMA-262`, c)
	default:
		r.i++
		r.next()
	}
	return nil
}

// maxEscape is the length in characters within which an escape has to end.
const maxEscape = 64

// number copies \0 or a back reference by number.
func (r *rewriter) number(inClass bool) error {
	end := r.i + 1
	for end < len(r.in) && r.in[end] >= '0' && r.in[end] <= '9' {
		end++
	}
	digits := string(r.in[r.i+1 : end])
	switch {
	case digits == "0":
	case digits[0] == '0' || inClass:
		return fmt.Errorf(`escape \%s is not ECMA-262`, digits)
	default:
		r.references = append(r.references, digits)
	}
	r.copy(end - r.i)
	return nil
}

// named copies a back reference by name.
func (r *rewriter) named() error {
	if r.i+2 >= len(r.in) || r.in[r.i+2] != '<' {
		return errors.New(`escape \k without the name of a group`)
	}
	r.i += 3
	name := r.name()
	if name == "" {
		return errors.New(`escape \k without the name of a group`)
	}
	r.references = append(r.references, name)
	r.out.WriteString(`\k<` + name + `>`)
	return nil
}

// checkReferences returns an error for a back reference to a group that the pattern does not have.
func (r *rewriter) checkReferences() error {
	for _, ref := range r.references {
		n, err := strconv.Atoi(ref)
		if err == nil && n > r.captures || err != nil && !slices.Contains(r.names, ref) {
			return fmt.Errorf("there is no group %s", ref)
		}
	}
	return nil
}

// propertyEscape matches a class of characters with a property; ECMA-262 has no short form \pL.
var propertyEscape = regexp.MustCompile(`^\\([pP])\{((?:\w+=)?)(\w+)\}`)

// property copies a class of characters with a property. A script by its name alone, as RE2 and
// PCRE have it, becomes Script=NAME.
func (r *rewriter) property() error {
	parts := propertyEscape.FindStringSubmatch(string(r.in[r.i:min(len(r.in), r.i+maxEscape)]))
	if parts == nil {
		return errors.New(`escape \p without a property in braces`)
	}
	key, name := parts[2], parts[3]
	if unicode.Scripts[name] != nil && key == "" {
		key = "Script="
	}
	r.out.WriteString(`\` + parts[1] + "{" + key + name + "}")
	r.i += len(parts[0])
	return nil
}

// keyedProperty matches one escape, a property with its key or any other.
var keyedProperty = regexp.MustCompile(`(?s)\\(?:([pP])\{(?:(?:Script|sc|General_Category|gc)=)?(\w+)\}|.)`)

// engineProperties writes properties as the engine reads them: without a key, categories by their
// short names.
func engineProperties(pattern string) string {
	return keyedProperty.ReplaceAllStringFunc(pattern, func(escape string) string {
		parts := keyedProperty.FindStringSubmatch(escape)
		if parts[2] == "" {
			return escape
		}
		name := parts[2]
		if short, ok := unicode.CategoryAliases[name]; ok {
			name = short
		}
		return `\` + parts[1] + "{" + name + "}"
	})
}
