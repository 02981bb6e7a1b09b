// Package amend applies a person's corrections to a decided document: those of operations,
// parameters, values and components.
//
// The corrections of paths and hosts have taken part in the decisions already. A correction of a
// part that the document does not have becomes a misfit, and changes nothing. Read amend.go first,
// then place.go.
package amend

import (
	"net/url"
	"slices"
	"strings"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/correction"
	"github.com/spectap/spectap/infer/schema"
)

// Document returns d with the corrections, which are those for its host. It does not change d.
func Document(d infer.Document, c *correction.Corrections) infer.Document {
	if len(c.APIs)+len(c.Operations)+len(c.Values)+len(c.Components) == 0 {
		return d
	}
	a := &amender{d: cloned(d), c: c, prefix: Prefix(&d), was: map[string]string{}}
	for i := range c.APIs {
		if t := c.APIs[i].Title; t != "" {
			a.d.Title = t
		}
		if t := c.APIs[i].Description; t != "" {
			a.d.Description = t
		}
	}
	for _, x := range c.Components {
		if x.Name != "" {
			a.was[x.Name] = x.Of
		}
	}
	used := usedIn(a.d.Components, a.d.Operations)
	a.values()
	a.components()
	a.operations()
	a.prune(used)
	return a.d
}

// Prefix returns the path of the servers, which all operations share.
func Prefix(d *infer.Document) string {
	if len(d.Servers) == 0 {
		return ""
	}
	u, err := url.Parse(d.Servers[0])
	if err != nil {
		return ""
	}
	return strings.TrimRight(u.EscapedPath(), "/")
}

// amender changes one document.
type amender struct {
	d      infer.Document
	c      *correction.Corrections
	prefix string
	was    map[string]string // names of components that corrections give ▶ as inferred
}

func (a *amender) misfit(key, reason string) {
	a.d.Unmatched = append(a.d.Unmatched, correction.Misfit{Key: key, Reason: reason})
}

// operation returns the operation that a correction names, or nil.
func (a *amender) operation(method, path string) *infer.Operation {
	for i := range a.d.Operations {
		if o := &a.d.Operations[i]; o.Method == method && correction.MatchesPath(path, o.Path, a.prefix) {
			return o
		}
	}
	return nil
}

// component returns a component by the name that was inferred, or by that which a correction gives
// it, or nil if there is none.
func (a *amender) component(name string) *schema.Component {
	for _, n := range []string{name, a.was[name]} {
		if i := slices.IndexFunc(a.d.Components, func(c schema.Component) bool { return c.Name == n }); n != "" && i >= 0 {
			return &a.d.Components[i]
		}
	}
	return nil
}

// operations changes names and texts of operations.
func (a *amender) operations() {
	for i := range a.c.Operations {
		x := &a.c.Operations[i]
		o := a.operation(x.Method, x.Path)
		if o == nil {
			a.misfit(x.Key(), "no such operation")
			continue
		}
		if x.Summary != "" {
			o.Summary = x.Summary
		}
		if x.Description != "" {
			o.Description = x.Description
		}
		if x.Name == "" || x.Name == o.ID {
			continue
		}
		if slices.ContainsFunc(a.d.Operations, func(other infer.Operation) bool { return other.ID == x.Name }) {
			a.misfit(x.Key(), "another operation is called "+x.Name)
			continue
		}
		a.renameOperation(o, x.Name)
	}
}

func (a *amender) renameOperation(o *infer.Operation, name string) {
	old := o.ID
	o.ID = name
	for i := range a.d.Operations {
		for j := range a.d.Operations[i].Responses {
			links := a.d.Operations[i].Responses[j].Links
			for k := range links {
				if links[k].Operation == old {
					links[k].Operation = name
				}
			}
		}
	}
}

// values corrects values: first those that get components of their own, which others may name.
func (a *amender) values() {
	for i := range a.c.Values {
		if x := &a.c.Values[i]; x.Component != "" {
			if err := a.split(x); err != "" {
				a.misfit(x.Key(), err)
			}
		}
	}
	for i := range a.c.Values {
		x := &a.c.Values[i]
		targets := a.find(x.At)
		if len(targets) == 0 {
			if x.Component == "" {
				a.misfit(x.Key(), "the document has no such place")
			}
			continue
		}
		for _, t := range targets {
			if err := a.correct(t, x); err != "" {
				a.misfit(x.Key(), err)
				break
			}
		}
	}
}

// split gives a value a component of its own.
func (a *amender) split(x *correction.Value) (problem string) {
	targets := a.find(x.At)
	switch {
	case len(targets) == 0:
		return "the document has no such place"
	case a.component(x.Component) != nil:
		return "another component is called " + x.Component
	}
	own := clone(targets[0].schema)
	if own.Ref == "" {
		own.Nullable, own.Description = false, "" // which stay where it is used
	} else {
		c := a.component(own.Ref)
		if c == nil {
			return "the document has no such place"
		}
		own = clone(c.Schema)
	}
	a.d.Components = append(a.d.Components, schema.Component{Name: x.Component, Schema: own})
	for _, t := range targets {
		*t.schema = schema.Schema{Ref: x.Component, Nullable: t.schema.Nullable, Description: t.schema.Description}
	}
	return ""
}

// correct changes one value.
func (a *amender) correct(t target, x *correction.Value) (problem string) {
	if x.Required != nil {
		if t.require == nil {
			return "only parameters, properties and bodies of requests are required or not"
		}
		t.require(*x.Required)
	}
	s := t.schema
	if s == nil {
		return "it has no schema"
	}
	if x.Nullable != nil {
		s.Nullable, s.Kind = *x.Nullable, s.Kind&^schema.Null
	}
	if x.Type != "" {
		setType(s, x.Type)
	}
	if x.Description != "" {
		s.Description = x.Description
		if t.describe != nil {
			t.describe(x.Description)
		}
	}
	if x.Format == "" && x.Enum == nil && !x.Open {
		return ""
	}
	if s = schema.Follow(s, schema.ByName(a.d.Components)); s == nil {
		return "it refers to no component"
	}
	return setValues(s, x)
}

// kinds are the types by their names; "any" is 0.
var kinds = map[string]schema.Kind{
	"string": schema.String, "integer": schema.Integer, "number": schema.Number, "boolean": schema.Boolean,
	"array": schema.Array, "object": schema.Object,
}

// setType makes a schema one of a type. Its keywords for values of this type stay.
func setType(s *schema.Schema, name string) {
	kind := kinds[name]
	if s.Ref == "" && len(s.AnyOf)+len(s.OneOf) == 0 && s.Kind&kind != 0 {
		old := s.Kind
		s.Kind = kind
		if old == kind {
			return
		}
	}
	next := schema.Schema{Kind: kind, Nullable: s.Nullable, Description: s.Description, XML: s.XML}
	if s.Kind == kind {
		switch kind {
		case schema.Array:
			next.Items, next.Prefix = s.Items, s.Prefix
		case schema.Object:
			next.Properties, next.Additional = s.Properties, s.Additional
		case schema.String:
			next.Format, next.Enum = s.Format, s.Enum
		}
	}
	if kind == schema.Array && next.Items == nil {
		next.Items = &schema.Schema{}
	}
	*s = next
}

// setValues sets the format and the values of a schema.
func setValues(s *schema.Schema, x *correction.Value) (problem string) {
	switch {
	case x.Format == correction.NoFormat:
		s.Format = ""
	case x.Format != "":
		s.Format = x.Format
	}
	switch {
	case x.Open:
		s.Enum = nil
	case x.Enum == nil:
	case s.Kind&^schema.Null != schema.String:
		return "only strings have a list of values; correct its type first"
	default:
		s.Enum = slices.Clone(x.Enum)
		slices.Sort(s.Enum)
		s.Enum, s.Format = slices.Compact(s.Enum), ""
	}
	return ""
}
