package openapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/flow/decode"
)

// tree is a document as it is written: order, comments, styles and positions kept. All nodes have a line.
type tree struct {
	root *yaml.Node // the mapping
	json bool
}

// parseTree reads a document as a tree.
func parseTree(data []byte) (*tree, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	t := &tree{}
	if s := bytes.TrimLeft(data, " \t\r\n"); len(s) > 0 && s[0] == '{' && json.Valid(data) {
		t.json = true
	}
	if _, err := parse(data); err != nil { // the same errors as Load
		return nil, err
	}
	if t.json {
		root, err := jsonNode(data)
		if err != nil {
			return nil, oneLine(err)
		}
		t.root = root
		return t, nil
	}
	var n yaml.Node
	if err := yamlUnmarshal(data, &n); err != nil {
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

// jsonNode reads JSON as a node, keys in order. It reads what a YAML parser would not: escapes of UTF-16 surrogates,
// tabs, and very long keys.
func jsonNode(data []byte) (*yaml.Node, error) {
	r := &jsonReader{data: data, Decoder: json.NewDecoder(bytes.NewReader(data)), line: 1}
	r.UseNumber()
	return r.node()
}

type jsonReader struct {
	*json.Decoder
	data       []byte
	at         int // up to where lines are counted
	line, from int // the line at at, and where it begins
}

// mark gives n the place of the token that comes next.
func (r *jsonReader) mark(n *yaml.Node) {
	i := int(r.InputOffset())
	for i < len(r.data) && bytes.IndexByte([]byte(" \t\r\n,:"), r.data[i]) >= 0 {
		i++
	}
	for ; r.at < i; r.at++ {
		if r.data[r.at] == '\n' {
			r.line, r.from = r.line+1, r.at+1
		}
	}
	n.Line, n.Column = r.line, utf8.RuneCount(r.data[r.from:i])+1
}

func (r *jsonReader) node() (*yaml.Node, error) {
	var place yaml.Node
	r.mark(&place)
	tok, err := r.Token()
	if err != nil {
		return nil, err
	}
	n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
	switch delim, ok := tok.(json.Delim); {
	case !ok:
		n = yamlNode(tok, &object{})
	case delim == '{':
		n = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	}
	n.Line, n.Column = place.Line, place.Column
	if n.Kind == yaml.ScalarNode {
		return n, nil
	}
	for r.More() {
		if n.Kind == yaml.MappingNode {
			r.mark(&place)
			k, err := r.Token()
			if err != nil {
				return nil, err
			}
			key := yamlString(k.(string))
			key.Line, key.Column = place.Line, place.Column
			n.Content = append(n.Content, key)
		}
		v, err := r.node()
		if err != nil {
			return nil, err
		}
		n.Content = append(n.Content, v)
	}
	_, err = r.Token()
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

// nodeData returns what a node says as JSON data; nil for none.
func nodeData(n *yaml.Node) (any, error) {
	if n == nil {
		return nil, nil
	}
	text, err := decode.YAMLNode(n)
	if err != nil {
		return nil, err
	}
	return parseJSON(text)
}
