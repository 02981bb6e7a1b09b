package merge

import (
	"slices"

	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/openapi/yamledit"
)

// admitsNull reports whether a schema of the existing document admits null.
func (m *merger) admitsNull(n *yaml.Node) bool { return m.admitsNullWithin(n, maxDepth) }

func (m *merger) admitsNullWithin(n *yaml.Node, depth int) bool {
	isEmpty := n != nil && n.Kind == yaml.MappingNode && len(n.Content) == 0
	isNullable := yamledit.Text(yamledit.Get(n, "nullable")) == "true" && !m.v31
	if depth == 0 || isNullable || isEmpty || slices.Contains(typesOf(n), "null") {
		return true
	}
	if ref := yamledit.Get(n, "$ref"); ref != nil {
		return m.admitsNullWithin(m.target(ref.Value), depth-1)
	}
	for _, key := range []string{"anyOf", "oneOf"} {
		for _, a := range yamledit.Items(yamledit.Get(n, key)) {
			if m.admitsNullWithin(a, depth-1) {
				return true
			}
		}
	}
	return m.v31 && !hasAny(n, "type", "enum", "const", "allOf", "anyOf", "oneOf")
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
	case yamledit.Get(old, "allOf") != nil:
		m.push(m.wrap(old), nullSchema())
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
