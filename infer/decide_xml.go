package infer

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/schema"
)

// xmlPlan lists the XML bodies. They are decided apart from all others, since an element is written
// in another way than a JSON property with its name.
type xmlPlan struct {
	bodies   []schema.Body
	media    []*mediaFacts
	setters  []func(*schema.Schema)
	decision schema.Decision
}

func (p *xmlPlan) add(b schema.Body, facts *mediaFacts, set func(*schema.Schema)) {
	p.bodies, p.media, p.setters = append(p.bodies, b), append(p.media, facts), append(p.setters, set)
}

// decide gives all XML bodies their schemas, and adds the components of these to the document.
func (p *xmlPlan) decide(policy schema.Policy, d *Document) {
	if len(p.bodies) == 0 {
		return
	}
	policy.NoMaps = true
	p.decision = schema.Decide(p.bodies, policy)
	taken := map[string]bool{}
	for _, c := range d.Components {
		taken[c.Name] = true
	}
	w := xmlWriter{components: map[string]*schema.Schema{}, names: map[string]string{}, written: map[string]*schema.Schema{}}
	for _, c := range p.decision.Components {
		name := c.Name
		for taken[name] {
			name += "XML"
		}
		taken[name] = true
		w.names[c.Name], w.components[c.Name] = name, c.Schema
	}
	for _, c := range p.decision.Components {
		name, own := w.names[c.Name], w.object(c.Schema)
		d.Components, w.written[name] = append(d.Components, schema.Component{Name: name, Schema: own}), own
	}
	slices.SortFunc(d.Components, func(a, b schema.Component) int { return strings.Compare(a.Name, b.Name) })
	for i, set := range p.setters {
		w.media = p.media[i]
		set(w.document(p.decision.Schemas[i]))
	}
}

// xmlWriter turns the schemas decided for element trees into schemas with OpenAPI's XML fields.
type xmlWriter struct {
	media      *mediaFacts // nil for components, which several media types share
	components map[string]*schema.Schema
	names      map[string]string         // from a decided component to its name in the document
	written    map[string]*schema.Schema // the components of the document
}

// document returns the schema of a body: its root element, or one of several.
func (w *xmlWriter) document(s *schema.Schema) *schema.Schema {
	if s = schema.Follow(s, w.components); s == nil || len(s.Properties) == 0 {
		return &schema.Schema{Kind: schema.String}
	}
	var roots []*schema.Schema
	for _, p := range s.Properties {
		root := p.Schema
		if root.Kind == schema.Array && root.Items != nil {
			root = root.Items
		}
		own := *w.element(schema.Follow(root, w.components)) // a copy of the component, since the name belongs to the root
		own.Nullable = root.Nullable
		own.XML = w.qualifiedName(p.Name)
		if own.XML.Namespace == "" && own.XML.Prefix == "" && w.media != nil {
			own.XML.Namespace = w.media.namespace("")
		}
		if own.XML.Prefix != "" && w.media != nil {
			own.Properties = w.unprefixed(own.Properties, w.media.namespace(""), maxPrefixedDepth)
		}
		roots = append(roots, &own)
	}
	if len(roots) == 1 {
		return roots[0]
	}
	return &schema.Schema{AnyOf: roots}
}

// maxPrefixedDepth bounds how deep elements with a prefix may be for their children without one to
// get a namespace: those of SOAP end at its body.
const maxPrefixedDepth = 4

// unprefixed gives the default namespace to elements without a prefix whose parent has one, such as
// the call in the body of SOAP. Their children inherit it.
func (w *xmlWriter) unprefixed(properties []schema.Property, space string, depth int) []schema.Property {
	if space == "" || depth == 0 {
		return properties
	}
	out := slices.Clone(properties)
	for i, p := range out {
		s := p.Schema
		isList := s.Kind == schema.Array && s.Items != nil && (s.XML == nil || !s.XML.Wrapped)
		if isList {
			s = s.Items
		}
		if s.XML != nil && (s.XML.Attribute || s.XML.Text) {
			continue
		}
		target := schema.Follow(s, w.written)
		if target == nil {
			continue
		}
		own := *target // a copy of the component, since the namespace belongs to this place
		own.Nullable = own.Nullable || s.Nullable
		if strings.Contains(p.Name, ":") {
			own.Properties = w.unprefixed(own.Properties, space, depth-1)
		} else {
			xml := schema.XML{}
			if own.XML != nil {
				xml = *own.XML
			}
			xml.Namespace, own.XML = space, &xml
		}
		if out[i].Schema = &own; isList {
			list := *p.Schema
			list.Items, out[i].Schema = &own, &list
		}
	}
	return out
}

// qualifiedName returns the name of an element, its prefix and the namespace of the prefix.
func (w *xmlWriter) qualifiedName(name string) *schema.XML {
	prefix, local, ok := strings.Cut(name, ":")
	if !ok {
		return &schema.XML{Name: name}
	}
	x := &schema.XML{Name: local, Prefix: prefix}
	if w.media != nil {
		x.Namespace = w.media.namespace(prefix)
	}
	return x
}

// element returns the schema of an element: text, an object, or either.
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

// object returns the schema of an element with attributes or children.
func (w *xmlWriter) object(s *schema.Schema) *schema.Schema {
	out := *s
	out.Properties = nil
	children := map[string]bool{}
	for _, p := range s.Properties {
		children[p.Name] = true
	}
	for _, p := range s.Properties {
		attribute, isAttribute := strings.CutPrefix(p.Name, schema.XMLAttribute)
		switch own := *p.Schema; {
		case p.Name == schema.XMLText:
			own.XML = &schema.XML{Text: true}
			if p.Name = "text"; children[p.Name] || children[schema.XMLAttribute+p.Name] {
				p.Name = "ownText"
			}
			p.Schema = &own
		case isAttribute:
			own.XML = &schema.XML{Attribute: true}
			if p.Name = attribute; children[attribute] {
				p.Name, own.XML.Name = attribute+"Attribute", attribute
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

// child returns the schema of all children with one name. It is a list if an element had several.
// An element that holds a list and nothing else is a wrapped list.
func (w *xmlWriter) child(name string, s *schema.Schema) *schema.Schema {
	if s.Kind != schema.Array || s.Items == nil {
		return w.element(s)
	}
	item := w.element(s.Items)
	if !s.AtMostOne {
		return &schema.Schema{Kind: schema.Array, Items: w.withNamespace(name, item)}
	}
	if item.Kind == schema.Object && item.Ref == "" && len(item.Properties) == 1 && item.Additional == nil {
		p := item.Properties[0]
		list := p.Schema
		if list.XML == nil && list.Items != nil && list.Items.Ref == "" {
			own := *list.Items
			own.XML = w.qualifiedName(p.Name)
			return &schema.Schema{Kind: schema.Array, Items: &own, XML: &schema.XML{Wrapped: true}}
		}
	}
	return w.withNamespace(name, item)
}

// withNamespace gives an element with a prefix the namespace of the prefix. A reference has no room
// for it.
func (w *xmlWriter) withNamespace(name string, s *schema.Schema) *schema.Schema {
	if !strings.Contains(name, ":") || s.Ref != "" {
		return s
	}
	own := *s
	own.XML = w.qualifiedName(name)
	return &own
}
