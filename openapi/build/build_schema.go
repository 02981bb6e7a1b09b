package build

import (
	"slices"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/infer/schema"
	"github.com/spectap/spectap/openapi"
)

// kinds lists the types in the order in which alternatives are written.
var kinds = []struct {
	kind schema.Kind
	name string
}{
	{schema.Object, openapi3.TypeObject},
	{schema.Array, openapi3.TypeArray},
	{schema.String, openapi3.TypeString},
	{schema.Number, openapi3.TypeNumber},
	{schema.Integer, openapi3.TypeInteger},
	{schema.Boolean, openapi3.TypeBoolean},
}

// schema writes s. Nil is a schema that admits any value.
func (b *builder) schema(s *schema.Schema) *openapi3.SchemaRef {
	if s == nil {
		return (&openapi3.Schema{}).NewRef()
	}
	switch {
	case s.Ref != "":
		return b.reference(s)
	case len(s.AnyOf) > 0, len(s.OneOf) > 0:
		return b.alternatives(s)
	}
	kind := s.Kind &^ schema.Null
	nullable := s.Nullable || s.Kind&schema.Null != 0
	if kind&schema.Number != 0 {
		kind &^= schema.Integer
	}
	var present []schema.Kind
	for _, k := range kinds {
		if kind&k.kind != 0 {
			present = append(present, k.kind)
		}
	}
	switch {
	case len(present) == 0:
		return b.annotated(b.any(nullable), s).NewRef()
	case len(present) == 1:
		return b.annotated(b.typed(s, present[0], nullable), s).NewRef()
	}
	return b.annotated(b.severalTypes(s, present, nullable), s).NewRef()
}

// severalTypes writes a schema of several types. Only 3.1 has them in one schema; and there a
// format or enum would apply to all of them.
func (b *builder) severalTypes(s *schema.Schema, present []schema.Kind, nullable bool) *openapi3.Schema {
	out := &openapi3.Schema{}
	if !b.v31 || s.Format != "" || s.Enum != nil {
		for _, k := range present {
			out.AnyOf = append(out.AnyOf, b.typed(s, k, false).NewRef())
		}
		b.allowNull(out, s, nullable)
		return out
	}
	var types openapi3.Types
	for _, k := range present {
		one := b.typed(s, k, false)
		types = append(types, one.Type.Slice()...)
		mergeKeywords(out, one)
	}
	if nullable {
		types = append(types, openapi3.TypeNull)
	}
	out.Type = &types
	return out
}

// any admits every value. In 3.0 it names null, because validators of 3.0 refuse null otherwise.
func (b *builder) any(nullable bool) *openapi3.Schema {
	out := &openapi3.Schema{}
	if nullable && !b.v31 {
		out.AnyOf = openapi3.SchemaRefs{(&openapi3.Schema{}).NewRef(), typed30(openapi3.TypeObject).NewRef()}
	}
	if nullable && b.absences {
		out.Extensions = map[string]any{openapi.ExtAbsent: true}
	}
	return out
}

// typed30 returns a schema of 3.0 that admits null and values of a type. nullable has a meaning
// only together with a type (OpenAPI 3.0.3, Schema Object).
func typed30(name string) *openapi3.Schema {
	return &openapi3.Schema{Type: &openapi3.Types{name}, Nullable: true}
}

// mergeKeywords copies the keywords of one type. They do not apply to values of other types.
func mergeKeywords(to, from *openapi3.Schema) {
	if from.Properties != nil {
		to.Properties = from.Properties
	}
	if from.Required != nil {
		to.Required = from.Required
	}
	if from.AdditionalProperties.Schema != nil {
		to.AdditionalProperties = from.AdditionalProperties
	}
	if from.Items != nil {
		to.Items = from.Items
	}
	if from.PrefixItems != nil {
		to.PrefixItems = from.PrefixItems
	}
	if from.Extensions != nil {
		to.Extensions = from.Extensions
	}
}

// annotated adds description and XML Object to out.
func (b *builder) annotated(out *openapi3.Schema, s *schema.Schema) *openapi3.Schema {
	out.Description = openapi.CleanText(s.Description)
	if x := s.XML; x != nil {
		out.XML = &openapi3.XML{
			Name: safeName(x.Name), Prefix: safeName(x.Prefix), Namespace: safeName(x.Namespace),
			Attribute: x.Attribute, Wrapped: x.Wrapped,
		}
		if x.Text {
			out.XML.Extensions = map[string]any{openapi.ExtXMLText: true}
		}
	}
	return out
}

// safeName returns s if it may enter a document, else "".
func safeName(s string) string {
	if !openapi.IsCleanName(s) {
		return ""
	}
	return s
}

// reference refers to a component. A $ref does not admit null and, in 3.0, allows no other
// keywords.
func (b *builder) reference(s *schema.Schema) *openapi3.SchemaRef {
	ref := openapi3.NewSchemaRef(openapi.SchemaPrefix+s.Ref, nil)
	description := openapi.CleanText(s.Description)
	if !s.Nullable && description == "" {
		return ref
	}
	out := &openapi3.Schema{Description: description}
	if b.v31 && s.Nullable {
		out.AnyOf = openapi3.SchemaRefs{ref, nullSchema()}
	} else {
		// In 3.0 a $ref with other keywords is in an allOf. Tools read nullable next to it as "this
		// or null".
		out.AllOf = openapi3.SchemaRefs{ref}
		b.allowNull(out, s, s.Nullable)
	}
	return out.NewRef()
}

func nullSchema() *openapi3.SchemaRef {
	return (&openapi3.Schema{Type: &openapi3.Types{openapi3.TypeNull}}).NewRef()
}

// alternatives writes anyOf or oneOf.
func (b *builder) alternatives(s *schema.Schema) *openapi3.SchemaRef {
	out := &openapi3.Schema{}
	for _, a := range s.AnyOf {
		out.AnyOf = append(out.AnyOf, b.schema(a))
	}
	for _, a := range s.OneOf {
		out.OneOf = append(out.OneOf, b.schema(a))
	}
	if d := s.Discriminator; d != nil {
		out.Discriminator = &openapi3.Discriminator{PropertyName: d.Property}
		for _, m := range d.Mapping {
			if out.Discriminator.Mapping == nil {
				out.Discriminator.Mapping = map[string]openapi3.MappingRef{}
			}
			out.Discriminator.Mapping[m.Value] = openapi3.MappingRef{Ref: openapi.SchemaPrefix + m.Ref}
		}
	}
	nullable := s.Nullable || s.Kind&schema.Null != 0
	if nullable && b.v31 && len(out.OneOf) > 0 {
		// Null cannot be one of the alternatives: it would lack the property of the discriminator.
		out = &openapi3.Schema{AnyOf: openapi3.SchemaRefs{out.NewRef()}}
	}
	b.allowNull(out, s, nullable)
	return b.annotated(out, s).NewRef()
}

// allowNull makes out, which is s without its own type, admit null. In 3.0 nullable needs a type:
// the common one of the alternatives, else that of an alternative.
func (b *builder) allowNull(out *openapi3.Schema, s *schema.Schema, nullable bool) {
	if !nullable {
		return
	}
	if b.v31 {
		out.AnyOf = append(out.AnyOf, nullSchema())
		return
	}
	out.Nullable = true
	if t := b.typeOf(s, 0); t != "" {
		out.Type = &openapi3.Types{t}
		if t == openapi3.TypeArray {
			out.Items = (&openapi3.Schema{}).NewRef() // 3.0 requires items; the alternatives have theirs
		}
		return
	}
	for _, alternative := range out.AnyOf {
		if v := alternative.Value; v != nil && alternative.Ref == "" && v.Type != nil {
			out.Nullable, v.Nullable = false, true
			return
		}
	}
}

// maxRefs bounds the references that typeOf follows.
const maxRefs = 20

// typeOf returns the type of all values of a schema except null, "" if they have several.
func (b *builder) typeOf(s *schema.Schema, depth int) string {
	switch {
	case s == nil || depth > maxRefs:
		return ""
	case s.Ref != "":
		return b.typeOf(b.schemas[s.Ref], depth+1)
	case len(s.AnyOf)+len(s.OneOf) > 0:
		common := ""
		for _, a := range slices.Concat(s.AnyOf, s.OneOf) {
			t := b.typeOf(a, depth+1)
			if t == "" || common != "" && t != common {
				return ""
			}
			common = t
		}
		return common
	}
	for _, k := range kinds {
		if s.Kind&^schema.Null == k.kind {
			return k.name
		}
	}
	return ""
}

// typed writes the keywords of s for one type.
func (b *builder) typed(s *schema.Schema, kind schema.Kind, nullable bool) *openapi3.Schema {
	out := &openapi3.Schema{}
	for _, k := range kinds {
		if k.kind == kind {
			out.Type = &openapi3.Types{k.name}
		}
	}
	switch kind {
	case schema.Object:
		b.object(out, s)
	case schema.Array:
		b.array(out, s)
	case schema.String:
		if !isNumeric(s.Format) {
			out.Format = s.Format
		}
		b.enum(out, s, nullable)
	case schema.Integer, schema.Number:
		if isNumeric(s.Format) && (kind == schema.Number) == (s.Format == "float" || s.Format == "double") {
			out.Format = s.Format
		}
	}
	b.addExample(out, s, kind)
	if nullable {
		if b.v31 {
			if out.Const == nil {
				*out.Type = append(*out.Type, openapi3.TypeNull)
			}
		} else {
			out.Nullable = true
		}
	}
	return out
}

// isNumeric reports whether a format is one of numbers.
func isNumeric(format string) bool {
	switch format {
	case "int32", "int64", "float", "double":
		return true
	}
	return false
}

// enum writes the values of a string. It writes no enum if one of them must not enter a document.
func (b *builder) enum(out *openapi3.Schema, s *schema.Schema, nullable bool) {
	var values []any
	for _, v := range s.Enum {
		if !openapi.IsCleanValue(v) || b.data[v] {
			return
		}
		values = append(values, v)
	}
	switch {
	case values == nil:
	case b.v31 && len(values) == 1 && !nullable:
		out.Const = values[0]
	case nullable:
		// null must be listed, too: nullable does not widen an enum (OpenAPI 3.0.3, clarification
		// of nullable).
		out.Enum = append(values, nil)
	default:
		out.Enum = values
	}
}

// object writes properties. A property whose name must not enter a document is left out, and then
// so are the additional ones, which would describe it.
func (b *builder) object(out *openapi3.Schema, s *schema.Schema) {
	var absent []any
	for _, p := range s.Properties {
		if p.Name != "" && !b.isName(p.Name) {
			continue
		}
		if out.Properties == nil {
			out.Properties = openapi3.Schemas{}
		}
		out.Properties[p.Name] = alwaysSent(b.schema(p.Schema), p.AlwaysSent)
		if p.Required {
			out.Required = append(out.Required, p.Name)
		}
		if p.Absent {
			absent = append(absent, p.Name)
		}
	}
	if b.absences && absent != nil {
		ensureMap(&out.Extensions)[openapi.ExtAbsent] = absent
	}
	if s.Additional != nil && len(out.Properties) == len(s.Properties) {
		out.AdditionalProperties.Schema = b.schema(s.Additional)
	}
}

// alwaysSent notes on the schema of a property that all n requests had it.
func alwaysSent(s *openapi3.SchemaRef, n int64) *openapi3.SchemaRef {
	switch {
	case n == 0:
		return s
	case s.Ref != "": // in 3.0 it allows no other keywords
		s = (&openapi3.Schema{AllOf: openapi3.SchemaRefs{s}}).NewRef()
	}
	if s.Value.Extensions == nil {
		s.Value.Extensions = map[string]any{}
	}
	s.Value.Extensions[openapi.ExtAlwaysSent] = n
	return s
}

// array writes items. In 3.0, which has no tuples, each element has one of the schemas of all
// positions.
func (b *builder) array(out *openapi3.Schema, s *schema.Schema) {
	switch {
	case len(s.Prefix) == 0:
		out.Items = b.schema(s.Items)
	case b.v31:
		for _, p := range s.Prefix {
			out.PrefixItems = append(out.PrefixItems, b.schema(p))
		}
		if s.Items != nil {
			out.Items = b.schema(s.Items)
		}
	default:
		all := s.Prefix
		if s.Items != nil {
			all = append(all[:len(all):len(all)], s.Items)
		}
		out.Items = b.anyOf(all)
	}
}

// anyOf admits what any of the schemas admits. Equal ones are written once.
func (b *builder) anyOf(all []*schema.Schema) *openapi3.SchemaRef {
	var refs openapi3.SchemaRefs
	seen := map[string]bool{}
	for _, s := range all {
		r := b.schema(s)
		key, err := r.MarshalJSON()
		if err == nil && seen[string(key)] {
			continue
		}
		seen[string(key)] = true
		refs = append(refs, r)
	}
	if len(refs) == 1 {
		return refs[0]
	}
	return (&openapi3.Schema{AnyOf: refs}).NewRef()
}
