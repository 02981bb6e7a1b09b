package schema

import "slices"

// Kind is a set of JSON types.
type Kind uint8

// The JSON types. Integer is a number without a fraction: a set with Number needs no Integer.
const (
	Null Kind = 1 << iota
	Boolean
	Integer
	Number
	String
	Array
	Object
)

// Schema is a decided schema, limited to what OpenAPI 3.0 and 3.1 have in common. Schemas form a
// tree; recursion and sharing use Ref.
type Schema struct {
	// Ref, if not "", is the name of the Component that this schema refers to. Then only Nullable
	// and Description also apply.
	Ref string
	// Kind is the set of types a value may have, except Null. Zero without AnyOf and OneOf allows
	// any value.
	Kind     Kind
	Nullable bool
	// Format is an OpenAPI format: "date-time", "date", "uuid", "email", "uri", "ipv4", "ipv6",
	// "hostname", "byte", "binary", "int32", "int64", "double", …
	Format string
	// Enum lists the allowed strings, sorted; a single one is a constant. Nil allows all.
	Enum []string
	// Properties of an object, sorted by name.
	Properties []Property
	// Additional is the schema of a map's values. If it is nil, an object with Properties allows
	// others.
	Additional *Schema
	Items      *Schema   // of an array; nil if no element was seen
	Prefix     []*Schema // of a tuple, one for each element
	AtMostOne  bool      // of an array: never more than one element
	XML        *XML      // how it is written in XML; nil for an element of the property's name
	// AnyOf and OneOf are alternatives, in a stable order.
	AnyOf, OneOf []*Schema
	// Discriminator selects one of OneOf by the value of a property.
	Discriminator *Discriminator
	Description   string
	// Example is a value that shows what values are like, or "". Nothing depends on it: equal
	// schemas may have different ones.
	Example string

	clusterRef int32 // while schemas are compared, the cluster of a reference plus one; else 0
}

// Property is one property of an object.
type Property struct {
	Name     string
	Schema   *Schema
	Required bool
	// AlwaysSent counts the requests if all of them had the property and nothing proves that it is
	// required; else it is 0.
	AlwaysSent int64
	// Absent reports that a message lacked the property: it cannot be required.
	Absent bool
}

// Discriminator is the Discriminator Object of OpenAPI. Mapping is sorted by value.
type Discriminator struct {
	Property string
	Mapping  []Mapping
}

// Mapping maps one value of a discriminator to a component.
type Mapping struct{ Value, Ref string }

// Component is a named schema.
type Component struct {
	Name   string // a valid key of components.schemas, unique
	Schema *Schema
}

// Walk calls f for a schema and those inside it, but not for those that it refers to. s may be nil.
func (s *Schema) Walk(f func(*Schema)) {
	if s == nil {
		return
	}
	f(s)
	for i := range s.Properties {
		s.Properties[i].Schema.Walk(f)
	}
	for _, inner := range slices.Concat(s.AnyOf, s.OneOf, s.Prefix, []*Schema{s.Additional, s.Items}) {
		inner.Walk(f)
	}
}

// AppendNames appends the names of properties and the constants of enumerations of a schema and of
// those inside it, but not of those that it refers to. s may be nil.
func (s *Schema) AppendNames(out []string) []string {
	if s == nil {
		return out
	}
	out = append(out, s.Enum...)
	for _, p := range s.Properties {
		out = p.Schema.AppendNames(append(out, p.Name))
	}
	return s.Items.AppendNames(out)
}

// CountLists counts the lists in an object, in up to depth levels of objects. A map counts as a
// list. components holds the schemas by name.
func (s *Schema) CountLists(components map[string]*Schema, depth int) (n int) {
	for _, p := range s.Properties {
		switch own := Follow(p.Schema, components); {
		case own == nil:
		case own.Kind == Array, own.Additional != nil:
			n++
		case own.Kind == Object && depth > 1:
			n += own.CountLists(components, depth-1)
		}
	}
	return n
}

// ByName returns the schemas of components by name.
func ByName(components []Component) map[string]*Schema {
	m := make(map[string]*Schema, len(components))
	for _, c := range components {
		m[c.Name] = c.Schema
	}
	return m
}

// maxAliases bounds the references from one component to another that [Follow] follows.
const maxAliases = 8

// Follow returns the schema that a reference leads to, or nil. components holds schemas by name.
func Follow(s *Schema, components map[string]*Schema) *Schema {
	for range maxAliases {
		if s == nil || s.Ref == "" {
			return s
		}
		s = components[s.Ref]
	}
	return nil
}
