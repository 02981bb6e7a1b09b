package route

import (
	"strings"

	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/flow/redact/rules"
	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/internal/ascii"
)

// segment is one piece of a path between slashes.
type segment struct {
	encoded string // percent-encoded, in normal form
	decoded string // percent-decoded
	hash    uint64 // of decoded
	// stemHash is the hash of decoded without its data extension (.json) or sign (@), or 0 if it
	// has neither.
	stemHash uint64
	// label is the key in the trie: encoded, or the shared label of its shape.
	label   string
	shape   shape
	ownNode bool // label is encoded; the segment has a node of its own
}

// sharedMark is the first byte of the labels of shared nodes. No encoded segment contains it; there
// it would be %00.
const sharedMark = '\x00'

// overflowLabel is the label of the overflow node, which counts all segments evicted from a full
// node.
var overflowLabel = sharedLabel(shapeOverflow, "", "")

// sharedLabel returns the label of the node that segments of one strong shape share, between
// literal affixes.
func sharedLabel(s shape, prefix, suffix string) string {
	if prefix == "" && suffix == "" {
		return plainSharedLabels[2*int(s) : 2*int(s)+2]
	}
	return string([]byte{sharedMark, byte(s)}) + prefix + string(sharedMark) + suffix
}

// plainSharedLabels holds the labels without affixes, concatenated. Slicing it avoids an
// allocation.
var plainSharedLabels = func() string {
	b := make([]byte, 0, 2*shapes)
	for s := range shapes {
		b = append(b, sharedMark, byte(s))
	}
	return string(b)
}()

// parseSharedLabel splits a shared label. ok is false for the label of a segment with a node of its
// own.
func parseSharedLabel(label string) (s shape, prefix, suffix string, ok bool) {
	if len(label) < 2 || label[0] != sharedMark {
		return 0, "", "", false
	}
	prefix, suffix, _ = strings.Cut(label[2:], string(sharedMark))
	return shape(label[1]), prefix, suffix, true
}

// nameOf returns a text that ends as the segments with a label do.
func nameOf(label string) string {
	if _, _, suffix, ok := parseSharedLabel(label); ok {
		return "x" + suffix
	}
	return label
}

// minSecretLength is the length from which a segment is checked for secret formats that redaction
// knows and shapeOf does not.
const minSecretLength = 16

// maxSegments bounds the depth of the trie. The rest of a longer path is its last segment.
const maxSegments = 24

// splitPath appends the segments of a path to into. It reports a trailing slash separately and
// keeps empty segments inside the path.
func splitPath(path string, into []segment) (segments []segment, trailingSlash bool) {
	path = strings.TrimPrefix(path, "/")
	if strings.HasSuffix(path, "/") {
		path, trailingSlash = path[:len(path)-1], true
	}
	if path == "" {
		return into, trailingSlash
	}
	for allOwn, more := true, true; more; {
		text := path
		if more = len(into) < maxSegments-1; more {
			text, path, more = strings.Cut(path, "/")
		}
		text, matrix := cutMatrix(text, len(into))
		into = append(into, parseSegment(text, len(into), allOwn))
		if n := len(into); n == 2 && into[0].decoded == versionParent {
			into[1].setRelease()
		}
		if n := len(into); n > 1 && into[n-1].ownNode && redact.IsPathSecret(into[n-2].decoded, into[n-1].decoded) {
			into[n-1].setSecret()
		}
		into = append(into, matrix...)
		allOwn = allOwn && into[len(into)-1].ownNode
	}
	return into, trailingSlash
}

// cutMatrix cuts the matrix parameters from a segment (RFC 3986, section 3.3). Each is a segment of
// its own, which begins with ";" and is always a value. Credentials, such as ;jsessionid= of Java
// servers, are left out: they replace a cookie. A text with any other use of ";" is left as it is,
// such as the coordinates 13.4,52.5;9.9,53.5 of OSRM.
func cutMatrix(text string, depth int) (base string, matrix []segment) {
	base, rest, found := strings.Cut(text, ";")
	if !found || base == "" || depth+strings.Count(text, ";") >= maxSegments-1 {
		return text, nil
	}
	for pair := range strings.SplitSeq(rest, ";") {
		name, value, _ := strings.Cut(pair, "=")
		if value == "" || !isName(name) || shapeOf(name).isStrong() {
			return text, nil
		}
		if rules.ClassOf(name) == rules.Secret {
			continue
		}
		s, prefix := segment{shape: shapeOverflow}, ";"+name+"="
		s.encoded, s.decoded = normalize(value)
		s.encoded = prefix + s.encoded
		if sh := shapeOf(s.decoded); sh.isStrong() {
			s.shape = sh
		}
		s.hash, s.label = bottomk.Hash(s.decoded), sharedLabel(s.shape, prefix, "")
		matrix = append(matrix, s)
	}
	return base, matrix
}

// isMatrix reports whether the segment is a matrix parameter of the one before it.
func (s *segment) isMatrix() bool { return !s.ownNode && strings.HasPrefix(s.encoded, ";") }

// Kinds of characters in a segment, as bits.
const (
	hasLower = 1 << iota
	hasDigit
	hasUpper
	hasDash      // - and _
	hasDot       // .
	hasDelimiter // ( ) : =
	hasOther     // any other pchar
	hasEscape    // everything else, and %
)

var charClasses = func() (t [256]uint8) {
	for c := range t {
		switch b := byte(c); {
		case b >= 'a' && b <= 'z':
			t[c] = hasLower
		case isDigit(b):
			t[c] = hasDigit
		case isUpper(b):
			t[c] = hasUpper
		case b == '-' || b == '_':
			t[c] = hasDash
		case b == '.':
			t[c] = hasDot
		case strings.IndexByte("():=", b) >= 0:
			t[c] = hasDelimiter
		case isPchar(b):
			t[c] = hasOther
		default:
			t[c] = hasEscape
		}
	}
	return t
}()

// parseSegment parses one percent-encoded segment. allOwn reports whether all segments before it
// have nodes of their own.
func parseSegment(text string, depth int, allOwn bool) segment {
	kinds := uint8(0)
	for i := 0; i < len(text); i++ {
		kinds |= charClasses[text[i]]
	}
	s := segment{encoded: text, decoded: text}
	if kinds&hasEscape != 0 {
		s.encoded, s.decoded = normalize(text)
		kinds |= hasDot | hasDelimiter
	}
	s.hash = bottomk.Hash(s.decoded)
	if kinds&hasDot != 0 {
		if n := len(dataExtension(s.decoded)); n > 0 {
			s.stemHash = bottomk.Hash(s.decoded[:len(s.decoded)-n])
		}
	}
	switch {
	case kinds == hasDigit && (text[0] != '0' || len(text) == 1):
		s.shape = shapeInt
	case kinds != 0 && kinds&^(hasLower|hasDash) == 0:
		s.shape = shapeWord
	default:
		s.shape = shapeOf(s.decoded)
	}
	if !s.shape.isStrong() && len(s.decoded) >= minSecretLength && redact.IsSensitive("", s.decoded) {
		s.shape = shapeToken
	}
	s.label, s.ownNode = s.encoded, true
	if allOwn && mayBeVersion(s.decoded, s.shape, depth) {
		return s
	}
	if kinds&(hasDot|hasDelimiter) != 0 && s.setAffixes() {
		return s
	}
	if kinds&hasOther != 0 && s.setSign() {
		return s
	}
	if s.shape.isStrong() {
		s.label, s.ownNode = sharedLabel(s.shape, "", ""), false
	}
	return s
}

// maxReleaseDigits is the greatest number of digits of a release that is the version of an API:
// api/40/users.
const maxReleaseDigits = 3

// setRelease gives an integer directly below "api" a node of its own, because it may be the version
// of the API.
func (s *segment) setRelease() {
	if s.shape == shapeInt && len(s.decoded) <= maxReleaseDigits {
		s.label, s.ownNode = s.encoded, true
	}
}

// setSecret makes the segment a token, which is not kept as text.
func (s *segment) setSecret() {
	s.shape, s.stemHash = shapeToken, 0
	s.label, s.ownNode = sharedLabel(shapeToken, "", ""), false
}

// setAffixes recognizes an identifier between literal affixes, named keys, or a range of two, and
// gives the segment the label of the shared node.
func (s *segment) setAffixes() bool {
	if s.setKeys() {
		return true
	}
	if sep := rangeSeparator(s.encoded); sep != "" {
		s.shape = shapeRange
		s.label, s.ownNode = sharedLabel(shapeRange, sep, ""), false
		return true
	}
	p, core, q, ok := splitAffixes(s.encoded)
	if name, value, assigned := strings.Cut(s.encoded, "="); !ok && assigned && s.shape == shapeSlash && isName(name) && value != "" {
		p, core, ok = name+"=", shapeSlash, true // interface=ge-0%2F1
	}
	if ok {
		s.shape = core
		s.label, s.ownNode = sharedLabel(core, p, q), false
		_, value := normalize(s.encoded[len(p) : len(s.encoded)-len(q)])
		s.hash = bottomk.Hash(value) // the value as bodies hold it
	}
	return ok
}

// dataExtensions select the representation of a resource in a path.
var dataExtensions = [...]string{".json", ".xml", ".csv", ".yaml", ".html"}

// dataExtension returns the data extension of a segment, or "".
func dataExtension(s string) string {
	for _, f := range dataExtensions {
		if len(s) > len(f) && strings.HasSuffix(s, f) {
			return f
		}
	}
	return ""
}

// maxVersionDepth is the greatest depth of a version that is a dotted number: site/check/api/1.0.
const maxVersionDepth = 3

// mayBeVersion reports whether a segment of a strong shape near the root may be an API version, as
// in /2/users, /1.1/statuses, /api/v3.1.5/accounts or /2010-04-01/Accounts. It then needs a node of
// its own.
func mayBeVersion(s string, sh shape, depth int) bool {
	switch sh {
	case shapeInt:
		return depth <= 2 && len(s) == 1
	case shapeDotted:
		if strings.Count(s, ".") == 2 && isSemver(s) { // 1.0.0, v3.1.5
			return depth <= 1 && len(s) <= 8 || depth <= 3 && s[0] == 'v' && len(s) <= 10
		}
		return depth == maxVersionDepth && len(s) == 3 || depth < maxVersionDepth && longestDigitRun(s) < len(s) &&
			(len(s) <= 4 || len(s) == 7 && s[4] == '-') // 1.1, 2024-01
	case shapeDate:
		return depth <= 2 && len(s) == 10
	}
	return false
}

// rangeSeparator returns the dots of a...b or a..b, and "" for anything else.
func rangeSeparator(s string) string {
	i := strings.Index(s, "..")
	if i < 1 {
		return ""
	}
	sep := ".."
	if strings.HasPrefix(s[i:], "...") {
		sep = "..."
	}
	if rest := s[i+len(sep):]; rest == "" || rest[0] == '.' || strings.Contains(rest, "..") {
		return ""
	}
	return sep
}

// splitAffixes recognizes an identifier between literal affixes: Products(1), 12:cancel, 12.json,
// year=2024.
func splitAffixes(s string) (prefix string, core shape, suffix string, ok bool) {
	var in string
	switch i := strings.LastIndexAny(s, "().:="); {
	case i < 1:
		return "", 0, "", false
	case s[i] == ')' && i == len(s)-1:
		j := strings.IndexByte(s, '(')
		if j < 1 || j == i-1 {
			return "", 0, "", false
		}
		prefix, in, suffix = s[:j+1], s[j+1:i], s[i:]
		if q := strings.IndexByte(in, '\''); q >= 0 && isQualifiedName(prefix[:j]) && (q == 0 || isTypeOfKey(in[:q])) &&
			strings.HasSuffix(in, "'") && len(in) > q+2 {
			prefix, in, suffix = prefix+in[:q+1], in[q+1:len(in)-1], "'"+suffix
			if core = shapeOf(in); !core.isStrong() {
				core = shapeOverflow
			}
			return prefix, core, suffix, !shapeOf(prefix[:j]).isStrong()
		}
	case s[i] == ':':
		in, suffix = s[:i], s[i:]
		if !isName(suffix[1:]) || !isDigitless(suffix) || isIP(s) {
			return "", 0, "", false
		}
	case s[i] == '.':
		in, suffix = s[:i], s[i:]
		if n := len(suffix); n < 2 || n > 6 || !isName(suffix[1:]) || strings.ContainsAny(in, ".:@") || isEmail(s) {
			return "", 0, "", false
		}
	case s[i] == '=':
		prefix, in = s[:i+1], s[i+1:]
	default:
		return "", 0, "", false
	}
	if prefix != "" && !isName(strings.TrimRight(prefix, "('=")) {
		return "", 0, "", false
	}
	if shapeOf(strings.Trim(prefix, "('=")).isStrong() || shapeOf(strings.Trim(suffix, ".:)'")).isStrong() {
		return "", 0, "", false // the affix is an identifier, or a secret that must not be kept
	}
	core = shapeOf(in)
	return prefix, core, suffix, core.isStrong()
}

// maxKeyType is the length of the longest type of a key: datetimeoffset.
const maxKeyType = 14

// isTypeOfKey reports whether s may be the type before a quoted key: guid'…', datetime'…'.
func isTypeOfKey(s string) bool { return len(s) <= maxKeyType && isName(s) && isDigitless(s) }

// isName reports whether s starts with a letter and consists of letters, digits, _ and -.
func isName(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; !isLetter(c) && (i == 0 || !isDigit(c) && c != '_' && c != '-') {
			return false
		}
	}
	return s != ""
}

// isPchar reports whether a byte may occur unencoded in a segment (pchar in RFC 3986).
func isPchar(c byte) bool {
	return isUpper(c) || c >= 'a' && c <= 'z' || isDigit(c) || strings.IndexByte("-._~!$&'()*+,;=:@", c) >= 0
}

const upperHex = "0123456789ABCDEF"

// normalize decodes a segment and encodes it again in one way, so that %7e and ~ are equal.
func normalize(s string) (text, plain string) {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && ascii.IsHexDigit(s[i+1]) && ascii.IsHexDigit(s[i+2]) {
			b = append(b, ascii.HexValue(s[i+1])<<4|ascii.HexValue(s[i+2]))
			i += 2
			continue
		}
		b = append(b, s[i])
	}
	e := make([]byte, 0, len(s)+8)
	for _, c := range b {
		if isPchar(c) {
			e = append(e, c)
		} else {
			e = append(e, '%', upperHex[c>>4], upperHex[c&15])
		}
	}
	return string(e), string(b)
}
