package openapi

// This part of the package describes the objects of an OpenAPI document: in which order their keys
// are written, and where in them there can be schemas.
//
// The orders are those that people expect; the specification does not define any.

import (
	"maps"
	"slices"
	"strings"
)

// Prefixes of references to components.
const (
	SchemaPrefix    = "#/components/schemas/"
	HeaderPrefix    = "#/components/headers/"
	ParameterPrefix = "#/components/parameters/"
	ResponsePrefix  = "#/components/responses/"
	BodyPrefix      = "#/components/requestBodies/"
)

// MappedReference returns the reference that a discriminator means: it may give the bare name of a
// component instead.
func MappedReference(to string) string {
	if to == "" || strings.Contains(to, "/") {
		return to
	}
	return SchemaPrefix + to
}

// ObjectLayout is one kind of object in an OpenAPI document. The zero value is plain data, its keys
// sorted.
type ObjectLayout struct {
	// Order lists the keys that have a place.
	Order []string
	// Children are the kinds of the values under known keys.
	Children map[string]*ObjectLayout
	// Each is the kind of all other values: the values of a map, or the elements of its lists.
	Each *ObjectLayout
	// Schema marks objects whose numbers are those of a schema.
	Schema bool
	// Name is the name in the table of the version, "{Name}" for a map, "" for what has none.
	Name string
}

// HasSchemas reports whether there may be schemas in it.
func (o *ObjectLayout) HasSchemas() bool { return o.Schema || o.Each != nil || len(o.Children) > 0 }

// IsUnknown reports whether nothing is known of it, as of an extension.
func (o *ObjectLayout) IsUnknown() bool { return len(o.Order) == 0 && !o.HasSchemas() }

// Child returns the kind of the value under key. The elements of a list have the kind of the list.
func (o *ObjectLayout) Child(key string) *ObjectLayout {
	if c := o.Children[key]; c != nil {
		return c
	}
	if o.Each != nil {
		return o.Each
	}
	return &ObjectLayout{}
}

// Keys returns the keys of m in order: those with a place, then the others by name, then
// extensions.
func (o *ObjectLayout) Keys(m map[string]any) []string {
	keys := slices.Collect(maps.Keys(m))
	rank := func(k string) int {
		if i := slices.Index(o.Order, k); i >= 0 {
			return i
		}
		if strings.HasPrefix(k, "x-") && o.Each == nil {
			return len(o.Order) + 1
		}
		return len(o.Order)
	}
	slices.SortFunc(keys, func(a, b string) int {
		if d := rank(a) - rank(b); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	return keys
}
