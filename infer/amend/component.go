package amend

import (
	"cmp"
	"slices"

	"github.com/spectap/spectap/infer/schema"
)

// components merges, describes and renames components.
func (a *amender) components() {
	for i := range a.c.Components {
		x := &a.c.Components[i]
		c := a.component(x.Of)
		if c == nil {
			a.misfit(x.Key(), "the document has no such component")
			continue
		}
		for _, name := range x.Merge {
			if !a.merge(c.Name, name) {
				a.misfit(x.Key(), "the document has no component "+name+" to merge")
			}
		}
		c = a.component(x.Of) // merging has moved it
		if x.Description != "" {
			c.Schema.Description = x.Description
		}
	}
	for i := range a.c.Components {
		x := &a.c.Components[i]
		c := a.component(x.Of)
		if c == nil || x.Name == "" || x.Name == c.Name {
			continue
		}
		if slices.ContainsFunc(a.d.Components, func(o schema.Component) bool { return o.Name == x.Name }) {
			a.misfit(x.Key(), "another component is called "+x.Name)
			continue
		}
		old := c.Name
		c.Name = x.Name
		a.refer(old, x.Name)
	}
	slices.SortFunc(a.d.Components, func(a, b schema.Component) int { return cmp.Compare(a.Name, b.Name) })
}

// merge makes two components one. It reports false if the second does not exist.
func (a *amender) merge(into, name string) bool {
	from := a.component(name)
	to := a.component(into)
	if from == nil || from == to {
		return false
	}
	*to.Schema = *union(to.Schema, from.Schema, maxDepth)
	old := from.Name
	a.d.Components = slices.DeleteFunc(a.d.Components, func(c schema.Component) bool { return c.Name == old })
	a.refer(old, into)
	if c := a.component(into); c != nil {
		isItself := func(x *schema.Schema) bool { return x.Ref == c.Name }
		c.Schema.AnyOf = slices.DeleteFunc(c.Schema.AnyOf, isItself)
	}
	a.each(distinct)
	return true
}

// distinct drops alternatives that refer to the component of another one. A value of it would match
// both, which oneOf forbids.
func distinct(s *schema.Schema) {
	for _, list := range []*[]*schema.Schema{&s.AnyOf, &s.OneOf} {
		seen := map[string]bool{}
		*list = slices.DeleteFunc(*list, func(x *schema.Schema) bool {
			repeated := seen[x.Ref]
			seen[x.Ref] = x.Ref != ""
			s.Nullable = s.Nullable || repeated && x.Nullable
			return repeated
		})
	}
	if all := slices.Concat(s.AnyOf, s.OneOf); len(all) == 1 {
		only := clone(all[0])
		only.Nullable = only.Nullable || s.Nullable
		only.Description = cmp.Or(s.Description, only.Description)
		*s = *only
	}
}

// refer changes all references to a component.
func (a *amender) refer(old, name string) {
	a.each(func(s *schema.Schema) {
		if s.Ref == old {
			s.Ref = name
		}
		if s.Discriminator == nil {
			return
		}
		for i := range s.Discriminator.Mapping {
			if m := &s.Discriminator.Mapping[i]; m.Ref == old {
				m.Ref = name
			}
		}
	})
}

// each calls f for all schemas of the document.
func (a *amender) each(f func(*schema.Schema)) {
	for _, c := range a.d.Components {
		c.Schema.Walk(f)
	}
	for i := range a.d.Operations {
		a.d.Operations[i].EachSchema(func(_ string, s *schema.Schema) { s.Walk(f) })
	}
}

// prune removes the components that nothing refers to any more.
func (a *amender) prune(used map[string]bool) {
	for _, x := range a.c.Components {
		if x.Name != "" && used[x.Of] {
			used[x.Name] = true
		}
	}
	now := usedIn(a.d.Components, a.d.Operations)
	a.d.Components = slices.DeleteFunc(a.d.Components, func(c schema.Component) bool { return used[c.Name] && !now[c.Name] })
}

// union returns a schema that admits what one of two admits.
func union(a, b *schema.Schema, depth int) *schema.Schema {
	switch {
	case a == nil || b == nil || depth == 0:
		return &schema.Schema{} // anything
	case a.Ref != "" && a.Ref == b.Ref:
		out := clone(a)
		out.Nullable = a.Nullable || b.Nullable
		return out
	case isAny(a):
		return clone(a)
	case isAny(b):
		return clone(b)
	case isCompound(a) || isCompound(b):
		return &schema.Schema{AnyOf: append(alternatives(a), alternatives(b)...), Nullable: a.Nullable || b.Nullable,
			Description: cmp.Or(a.Description, b.Description)}
	}
	out := clone(a)
	out.Kind |= b.Kind
	out.Nullable = a.Nullable || b.Nullable
	out.Description = cmp.Or(a.Description, b.Description)
	if a.Enum != nil && b.Enum != nil {
		out.Enum = append(out.Enum, b.Enum...)
		slices.Sort(out.Enum)
		out.Enum = slices.Compact(out.Enum)
	} else {
		out.Enum = nil // which would leave no value of the other
	}
	if a.Format != b.Format || a.Kind != b.Kind {
		out.Format = ""
	}
	out.Prefix, out.AtMostOne = nil, a.AtMostOne && b.AtMostOne
	switch {
	case b.Kind&schema.Array == 0:
		out.Prefix, out.AtMostOne = clone(a).Prefix, a.AtMostOne
	case a.Kind&schema.Array == 0:
		out.Items, out.Prefix, out.AtMostOne = clone(b).Items, clone(b).Prefix, b.AtMostOne
	case a.Prefix != nil || b.Prefix != nil:
		out.Items = &schema.Schema{}
	default:
		out.Items = union(a.Items, b.Items, depth-1)
	}
	uniteProperties(out, a, b, depth)
	return out
}

func isAny(s *schema.Schema) bool { return s.Kind == 0 && !isCompound(s) }

func isCompound(s *schema.Schema) bool { return s.Ref != "" || len(s.AnyOf)+len(s.OneOf) > 0 }

func alternatives(s *schema.Schema) (out []*schema.Schema) {
	if len(s.AnyOf)+len(s.OneOf) == 0 {
		return []*schema.Schema{clone(s)}
	}
	for _, x := range slices.Concat(s.AnyOf, s.OneOf) {
		out = append(out, clone(x))
	}
	return out
}

// uniteProperties sets the properties of a schema that admits the objects of two.
func uniteProperties(out, a, b *schema.Schema, depth int) {
	switch {
	case b.Kind&schema.Object == 0:
		return
	case a.Kind&schema.Object == 0:
		c := clone(b)
		out.Properties, out.Additional = c.Properties, c.Additional
		return
	case a.Additional != nil && b.Additional != nil:
		out.Additional = union(a.Additional, b.Additional, depth-1)
	default:
		out.Additional = nil
	}
	for i := range out.Properties {
		p := &out.Properties[i]
		j := slices.IndexFunc(b.Properties, func(q schema.Property) bool { return q.Name == p.Name })
		if j < 0 {
			p.Required, p.AlwaysSent = false, 0
			continue
		}
		q := &b.Properties[j]
		p.Required, p.AlwaysSent = p.Required && q.Required, 0
		p.Schema = union(p.Schema, q.Schema, depth-1)
	}
	for _, q := range b.Properties {
		if !slices.ContainsFunc(a.Properties, func(p schema.Property) bool { return p.Name == q.Name }) {
			out.Properties = append(out.Properties, schema.Property{Name: q.Name, Schema: clone(q.Schema)})
		}
	}
	slices.SortFunc(out.Properties, func(a, b schema.Property) int { return cmp.Compare(a.Name, b.Name) })
}
