package diff

import (
	"cmp"
	"math"
	"reflect"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/openapi"
)

// into adds the keywords of s, but for its properties, to out. It returns those that cannot be
// merged.
func (f *flattener) into(out, s *openapi3.Schema) (rest *openapi3.Schema) {
	rest = new(openapi3.Schema)
	f.values(out, rest, s)
	bound(&out.Min, &out.ExclusiveMin, s.Min, s.ExclusiveMin, func(a, b float64) bool { return a < b })
	bound(&out.Max, &out.ExclusiveMax, s.Max, s.ExclusiveMax, func(a, b float64) bool { return a > b })
	f.members(out, rest, s)
	f.elements(out, rest, s)
	together(out, rest, s)
	others(out, rest, s)
	return rest
}

// readApart are the keywords that [others] leaves to the other functions.
var readApart = map[string]bool{
	"Properties": true, "AllOf": true, "Nullable": true, "Extensions": true, "Origin": true, "Type": true, "Enum": true, "Always": true,
	"Min": true, "ExclusiveMin": true, "Max": true, "ExclusiveMax": true, "MultipleOf": true, "Required": true,
	"PatternProperties": true, "DependentSchemas": true, "PropertyNames": true, "AdditionalProperties": true,
	"Items": true, "PrefixItems": true, "Contains": true, "MinContains": true, "MaxContains": true, "If": true, "Then": true, "Else": true,
}

// firstOnly are the keywords that say nothing about which values are valid. The outermost schema
// has the first word.
var firstOnly = map[string]bool{
	"Title": true, "Description": true, "Default": true, "Example": true, "Examples": true, "ExternalDocs": true,
	"Discriminator": true, "ContentMediaType": true, "ContentEncoding": true, "ContentSchema": true,
}

// others merges keywords by their type: flags, least and greatest sizes, and values and schemas. A
// second value or schema goes to rest unless it is equal. Schemas are not compared: they can refer
// to themselves.
func others(out, rest, s *openapi3.Schema) {
	to, left, from := reflect.ValueOf(out).Elem(), reflect.ValueOf(rest).Elem(), reflect.ValueOf(s).Elem()
	for i := range from.NumField() {
		x, v := to.Field(i), from.Field(i)
		if name := from.Type().Field(i).Name; v.IsZero() || readApart[name] || firstOnly[name] && !x.IsZero() {
			continue
		}
		switch have := x.Interface().(type) {
		case uint64:
			x.SetUint(max(have, v.Uint()))
		case *uint64:
			if have == nil || *have > v.Elem().Uint() {
				x.Set(v)
			}
		case string, bool, map[string][]string:
			if !x.IsZero() && !reflect.DeepEqual(have, v.Interface()) {
				left.Field(i).Set(v)
				continue
			}
			x.Set(v)
		default:
			if x.IsZero() {
				x.Set(v)
			} else if x.Kind() != reflect.Interface || !reflect.DeepEqual(have, v.Interface()) { // const is any
				left.Field(i).Set(v)
			}
		}
	}
}

// values merges type, enum, multipleOf and schemas that admit nothing.
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
	switch m := s.MultipleOf; {
	case m == nil || out.MultipleOf != nil && isMultiple(*out.MultipleOf, *m):
	case out.MultipleOf == nil || isMultiple(*m, *out.MultipleOf):
		out.MultipleOf = m
	default:
		rest.MultipleOf = m
	}
	if s.Always != nil && !*s.Always {
		rest.Always = s.Always // no value is valid
	}
	for k, v := range s.Extensions {
		if out.Extensions == nil {
			out.Extensions = map[string]any{}
		}
		if _, has := out.Extensions[k]; !has {
			out.Extensions[k] = v
		}
	}
}

// commonTypes returns the types that both lists admit; nil admits all. It reports false if they
// have no common type. Every integer is a number.
func commonTypes(a, b *openapi3.Types) (*openapi3.Types, bool) {
	if a == nil || b == nil {
		return cmp.Or(a, b), true
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

// bound merges a minimum, or a maximum, and the exclusive one. isWeaker compares two bounds.
func bound(to **float64, exclusive *openapi3.ExclusiveBound, v *float64, e openapi3.ExclusiveBound, isWeaker func(a, b float64) bool) {
	if v != nil && (*to == nil || isWeaker(**to, *v)) {
		*to = v
	}
	if e.Value != nil && (exclusive.Value == nil || isWeaker(*exclusive.Value, *e.Value)) {
		exclusive.Value = e.Value
	}
}

func isMultiple(a, b float64) bool { return b > 0 && math.Mod(a, b) == 0 }

// properties returns the properties of all parts. A property that two parts declare must be valid
// against both declarations. One that another part takes as an additional property must also be
// valid against that part's schema for those. A part that forbids additional properties forbids
// those of the others; documents rarely mean it, and a comparison should show changes in them, so
// they stay.
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
	// A property that a pattern of one part matches is still an additional property of another.
	none := openapi3.BoolSchema{}
	if len(s.PatternProperties) > 0 && out.AdditionalProperties != none || len(out.PatternProperties) > 0 && s.AdditionalProperties != none {
		rest.Properties, rest.PatternProperties, rest.AdditionalProperties = s.Properties, s.PatternProperties, s.AdditionalProperties
	} else {
		out.PatternProperties = f.named(out.PatternProperties, s.PatternProperties)
		f.rest(&out.AdditionalProperties, s.AdditionalProperties)
	}
	out.DependentSchemas = f.named(out.DependentSchemas, s.DependentSchemas)
	out.PropertyNames = f.both(out.PropertyNames, s.PropertyNames)
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

// rest merges the keywords for members without a schema of their own.
func (f *flattener) rest(to *openapi3.BoolSchema, v openapi3.BoolSchema) {
	switch {
	case openapi.IsFalse(*to):
	case openapi.IsFalse(v) || *to == (openapi3.BoolSchema{}):
		*to = v
	case v.Schema != nil:
		*to = openapi3.BoolSchema{Schema: f.both(to.Schema, v.Schema)}
	}
}

// elements merges items and prefixItems together: the meaning of items depends on its prefixItems.
func (f *flattener) elements(out, rest, s *openapi3.Schema) {
	switch {
	case len(out.PrefixItems)+len(s.PrefixItems) == 0:
		out.Items = f.both(out.Items, s.Items)
	case out.Items == nil && out.PrefixItems == nil:
		out.Items, out.PrefixItems = s.Items, s.PrefixItems
	default:
		rest.Items, rest.PrefixItems = s.Items, s.PrefixItems
	}
}

// together merges keywords that have a meaning together only.
func together(out, rest, s *openapi3.Schema) {
	if to := choose(out, rest, out.Contains == nil); s.Contains != nil {
		to.Contains, to.MinContains, to.MaxContains = s.Contains, s.MinContains, s.MaxContains
	}
	if to := choose(out, rest, out.If == nil); s.If != nil {
		to.If, to.Then, to.Else = s.If, s.Then, s.Else
	}
}

func choose(out, rest *openapi3.Schema, isFree bool) *openapi3.Schema {
	if isFree {
		return out
	}
	return rest
}
