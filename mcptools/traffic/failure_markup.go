package traffic

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/html"
)

var (
	// markupRank are elements that commonly hold a message, the most specific first.
	markupRank = []string{"message", "errormessage", "faultstring", "detail", "description", "reason", "title", "h1", "error"}
	// classWords are words in the class, role or id of elements that tell a person what failed.
	classWords = []string{"error", "errors", "alert", "flash", "invalid", "danger", "failure"}
	// hiddenElements are elements whose text no person sees.
	hiddenElements = []string{"script", "style", "template", "svg"}
	// voidElements have no end tag (HTML, 13.1.2).
	voidElements = []string{"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)

const (
	maxTokens   = 20_000
	maxElements = 50 // for messages of errors
)

// markup is an XML document or HTML page as far as it is read.
type markup struct {
	hidden  *element
	marked  []*element        // those whose class is for messages of errors
	current string            // the element whose tag was read last, if it commonly holds a message
	found   map[string]string // the first text in each such element
	visible strings.Builder
}

// element is an element with its text.
type element struct {
	name  string
	depth int // of elements of this name, including it; 0 after its end
	text  strings.Builder
}

// ofMarkup returns the message of an XML document or HTML page.
func ofMarkup(text string) string {
	m := markup{found: map[string]string{}}
	z := html.NewTokenizer(strings.NewReader(text))
	z.AllowCDATA(true)
	for range maxTokens {
		switch z.Next() {
		case html.ErrorToken:
			return m.message()
		case html.StartTagToken:
			m.start(z.Token())
		case html.EndTagToken:
			m.end(z.Token().Data)
		case html.TextToken:
			m.read(z.Token().Data)
		}
	}
	return m.message()
}

func (m *markup) start(t html.Token) {
	m.current = ""
	if slices.Contains(voidElements, t.Data) {
		return
	}
	for _, e := range m.marked {
		e.nest(t.Data, 1)
	}
	if m.hidden != nil {
		m.hidden.nest(t.Data, 1)
		return
	}
	if slices.Contains(hiddenElements, t.Data) {
		m.hidden = &element{name: t.Data, depth: 1}
		return
	}
	local := t.Data[strings.IndexByte(t.Data, ':')+1:] // without the prefix of a namespace
	if slices.Contains(markupRank, local) {
		m.current = local
	}
	if len(m.marked) < maxElements && isForErrors(t.Attr) {
		m.marked = append(m.marked, &element{name: t.Data, depth: 1})
	}
}

func (m *markup) end(name string) {
	m.current = ""
	for _, e := range m.marked {
		e.nest(name, -1)
	}
	if m.hidden != nil {
		if m.hidden.nest(name, -1); m.hidden.depth == 0 {
			m.hidden = nil
		}
	}
}

// nest counts elements of the same name within e, and ends e after its own end tag.
func (e *element) nest(name string, by int) {
	if e.depth > 0 && e.name == name {
		e.depth += by
	}
}

func (m *markup) read(text string) {
	if m.hidden != nil {
		return
	}
	if s := strings.TrimSpace(text); m.current != "" && s != "" && m.found[m.current] == "" {
		m.found[m.current] = s
	}
	for _, e := range m.marked {
		if e.depth > 0 {
			addText(&e.text, text)
		}
	}
	addText(&m.visible, text)
}

// addText adds a text that is worth no more than a message may be long.
func addText(b *strings.Builder, text string) {
	if b.Len() > 2*maxShort {
		return
	}
	b.WriteString(" ")
	b.WriteString(strings.Join(strings.Fields(text), " "))
}

// message returns the text of the first element whose class is for messages of errors, as pages of
// forms have them, or of the element that most likely has a message.
func (m *markup) message() string {
	for _, e := range m.marked {
		if s := shortText(&e.text); s != "" {
			return s
		}
	}
	for _, name := range markupRank {
		if m.found[name] != "" {
			return m.found[name]
		}
	}
	return shortText(&m.visible) // of a page that has little
}

// shortText returns a text on one line, or none if it is too long for a message.
func shortText(b *strings.Builder) string {
	s := strings.Join(strings.Fields(b.String()), " ")
	if len(s) > maxShort {
		return ""
	}
	return s
}

// isForErrors reports whether attributes say that an element is for messages of errors.
func isForErrors(attributes []html.Attribute) bool {
	for _, a := range attributes {
		if a.Key != "class" && a.Key != "role" && a.Key != "id" {
			continue
		}
		words := strings.FieldsFunc(strings.ToLower(a.Val), func(r rune) bool { return !unicode.IsLetter(r) })
		if slices.ContainsFunc(words, func(w string) bool { return slices.Contains(classWords, w) }) {
			return true
		}
	}
	return false
}
