package openapi

import (
	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/openapi/yamledit"
)

// Node turns JSON data of this kind into a YAML node, keys in order.
func (o *ObjectLayout) Node(v any) *yaml.Node {
	switch v := v.(type) {
	case map[string]any:
		n := yamledit.Mapping()
		if len(v) == 0 {
			n.Style = yaml.FlowStyle
		}
		for _, k := range o.Keys(v) {
			n.Content = append(n.Content, yamledit.String(k), o.Child(k).Node(v[k]))
		}
		return n
	case []any:
		n := yamledit.Sequence()
		if len(v) == 0 {
			n.Style = yaml.FlowStyle
		}
		for _, e := range v {
			n.Content = append(n.Content, o.Node(e))
		}
		return n
	}
	return yamledit.Scalar(v)
}
