package diff

import (
	"math"
	"reflect"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// into adds the keywords of s, but for its properties, to out. It returns those that cannot be
// merged.
func (f *flattener) into(out, s *openapi3.Schema) (rest *openapi3.Schema) {
	rest = new(openapi3.Schema)
	annotations(out, s)
	f.values(out, rest, s)
	numbers(out, rest, s)
	f.members(out, rest, s)
	f.elements(out, rest, s)
	conditions(out, rest, s)
	return rest
}

// fill sets a keyword that has no value yet.
func fill[V any](to *V, v V) {
	if reflect.ValueOf(to).Elem().IsZero() {
		*to = v
	}
}

// keep sets a keyword that has no value yet. Another value goes to rest.
func keep[V any](to, rest *V, v V) {
	switch {
	case reflect.ValueOf(&v).Elem().IsZero(), reflect.DeepEqual(*to, v):
	case reflect.ValueOf(to).Elem().IsZero():
		*to = v
	default:
		*rest = v
	}
}

// first is keep for keywords that hold schemas, which are not compared: they can refer to
// themselves.
func first[V any](to, rest *V, v V) {
	if reflect.ValueOf(to).Elem().IsZero() {
		*to = v
	} else {
		*rest = v
	}
}

// annotations merges keywords that say nothing about which values are valid. The outermost schema
// has the first word.
func annotations(out, s *openapi3.Schema) {
	fill(&out.Title, s.Title)
	fill(&out.Description, s.Description)
	fill(&out.Default, s.Default)
	fill(&out.Example, s.Example)
	fill(&out.Examples, s.Examples)
	fill(&out.ExternalDocs, s.ExternalDocs)
	fill(&out.Discriminator, s.Discriminator)
	fill(&out.ContentMediaType, s.ContentMediaType)
	fill(&out.ContentEncoding, s.ContentEncoding)
	fill(&out.ContentSchema, s.ContentSchema)
	out.ReadOnly = out.ReadOnly || s.ReadOnly
	out.WriteOnly = out.WriteOnly || s.WriteOnly
	out.Deprecated = out.Deprecated || s.Deprecated
	for k, v := range s.Extensions {
		if out.Extensions == nil {
			out.Extensions = map[string]any{}
		}
		if _, has := out.Extensions[k]; !has {
			out.Extensions[k] = v
		}
	}
}

// values merges type, enum, const, format and pattern.
func (f *flattener) values(out, rest, s *openapi3.Schema) {
	if t, ok := commonTypes(out.Type, s.Type); ok {
		out.Type = t
	} else {
		rest.Type = s.Type
	}
	switch common := f.commonValues(out.Enum, s.Enum); {
	case len(s.Enum) == 0:
	case len(out.Enum) == 0:
		out.Enum = s.Enum
	case len(common) > 0:
		out.Enum = common
	default:
		rest.Enum = s.Enum
	}
	keep(&out.Const, &rest.Const, s.Const)
	keep(&out.Format, &rest.Format, s.Format)
	keep(&out.Pattern, &rest.Pattern, s.Pattern)
	if s.Always != nil && !*s.Always {
		rest.Always = s.Always // no value is valid
	}
}

// commonTypes returns the types that both lists admit; nil admits all. It reports false if there is
// none. Every integer is a number.
func commonTypes(a, b *openapi3.Types) (*openapi3.Types, bool) {
	if a == nil || b == nil {
		if a == nil {
			a = b
		}
		return a, true
	}
	var out openapi3.Types
	for _, t := range *a {
		switch {
		case slices.Contains(*b, t):
			out = append(out, t)
		case t == "number" && slices.Contains(*b, "integer") && !slices.Contains(*a, "integer"),
			t == "integer" && slices.Contains(*b, "number"):
			out = append(out, "integer")
		}
	}
	return &out, len(out) > 0
}

// commonValues returns the values that both lists have.
func (f *flattener) commonValues(a, b []any) []any {
	scalars, others := map[any]bool{}, []any{}
	for _, v := range b {
		switch v.(type) {
		case map[string]any, []any:
			others = append(others, v)
		default:
			scalars[v] = true
		}
	}
	f.spend(len(a) + len(b))
	return slices.DeleteFunc(slices.Clone(a), func(v any) bool {
		switch v.(type) {
		case map[string]any, []any:
			f.spend(len(others))
			return !slices.ContainsFunc(others, func(w any) bool { return reflect.DeepEqual(v, w) })
		}
		return !scalars[v]
	})
}

// numbers merges the bounds of numbers, lengths and counts.
func numbers(out, rest, s *openapi3.Schema) {
	lower := func(a, b float64) bool { return a < b }
	upper := func(a, b float64) bool { return a > b }
	bound(&out.Min, &out.ExclusiveMin, s.Min, s.ExclusiveMin, lower)
	bound(&out.Max, &out.ExclusiveMax, s.Max, s.ExclusiveMax, upper)
	switch m := s.MultipleOf; {
	case m == nil || out.MultipleOf != nil && isMultiple(*out.MultipleOf, *m):
	case out.MultipleOf == nil || isMultiple(*m, *out.MultipleOf):
		out.MultipleOf = m
	default:
		rest.MultipleOf = m
	}
	out.MinLength, out.MaxLength = max(out.MinLength, s.MinLength), least(out.MaxLength, s.MaxLength)
	out.MinItems, out.MaxItems = max(out.MinItems, s.MinItems), least(out.MaxItems, s.MaxItems)
	out.MinProps, out.MaxProps = max(out.MinProps, s.MinProps), least(out.MaxProps, s.MaxProps)
	out.UniqueItems = out.UniqueItems || s.UniqueItems
}

// bound merges a minimum, or a maximum, of either form: 3.0 has a flag beside it for an exclusive
// one, 3.1 a number of its own. isWeaker compares two bounds.
func bound(to **float64, exclusive *openapi3.ExclusiveBound, v *float64, e openapi3.ExclusiveBound,
	isWeaker func(a, b float64) bool,
) {
	if v != nil && (*to == nil || isWeaker(**to, *v) || **to == *v && e.IsTrue()) {
		*to, exclusive.Bool = v, e.Bool
	}
	if e.Value != nil && (exclusive.Value == nil || isWeaker(*exclusive.Value, *e.Value)) {
		exclusive.Value = e.Value
	}
}

func isMultiple(a, b float64) bool { return b > 0 && math.Mod(a, b) == 0 }

// least returns the lesser of two bounds; nil is none.
func least(a, b *uint64) *uint64 {
	if a == nil || b != nil && *b < *a {
		return b
	}
	return a
}

// properties returns the properties of all parts. What is declared twice must be valid against both
// declarations, and what another part takes as an additional property against its schema for those.
// A part that forbids additional properties forbids those of the others; documents rarely mean it,
// and a comparison should show what changes in them, so they stay.
func (f *flattener) properties(parts openapi3.SchemaRefs) openapi3.Schemas {
	declared := map[string]openapi3.SchemaRefs{}
	var additional openapi3.SchemaRefs // parts that have a schema for other members
	for _, p := range parts {
		for name, r := range p.Value.Properties {
			declared[name] = append(declared[name], r)
		}
		if p.Value.AdditionalProperties.Schema != nil && len(p.Value.PatternProperties) == 0 {
			additional = append(additional, p)
		}
	}
	f.spend(len(declared) * (1 + len(additional)))
	var out openapi3.Schemas
	for name, all := range declared {
		for _, p := range additional {
			if p.Value.Properties[name] == nil {
				all = append(all, p.Value.AdditionalProperties.Schema)
			}
		}
		if r := f.both(all...); r != nil {
			if out == nil {
				out = openapi3.Schemas{}
			}
			out[name] = r
		}
	}
	return out
}

// members merges the keywords about the members of objects.
func (f *flattener) members(out, rest, s *openapi3.Schema) {
	for _, name := range s.Required {
		if !f.required[name] {
			f.required[name] = true
			out.Required = append(out.Required, name)
		}
	}
	out.PatternProperties = f.named(out.PatternProperties, s.PatternProperties)
	out.DependentSchemas = f.named(out.DependentSchemas, s.DependentSchemas)
	out.PropertyNames = f.both(out.PropertyNames, s.PropertyNames)
	f.rest(&out.AdditionalProperties, s.AdditionalProperties)
	first(&out.UnevaluatedProperties, &rest.UnevaluatedProperties, s.UnevaluatedProperties)
	keep(&out.DependentRequired, &rest.DependentRequired, s.DependentRequired)
}

// named merges schemas by name.
func (f *flattener) named(a, b openapi3.Schemas) openapi3.Schemas {
	if len(b) == 0 {
		return a
	}
	f.spend(len(a) + len(b))
	out := openapi3.Schemas{}
	for _, m := range []openapi3.Schemas{a, b} {
		for name, r := range m {
			out[name] = f.both(out[name], r)
		}
	}
	return out
}

// rest merges what is said of the members that have no schema of their own.
func (f *flattener) rest(to *openapi3.BoolSchema, v openapi3.BoolSchema) {
	isFalse := func(b openapi3.BoolSchema) bool { return b.Has != nil && !*b.Has }
	switch {
	case isFalse(*to):
	case isFalse(v) || *to == (openapi3.BoolSchema{}):
		*to = v
	case v.Schema != nil:
		*to = openapi3.BoolSchema{Schema: f.both(to.Schema, v.Schema)}
	}
}

// elements merges the keywords about the elements of lists.
func (f *flattener) elements(out, rest, s *openapi3.Schema) {
	// What items means depends on the prefixItems beside it.
	if len(out.PrefixItems)+len(s.PrefixItems) == 0 {
		out.Items = f.both(out.Items, s.Items)
	} else if out.Items == nil && out.PrefixItems == nil {
		out.Items, out.PrefixItems = s.Items, s.PrefixItems
	} else {
		rest.Items, rest.PrefixItems = s.Items, s.PrefixItems
	}
	first(&out.UnevaluatedItems, &rest.UnevaluatedItems, s.UnevaluatedItems)
	if s.Contains == nil {
		return
	}
	to := out
	if out.Contains != nil {
		to = rest
	}
	to.Contains, to.MinContains, to.MaxContains = s.Contains, s.MinContains, s.MaxContains
}

// conditions merges the keywords that combine schemas. Two lists of alternatives have no shorter
// form.
func conditions(out, rest, s *openapi3.Schema) {
	first(&out.OneOf, &rest.OneOf, s.OneOf)
	first(&out.AnyOf, &rest.AnyOf, s.AnyOf)
	first(&out.Not, &rest.Not, s.Not)
	if s.If == nil {
		return
	}
	to := out
	if out.If != nil {
		to = rest
	}
	to.If, to.Then, to.Else = s.If, s.Then, s.Else
}
