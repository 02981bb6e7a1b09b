package schema

import "github.com/spectap/spectap/flow/decode"

// Names that stand for what is no child element. No element is called so.
const (
	// XMLAttribute goes before the names of attributes.
	XMLAttribute = "@"
	// XMLText is the text of an element that has attributes or children, too.
	XMLText = "#"
)

// XML says how a property is written in XML (OpenAPI 3, XML Object).
type XML struct {
	Name, Prefix, Namespace string // "" where it is the property's name, none, none
	Attribute, Wrapped      bool
	Text                    bool // the text of the element itself, which OpenAPI has no word for before 3.2
}

// AddXML adds one document as one exchange: an object whose one property is the root element. An element of text alone
// is that text, an empty one is null; another is an object of its attributes (@name), its text (#) and its
// children, each a list, as one cannot tell of one whether more could stand there. complete and obs are as for AddJSON.
func (r *Reader) AddXML(f *Facts, root *decode.Element, complete bool, observer Observer) {
	defer r.release()
	w := tokenWriter{tokens: r.tokens[:0]}
	w.tokens = append(w.tokens, token{kind: '{'})
	w.appendElements(root.Name, []*decode.Element{root})
	w.tokens[0].end = uint32(len(w.tokens))
	r.tokens = w.tokens
	r.accumulator.addExchange(f, w.data, w.tokens, complete, observer)
}

// child writes a name with a list of elements.
func (w *tokenWriter) appendElements(name string, es []*decode.Element) {
	w.tokens = append(w.tokens, w.literal('s', name))
	i := len(w.tokens)
	w.tokens = append(w.tokens, token{kind: '['})
	for _, e := range es {
		w.appendElement(e)
	}
	w.tokens[i].end = uint32(len(w.tokens))
}

func (w *tokenWriter) appendElement(e *decode.Element) {
	var attrs []decode.Attr
	for _, a := range e.Attrs {
		if a.IsData() {
			attrs = append(attrs, a)
		}
	}
	switch {
	case e.IsEmpty():
		w.tokens = append(w.tokens, token{kind: 'n'})
		return
	case len(attrs) == 0 && len(e.Children) == 0:
		w.tokens = append(w.tokens, w.literal('s', e.Text))
		return
	}
	i := len(w.tokens)
	w.tokens = append(w.tokens, token{kind: '{'})
	for _, a := range attrs {
		w.tokens = append(w.tokens, w.literal('s', XMLAttribute+a.Name), w.attributeToken(a.Value))
	}
	if e.Text != "" {
		w.tokens = append(w.tokens, w.literal('s', XMLText), w.literal('s', e.Text))
	}
	var names []string
	byName := map[string][]*decode.Element{}
	for _, c := range e.Children {
		if byName[c.Name] == nil {
			names = append(names, c.Name)
		}
		byName[c.Name] = append(byName[c.Name], c)
	}
	for _, name := range names {
		w.appendElements(name, byName[name])
	}
	w.tokens[i].end = uint32(len(w.tokens))
}

// given is a value of text; an empty one is none.
func (w *tokenWriter) attributeToken(text string) token {
	if text == "" {
		return token{kind: 'n'}
	}
	return w.literal('s', text)
}

// atMostOne says that no list at a place had more than one element.
func (g *graph) atMostOne(id int32) bool {
	for _, n := range g.positions[id].facts {
		if n.array != nil && n.array.maxLen > 1 {
			return false
		}
	}
	return true
}
