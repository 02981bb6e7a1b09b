package schema

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

// Schema is a decided schema, the common ground of OpenAPI 3.0 and 3.1. Schemas form a tree; recursion and
// sharing go through Ref.
type Schema struct {
	// Ref, unless "", names a Component that this is; then only Nullable and Description count beside it.
	Ref string
	// Kind is what a value may be, Null excluded. Zero with no AnyOf and no OneOf says nothing: any value.
	Kind     Kind
	Nullable bool
	// Format is OpenAPI's: "date-time", "date", "uuid", "email", "uri", "ipv4", "ipv6", "hostname", "byte",
	// "binary", "int32", "int64", "double", …
	Format string
	// Enum lists the values of a string, sorted; one value is a constant. Nil leaves it open.
	Enum []string
	// Observed are values that look like an enum but too weakly to close it, sorted: a suggestion.
	Observed []string
	// Properties of an object, sorted by name.
	Properties []Property
	// Additional is the schema of a map's values; nil with Properties leaves the object open to more.
	Additional *Schema
	Items      *Schema   // of an array; nil: no element was seen
	Prefix     []*Schema // of a tuple, position by position
	AtMostOne  bool      // of an array: none had more than one element
	XML        *XML      // how it is written in XML, nil for as it is called
	// AnyOf and OneOf are alternatives, in a stable order.
	AnyOf, OneOf []*Schema
	// Discriminator names the property that tells the alternatives of OneOf apart.
	Discriminator *Discriminator
	Description   string

	clusterRef int32 // while schemas are compared, what a reference leads to, and one; else 0
}

// Property is one property of an object.
type Property struct {
	Name     string
	Schema   *Schema
	Required bool
}

// Discriminator is OpenAPI's: Mapping leads from values of Property to components, sorted by value.
type Discriminator struct {
	Property string
	Mapping  []Mapping
}

// Mapping is one value of a discriminator.
type Mapping struct{ Value, Ref string }

// Component is a named schema.
type Component struct {
	Name   string // a valid key of components.schemas, unique
	Schema *Schema
}
