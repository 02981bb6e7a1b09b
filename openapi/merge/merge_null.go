package merge

import (
	"slices"

	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/openapi/yamledit"
)

// admitsNull reports whether a schema of the existing document admits null.
func (m *merger) admitsNull(n *yaml.Node) bool {
	for range maxDepth {
		isEmpty := n != nil && n.Kind == yaml.MappingNode && len(n.Content) == 0
		isNullable := yamledit.Text(yamledit.Get(n, "nullable")) == "true" && !m.v31
		if isNullable || isEmpty || slices.Contains(typesOf(n), "null") {
			return true
		}
		for _, key := range []string{"anyOf", "oneOf"} {
			for _, a := range yamledit.Items(yamledit.Get(n, key)) {
				if slices.Contains(typesOf(a), "null") {
					return true
				}
			}
		}
		ref := yamledit.Get(n, "$ref")
		if ref == nil {
			return m.v31 && !hasAny(n, "type", "enum", "const", "allOf", "anyOf", "oneOf")
		}
		n = m.target(ref.Value)
	}
	return true
}

func hasAny(n *yaml.Node, keys ...string) bool {
	return slices.ContainsFunc(keys, func(k string) bool { return yamledit.Get(n, k) != nil })
}

// allowNull changes a schema so that it admits null. parent holds it.
func (m *merger) allowNull(parent, old *yaml.Node) {
	t := yamledit.Get(old, "type")
	switch ref := yamledit.Get(old, "$ref"); {
	case old.Kind != yaml.MappingNode:
		return
	case ref != nil:
		m.replace(parent, old, m.nullableReference(ref.Value))
	case !m.v31:
		if v := yamledit.Get(old, "nullable"); v != nil { // nullable: false
			m.replace(old, v, yamledit.Scalar(true))
		} else {
			old.Content = append(old.Content, yamledit.String("nullable"), yamledit.Scalar(true))
			m.changed = true
		}
		m.addNullToEnum(old)
	case t != nil && t.Kind == yaml.ScalarNode && yamledit.Get(old, "const") == nil:
		types := yamledit.Sequence(yamledit.String(t.Value), yamledit.String("null"))
		types.Style = yaml.FlowStyle
		m.replace(old, t, types)
		m.addNullToEnum(old)
	case t != nil && t.Kind == yaml.SequenceNode && yamledit.Get(old, "const") == nil:
		m.push(t, yamledit.String("null"))
		m.addNullToEnum(old)
	case yamledit.Get(old, "anyOf") != nil:
		m.push(yamledit.Get(old, "anyOf"), nullSchema())
	case yamledit.Get(old, "oneOf") != nil:
		m.push(yamledit.Get(old, "oneOf"), nullSchema())
	}
}

func nullSchema() *yaml.Node {
	return yamledit.Mapping(yamledit.String("type"), yamledit.String("null"))
}

// nullableReference returns a schema that admits null and what ref admits.
func (m *merger) nullableReference(ref string) *yaml.Node {
	list := yamledit.Sequence(yamledit.Mapping(yamledit.String("$ref"), yamledit.String(ref)))
	if m.v31 {
		list.Content = append(list.Content, nullSchema())
		return yamledit.Mapping(yamledit.String("anyOf"), list)
	}
	return yamledit.Mapping(yamledit.String("allOf"), list, yamledit.String("nullable"), yamledit.Scalar(true))
}

// addNullToEnum lists null in the enum of a schema, which would exclude it.
func (m *merger) addNullToEnum(old *yaml.Node) {
	null := yamledit.Scalar(nil)
	enum := yamledit.Get(old, "enum")
	if enum != nil && enum.Kind == yaml.SequenceNode && !containsScalar(enum.Content, null) {
		m.push(enum, null)
	}
}
