package scan

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/internal/ascii"
	"github.com/spectap/spectap/internal/lazyregexp"
)

// voidElements have no content in HTML, and no end tag.
var voidElements = strings.Fields("area base br col embed hr img input link meta param source track wbr")

// ReadMarkup reads XML and HTML, as tolerant as browsers are. An element is an object with the
// element's name, without prefix: its attributes and elements are members, and its text is a
// member without a name. Comments are text.
func ReadMarkup(text string, isHTML bool) *Tree {
	r := markupReader{t: newTree(text, "<", "="), s: text, isHTML: isHTML, opened: map[string]int{}, missing: map[string]bool{}}
	for r.i < len(text) && !r.t.isFull() {
		n := strings.IndexByte(text[r.i:], '<')
		if n < 0 {
			n = len(text) - r.i
		}
		r.text(r.i, r.i+n, Markup)
		if r.i += n; r.i < len(text) {
			r.tag()
		}
	}
	r.t.Rest = min(r.i, len(text))
	return r.t.finish()
}

type markupReader struct {
	t       *Tree
	s       string
	i       int
	isHTML  bool
	opened  map[string]int // how many elements of a name are open
	names   []string       // of the open elements
	missing map[string]bool
}

// text adds the text of an element, unless it is blank.
func (r *markupReader) text(start, end int, n Notation) {
	if at := trimmed(r.s, start, end); at.Len() > 0 {
		r.t.begin(Node{Kind: String, Values: n, Value: at, IsCut: end == len(r.s)})
	}
}

// until returns the position of end from i on, or the end of the text. A text that was missing once
// is not searched for again.
func (r *markupReader) until(i int, end string) int {
	if r.missing[end] {
		return len(r.s)
	}
	n := indexFold(r.s[i:], end)
	if n < 0 {
		r.missing[end] = true
		return len(r.s)
	}
	return i + n
}

// indexFold is strings.Index for an end tag in any case.
func indexFold(s, end string) int {
	if end[len(end)-1] == '>' {
		return strings.Index(s, end)
	}
	for i := 0; ; i++ {
		n := strings.Index(s[i:], "</")
		if i += n; n < 0 || len(s)-i < len(end) {
			return -1
		}
		if strings.EqualFold(s[i:i+len(end)], end) {
			return i
		}
	}
}

// tag reads what begins with "<".
func (r *markupReader) tag() {
	s, i := r.s, r.i
	switch rest := s[i+1:]; {
	case strings.HasPrefix(rest, "!--"):
		end := r.until(i+4, "-->")
		r.text(i+4, end, Markup)
		r.i = min(end+3, len(s))
	case strings.HasPrefix(rest, "![CDATA["):
		end := r.until(i+9, "]]>")
		r.text(i+9, end, Plain)
		r.i = min(end+3, len(s))
	case strings.HasPrefix(rest, "!"), strings.HasPrefix(rest, "?"):
		end := r.until(i, ">")
		if rest[0] == '?' && !strings.HasPrefix(rest, "?xml ") {
			r.text(i+2, end, Plain)
		}
		for _, m := range entity.Get().FindAllStringSubmatchIndex(s[i:end], -1) {
			r.t.begin(Node{Kind: String, Values: Attribute, Name: r.span(i, m[2:4]), Value: r.span(i, m[4:6])})
		}
		r.i = min(end+1, len(s))
	case strings.HasPrefix(rest, "/"):
		end := r.until(i, ">")
		r.close(strings.TrimSpace(s[i+2 : min(end, i+2+maxName)]))
		r.i = min(end+1, len(s))
	case rest != "" && isNameByte(rest[0]):
		r.element()
	default:
		for r.i++; r.i < len(s) && s[r.i] == '<' && !startsTag(s[r.i+1:]); r.i++ {
		}
		r.text(i, r.i, Markup)
	}
}

// entity matches the declaration of an entity with a value.
var entity = lazyregexp.New(`<!ENTITY\s+(?:%\s+)?([^\s"'<>]+)\s+["']([^"'<>]*)`)

func (r *markupReader) span(at int, m []int) Span { return Span{int32(at + m[0]), int32(at + m[1])} }

func startsTag(rest string) bool {
	return rest != "" && (isNameByte(rest[0]) || rest[0] == '!' || rest[0] == '?' || rest[0] == '/')
}

// maxName bounds the names of elements that are compared with those of end tags.
const maxName = 256

func isNameByte(c byte) bool {
	return ascii.IsAlnum(c) || c >= 0x80 || c == '_' || c == ':' || c == '-' || c == '.' || c == '@' || c == '#'
}

// localName returns where a name begins without its prefix.
func localName(s string, start, end int) int {
	if k := strings.LastIndexByte(s[start:end], ':'); k >= 0 && start+k+1 < end {
		return start + k + 1
	}
	return start
}

// element reads a start tag.
func (r *markupReader) element() {
	s, start := r.s, r.i+1
	i := skip(s, start, isNameByte)
	local := localName(s, start, i)
	name := s[local:i]
	if r.isHTML {
		name = strings.ToLower(name)
		r.implied(name)
	}
	r.t.begin(Node{Kind: Object, Name: Span{int32(local), int32(i)}, Value: Span{int32(i), int32(i)}})
	isEmpty := false
	for i < len(s) && s[i] != '>' && s[i] != '<' && !r.t.isFull() {
		switch c := s[i]; {
		case c == '/':
			isEmpty = i+1 < len(s) && s[i+1] == '>'
			i++
		case isSpace(c), c == '"', c == '\'', c == '=':
			i++
		default:
			i = r.attribute(i)
		}
	}
	if i < len(s) && s[i] == '>' {
		i++
	}
	r.i = i
	switch {
	case isEmpty, r.isHTML && slices.Contains(voidElements, name):
		r.t.end(i)
	case r.isHTML && (name == "script" || name == "style"):
		end := r.until(i, "</"+name)
		r.text(i, end, Plain)
		r.i = end
		r.t.end(end)
	default:
		r.opened[name]++
		r.names = append(r.names, name)
	}
}

// implied ends the elements whose end tags may be left out before another element (HTML, section
// 13.1.2.4).
func (r *markupReader) implied(name string) {
	ends := impliedEnds[name]
	for k := len(r.names) - 1; k >= 0 && strings.Contains(ends, " "+r.names[k]+" "); k-- {
		r.close(r.names[k])
	}
}

var impliedEnds = map[string]string{
	"td": " td th ", "th": " td th ", "tr": " td th tr ", "li": " li ", "option": " option ", "dt": " dt dd ", "dd": " dt dd ", "p": " p ",
	"tbody": " td th tr thead tbody ",
}

// attribute reads an attribute, and returns where it ends.
func (r *markupReader) attribute(i int) int {
	s, start := r.s, i
	end := skip(s, i, func(c byte) bool { return !isSpace(c) && strings.IndexByte("=/><\"'", c) < 0 })
	i = skip(s, end, isSpace)
	n := Node{Kind: String, Values: Attribute, IsAttr: true, Name: Span{int32(localName(s, start, end)), int32(end)}}
	if i >= len(s) || s[i] != '=' {
		if end == start { // a slash that ends no tag
			return max(i, start+1)
		}
		n.Value = Span{int32(end), int32(end)}
		r.t.begin(n)
		return i
	}
	i = skip(s, i+1, isSpace)
	from := i
	switch {
	case i < len(s) && (s[i] == '"' || s[i] == '\''):
		from++
		k := strings.IndexByte(s[from:], s[i])
		if n.IsQuoted, n.IsCut = true, k < 0; k < 0 {
			k = len(s) - from
		}
		n.Value = Span{int32(from), int32(from + k)}
		i = min(from+k+1, len(s))
	default:
		i = skip(s, i, func(c byte) bool { return !isSpace(c) && c != '>' })
		n.Value = Span{int32(from), int32(i)}
	}
	r.t.begin(n)
	return i
}

// close ends the innermost element of a name, with all that are open within it. An end tag without
// its start is left out.
func (r *markupReader) close(name string) {
	if k := strings.LastIndexByte(name, ':'); k >= 0 {
		name = name[k+1:]
	}
	if r.isHTML {
		name = strings.ToLower(name)
	}
	if r.opened[name] == 0 {
		return
	}
	for {
		k := len(r.names) - 1
		top := r.names[k]
		r.names = r.names[:k]
		r.opened[top]--
		r.t.end(r.i)
		if top == name {
			return
		}
	}
}
