package diff

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oasdiff/oasdiff/diff"
	"github.com/oasdiff/oasdiff/flatten/commonparams"

	"github.com/spectap/spectap/openapi"
)

// spelling has the first spelling of each name of a header, by the name in lower case.
type spelling map[string]string

func (s spelling) of(name string) string {
	lower := strings.ToLower(name)
	if _, has := s[lower]; !has {
		s[lower] = name
	}
	return s[lower]
}

// normalize writes a document in the one form that is compared, so that two ways to write the same
// are no change: parameters move to operations, names of headers have one spelling, and schemas are
// those of [normalSchema]. Parts that no rule reads are dropped: callbacks, links and encodings.
func normalize(doc *openapi3.T, headers spelling) {
	commonparams.Move(doc)
	hooks := openapi3.NewPaths()
	for name, item := range doc.Webhooks {
		hooks.Set("/"+name, item)
	}
	commonparams.Move(&openapi3.T{Paths: hooks})
	for _, paths := range []*openapi3.Paths{doc.Paths, hooks} {
		for _, path := range keys(paths.Map()) {
			operations := paths.Value(path).Operations()
			for _, method := range keys(operations) {
				normalOperation(operations[method], headers)
			}
		}
	}
	if doc.Components != nil {
		for _, name := range keys(doc.Components.SecuritySchemes) {
			if s := doc.Components.SecuritySchemes[name].Value; s.In == openapi3.ParameterInHeader {
				s.Name = headers.of(s.Name)
			}
		}
	}
	openapi.EachSchema(doc, func(r *openapi3.SchemaRef) { normalSchema(r.Value) })
}

func normalOperation(o *openapi3.Operation, headers spelling) {
	o.Callbacks = nil
	for _, p := range o.Parameters {
		normalParameter(p.Value, headers)
	}
	if o.RequestBody != nil {
		normalContent(o.RequestBody.Value.Content)
	}
	responses := o.Responses.Map()
	for _, status := range keys(responses) {
		r := responses[status].Value
		r.Links = nil
		normalContent(r.Content)
		out := openapi3.Headers{}
		for _, name := range keys(r.Headers) {
			out[headers.of(name)] = r.Headers[name]
			r.Headers[name].Value.In = openapi3.ParameterInHeader
			normalParameter(&r.Headers[name].Value.Parameter, headers)
		}
		r.Headers = out
	}
}

// normalParameter gives a parameter the schema of its content, whose media type is the style then,
// or else the style that it has by default.
func normalParameter(p *openapi3.Parameter, headers spelling) {
	if p.In == openapi3.ParameterInHeader && p.Name != "" { // headers of responses have no location
		p.Name = headers.of(p.Name)
	}
	if p.Schema == nil {
		for name, media := range p.Content { // has one
			p.Schema, p.Style, p.Explode = media.Schema, name, nil
		}
		p.Content = nil
	}
	if strings.Contains(p.Style, "/") {
		return
	}
	if m, err := p.SerializationMethod(); err == nil {
		p.Style, p.Explode = m.Style, &m.Explode
	}
}

// normalContent drops the schemas of media types that admit everything. A body of bytes is one.
func normalContent(content openapi3.Content) {
	for name, m := range content {
		m.Encoding = nil
		if m.Schema == nil {
			continue
		}
		normalSchema(m.Schema.Value)
		isBytes := m.Schema.Value.Type.Is("string") && m.Schema.Value.Format == "binary" && !strings.HasSuffix(name, "json")
		if admitsAll(m.Schema) || isBytes {
			m.Schema = nil
		}
	}
}

// admitsAll reports whether a schema admits all values.
func admitsAll(r *openapi3.SchemaRef) bool {
	s := *r.Value
	s.Title, s.Description, s.Default, s.Example, s.Examples, s.Nullable = "", "", nil, nil, nil, false
	s.Deprecated, s.Extensions, s.Origin, s.Comment, s.ExternalDocs = false, nil, nil, "", nil
	if s.Always != nil && *s.Always {
		s.Always = nil
	}
	return reflect.ValueOf(&s).Elem().IsZero()
}

// readExtensions are the extensions of schemas that oasdiff reads.
var readExtensions = []string{diff.XExtensibleEnumExtension, diff.SunsetExtension, diff.XStabilityLevelExtension}

// normalSchema writes a schema, not those within it, in one form:
//
//   - nullable says whether null is valid; type and enum do not have it beside others, and it is no
//     alternative of anyOf or oneOf;
//   - an exclusive bound is a number, as in 3.1, and there is one bound;
//   - keywords that are true by default, and those that say nothing about values, are absent.
//     Titles, descriptions and examples stay, but are not compared.
//
// The other ways to write the same are for [reconciler], which sees both schemas.
func normalSchema(s *openapi3.Schema) {
	s.Examples, s.ExternalDocs, s.Comment, s.XML, s.Defs, s.Origin = nil, nil, "", nil, nil, nil
	s.SchemaDialect, s.SchemaID, s.Anchor = "", "", ""
	s.Extensions = maps.Clone(s.Extensions)
	maps.DeleteFunc(s.Extensions, func(name string, _ any) bool { return !slices.Contains(readExtensions, name) })
	if len(s.Extensions) == 0 {
		s.Extensions = nil
	}
	if s.Always != nil && *s.Always {
		s.Always = nil
	}
	normalDiscriminator(s)
	normalNull(s)
	normalBound(&s.Min, &s.ExclusiveMin, 1)
	normalBound(&s.Max, &s.ExclusiveMax, -1)
	for _, b := range []*openapi3.BoolSchema{&s.AdditionalProperties, &s.UnevaluatedProperties, &s.UnevaluatedItems} {
		if b.Has != nil && *b.Has || b.Schema != nil && admitsAll(b.Schema) {
			*b = openapi3.BoolSchema{}
		}
	}
	if s.Items != nil && admitsAll(s.Items) && len(s.PrefixItems) == 0 {
		s.Items = nil
	}
}

// ownName is a member of normal discriminators: the name of the alternative that a base itself is.
const ownName = "x-own"

// normalDiscriminator writes the names in a discriminator as references, and values that go without
// saying. What a base has itself gets the name of the base.
func normalDiscriminator(s *openapi3.Schema) {
	if s.Discriminator == nil {
		return
	}
	d := *s.Discriminator
	d.Mapping, d.Extensions = map[string]openapi3.MappingRef{}, maps.Clone(d.Extensions)
	for value, to := range s.Discriminator.Mapping {
		d.Mapping[value] = openapi3.MappingRef{Ref: openapi.MappedReference(to.Ref)}
	}
	for _, c := range openapi.Choices(&d, slices.Concat(s.OneOf, s.AnyOf)) {
		for _, tag := range c.Tags {
			d.Mapping[tag] = openapi3.MappingRef{Ref: c.Ref}
		}
	}
	base, _ := d.Extensions[openapi.DefaultMapping].(string)
	if last := len(s.OneOf) - 1; base != "" && last >= 0 && s.OneOf[last].Ref == "" {
		s.OneOf[last] = &openapi3.SchemaRef{Ref: openapi.MappedReference(base), Value: s.OneOf[last].Value}
		d.Extensions[ownName] = s.OneOf[last].Ref
	}
	s.Discriminator = &d
}

func normalNull(s *openapi3.Schema) {
	if isNull(s) {
		s.Type, s.Enum, s.Nullable = &openapi3.Types{openapi3.TypeNull}, nil, false
		return
	}
	if t := s.Type; t.IncludesNull() || t.Includes("number") && t.Includes("integer") {
		types := slices.DeleteFunc(slices.Clone(*t), func(name string) bool {
			return name == openapi3.TypeNull || name == "integer" && t.Includes("number")
		})
		s.Type, s.Nullable = &types, s.Nullable || t.IncludesNull()
	}
	if slices.Contains(s.Enum, nil) {
		s.Nullable = s.Nullable || s.Type == nil
		s.Enum = slices.DeleteFunc(slices.Clone(s.Enum), func(v any) bool { return v == nil })
	}
	for _, list := range []*openapi3.SchemaRefs{&s.AnyOf, &s.OneOf} {
		others := slices.DeleteFunc(slices.Clone(*list), func(r *openapi3.SchemaRef) bool { return isNull(r.Value) })
		if len(others) > 0 && len(others) < len(*list) {
			*list, s.Nullable = others, true
		}
	}
	if s.Nullable && s.Type == nil && len(s.Enum)+len(s.AllOf)+len(s.AnyOf)+len(s.OneOf) == 0 && s.Not == nil {
		s.Nullable = false // null is valid without it
	}
}

// isNull reports whether a schema admits null alone.
func isNull(s *openapi3.Schema) bool {
	return s.Type.Is(openapi3.TypeNull) || (s.Type == nil || s.Nullable) && len(s.Enum) == 1 && s.Enum[0] == nil
}

// normalBound writes a minimum (sign 1) or maximum (sign -1) as one bound.
func normalBound(include **float64, exclude *openapi3.ExclusiveBound, sign float64) {
	if exclude.Bool != nil {
		if *exclude.Bool && *include != nil {
			exclude.Value, *include = *include, nil
		}
		exclude.Bool = nil
	}
	switch v := exclude.Value; {
	case v == nil || *include == nil:
	case sign**(*include) > sign**v:
		exclude.Value = nil
	default:
		*include = nil
	}
}
