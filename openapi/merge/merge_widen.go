package merge

import (
	"slices"

	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/openapi/yamledit"
)

// widen changes integer to number where fractions were seen, and adds the values that were seen to
// enums.
func (m *merger) widen(old, inferred *yaml.Node) {
	if slices.Contains(typesOf(inferred), "number") && !slices.Contains(typesOf(old), "number") {
		m.integerToNumber(old)
	}
	values := yamledit.Items(yamledit.Get(inferred, "enum"))
	if c := yamledit.Get(inferred, "const"); c != nil {
		values = []*yaml.Node{c}
	}
	if c := yamledit.Get(old, "const"); c != nil && len(values) > 0 && !containsScalar([]*yaml.Node{c}, values...) {
		m.constToEnum(old, c)
	}
	if enum := yamledit.Get(old, "enum"); enum != nil && enum.Kind == yaml.SequenceNode {
		for _, v := range values {
			if !containsScalar(enum.Content, v) {
				m.push(enum, v)
			}
		}
	}
}

func (m *merger) integerToNumber(old *yaml.Node) {
	t := yamledit.Get(old, "type")
	switch {
	case t == nil:
	case t.Kind == yaml.ScalarNode && t.Value == "integer":
		m.replace(old, t, yamledit.String("number"))
		if f := yamledit.Get(old, "format"); f != nil && (f.Value == "int32" || f.Value == "int64") {
			m.replace(old, f, yamledit.String("double"))
		}
	default:
		for _, c := range yamledit.Items(t) {
			if c.Value == "integer" {
				m.replace(t, c, yamledit.String("number"))
			}
		}
	}
}

// containsScalar reports whether list contains all of the values.
func containsScalar(list []*yaml.Node, values ...*yaml.Node) bool {
	for _, v := range values {
		isEqual := func(n *yaml.Node) bool { return n.Value == v.Value && n.ShortTag() == v.ShortTag() }
		if !slices.ContainsFunc(list, isEqual) {
			return false
		}
	}
	return true
}

// constToEnum replaces const by an enum with its value.
func (m *merger) constToEnum(old, c *yaml.Node) {
	for i := 0; i+1 < len(old.Content); i += 2 {
		if old.Content[i+1] == c {
			m.replaceAt(old, i, yamledit.String("enum"))
			enum := yamledit.Sequence(yamledit.Copy(c))
			enum.Style = yaml.FlowStyle
			m.replaceAt(old, i+1, enum)
		}
	}
}
