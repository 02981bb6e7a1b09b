package openapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/oasdiff/yaml3"
)

// yamlReader turns nodes into JSON data. budget bounds how many nodes aliases may unfold into, depth how deep they
// may lead: one that leads into itself has no end.
type yamlReader struct{ budget, depth int }

// maxYAMLDepth is what encoding/json allows, divided by ten: documents nest a few dozen levels.
const maxYAMLDepth = 1000

func (r *yamlReader) data(n *yaml.Node) (any, error) {
	if r.budget--; r.budget < 0 {
		return nil, errors.New("aliases unfold into too much")
	}
	if r.depth++; r.depth > maxYAMLDepth {
		return nil, fmt.Errorf("line %d: nests deeper than %d levels, or an alias leads into itself", n.Line, maxYAMLDepth)
	}
	defer func() { r.depth-- }()
	switch n.Kind {
	case yaml.DocumentNode:
		return r.data(n.Content[0])
	case yaml.AliasNode:
		return r.data(n.Alias)
	case yaml.SequenceNode:
		out := make([]any, 0, len(n.Content))
		for _, c := range n.Content {
			v, err := r.data(c)
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
		return out, nil
	case yaml.MappingNode:
		out := make(map[string]any, len(n.Content)/2)
		return out, r.mapping(n, out)
	}
	return scalar(n)
}

func (r *yamlReader) mapping(n *yaml.Node, out map[string]any) error {
	own := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if k.Kind != yaml.ScalarNode {
			return fmt.Errorf("line %d: a key must be a name", k.Line)
		}
		if k.Tag == "!!merge" {
			if err := r.merge(v, out, own); err != nil {
				return err
			}
			continue
		}
		if own[k.Value] {
			return fmt.Errorf("line %d: key %q stands twice", k.Line, shorten(k.Value, 60))
		}
		own[k.Value] = true
		x, err := r.data(v)
		if err != nil {
			return err
		}
		out[k.Value] = x // 200: and "200": are the same key to OpenAPI
	}
	return nil
}

// merge does "<<: *other": keys of the mapping itself win.
func (r *yamlReader) merge(v *yaml.Node, out map[string]any, own map[string]bool) error {
	x, err := r.data(v)
	if err != nil {
		return err
	}
	list, ok := x.([]any)
	if !ok {
		list = []any{x}
	}
	for _, e := range list {
		m, ok := e.(map[string]any)
		if !ok {
			return fmt.Errorf("line %d: only a mapping can be merged", v.Line)
		}
		for k, val := range m {
			if _, has := out[k]; !has && !own[k] {
				out[k] = val
			}
		}
	}
	return nil
}

func scalar(n *yaml.Node) (any, error) {
	switch n.ShortTag() {
	case "!!null":
		return nil, nil
	case "!!bool":
		var b bool
		err := n.Decode(&b)
		return b, err
	case "!!int", "!!float":
		s := strings.ReplaceAll(strings.TrimPrefix(n.Value, "+"), "_", "")
		if json.Valid([]byte(s)) { // to the letter: 9007199254740993 and 1.10 stay what they are
			return json.Number(s), nil
		}
		var v any
		if err := n.Decode(&v); err != nil {
			return nil, fmt.Errorf("line %d: %q is no number", n.Line, shorten(n.Value, 40))
		}
		if f, ok := v.(float64); ok && (f != f || f > 1e308 || f < -1e308) {
			return nil, fmt.Errorf("line %d: JSON has no number %s", n.Line, shorten(n.Value, 40))
		}
		data, err := json.Marshal(v)
		return json.Number(data), err
	}
	return n.Value, nil // strings, and dates, which JSON writes as strings
}
