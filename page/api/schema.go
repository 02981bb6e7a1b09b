package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/infer/correction"
	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/openapi"
)

// Bounds of a tree, whose schemas may refer to each other.
const (
	maxNodes = 3000
	maxDepth = 16 // components in components
	maxEnum  = 50
)

// Node is a schema, or a property with its schema.
type Node struct {
	Name     string `json:"name,omitempty"` // of the property; "" for a body
	Type     string `json:"type"`           // in words
	Ref      string `json:"ref,omitempty"`  // the component that it is
	Required bool   `json:"required,omitzero"`
	// Limits are further conditions, such as a pattern or the values of an enum.
	Limits      []string `json:"limits,omitempty"`
	Description string   `json:"description,omitempty"`
	Children    []Node   `json:"children,omitempty"`
	// At is the name of the value in corrections, or "" if it has none. Enum lists its values.
	At   string   `json:"at,omitempty"`
	Enum []string `json:"enum,omitempty"`
	// Corrected describes the corrections of a person, or is "".
	Corrected string `json:"corrected,omitempty"`
	// Pointer is the JSON pointer of the schema in the document.
	Pointer string `json:"pointer,omitempty"`
	// Seen is the number of exchanges that had the property, out of the Of exchanges that had its
	// object. Of is 0 if that is unknown.
	Seen int64 `json:"seen,omitzero"`
	Of   int64 `json:"of,omitzero"`
	// Again means that the component contains itself and is shown further up.
	Again bool `json:"again,omitzero"`
}

// place is the position of a schema.
type place struct {
	at      string // in corrections, or ""
	pointer string // in the document
}

// tree returns a schema as a tree. cut reports whether parts of a large tree are missing.
func tree(name string, s *openapi3.SchemaRef, in place) (n Node, cut bool) {
	w := &treeWriter{left: maxNodes}
	n = w.node(name, s, in)
	return n, w.cut
}

type treeWriter struct {
	left int
	cut  bool
	refs []string // components on the way to the node
}

func (w *treeWriter) node(name string, ref *openapi3.SchemaRef, in place) Node {
	n := Node{Name: name, Type: "any", At: in.at, Pointer: in.pointer}
	if ref == nil || ref.Value == nil {
		return n
	}
	s := ref.Value
	w.left--
	n.Type, n.Description, n.Limits = typeOf(s), s.Description, limits(s)
	n.Enum = texts(s.Enum)
	if _, component, ok := strings.Cut(ref.Ref, "#/components/schemas/"); ok {
		n.Ref = component
		in.pointer = jsonvalue.Pointer("components", "schemas", component)
		n.Pointer = in.pointer
		if in.at != "" {
			in.at = component
		}
		if slices.Contains(w.refs, component) {
			n.Again = true
			return n
		}
		w.refs = append(w.refs, component)
		defer func() { w.refs = w.refs[:len(w.refs)-1] }()
	}
	children := parts(s)
	if len(children) > 0 && len(w.refs) > maxDepth {
		w.cut = true
		return n
	}
	for _, c := range children {
		if w.left <= 0 {
			w.cut = true
			break
		}
		child := w.node(c.name, c.schema, place{below(in.at, c), in.pointer + c.pointer})
		child.Required = c.required
		n.Children = append(n.Children, child)
	}
	return n
}

type part struct {
	name     string
	schema   *openapi3.SchemaRef
	required bool
	token    string // of its place in corrections; "" for an alternative
	pointer  string // from the schema
}

// below returns the place of a part of a value.
func below(at string, c part) string {
	if at == "" || c.token == "" {
		return at
	}
	token := jsonvalue.Pointer(c.token)
	if place, err := correction.ParsePlace(at); err == nil && place.Name != "" {
		return "" // of a parameter
	} else if err == nil && len(place.Pointer) == 0 {
		token = " " + token
	}
	return at + token
}

// texts returns values that are strings.
func texts(values []any) (out []string) {
	for _, v := range values {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// parts returns the parts of a schema.
func parts(s *openapi3.Schema) (out []part) {
	required := openapi.RequiredOf(s)
	for _, name := range sorted(s.Properties) {
		out = append(out, part{name, s.Properties[name], required[name], name, jsonvalue.Pointer("properties", name)})
	}
	if s.AdditionalProperties.Schema != nil {
		out = append(out, part{"(any name)", s.AdditionalProperties.Schema, false, "*", "/additionalProperties"})
	}
	for i, p := range s.PrefixItems {
		out = append(out, part{fmt.Sprintf("(item %d)", i), p, false, strconv.Itoa(i), "/prefixItems/" + strconv.Itoa(i)})
	}
	if s.Items != nil {
		out = append(out, part{"(each item)", s.Items, false, "*", "/items"})
	}
	for _, group := range []struct {
		name, key string
		of        openapi3.SchemaRefs
	}{{"(one of)", "oneOf", s.OneOf}, {"(any of)", "anyOf", s.AnyOf}, {"(all of)", "allOf", s.AllOf}} {
		for i, p := range group.of {
			out = append(out, part{group.name, p, false, "", "/" + group.key + "/" + strconv.Itoa(i)})
		}
	}
	return out
}

// typeOf returns the type of a schema in words.
func typeOf(s *openapi3.Schema) string {
	var types []string
	if s.Type != nil {
		types = slices.Clone(*s.Type)
	}
	if s.Nullable {
		types = append(types, "null")
	}
	text := strings.Join(types, " or ")
	switch {
	case text != "":
	case len(s.OneOf) > 0:
		text = "one of"
	case len(s.AnyOf) > 0:
		text = "any of"
	case len(s.AllOf) > 0:
		text = "all of"
	default:
		text = "any"
	}
	if s.Format != "" {
		text += " (" + s.Format + ")"
	}
	return text
}

// limits returns the conditions of a schema other than its type.
func limits(s *openapi3.Schema) (out []string) {
	if len(s.Enum) > 0 {
		var values []string
		for _, v := range s.Enum[:min(len(s.Enum), maxEnum)] {
			values = append(values, asJSON(v))
		}
		if n := len(s.Enum) - maxEnum; n > 0 {
			values = append(values, fmt.Sprintf("and %d more", n))
		}
		out = append(out, "one of "+strings.Join(values, ", "))
	}
	if s.Const != nil {
		out = append(out, "always "+asJSON(s.Const))
	}
	if s.Min != nil {
		out = append(out, "at least "+asJSON(*s.Min))
	}
	if s.Max != nil {
		out = append(out, "at most "+asJSON(*s.Max))
	}
	if s.Default != nil {
		out = append(out, "default "+asJSON(s.Default))
	}
	if s.Pattern != "" {
		out = append(out, "pattern "+s.Pattern)
	}
	return out
}

func asJSON(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(data)
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
