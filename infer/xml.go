package infer

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/infer/schema"
)

const maxNamespace = 200 // bytes of a URI

// noteSpaces notes the namespaces that a document declares.
func (m *mediaFacts) noteSpaces(e *decode.Element) {
	for _, a := range e.Attrs {
		if prefix, ok := strings.CutPrefix(a.Name, "xmlns"); ok && (prefix == "" || prefix[0] == ':') && len(a.Value) <= maxNamespace {
			bottomk.Tally(m.namespaces(), strings.TrimPrefix(prefix, ":")+" "+a.Value)
		}
	}
	for _, c := range e.Children {
		m.noteSpaces(c)
	}
}

// space is the URI that a prefix always stands for, "" where it stands for none or several.
func (m *mediaFacts) space(prefix string) (uri string) {
	if m.spaces == nil {
		return ""
	}
	for _, s := range m.spaces.Names() {
		if p, u, _ := strings.Cut(s, " "); p == prefix {
			if uri != "" {
				return ""
			}
			uri = u
		}
	}
	return uri
}

// xmlPlan decides the bodies of XML, apart from all others: an element that is called like a property of JSON is written
// otherwise.
type xmlPlan struct {
	positions []schema.Body
	media     []*mediaFacts
	setters   []func(*schema.Schema)
	made      schema.Decision
}

func (p *xmlPlan) add(pos schema.Body, facts *mediaFacts, set func(*schema.Schema)) {
	p.positions, p.media, p.setters = append(p.positions, pos), append(p.media, facts), append(p.setters, set)
}

// decide gives all bodies of XML their schemas, and the document the components of these.
func (p *xmlPlan) decide(policy schema.Policy, d *Document) {
	if len(p.positions) == 0 {
		return
	}
	policy.NoMaps = true
	p.made = schema.Decide(p.positions, policy)
	made := &p.made
	taken := map[string]bool{}
	for _, c := range d.Components {
		taken[c.Name] = true
	}
	w := xmlWriter{components: map[string]*schema.Schema{}, names: map[string]string{}, done: map[*schema.Schema]*schema.Schema{}}
	for _, c := range made.Components {
		name := c.Name
		for taken[name] {
			name += "XML"
		}
		taken[name] = true
		w.names[c.Name], w.components[c.Name] = name, c.Schema
	}
	for _, c := range made.Components {
		d.Components = append(d.Components, schema.Component{Name: w.names[c.Name], Schema: w.object(c.Schema)})
	}
	slices.SortFunc(d.Components, func(a, b schema.Component) int { return strings.Compare(a.Name, b.Name) })
	for i, set := range p.setters {
		w.media = p.media[i]
		set(w.document(made.Schemas[i]))
	}
}

// xmlWriter turns what was decided of trees of elements into schemas with hints for XML.
type xmlWriter struct {
	media      *mediaFacts // nil for components, which several share
	components map[string]*schema.Schema
	names      map[string]string // of components, before and now
	done       map[*schema.Schema]*schema.Schema
}

// document is the schema of a body: its root element, or one of several.
func (w *xmlWriter) document(s *schema.Schema) *schema.Schema {
	if s = followRef(s, w.components); s == nil || len(s.Properties) == 0 {
		return &schema.Schema{Kind: schema.String}
	}
	var roots []*schema.Schema
	for _, p := range s.Properties {
		root := p.Schema
		if root.Kind == schema.Array && root.Items != nil {
			root = root.Items
		}
		own := *w.element(followRef(root, w.components)) // its name stands on the element itself
		own.Nullable = root.Nullable
		own.XML = w.called(p.Name)
		if own.XML.Namespace == "" && own.XML.Prefix == "" && w.media != nil {
			own.XML.Namespace = w.media.space("")
		}
		roots = append(roots, &own)
	}
	if len(roots) == 1 {
		return roots[0]
	}
	return &schema.Schema{AnyOf: roots}
}

// called is the name of an element, with the namespace of its prefix.
func (w *xmlWriter) called(name string) *schema.XML {
	prefix, local, ok := strings.Cut(name, ":")
	if !ok {
		return &schema.XML{Name: name}
	}
	x := &schema.XML{Name: local, Prefix: prefix}
	if w.media != nil {
		x.Namespace = w.media.space(prefix)
	}
	return x
}

// element is the schema of an element: a text, an object, or either.
func (w *xmlWriter) element(s *schema.Schema) *schema.Schema {
	switch {
	case s == nil:
		return &schema.Schema{}
	case s.Ref != "":
		out := *s
		out.Ref = w.names[s.Ref]
		return &out
	case len(s.AnyOf) > 0:
		out := *s
		out.AnyOf = nil
		for _, a := range s.AnyOf {
			out.AnyOf = append(out.AnyOf, w.element(a))
		}
		return &out
	case s.Kind&schema.Object != 0:
		return w.object(s)
	}
	return s
}

// object is the schema of an element with attributes or children.
func (w *xmlWriter) object(s *schema.Schema) *schema.Schema {
	out := *s
	out.Properties = nil
	children := map[string]bool{}
	for _, p := range s.Properties {
		children[p.Name] = true
	}
	for _, p := range s.Properties {
		attr, isAttribute := strings.CutPrefix(p.Name, schema.XMLAttribute)
		switch own := *p.Schema; {
		case p.Name == schema.XMLText:
			own.XML = &schema.XML{Text: true}
			if p.Name = "text"; children[p.Name] || children[schema.XMLAttribute+p.Name] {
				p.Name = "ownText"
			}
			p.Schema = &own
		case isAttribute:
			own.XML = &schema.XML{Attribute: true}
			if p.Name = attr; children[attr] {
				p.Name, own.XML.Name = attr+"Attribute", attr
			}
			p.Schema = &own
		default:
			p.Schema = w.child(p.Name, p.Schema)
		}
		out.Properties = append(out.Properties, p)
	}
	slices.SortFunc(out.Properties, func(a, b schema.Property) int { return strings.Compare(a.Name, b.Name) })
	if s.Additional != nil {
		out.Additional = w.child("", s.Additional)
	}
	return &out
}

// child is the schema of the elements of one name: a list only where there were several, wrapped where an element holds
// nothing but a list.
func (w *xmlWriter) child(name string, s *schema.Schema) *schema.Schema {
	if s.Kind != schema.Array || s.Items == nil {
		return w.element(s)
	}
	item := w.element(s.Items)
	if !s.AtMostOne {
		return &schema.Schema{Kind: schema.Array, Items: w.spaced(name, item)}
	}
	if item.Kind == schema.Object && item.Ref == "" && len(item.Properties) == 1 && item.Additional == nil {
		list := item.Properties[0]
		if list.Schema.Kind == schema.Array && list.Schema.XML == nil && list.Schema.Items != nil && list.Schema.Items.Ref == "" {
			own := *list.Schema.Items
			own.XML = w.called(list.Name)
			return &schema.Schema{Kind: schema.Array, Items: &own, XML: &schema.XML{Wrapped: true}}
		}
	}
	return w.spaced(name, item)
}

// spaced gives an element with a prefix the namespace of that, where a reference leaves room for it.
func (w *xmlWriter) spaced(name string, s *schema.Schema) *schema.Schema {
	if !strings.Contains(name, ":") || s.Ref != "" {
		return s
	}
	own := *s
	own.XML = w.called(name)
	return &own
}
