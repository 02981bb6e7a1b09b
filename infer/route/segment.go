package route

import (
	"strings"

	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/infer/sketch"
)

// segment is one part of a path, between slashes.
type segment struct {
	text  string // encoded, in normal form
	plain string // decoded
	hash  uint64 // of plain
	// stem is the hash of plain without the ending of a data format, 0 where there is none.
	stem uint64
	// label is the key of the trie's child: text, or a mark for the shape that it shares a node with.
	label string
	shape shape
	exact bool // label is text
}

// mark begins the labels of shared nodes. It stands in no path: there it would be %00.
const mark = '\x00'

// restLabel is the child that stands for all that a full node does not tell apart.
var restLabel = poolLabel(shapeRest, "", "")

// poolLabel is the label of the node that segments of one strong shape share, between literal affixes.
func poolLabel(s shape, prefix, suffix string) string {
	if prefix == "" && suffix == "" {
		return poolLabels[2*int(s) : 2*int(s)+2]
	}
	return string([]byte{mark, byte(s)}) + prefix + string(mark) + suffix
}

// poolLabels are the labels without affixes, one after the other.
var poolLabels = func() string {
	b := make([]byte, 0, 2*shapes)
	for s := range shapes {
		b = append(b, mark, byte(s))
	}
	return string(b)
}()

// pooled takes a label apart; ok is false for a label that is a segment's text.
func pooled(label string) (s shape, prefix, suffix string, ok bool) {
	if len(label) < 2 || label[0] != mark {
		return 0, "", "", false
	}
	prefix, suffix, _ = strings.Cut(label[2:], string(mark))
	return shape(label[1]), prefix, suffix, true
}

// minSecret is the length from which a segment may be a secret of a shape that redaction knows and shapeOf does not.
const minSecret = 16

// maxSegments bounds the depth of the trie: what follows is one last segment.
const maxSegments = 24

// splitPath cuts a path into segments. A trailing slash is told apart; empty segments inside are kept.
func splitPath(path string, into []segment) (segs []segment, trail bool) {
	path = strings.TrimPrefix(path, "/")
	if strings.HasSuffix(path, "/") {
		path, trail = path[:len(path)-1], true
	}
	if path == "" {
		return into, trail
	}
	for open := true; path != ""; {
		part, rest := path, ""
		if len(into) < maxSegments-1 {
			if i := strings.IndexByte(path, '/'); i >= 0 {
				part, rest = path[:i], path[i+1:]
				if rest == "" {
					rest = "/" // an empty segment at the end, of several trailing slashes
				}
			}
		}
		if part == "/" {
			part, rest = "", ""
		}
		into = append(into, segmentOf(part, len(into), open))
		open = open && into[len(into)-1].exact
		path = rest
	}
	return into, trail
}

// Kinds of characters in a segment; bits.
const (
	inLower = 1 << iota
	inDigit
	inUpper
	inDash  // - and _
	inDot   // .
	inJoint // ( ) : = ;
	inOther // what else may stand in a segment as it is
	inCode  // all else, and %
)

var kindOf = func() (t [256]uint8) {
	for c := range t {
		switch b := byte(c); {
		case b >= 'a' && b <= 'z':
			t[c] = inLower
		case isDigit(b):
			t[c] = inDigit
		case isUpper(b):
			t[c] = inUpper
		case b == '-' || b == '_':
			t[c] = inDash
		case b == '.':
			t[c] = inDot
		case strings.IndexByte("():=;", b) >= 0:
			t[c] = inJoint
		case isPchar(b):
			t[c] = inOther
		default:
			t[c] = inCode
		}
	}
	return t
}()

// segmentOf reads one encoded segment. open says that no segment before it shares a node.
func segmentOf(part string, depth int, open bool) segment {
	has := uint8(0)
	for i := 0; i < len(part); i++ {
		has |= kindOf[part[i]]
	}
	s := segment{text: part, plain: part}
	if has&inCode != 0 {
		s.text, s.plain = normal(part)
		has |= inDot | inJoint
	}
	s.hash = sketch.Hash(s.plain)
	if has&inDot != 0 {
		if n := len(formatOf(s.plain)); n > 0 {
			s.stem = sketch.Hash(s.plain[:len(s.plain)-n])
		}
	}
	switch {
	case has == inDigit:
		s.shape = shapeInt
	case has != 0 && has&^(inLower|inDash) == 0:
		s.shape = shapeWord
	default:
		s.shape = shapeOf(s.plain)
	}
	if !s.shape.strong() && len(s.plain) >= minSecret && redact.Sensitive("", s.plain) {
		s.shape = shapeToken
	}
	s.label, s.exact = s.text, true
	if open && versionLike(s.plain, s.shape, depth) {
		return s
	}
	if has&(inDot|inJoint) != 0 && s.affixed() {
		return s
	}
	if s.shape.strong() {
		s.label, s.exact = poolLabel(s.shape, "", ""), false
	}
	return s
}

// affixed finds an identifier between literal parts, or a range of them, for which the segment shares a node.
func (s *segment) affixed() bool {
	if sep := rangeSeparator(s.text); sep != "" {
		s.shape = shapeRange
		s.label, s.exact = poolLabel(shapeRange, sep, ""), false
		return true
	}
	p, core, q, ok := affixes(s.text)
	if ok {
		s.shape = core
		s.label, s.exact = poolLabel(core, p, q), false
		_, value := normal(s.text[len(p) : len(s.text)-len(q)])
		s.hash = sketch.Hash(value) // what bodies hold
	}
	return ok
}

// formats are endings by which paths ask for a representation.
var formats = [...]string{".json", ".xml", ".csv", ".yaml", ".html"}

// formatOf returns such an ending of a segment, "" when it has none.
func formatOf(s string) string {
	for _, f := range formats {
		if len(s) > len(f) && strings.HasSuffix(s, f) {
			return f
		}
	}
	return ""
}

// versionLike says that a segment of a strong shape near the root may yet be a version, as in /2/users,
// /1.1/statuses or /2010-04-01/Accounts, so that it must keep a node of its own.
func versionLike(s string, sh shape, depth int) bool {
	switch sh {
	case shapeInt:
		return depth <= 2 && len(s) == 1
	case shapeDotted:
		return depth <= 2 && (len(s) <= 4 || len(s) == 7 && s[4] == '-') // 1.1, 2024-01
	case shapeDate:
		return depth <= 2 && len(s) == 10
	}
	return false
}

// rangeSeparator returns the dots of a...b or a..b, "" for anything else.
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

// affixes finds an identifier between literal parts: Products(1), 12:cancel, 12.json, year=2024.
func affixes(s string) (prefix string, core shape, suffix string, ok bool) {
	var in string
	switch i := strings.LastIndexAny(s, "().:=;"); {
	case i < 1:
		return "", 0, "", false
	case s[i] == ')' && i == len(s)-1:
		j := strings.IndexByte(s, '(')
		if j < 1 || j == i-1 {
			return "", 0, "", false
		}
		prefix, in, suffix = s[:j+1], s[j+1:i], s[i:]
		if isName(prefix[:j]) && strings.HasPrefix(in, "'") && strings.HasSuffix(in, "'") && len(in) > 2 {
			prefix, in, suffix = prefix+"'", in[1:len(in)-1], "'"+suffix
			if c := shapeOf(in); !c.strong() {
				return prefix, shapeRest, suffix, true
			}
		}
	case s[i] == ':':
		in, suffix = s[:i], s[i:]
		if !isName(suffix[1:]) || !isDigitless(suffix) {
			return "", 0, "", false
		}
	case s[i] == '.':
		in, suffix = s[:i], s[i:]
		if n := len(suffix); n < 2 || n > 6 || !isName(suffix[1:]) || strings.IndexByte(in, '.') >= 0 || isEmail(s) {
			return "", 0, "", false
		}
	case s[i] == '=':
		prefix, in = s[:i+1], s[i+1:]
		if name := prefix[strings.LastIndexByte(prefix, ';')+1 : i]; !isName(name) {
			return "", 0, "", false
		}
	default:
		return "", 0, "", false
	}
	if prefix != "" && !isName(strings.TrimRight(strings.ReplaceAll(prefix, ";", "_"), "('=")) {
		return "", 0, "", false
	}
	if shapeOf(strings.Trim(prefix, "('=")).strong() || shapeOf(strings.Trim(suffix, ".:)'")).strong() {
		return "", 0, "", false // it is the identifier, or a secret that must not be kept
	}
	core = shapeOf(in)
	return prefix, core, suffix, core.strong()
}

// isName says that s is letters, with joints and digits after the first.
func isName(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; !isLetter(c) && (i == 0 || !isDigit(c) && c != '_' && c != '-') {
			return false
		}
	}
	return s != ""
}

// isPchar says that a byte may stand in a segment as it is (RFC 3986, pchar).
func isPchar(c byte) bool {
	return isUpper(c) || c >= 'a' && c <= 'z' || isDigit(c) || strings.IndexByte("-._~!$&'()*+,;=:@", c) >= 0
}

const upperHex = "0123456789ABCDEF"

// normal decodes a segment and encodes it again in one way, so that %7e and ~ are equal.
func normal(s string) (text, plain string) {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && isHexDigit(s[i+1]) && isHexDigit(s[i+2]) {
			b = append(b, unhex(s[i+1])<<4|unhex(s[i+2]))
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

func unhex(c byte) byte {
	switch {
	case isDigit(c):
		return c - '0'
	case c >= 'a':
		return c - 'a' + 10
	}
	return c - 'A' + 10
}
