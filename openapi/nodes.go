package openapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/oasdiff/yaml3"
)

// tree is a document as it is written: order, comments, styles and positions kept.
type tree struct {
	root *yaml.Node // the mapping
	json bool
}

// parseTree reads a document as a tree. Nodes of YAML know their line and column; those of JSON do, too, as far as
// JSON is YAML.
func parseTree(data []byte) (*tree, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	t := &tree{}
	if s := bytes.TrimLeft(data, " \t\r\n"); len(s) > 0 && s[0] == '{' && json.Valid(data) {
		t.json = true
	}
	if _, err := parse(data); err != nil { // the same errors as Load
		return nil, err
	}
	var n yaml.Node
	err := yamlUnmarshal(data, &n)
	if err != nil && t.json {
		// YAML has no escapes of UTF-16 surrogates, and is strict on tabs.
		var b bytes.Buffer
		if err := json.Indent(&b, data, "", "  "); err != nil {
			return nil, oneLine(err)
		}
		root, err := jsonNode(b.Bytes())
		if err != nil {
			return nil, oneLine(err)
		}
		n = yaml.Node{Kind: yaml.DocumentNode, Content: []*yaml.Node{root}}
	} else if err != nil {
		return nil, err
	}
	if n.Kind != yaml.DocumentNode || len(n.Content) != 1 || n.Content[0].Kind != yaml.MappingNode {
		return nil, fmt.Errorf("%w: it is not an object", ErrNotOpenAPI)
	}
	t.root = n.Content[0]
	return t, nil
}

func yamlUnmarshal(data []byte, n *yaml.Node) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errors.New("not JSON or YAML")
		}
	}()
	if err := yaml.Unmarshal(data, n); err != nil {
		return oneLine(errors.New(strings.TrimPrefix(err.Error(), "yaml: ")))
	}
	return nil
}

// jsonNode reads JSON as a node, keys in order.
func jsonNode(data []byte) (*yaml.Node, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	return decodeNode(d)
}

func decodeNode(d *json.Decoder) (*yaml.Node, error) {
	tok, err := d.Token()
	if err != nil {
		return nil, err
	}
	delim, ok := tok.(json.Delim)
	if !ok {
		return yamlNode(tok, &object{}), nil
	}
	n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
	if delim == '{' {
		n = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	}
	for d.More() {
		if delim == '{' {
			k, err := d.Token()
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, yamlString(k.(string)))
		}
		v, err := decodeNode(d)
		if err != nil {
			return nil, err
		}
		n.Content = append(n.Content, v)
	}
	_, err = d.Token()
	return n, err
}

// get returns the value of a key, nil when there is none or n is no mapping.
func get(n *yaml.Node, keys ...string) *yaml.Node {
	for _, key := range keys {
		if n == nil || n.Kind != yaml.MappingNode {
			return nil
		}
		var found *yaml.Node
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == key {
				found = n.Content[i+1]
				break
			}
		}
		n = found
	}
	return n
}

// scalarText returns the value of a scalar, "" for anything else.
func scalarText(n *yaml.Node) string {
	if n == nil || n.Kind != yaml.ScalarNode {
		return ""
	}
	return n.Value
}

// each calls f for each pair of a mapping.
func each(n *yaml.Node, f func(key, value *yaml.Node)) {
	if n == nil || n.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		f(n.Content[i], n.Content[i+1])
	}
}

// items returns the elements of a sequence.
func items(n *yaml.Node) []*yaml.Node {
	if n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	return n.Content
}

// copyNode copies a tree without its positions, so that it counts as new.
func copyNode(n *yaml.Node) *yaml.Node {
	if n == nil {
		return nil
	}
	c := *n
	c.Line, c.Column = 0, 0
	c.Content = nil
	for _, k := range n.Content {
		c.Content = append(c.Content, copyNode(k))
	}
	return &c
}

// nodeData returns what a node says as JSON data.
func nodeData(n *yaml.Node) (any, error) {
	return (&yamlReader{budget: 10_000_000}).data(n)
}
