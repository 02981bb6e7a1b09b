package diff

import (
	"cmp"
	"encoding/json"
	"math"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// reconciler walks two documents side by side. Where two schemas in the same place say the same in
// different words, it writes them in the same words.
type reconciler struct {
	budget
	shown   evidence
	seen    map[schemaPair]bool
	bases   map[*openapi3.Schema]*openapi3.Schema // see asBase
	changed bool
}

type schemaPair struct{ a, b *openapi3.Schema }

// reconcile writes equal schemas of two documents in the same words. A schema may occur in several
// places, so it repeats until nothing changes.
func reconcile(a, b *openapi3.T, shown evidence, limit int) (err error) {
	defer catch(&err)
	r := &reconciler{budget: budget{limit: limit}, shown: shown, bases: map[*openapi3.Schema]*openapi3.Schema{}, changed: true}
	for r.changed {
		r.changed, r.seen = false, map[schemaPair]bool{}
		places{
			operation: func(_, _ *openapi3.Operation) { r.spend(1) },
			schema:    func(a, b **openapi3.SchemaRef) { r.schema(a, b, 0) },
		}.documents(a, b)
	}
	return nil
}

// schema reconciles two schemas, either of which may be absent, and those within them.
func (r *reconciler) schema(a, b **openapi3.SchemaRef, depth int) {
	r.spend(1)
	checkDepth(depth)
	// Only null or empty lists were seen where an inferred document has an empty schema.
	switch isUnknown := func(s *openapi3.SchemaRef) bool { return s == nil || admitsAll(s) }; {
	case r.shown.new && isUnknown(*b):
		*b = *a
	case r.shown.old && isUnknown(*a):
		*a = *b
	}
	if *a == nil || *b == nil || *a == *b || r.seen[schemaPair{(*a).Value, (*b).Value}] {
		return
	}
	x, y := (*a).Value, (*b).Value
	r.seen[schemaPair{x, y}] = true
	r.spend(len(x.Properties))
	if r.shown.old || r.shown.new {
		dropFormats(x)
		dropFormats(y)
	}
	if r.shown.new {
		keepLost(x, y)
	}
	for r.unwrap(x, y) || r.unwrap(y, x) {
	}
	if r.asBase(a, y) || r.asBase(b, x) {
		x, y = (*a).Value, (*b).Value
	}
	dropOwn(x, y)
	dropOwn(y, x)
	r.words(x, y)
	r.words(y, x)
	r.schema(&x.Items, &y.Items, depth+1)
	r.schema(&x.AdditionalProperties.Schema, &y.AdditionalProperties.Schema, depth+1)
	for name, p := range x.Properties {
		if q := y.Properties[name]; q != nil {
			r.schema(&p, &q, depth+1)
			x.Properties[name], y.Properties[name] = p, q
		}
	}
	r.rename(x.AnyOf, y.AnyOf, y.Discriminator)
	r.rename(x.OneOf, y.OneOf, y.Discriminator)
	r.alternatives(x.AnyOf, y.AnyOf, depth+1)
	r.alternatives(x.OneOf, y.OneOf, depth+1)
	r.alternatives(x.AllOf, y.AllOf, depth+1)
}

// keepLost makes the members optional that an object had in all answers, and lacks in an inferred
// document, unless that rests on as many answers: then the other members are required there, too.
func keepLost(x, y *openapi3.Schema) {
	isLost := func(name string) bool { return y.Properties[name] == nil }
	if !slices.ContainsFunc(x.Required, isLost) {
		return
	}
	others := slices.DeleteFunc(slices.Clone(x.Required), isLost)
	isOptional := func(name string) bool { return !slices.Contains(y.Required, name) }
	if len(others) == 0 || slices.ContainsFunc(others, isOptional) {
		x.Required = others
	}
}

// rename gives alternatives of b the name of an equal one of a, if neither document has both names
// there. Oasdiff compares alternatives by their names (oasdiff#169).
func (r *reconciler) rename(as, bs openapi3.SchemaRefs, d *openapi3.Discriminator) {
	unmatched := func(list, others openapi3.SchemaRefs) (out []int) {
		for i, s := range list {
			r.spend(1)
			if s.Ref != "" && !slices.ContainsFunc(others, func(o *openapi3.SchemaRef) bool { return o.Ref == s.Ref }) {
				out = append(out, i)
			}
		}
		return out
	}
	mine, theirs := unmatched(as, bs), unmatched(bs, as)
	if len(mine) == 0 || len(theirs) == 0 {
		return
	}
	names := map[string][]string{} // of those of a, by content
	for _, i := range mine {
		text := r.content(as[i])
		names[text] = append(names[text], as[i].Ref)
	}
	for _, j := range theirs {
		text := r.content(bs[j])
		if len(names[text]) == 0 {
			continue
		}
		was, name := bs[j].Ref, names[text][0]
		bs[j] = &openapi3.SchemaRef{Ref: name, Value: bs[j].Value}
		names[text], r.changed = names[text][1:], true
		if d == nil {
			continue
		}
		for value, m := range d.Mapping {
			if m.Ref == was {
				d.Mapping[value] = openapi3.MappingRef{Ref: name}
			}
		}
	}
}

// content returns the text of a schema without its own description. References count by name.
func (r *reconciler) content(s *openapi3.SchemaRef) string {
	bare := *s.Value
	bare.Title, bare.Description, bare.Example, bare.Examples = "", "", nil, nil
	text, err := json.Marshal(bare)
	if err != nil {
		return s.Ref
	}
	r.spend(len(text) / 64)
	return string(text)
}

// alternatives reconciles those of a name, or at the same place.
func (r *reconciler) alternatives(as, bs openapi3.SchemaRefs, depth int) {
	named := map[string]int{}
	for i, b := range bs {
		named[b.Ref] = i
	}
	for i := range as {
		j, has := named[as[i].Ref]
		if as[i].Ref == "" || !has {
			j = i
		}
		if j < len(bs) {
			r.schema(&as[i], &bs[j], depth)
		}
	}
}

// unwrap replaces a schema with one alternative by that alternative, unless the other schema has
// several alternatives and this one's alternative has none.
func (r *reconciler) unwrap(s, other *openapi3.Schema) bool {
	list := slices.Concat(s.AnyOf, s.OneOf)
	if len(list) != 1 || list[0].Value == s {
		return false
	}
	if only := list[0].Value; len(other.AnyOf)+len(other.OneOf) > 1 && len(only.AnyOf)+len(only.OneOf) == 0 {
		return false
	}
	bare := *s
	bare.AnyOf, bare.OneOf, bare.Discriminator = nil, nil, nil
	if !admitsAll(&openapi3.SchemaRef{Value: &bare}) {
		return false
	}
	null := s.Nullable || list[0].Value.Nullable
	*s = *list[0].Value
	s.Nullable, r.changed = null, true
	return true
}

// asBase writes a schema as a base that nothing extends yet if the other one is a base that others
// extend, so that these are what was added or removed.
func (r *reconciler) asBase(s **openapi3.SchemaRef, other *openapi3.Schema) bool {
	plain := (*s).Value
	if other.Discriminator == nil || len(other.OneOf) == 0 || len(plain.OneOf)+len(plain.AnyOf) > 0 {
		return false
	}
	name, isBase := other.Discriminator.Extensions[ownName].(string)
	if !isBase && plain.Discriminator == nil {
		return false
	}
	if r.bases[plain] == nil {
		name = cmp.Or(name, (*s).Ref)
		own, whole := *plain, openapi3.Schema{Nullable: plain.Nullable, Deprecated: plain.Deprecated}
		if own.Discriminator != nil {
			whole.Discriminator = &openapi3.Discriminator{PropertyName: own.Discriminator.PropertyName, Extensions: map[string]any{ownName: name}}
			own.Discriminator = nil
		}
		whole.OneOf = openapi3.SchemaRefs{{Ref: name, Value: &own}}
		r.bases[plain] = &whole
	}
	*s, r.changed = &openapi3.SchemaRef{Ref: (*s).Ref, Value: r.bases[plain]}, true
	return true
}

// dropOwn drops what a base has itself, for all values that the mapping does not have, if the other
// schema has the mapping alone: such values are only what nobody forbids.
func dropOwn(s, other *openapi3.Schema) {
	if s.Discriminator == nil || other.Discriminator == nil || len(s.OneOf) < 2 || len(other.OneOf) == 0 {
		return
	}
	if name, isBase := s.Discriminator.Extensions[ownName]; isBase && other.Discriminator.Extensions[ownName] == nil {
		s.OneOf = slices.DeleteFunc(slices.Clone(s.OneOf), func(x *openapi3.SchemaRef) bool { return x.Ref == name })
	}
}

// words writes a schema in the words of another one: a constant as an enum of one value, an enum
// with the type of its values, a bound of an integer as one that includes its value, alternatives
// of a type each as a list of types, and bytes with the format that 3.0 has for them.
func (r *reconciler) words(s, other *openapi3.Schema) {
	if s.Const != nil && len(s.Enum) == 0 && len(other.Enum) > 0 {
		s.Enum, s.Const, r.changed = []any{s.Const}, nil, true
	}
	if t := typeOf(s.Enum); s.Type == nil && t != "" && (other.Type.Is(t) || t == "number" && other.Type.Is("integer")) {
		s.Type, r.changed = other.Type, true
	}
	if s.Type.Is("integer") {
		r.include(&s.Min, &s.ExclusiveMin.Value, other.Min, 1)
		r.include(&s.Max, &s.ExclusiveMax.Value, other.Max, -1)
	}
	if types := typesOf(slices.Concat(s.AnyOf, s.OneOf)); s.Type == nil && types != nil && other.Type != nil && len(*other.Type) > 1 {
		s.Type, s.AnyOf, s.OneOf, r.changed = types, nil, nil, true
	}
	if !s.Type.Is("string") || s.Format != "" {
		return
	}
	switch {
	case other.Format == "byte" && s.ContentEncoding == "base64":
		s.Format, s.ContentEncoding, r.changed = "byte", "", true
	case other.Format == "binary" && s.ContentEncoding == "" && s.ContentMediaType == "application/octet-stream":
		s.Format, s.ContentMediaType, r.changed = "binary", "", true
	}
}

// typeOf returns the type of values if all are texts, numbers or booleans, "" if not.
func typeOf(values []any) (typ string) {
	for i, v := range values {
		name := ""
		switch v.(type) {
		case string:
			name = "string"
		case float64:
			name = "number"
		case bool:
			name = "boolean"
		}
		if i > 0 && name != typ {
			return ""
		}
		typ = name
	}
	return typ
}

// include replaces an exclusive bound of integers if the other schema has an inclusive one.
func (r *reconciler) include(include, exclude **float64, other *float64, sign float64) {
	if *exclude == nil || other == nil || math.Abs(**exclude) >= 1<<53 {
		return
	}
	next := sign * (math.Floor(sign***exclude) + 1)
	*include, *exclude, r.changed = &next, nil, true
}

// typesOf returns the types of alternatives that have a type each and nothing else, nil if they
// have more.
func typesOf(list openapi3.SchemaRefs) *openapi3.Types {
	var types openapi3.Types
	for _, r := range list {
		t := onlyType(r.Value)
		if t == "" || slices.Contains(types, t) {
			return nil
		}
		types = append(types, t)
	}
	if len(types) < 2 {
		return nil
	}
	return &types
}

// onlyType returns the type of a schema without other keywords, or "".
func onlyType(s *openapi3.Schema) string {
	bare := *s
	bare.Type = nil
	if s.Type == nil || len(*s.Type) != 1 || s.Nullable || !admitsAll(&openapi3.SchemaRef{Value: &bare}) {
		return ""
	}
	return (*s.Type)[0]
}

// dropFormats drops the formats of an inferred schema, for few values have the format of all.
// Alternatives that are the same then become one.
func dropFormats(s *openapi3.Schema) {
	s.Format = ""
	for _, list := range []*openapi3.SchemaRefs{&s.AnyOf, &s.OneOf} {
		var out openapi3.SchemaRefs
		seen := map[string]bool{}
		for _, r := range *list {
			plain := *r.Value
			plain.Format = ""
			if t := onlyType(&plain); t != "" {
				if seen[t] {
					continue
				}
				seen[t], r = true, &openapi3.SchemaRef{Value: &plain}
			}
			out = append(out, r)
		}
		*list = out
	}
}
