package find

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/form"
	"github.com/spectap/spectap/flow/redact/lex"
	"github.com/spectap/spectap/flow/redact/mark"
	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/internal/ascii"
)

// region is the part of a text that stands below a secret name: the content of an XML element, a
// block of YAML, or the members of an object.
type region struct {
	start, end int
	kind       regionKind
	at         int    // where the search goes on
	name       string // of the next value
	depth      int    // of braces
	inTag      bool   // at is between the attributes of a tag
}

type regionKind uint8

const (
	elementRegion regionKind = iota // between tags
	yamlRegion                      // lines of YAML
	blockRegion                     // one text of several lines in YAML
	objectRegion                    // between braces
	sectionRegion                   // lines of INI or TOML
	userRegion                      // lines of INI with the passwords of users
)

// maxRegion bounds the length of a region, in bytes.
const maxRegion = 64 << 10

// maxUnclosed bounds the bytes that are searched in one text for ends of elements that have none.
const maxUnclosed = 1 << 20

// openRegion reports whether several values stand below the secret name s[i:j], and if so sets the
// region. The value of the name starts at k.
func (sc *Scanner) openRegion(i, j, k int, quote byte) bool {
	s := sc.Text
	switch {
	case sc.region.end > i:
		return false // i is before another region
	case quote == '<':
		return sc.openElement(elementName(s, i, j), k)
	case quote != 0:
		return false
	case startsReference(s, k):
		return false
	case s[k] == '{' && hashSchemeLen(s[k:]) > 0:
		return false
	case s[k] == '{':
		end := min(len(s), k+1+maxRegion)
		sc.region = region{start: k + 1, end: end, kind: objectRegion, at: k + 1, name: "value", depth: 1}
		return true
	}
	return sc.openYAML(i, k)
}

// hashSchemeLen returns the length of the scheme of a password or its hash, such as {SSHA} and
// {noop}, at the start of s, or 0. A variable of a template, which may stand before another one in
// braces, is no scheme.
func hashSchemeLen(s string) int {
	const most = len("{PBKDF2-SHA512}")
	n := strings.IndexByte(s[:min(len(s), most)], '}')
	if n < len("{MD5") || n+1 == len(s) {
		return 0
	}
	hasLower := form.Count(s[1:n]).Lower > 0
	for _, c := range []byte(s[1:n]) {
		if !ascii.IsAlnum(c) && c != '-' {
			return 0
		}
	}
	switch next := s[n+1]; {
	case ascii.IsAlnum(next), next == '$', mark.Len(s[n+1:]) > 0:
	case hasLower || !base64Byte[next]:
		return 0
	}
	if end := valueEnd(s, n+1, 0, names.Plain); end < len(s) && s[end] == '{' {
		return 0
	}
	return n + 1
}

// nextBelow returns the next span of the region. If there is none, the region ends.
func (sc *Scanner) nextBelow() (sp Span, ok bool) {
	switch sc.region.kind {
	case elementRegion:
		sp, ok = sc.nextInElement()
	case yamlRegion:
		sp, ok = sc.nextInYAML()
	case blockRegion:
		sp, ok = belowSpan(sc.Text, sc.region.at, sc.region.end, "value")
		sc.region.at = sc.region.end
	case sectionRegion, userRegion:
		sp, ok = sc.nextInSection()
	default:
		sp, ok = sc.nextInObject()
	}
	if !ok {
		sc.region.end = min(sc.region.end, sc.region.at)
	}
	return sp, ok
}

// belowSpan returns the span of the value s[from:to], which has this name below a secret one.
func belowSpan(s string, from, to int, name string) (Span, bool) {
	for from < to && lex.IsBlank(s[from]) {
		from++
	}
	for to > from && lex.IsBlank(s[to-1]) {
		to--
	}
	if from == to || !HidesWhole(names.OfBelow(name, names.SensitivityOf(name)), s[from:to]) {
		return Span{}, false
	}
	sp, ok := OfSecret(s[from:to])
	sp.Start, sp.End = sp.Start+from, sp.End+from
	return sp, ok
}

// elementName returns the name of the element whose name ends with s[i:j], with its prefix.
func elementName(s string, i, j int) string {
	if s[i-1] == ':' {
		i = strings.LastIndexByte(s[:i], '<') + 1
	}
	return s[i:j]
}

// openElement sets the region to the content of an element, which starts at k, if that contains
// other elements or comments.
func (sc *Scanner) openElement(name string, k int) bool {
	s := sc.Text
	child := lex.IndexFrom(s, k, "<") // maybe after text
	if child+1 >= len(s) || !wordByte[s[child+1]] && s[child+1] != '!' || sc.unclosed > maxUnclosed {
		return false
	}
	within := s[child:min(len(s), child+maxRegion)]
	n := strings.Index(within, "</"+name)
	if n < 0 && name[0] != '/' && child+len(within) == len(s) && s[skipSpace(s, 0)] == '<' {
		n = len(within) // the document is cut off within the element
	}
	if n < 0 {
		sc.unclosed += len(within)
		return false
	}
	sc.region = region{start: k, end: child + n, kind: elementRegion, at: k, name: "value"}
	return true
}

const cdata = "<![CDATA["

// nextInElement returns the next text or value of an attribute in a region of elements.
func (sc *Scanner) nextInElement() (Span, bool) {
	g := &sc.region
	s := sc.Text[:g.end]
	for g.at < len(s) {
		switch {
		case strings.HasPrefix(s[g.at:], cdata):
			from := g.at + len(cdata)
			end := len(s)
			if n := strings.Index(s[from:], "]]>"); n >= 0 {
				end = from + n
			}
			g.at = min(len(s), end+len("]]>"))
			if sp, ok := belowSpan(s, from, end, g.name); ok {
				return sp, true
			}
		case s[g.at] == '<' || g.inTag:
			if sp, ok := sc.nextInTag(s); ok {
				return sp, true
			}
		default:
			from := g.at
			g.at = lex.IndexFrom(s, from, "<")
			if sp, ok := belowSpan(s, from, g.at, g.name); ok {
				return sp, true
			}
		}
	}
	return Span{}, false
}

// nextInTag returns the next value that an attribute of the tag holds.
func (sc *Scanner) nextInTag(s string) (Span, bool) {
	g := &sc.region
	if !g.inTag {
		g.inTag = true
		end := wordEndAt(s, g.at+1)
		g.name, g.at = localName(s[min(g.at+1, end):end]), max(end, g.at+1)
	}
	for {
		a, ok := nextAttribute(s, g.at)
		g.at = a.end
		if !ok {
			g.inTag = false
			return Span{}, false
		}
		if name := s[a.name:a.nameEnd]; names.HoldsValue(name) || holdsContent(name) {
			if sp, ok := belowSpan(s, a.value, a.valueEnd, "value"); ok {
				return sp, true
			}
		}
	}
}

// localName returns the name of an element without its prefix, and "value" for an end tag.
func localName(name string) string {
	if name == "" {
		return "value"
	}
	return name[strings.IndexByte(name, ':')+1:]
}

// wordEndAt returns the end of the name of an element that starts at k.
func wordEndAt(s string, k int) int {
	for k < len(s) && (wordByte[s[k]] || s[k] == ':') {
		k++
	}
	return k
}

// nextInObject returns the next value of a region between braces, as in {plain: 'x', more: ["y"]}.
func (sc *Scanner) nextInObject() (Span, bool) {
	g := &sc.region
	s := sc.Text[:g.end]
	for g.at < len(s) {
		from, c := g.at, s[g.at]
		switch n := skipQuote(s, g.at); {
		case n > g.at:
			end := valueEnd(s, n, s[n-1], names.Secret)
			g.at = skipQuote(s, end)
			if sp, ok := sc.nextMember(s, n, end); ok {
				return sp, true
			}
		case c == '[' && mark.Len(s[from:]) > 0:
			g.at += mark.Len(s[from:])
		case c == '{' || c == '[':
			g.depth++
			g.at++
		case c == '}' || c == ']':
			g.at++
			if g.depth--; g.depth == 0 {
				return Span{}, false
			}
		case wordByte[c]:
			for g.at < len(s) && (wordByte[s[g.at]] || s[g.at] == '/') {
				g.at++
			}
			if lex.IsLiteral(s[from:g.at]) && !isCloseToColon(s, g.at) {
				continue
			}
			if sp, ok := sc.nextMember(s, from, g.at); ok {
				return sp, true
			}
		case c == wideLead:
			g.at = skipNonWord(s, g.at)
		default:
			g.at++
		}
	}
	return Span{}, false
}

// nextMember reads the name or value s[from:to] of an object. It returns the span of a secret
// value.
func (sc *Scanner) nextMember(s string, from, to int) (Span, bool) {
	g := &sc.region
	if isCloseToColon(s, g.at) {
		g.name = s[from:to]
		return Span{}, false
	}
	return belowSpan(s, from, to, g.name)
}

// isCloseToColon reports whether the text at k goes on with a colon, an equals sign or an arrow.
func isCloseToColon(s string, k int) bool {
	for k < len(s) && lex.IsBlank(s[k]) {
		k++
	}
	return k < len(s) && (s[k] == ':' || s[k] == '=')
}
