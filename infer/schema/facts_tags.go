package schema

import (
	"strings"

	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/internal/ascii"
)

// tagNames are the property names under which APIs state the type of an object, the most specific
// first. Objects at one position are divided only by these tags; decideAlternatives unites those
// that are not real alternatives.
var tagNames = [...]string{"__typename", "@type", "@odata.type", "$type", "_type", "object", "kind", "type",
	"resourceType", "resource_type", "objectType", "object_type", "eventType", "event_type", "event", "op",
	"_class", "class"}

// tagInitials marks the first letters of tagNames.
var tagInitials = func() (t [256]bool) {
	for _, name := range tagNames {
		t[name[0]] = true
	}
	return t
}()

// tagsByLength holds the indices in tagNames of the names of each length.
var tagsByLength = func() (t [16][]int) {
	for i, name := range tagNames {
		t[len(name)] = append(t[len(name)], i)
	}
	return t
}()

// tagRank returns the index of a name in tagNames, or -1.
func tagRank(name []byte) int {
	if len(name) < len(tagsByLength) {
		for _, i := range tagsByLength[len(name)] {
			if tagNames[i] == string(name) {
				return i
			}
		}
	}
	return -1
}

// findTag returns the tag of the object at token i as "name=value", or nil if it has none. The
// result is valid until the next call.
func (f *accumulator) findTag(i, end uint32) []byte {
	best, at := len(tagNames), uint32(0)
	for j := i + 1; j+1 < end; {
		k, v := &f.tokens[j], &f.tokens[j+1]
		name := j
		if j += 2; v.kind == '{' || v.kind == '[' {
			j = nextValue(f.tokens, name+1)
		}
		if v.kind != '"' || v.hasEscapes || v.end-v.start > 50 || k.hasEscapes || !tagInitials[f.data[k.start+1]] {
			continue
		}
		if rank := tagRank(f.data[k.start+1 : k.end-1]); rank >= 0 && rank < best && isTagValue(f.stringText(v)) {
			best, at = rank, name
		}
	}
	if best == len(tagNames) {
		return nil
	}
	f.scratch = append(f.scratch[:0], tagNames[best]...)
	f.scratch = append(f.scratch, '=')
	v := &f.tokens[at+1]
	f.scratch = append(f.scratch, f.data[v.start+1:v.end-1]...)
	return f.scratch
}

// isTagValue reports whether a text can be the value of a tag: an identifier, possibly of several
// parts.
func isTagValue(s []byte) bool {
	if len(s) == 0 || len(s) > 48 || !(isLetter(s[0]) || s[0] == '#' || s[0] == '_') {
		return false
	}
	digits := 0
	for _, c := range s {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case isLetter(c) || c == '_' || c == '-' || c == '.' || c == ':' || c == '/' || c == '#':
		default:
			return false
		}
	}
	return digits <= 4 && isWordLike(s)
}

// isDataKey reports whether the name of a property is data and not part of a schema: an id, an
// address, a date or free text. Such names are never kept.
func isDataKey(s []byte) bool {
	n := len(s)
	if n == 0 || n > 80 {
		return true
	}
	var digits, hex, ats, spaces, changes int
	last := byte(0)
	for _, c := range s {
		class := byte(4)
		switch {
		case c >= '0' && c <= '9':
			digits++
			hex++
			class = 1
		case c >= 'a' && c <= 'z':
			class = 2
		case c >= 'A' && c <= 'Z':
			class = 3
		case c == '@':
			ats++
		case c <= ' ':
			spaces++
		}
		if class == 2 && c <= 'f' || class == 3 && c <= 'F' {
			hex++
		}
		if class != last && last != 0 && (class == 1 || last == 1) {
			changes++
		}
		last = class
	}
	switch {
	case ats > 0 && isEmail(s), spaces > 3:
		return true
	case digits == n:
		return n >= 5
	case digits > 0 && hex == n && n >= 16:
		return true
	case n == 36 && ascii.IsUUID(s), digits >= 4 && n <= 15 && isIP(s):
		return true
	}
	return n >= 20 && digits >= 4 && changes >= 5 || n >= 10 && digits >= 7 ||
		n >= 16 && !isWordLike(s) && !(digits <= 2 && hasLongWords(s)) || hasForeignMarks(string(s))
}

// hasForeignMarks reports whether a name has characters in places where names of properties have
// none: those of paths, accounts, numbers of telephones and addresses, or of a text whose words are
// not English, such as the name of a person. Operators (>=) and short numbers (+1) have no words.
func hasForeignMarks(s string) bool {
	words := strings.Trim(s, "+-.0123456789!\"%&'()*,/:;<=>?@[\\]^`{|}~ ") != ""
	if i := strings.LastIndexAny(s, "@#"); i > 0 && words || len(s) > 3 && s[0] == '+' {
		return true
	}
	return words && (s[0] == '/' || strings.ContainsAny(s, "\\!=+<>{}|;~^`") || strings.Contains(s, "//") ||
		strings.ContainsAny(s, " ()%&',?") && !noun.IsEnglish(s))
}

// hasLongWords reports whether a name consists of long words, as divided by capitals, digits and
// separators. A digit between long words is not a sign of randomness (GlobalIPv6Address). Random
// letters form words of about two letters.
func hasLongWords(s []byte) bool {
	words, letters := 0, 0
	last := uint8(charOther)
	for i, c := range s {
		class := charClass[c]
		if class == charLower || class == charUpper {
			letters++
			if class != last && !(class == charLower && last == charUpper &&
				(i == 1 || charClass[s[i-2]] != charUpper)) {
				words++
			}
		}
		last = class
	}
	return 10*letters >= 33*words
}

// tagName returns the name in a tag "name=value".
func tagName(tag string) string {
	name, _, _ := strings.Cut(tag, "=")
	return name
}

// tagValue returns the value in a tag "name=value".
func tagValue(tag string) string {
	_, v, _ := strings.Cut(tag, "=")
	return v
}
