package infer

import (
	"slices"

	"github.com/spectap/spectap/flow/call"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/infer/schema"
)

// decideCalls adapts the schemas of operations that share a URL. The method of JSON-RPC and the
// document of GraphQL are constants of each operation. A batch is a list of what the operations
// called in it accept and return.
func decideCalls(endpoints []*endpoint, d *Document) {
	w := callWriter{byPath: map[string]*endpoint{}, components: schema.ByName(d.Components)}
	for _, e := range endpoints {
		w.byPath[e.method+" "+e.path] = e
	}
	w.references = countReferences(endpoints, w.components)
	for _, e := range endpoints {
		switch {
		case e.op.Request == nil:
		case e.variant.Kind == call.KindJSONRPC:
			w.fixMethod(e)
		case e.variant.IsGraphQL():
			w.fixDocument(e)
		}
	}
	for _, e := range endpoints {
		if e.variant.IsBatch() {
			w.writeBatch(e)
		}
	}
	d.Components = usedComponents(endpoints, w.components)
}

// callWriter changes the schemas of operations that share a URL.
type callWriter struct {
	byPath     map[string]*endpoint // by method and path
	components map[string]*schema.Schema
	references map[string]int // to each component, before any change
}

// fixMethod makes the members that identify a JSON-RPC call constant and required (JSON-RPC 2.0,
// section 4).
func (w *callWriter) fixMethod(e *endpoint) {
	w.changeRequest(e, func(p *schema.Property) {
		switch p.Name {
		case "method":
			p.Schema, p.Required = &schema.Schema{Kind: schema.String, Enum: []string{e.variant.Name}}, true
		case "jsonrpc":
			p.Schema, p.Required = &schema.Schema{Kind: schema.String, Enum: []string{"2.0"}}, true
		}
	})
}

// fixDocument makes the documents of a GraphQL operation constant: another document has other
// responses. The document is required (GraphQL over HTTP, section 5.1), unless the server knows it:
// then some requests had only its hash.
func (w *callWriter) fixDocument(e *endpoint) {
	documents := e.facts.documents.All()
	if len(documents) == 0 {
		return
	}
	w.changeRequest(e, func(p *schema.Property) {
		if p.Name == "query" && p.Schema.Kind == schema.String && p.Schema.Ref == "" {
			own := *p.Schema
			own.Enum, own.Format = slices.Clone(documents), ""
			p.Schema = &own
			if !p.Absent {
				p.Required, p.AlwaysSent = true, 0
			}
		}
	})
}

// changeRequest changes the properties of the JSON bodies that an operation accepts.
func (w *callWriter) changeRequest(e *endpoint, change func(*schema.Property)) {
	for i := range e.op.Request.Content {
		m := &e.op.Request.Content[i]
		s := schema.Follow(m.Schema, w.components)
		if !decode.IsJSON(m.kind()) || s == nil || s.Kind != schema.Object || len(s.AnyOf)+len(s.OneOf) > 0 {
			continue
		}
		own := *s // a component with a constant of one operation is no longer shared with others
		own.Properties = slices.Clone(s.Properties)
		for k := range own.Properties {
			change(&own.Properties[k])
		}
		if name := m.Schema.Ref; w.references[name] == 1 {
			w.components[name] = &own
			continue
		}
		m.Schema = &own
	}
}

// writeBatch gives the batches of a URL their schemas.
func (w *callWriter) writeBatch(e *endpoint) {
	var members []*endpoint // nil for a member that is not known
	base := e.method + " " + e.template.String()
	for _, fragment := range e.facts.members.Names() {
		members = append(members, w.byPath[base+fragment])
	}
	if e.facts.members.Overflowed() {
		members = append(members, nil)
	}
	if e.op.Request != nil {
		w.writeLists(e.op.Request.Content, e.facts.request, members, "Request", func(o *Operation) []Media {
			if o.Request == nil {
				return nil
			}
			return o.Request.Content
		})
	}
	for i := range e.op.Responses {
		r := &e.op.Responses[i]
		w.writeLists(r.Content, e.facts.responses[r.Status].media, members, "Response", func(o *Operation) []Media {
			for _, own := range o.Responses {
				if own.Status == r.Status {
					return own.Content
				}
			}
			return nil
		})
	}
}

// writeLists gives the batches of each media type the schema of a list. contentOf returns the same
// message of a member.
func (w *callWriter) writeLists(content []Media, facts *bottomk.Map[*mediaFacts], members []*endpoint, role string,
	contentOf func(*Operation) []Media) {
	for i := range content {
		f := facts.Get(content[i].Type)
		if f == nil || f.batches == 0 {
			continue
		}
		items := w.memberSchema(content[i].Type, members, role, contentOf)
		list := &schema.Schema{Kind: schema.Array, Items: items}
		switch own := content[i].Schema; { // own is of lists that could not be split, and of other responses
		case f.body == nil || f.body.Exchanges() == 0:
			content[i].Schema = list
		case own != nil && len(own.AnyOf) > 0:
			anyOf := append([]*schema.Schema{list}, own.AnyOf...)
			content[i].Schema = &schema.Schema{AnyOf: anyOf, Nullable: own.Nullable}
		default:
			content[i].Schema = &schema.Schema{AnyOf: []*schema.Schema{list, own}}
		}
	}
}

// memberSchema returns the schema of one element of a batch, nil for any if a member is not known.
func (w *callWriter) memberSchema(mediaType string, members []*endpoint, role string,
	contentOf func(*Operation) []Media) *schema.Schema {
	out := &schema.Schema{}
	for _, e := range members {
		if e == nil {
			return nil
		}
		content := contentOf(&e.op)
		for k := range content {
			m := &content[k]
			if m.Type != mediaType || m.Schema == nil {
				continue
			}
			m.Schema = w.share(m.Schema, e.variant, role)
			isSame := func(s *schema.Schema) bool { return s.Ref != "" && s.Ref == m.Schema.Ref }
			if !slices.ContainsFunc(out.AnyOf, isSame) {
				out.AnyOf = append(out.AnyOf, m.Schema)
			}
		}
	}
	if len(out.AnyOf) == 1 {
		return out.AnyOf[0]
	}
	return out
}

// share returns a reference to an object that occurs in the operation and in the batch. It makes
// the object a component.
func (w *callWriter) share(s *schema.Schema, v call.Variant, role string) *schema.Schema {
	if s.Ref != "" || s.Kind != schema.Object || len(s.Properties) == 0 || v.Name == "" {
		return s
	}
	name := noun.Pascal(noun.Words(v.Name)...) + role
	for w.components[name] != nil {
		name += "X"
	}
	nullable, own := s.Nullable, *s
	own.Nullable = false
	w.components[name] = &own
	return &schema.Schema{Ref: name, Nullable: nullable}
}
