package openapi

import (
	"slices"

	"github.com/oasdiff/yaml3"
)

func (m *merger) admitsNull(n *yaml.Node) bool {
	for range maxView {
		if scalarText(get(n, "nullable")) == "true" && !m.v31 || slices.Contains(typesOf(n), "null") || n != nil && n.Kind == yaml.MappingNode && len(n.Content) == 0 {
			return true
		}
		for _, key := range []string{"anyOf", "oneOf"} {
			for _, a := range items(get(n, key)) {
				if slices.Contains(typesOf(a), "null") {
					return true
				}
			}
		}
		ref := get(n, "$ref")
		if ref == nil {
			return m.v31 && get(n, "type") == nil && get(n, "enum") == nil && get(n, "const") == nil && get(n, "allOf") == nil && get(n, "anyOf") == nil && get(n, "oneOf") == nil
		}
		n = m.target(ref.Value)
	}
	return true
}

// allowNull makes a schema take null. parent is the node that holds it.
func (m *merger) allowNull(parent, old *yaml.Node) {
	null := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: []*yaml.Node{yamlString("type"), yamlString("null")}}
	t := get(old, "type")
	switch ref := get(old, "$ref"); {
	case old.Kind != yaml.MappingNode:
		return
	case ref != nil:
		bare := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: []*yaml.Node{yamlString("$ref"), yamlString(ref.Value)}}
		list := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Content: []*yaml.Node{bare}}
		wrapped := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: []*yaml.Node{yamlString("allOf"), list,
			yamlString("nullable"), {Kind: yaml.ScalarNode, Tag: "!!bool", Value: "true"}}}
		if m.v31 {
			list.Content = append(list.Content, null)
			wrapped.Content = []*yaml.Node{yamlString("anyOf"), list}
		}
		m.replace(parent, old, wrapped)
	case !m.v31:
		if v := get(old, "nullable"); v != nil { // it says false
			m.replace(old, v, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: "true"})
		} else {
			old.Content = append(old.Content, yamlString("nullable"), &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: "true"})
			m.changed = true
		}
		m.nullInEnum(old)
	case t != nil && t.Kind == yaml.ScalarNode && get(old, "const") == nil:
		m.replace(old, t, &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Style: yaml.FlowStyle, Content: []*yaml.Node{yamlString(t.Value), yamlString("null")}})
		m.nullInEnum(old)
	case t != nil && t.Kind == yaml.SequenceNode && get(old, "const") == nil:
		m.push(t, yamlString("null"))
		m.nullInEnum(old)
	case get(old, "anyOf") != nil:
		m.push(get(old, "anyOf"), null)
	case get(old, "oneOf") != nil:
		m.push(get(old, "oneOf"), null)
	}
}

func (m *merger) nullInEnum(old *yaml.Node) {
	null := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}
	if enum := get(old, "enum"); enum != nil && enum.Kind == yaml.SequenceNode && !containsScalar(enum.Content, []*yaml.Node{null}) {
		m.push(enum, null)
	}
}
