package schema

import (
	"slices"

	"github.com/spectap/spectap/flow/decode"
)

// Names of properties that are not child elements. No element can have such a name.
const (
	// XMLAttribute is the prefix for names of attributes.
	XMLAttribute = "@"
	// XMLText is the name for the text of an element that also has attributes or children.
	XMLText = "#"
)

// XML describes how a property is written in XML (OpenAPI 3, XML Object).
type XML struct {
	Name, Prefix, Namespace string // "" for the name of the property, no prefix, no namespace
	Attribute, Wrapped      bool
	Text                    bool // the text of the element itself, which OpenAPI cannot express before 3.2
}

// AddXML adds one document as one exchange: an object whose only property is the root element. An
// element with only text is that text, and an empty element is null. Any other element is an object
// of its attributes (@name), its text (#) and its children. Children are always lists, because one
// element does not show whether more may follow. For complete and observer see AddJSON.
func (r *Reader) AddXML(f *Facts, root *decode.Element, complete bool, observer Observer) {
	defer r.release()
	w := tokenWriter{tokens: r.tokens[:0]}
	w.tokens = append(w.tokens, token{kind: '{'})
	w.appendElements(root.Name, []*decode.Element{root})
	w.tokens[0].end = uint32(len(w.tokens))
	r.tokens = w.tokens
	r.accumulator.addExchange(f, w.data, w.tokens, complete, observer, 1)
}

// appendElements appends a name and the list of its elements.
func (w *tokenWriter) appendElements(name string, es []*decode.Element) {
	w.tokens = append(w.tokens, w.literal('s', name))
	i := len(w.tokens)
	w.tokens = append(w.tokens, token{kind: '['})
	for _, e := range es {
		w.appendElement(e)
	}
	w.tokens[i].end = uint32(len(w.tokens))
}

// appendElement appends the value of one element.
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

// attributeToken returns the token of an attribute's value; an empty value is null.
func (w *tokenWriter) attributeToken(text string) token {
	if text == "" {
		return token{kind: 'n'}
	}
	return w.literal('s', text)
}

// joinRepeats records which arrays of target had more than one element in c. target is the cluster
// with the members of c that is written instead of c.
func (g *graph) joinRepeats(c, target int32) {
	from, to := &g.clusters[c], &g.clusters[target]
	if from.isMap && to.isMap {
		g.joinRepeatsAt(from.pool, to.pool)
		return
	}
	for i := range min(len(from.members), len(to.members)) {
		g.joinRepeatsAt(from.members[i].position, to.members[i].position)
	}
}

func (g *graph) joinRepeatsAt(from, to int32) {
	if !g.hasAtMostOneItem(g.findPosition(from)) {
		g.repeats[g.findPosition(to)] = true
	}
}

// hasAtMostOneItem reports whether no array at a position had more than one element.
func (g *graph) hasAtMostOneItem(id int32) bool {
	if g.repeats[id] {
		return false
	}
	several := func(n *valueFacts) bool { return n.array != nil && n.array.maxLen > 1 }
	return !slices.ContainsFunc(g.positions[id].facts, several) && !slices.ContainsFunc(g.positions[id].mirrored, several)
}
