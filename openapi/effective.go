package openapi

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// This file writes into each schema of a resolved document what it means only together with others.
// So every reader of a schema sees it, such as those that check, serve and compare a document:
//
//   - A property is read-only or write-only if a part of its own allOf says so. A schema that
//     requires a property which another part of an allOf, or the alternatives, declare as read-only
//     or write-only has that declaration, too: it is then not required in the other direction.
//   - Parts of an allOf that admit no other properties admit those of the other parts. JSON Schema
//     says otherwise, but then such an allOf admits nothing, which nobody means.
//   - A schema with a discriminator, which others extend by allOf, stands for these, wherever it is
//     referred to but in their allOf (OpenAPI 3.2, 4.25 Discriminator Object). So does one whose
//     oneOf or anyOf lists those that extend it, which would be a cycle.
//
// It is for readers only: who writes a document works on its text.

// maxEffectiveWork bounds the parts and properties that are read for all schemas of a document.
// Azure's and Stripe's take less than a twentieth.
const maxEffectiveWork = 4_000_000

// maxSubtypes bounds the schemas that the bases of a document stand for, each counted for each
// base: a chain of n bases stands for n*n/2.
const maxSubtypes = 20_000

var errSubtypes = fmt.Errorf("%w: schemas with discriminators stand for more than %d schemas that extend them by allOf", ErrTooMuch, maxSubtypes)

type effective struct {
	left     int
	subtypes int
	written  map[*openapi3.Schema]*openapi3.Schema
}

// makeEffective changes the schemas of a resolved document. The error is [ErrTooMuch].
func makeEffective(doc *openapi3.T) error {
	e := &effective{left: maxEffectiveWork, written: map[*openapi3.Schema]*openapi3.Schema{}}
	bases := e.extendBases(doc)
	EachSchema(doc, func(r *openapi3.SchemaRef) {
		joinListed(r.Value, bases)
		e.combine(r.Value)
	})
	for s, now := range e.written {
		*s = *now
	}
	switch {
	case e.subtypes > maxSubtypes:
		return errSubtypes
	case e.left < 0:
		return errCombinations
	}
	return nil
}

// Parts returns a schema and those of its allOf, at any depth, each once.
func Parts(s *openapi3.Schema) []*openapi3.Schema {
	return (&effective{left: math.MaxInt}).parts(s)
}

func (e *effective) parts(s *openapi3.Schema) []*openapi3.Schema {
	if len(s.AllOf) == 0 {
		return []*openapi3.Schema{s}
	}
	return e.addParts(s, map[*openapi3.Schema]bool{})
}

// addParts adds the parts of a schema to a set, and returns those that it did not have.
func (e *effective) addParts(s *openapi3.Schema, to map[*openapi3.Schema]bool) (all []*openapi3.Schema) {
	add := func(s *openapi3.Schema) {
		if !to[s] {
			to[s] = true
			all = append(all, s)
		}
	}
	add(s)
	for i := 0; i < len(all) && e.left > 0; i++ {
		for _, r := range all[i].AllOf {
			if e.left--; r != nil && r.Value != nil {
				add(r.Value)
			}
		}
	}
	return all
}

// base is a schema with a discriminator that others extend. In their allOf, own stands for it.
type base struct {
	schema, own *openapi3.Schema
	whole       openapi3.Schema
	parts       map[*openapi3.Schema]bool // those that extend it, and the parts of their allOf
}

// extendBases makes each base the alternatives of what extends it, and returns the bases.
func (e *effective) extendBases(doc *openapi3.T) map[*openapi3.Schema]*base {
	if doc.Components == nil {
		return nil
	}
	all := doc.Components.Schemas
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(all)), func(name string) bool { return all[name].Ref != "" || all[name].Value == nil })
	extend := map[*openapi3.Schema][]string{} // by base
	for _, name := range names {
		if s := all[name].Value; s.Discriminator != nil && len(s.OneOf)+len(s.AnyOf) == 0 {
			extend[s] = nil
		}
	}
	for _, name := range names {
		for _, part := range e.parts(all[name].Value)[1:] {
			if theirs, is := extend[part]; is {
				extend[part] = append(theirs, name)
			}
		}
	}
	bases := map[*openapi3.Schema]*base{}
	for _, name := range names {
		s := all[name].Value
		if e.extendsItself(s) {
			continue
		}
		b := e.listing(s)
		if theirs, is := extend[s]; is {
			b = e.base(all, name, theirs)
		}
		if b != nil {
			bases[s] = b
		}
	}
	for _, b := range bases {
		for p := range b.parts {
			for i, r := range p.AllOf {
				if r != nil && r.Value == b.schema {
					p.AllOf[i] = &openapi3.SchemaRef{Value: b.own}
				}
			}
		}
	}
	for _, b := range bases {
		*b.own, *b.schema = *b.schema, b.whole
		b.own.Discriminator, b.own.OneOf, b.own.AnyOf = nil, nil, nil
	}
	return bases
}

// joinListed makes the oneOf of a schema an anyOf if it lists a base beside what extends it, since
// the base stands for that, too.
func joinListed(s *openapi3.Schema, bases map[*openapi3.Schema]*base) {
	if len(bases) == 0 || s.Discriminator != nil || len(s.AnyOf) > 0 {
		return
	}
	for _, r := range s.OneOf {
		b := bases[r.Value]
		extends := func(x *openapi3.SchemaRef) bool { return x.Value != b.schema && b.parts[x.Value] }
		if b != nil && slices.ContainsFunc(s.OneOf, extends) {
			s.OneOf, s.AnyOf = nil, s.OneOf
			return
		}
	}
}

// extendsItself reports whether a schema is in its own allOf. Such bases are left as they are: what
// they have themselves has no name, so readers would follow it without end.
func (e *effective) extendsItself(s *openapi3.Schema) bool {
	return slices.ContainsFunc(e.parts(s), func(p *openapi3.Schema) bool {
		return slices.ContainsFunc(p.AllOf, func(r *openapi3.SchemaRef) bool { return r != nil && r.Value == s })
	})
}

// listing returns the base that a schema is if all its alternatives extend it, else nil.
func (e *effective) listing(s *openapi3.Schema) *base {
	if len(s.OneOf)+len(s.AnyOf) == 0 {
		return nil
	}
	b := newBase(s)
	b.whole.OneOf, b.whole.AnyOf, b.whole.Discriminator = s.OneOf, s.AnyOf, s.Discriminator
	for _, r := range slices.Concat(s.OneOf, s.AnyOf) {
		if r == nil || r.Value == nil || !slices.Contains(e.parts(r.Value)[1:], s) {
			return nil
		}
		e.addParts(r.Value, b.parts)
	}
	return b
}

func newBase(s *openapi3.Schema) *base {
	return &base{schema: s, own: new(openapi3.Schema), parts: map[*openapi3.Schema]bool{},
		whole: openapi3.Schema{Title: s.Title, Description: s.Description, Deprecated: s.Deprecated, Nullable: s.Nullable}}
}

// base returns the base of that name, nil if no other schema stands for one of its values. The
// value of a schema that the mapping does not name is the one that it has by [Choices]. If there is
// a mapping, those that are only a part of others or another name of the base have none; nor has
// one that only adds null. What the base has itself is the alternative without a name, for all
// other values.
func (e *effective) base(all openapi3.Schemas, name string, extend []string) *base {
	s := all[name].Value
	b, d := newBase(s), *s.Discriminator
	b.whole.Discriminator = &d
	given := d.Mapping
	d.Mapping = map[string]openapi3.MappingRef{}
	has := map[string]bool{}
	add := func(name string) {
		if r := all[name]; !has[name] && r.Value != s {
			b.whole.OneOf = append(b.whole.OneOf, &openapi3.SchemaRef{Ref: SchemaPrefix + name, Value: r.Value})
		}
		has[name] = true
		if e.subtypes++; e.subtypes > maxSubtypes {
			e.left = 0
		}
		e.addParts(all[name].Value, b.parts)
	}
	for _, value := range slices.Sorted(maps.Keys(given)) {
		to := strings.TrimPrefix(given[value].Ref, SchemaPrefix)
		if r := all[to]; r != nil && r.Value != nil {
			if r.Value == s {
				to = name
			}
			d.Mapping[value] = openapi3.MappingRef{Ref: SchemaPrefix + to}
			add(to)
		}
	}
	isClosed := len(d.Mapping) > 0 && len(d.Mapping) == len(given) && !has[name] && e.isAbstract(s, given)
	for _, name := range extend {
		x := all[name].Value
		isSame := len(x.AllOf) == 1 && len(x.Properties)+len(x.Required) == 0
		isOther := len(given) > 0 && (b.parts[x] || isSame) || isSame && (x.Nullable || x.Type.IncludesNull())
		value := cmp.Or(ownTag(x, d.PropertyName), name)
		if _, taken := d.Mapping[value]; !has[name] && !isOther && !taken {
			d.Mapping[value] = openapi3.MappingRef{Ref: SchemaPrefix + name}
			add(name)
			isClosed = false
		}
	}
	if len(b.whole.OneOf) == 0 {
		return nil
	}
	if to, _ := d.Extensions[DefaultMapping].(string); to != "" {
		to = strings.TrimPrefix(to, SchemaPrefix)
		if r := all[to]; r != nil && r.Value != nil && r.Value != s {
			add(to)
			return b
		}
	}
	if !isClosed {
		d.Extensions = maps.Clone(d.Extensions)
		if d.Extensions == nil {
			d.Extensions = map[string]any{}
		}
		d.Extensions[DefaultMapping] = SchemaPrefix + name
		b.whole.OneOf = append(b.whole.OneOf, &openapi3.SchemaRef{Value: b.own})
	}
	return b
}

// isAbstract reports whether all values of a base have a tag of its mapping: the base requires the
// tag, admits no others, and extends no base that may name it.
func (e *effective) isAbstract(s *openapi3.Schema, mapping map[string]openapi3.MappingRef) bool {
	tag, isRequired := s.Discriminator.PropertyName, false
	if s.Type.Includes("null") {
		return false
	}
	for _, p := range e.parts(s) {
		isRequired = isRequired || slices.Contains(p.Required, tag)
		r := p.Properties[tag]
		isOther := func(v any) bool {
			value, isText := v.(string)
			return isText && mapping[value].Ref == ""
		}
		if p != s && p.Discriminator != nil || e.isDirected(r) || r != nil && r.Value != nil && slices.ContainsFunc(r.Value.Enum, isOther) {
			return false
		}
	}
	return isRequired
}

// Subtypes returns the names of the components that a base of that name stands for in the result of
// [Load], nil if it is no base.
func Subtypes(doc *openapi3.T, name string) (names []string) {
	if doc.Components == nil {
		return nil
	}
	r := doc.Components.Schemas[name]
	if r == nil || r.Value == nil || r.Value.Discriminator == nil {
		return nil
	}
	for _, x := range r.Value.OneOf {
		if to, isNamed := strings.CutPrefix(x.Ref, SchemaPrefix); isNamed {
			names = append(names, to)
		}
	}
	return names
}

// combine writes what a schema means together with the parts of its allOf, and with alternatives.
func (e *effective) combine(s *openapi3.Schema) {
	if len(s.AllOf)+len(s.AnyOf)+len(s.OneOf) == 0 || e.left <= 0 {
		return
	}
	c := composition{effective: e, parts: e.parts(s), members: map[string]*openapi3.SchemaRef{}, changed: map[*openapi3.Schema]*openapi3.Schema{}}
	for _, p := range c.parts {
		e.left -= len(p.Properties) + len(p.Required)
		for _, name := range p.Required {
			if _, done := c.members[name]; !done && !e.isDirected(p.Properties[name]) {
				c.members[name] = e.directed(s, c.parts, name)
			}
		}
	}
	c.isOpen = e.admitOthers(c.parts)
	now := c.part(s)
	if read, write := e.direction(&openapi3.SchemaRef{Value: s}); read != now.ReadOnly || write != now.WriteOnly {
		x := *now
		x.ReadOnly, x.WriteOnly = read, write
		now = &x
	}
	if c.isOpen {
		no := false
		now.UnevaluatedProperties = openapi3.BoolSchema{Has: &no}
	}
	if now != s {
		e.written[s] = now
	}
}

// directed returns the declaration of a property as read-only or write-only by a part of a schema,
// or by all of its alternatives that declare it, or nil.
func (e *effective) directed(s *openapi3.Schema, parts []*openapi3.Schema, name string) *openapi3.SchemaRef {
	e.left -= len(parts)
	for _, p := range parts {
		if r := p.Properties[name]; e.isDirected(r) {
			return r
		}
	}
	var out *openapi3.SchemaRef
	for p := range ComposedSchemas(&openapi3.SchemaRef{Value: s}) {
		e.left--
		r := p.Properties[name]
		if r == nil {
			continue
		}
		only := e.onlyDirected(r)
		if !only.ReadOnly && !only.WriteOnly || out != nil && out.Value.ReadOnly != only.ReadOnly {
			return nil
		}
		out = &openapi3.SchemaRef{Value: only}
	}
	return out
}

// direction reports whether a schema is read-only, and whether it is write-only.
func (e *effective) direction(r *openapi3.SchemaRef) (read, write bool) {
	if r != nil && r.Value != nil {
		for _, p := range e.parts(r.Value) {
			read, write = read || p.ReadOnly, write || p.WriteOnly
		}
	}
	return read, write
}

func (e *effective) isDirected(r *openapi3.SchemaRef) bool {
	read, write := e.direction(r)
	return read || write
}

// onlyDirected returns a schema that is read-only or write-only as another, and says nothing else.
func (e *effective) onlyDirected(r *openapi3.SchemaRef) *openapi3.Schema {
	read, write := e.direction(r)
	return &openapi3.Schema{ReadOnly: read, WriteOnly: write}
}

// composition is a schema with the parts of its allOf.
type composition struct {
	*effective
	parts []*openapi3.Schema
	// members are declarations of properties as read-only or write-only, nil for others.
	members map[string]*openapi3.SchemaRef
	isOpen  bool // the parts admit the properties of each other
	changed map[*openapi3.Schema]*openapi3.Schema
}

// IsFalse reports whether a keyword such as additionalProperties is false.
func IsFalse(b openapi3.BoolSchema) bool { return b.Has != nil && !*b.Has }

func isClosed(s *openapi3.Schema) bool {
	return IsFalse(s.AdditionalProperties) || IsFalse(s.UnevaluatedProperties)
}

// admitOthers reports whether one of the parts of a schema, the first of which is the schema, does
// not admit a property that another one or the alternatives declare.
func (e *effective) admitOthers(parts []*openapi3.Schema) bool {
	if !slices.ContainsFunc(parts, isClosed) {
		return false
	}
	all := map[string]bool{}
	hasOpen := false
	for _, p := range parts {
		e.declare(p, all)
		for _, r := range slices.Concat(p.AnyOf, p.OneOf) {
			for x := range ComposedSchemas(r) {
				e.declare(x, all)
			}
		}
		isOpen := p.AdditionalProperties.Schema != nil || p.AdditionalProperties.Has != nil || len(p.PatternProperties) > 0
		hasOpen = hasOpen || isOpen && !isClosed(p)
	}
	return slices.ContainsFunc(parts, func(p *openapi3.Schema) bool {
		own := len(p.Properties)
		switch {
		case IsFalse(p.AdditionalProperties):
		case !IsFalse(p.UnevaluatedProperties) || p == parts[0]:
			return false
		default:
			theirs := map[string]bool{}
			for x := range ComposedSchemas(&openapi3.SchemaRef{Value: p}) {
				e.declare(x, theirs)
			}
			own = len(theirs)
		}
		return hasOpen || len(all) > own
	})
}

// declare adds the names of the properties that a schema itself declares.
func (e *effective) declare(s *openapi3.Schema, names map[string]bool) {
	e.left -= 1 + len(s.Properties)
	for name := range s.Properties {
		names[name] = true
	}
}

// part returns a part as it is in the composition: the schema itself if it is the same there.
func (c *composition) part(s *openapi3.Schema) *openapi3.Schema {
	if now := c.changed[s]; now != nil {
		return now
	}
	c.changed[s] = s
	now := *s
	isOther := false
	if c.isOpen && isClosed(s) {
		now.AdditionalProperties, now.UnevaluatedProperties, isOther = openapi3.BoolSchema{}, openapi3.BoolSchema{}, true
	}
	now.Properties = maps.Clone(s.Properties)
	for _, name := range s.Required {
		r, plain := c.members[name], s.Properties[name]
		if r == nil || r == plain {
			continue
		}
		if now.Properties == nil {
			now.Properties = openapi3.Schemas{}
		}
		now.Properties[name], isOther = r, true
		if plain != nil {
			both := *c.onlyDirected(r)
			both.AllOf = openapi3.SchemaRefs{plain}
			now.Properties[name] = &openapi3.SchemaRef{Value: &both}
		}
	}
	now.AllOf = slices.Clone(s.AllOf)
	for i, r := range s.AllOf {
		if r == nil || r.Value == nil {
			continue
		}
		if inner := c.part(r.Value); inner != r.Value {
			now.AllOf[i], isOther = &openapi3.SchemaRef{Ref: r.Ref, Value: inner}, true
		}
	}
	if !isOther {
		return s
	}
	c.changed[s] = &now
	return &now
}
