package yamledit

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"

	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/internal/visible"
)

// ErrNotObject reports that a text holds something other than one mapping.
var ErrNotObject = errors.New("not an object")

// Tree is a text as YAML nodes. Nodes that were read have a line, by which Write finds them in the
// text; new nodes have none. It is not safe for concurrent use.
type Tree struct {
	// Root is the mapping at the top.
	Root *yaml.Node

	text   []byte
	isJSON bool
	index  Index // of Position and Data
}

// Parse reads JSON or YAML. The text must hold one mapping, else the error is [ErrNotObject] or a
// syntax error. JSON is read by a parser of its own: a YAML parser refuses escapes of UTF-16
// surrogates, tabs and very long keys. Parse ends soon after ctx.
func Parse(ctx context.Context, text []byte) (*Tree, error) {
	root, isJSON, err := parse(ctx, text)
	switch {
	case err != nil:
		return nil, err
	case root == nil || root.Kind != yaml.MappingNode:
		return nil, ErrNotObject
	}
	return &Tree{Root: root, text: text, isJSON: isJSON}, nil
}

// ParseValue is [Parse] for a text that may hold any value. An empty text holds null.
func ParseValue(ctx context.Context, text []byte) (*yaml.Node, error) {
	root, _, err := parse(ctx, text)
	if root == nil && err == nil {
		root = Scalar(nil)
	}
	return root, err
}

func parse(ctx context.Context, text []byte) (root *yaml.Node, isJSON bool, err error) {
	data := bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	if s := bytes.TrimLeft(data, " \t\r\n"); len(s) > 0 && (s[0] == '{' || s[0] == '[') && json.Valid(data) {
		root, err = parseJSON(ctx, data)
		return root, true, err
	}
	var n yaml.Node
	if err := parseYAML(ctx, data, &n); err != nil || n.Kind != yaml.DocumentNode || len(n.Content) != 1 {
		return nil, false, err
	}
	return n.Content[0], false, nil
}

func parseYAML(ctx context.Context, data []byte, n *yaml.Node) (err error) {
	defer func() {
		if p := recover(); p != nil { // the parser panics on some invalid input
			err = errors.New("not JSON or YAML")
		}
	}()
	err = yaml.NewDecoder(&contextReader{ctx, bytes.NewReader(data)}).Decode(n)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return decode.YAMLError(err, data)
	}
	return nil
}

// contextReader ends when its context does. The YAML parser reads as it goes.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (r *contextReader) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(b)
}

// IsJSON reports whether the text is JSON.
func (t *Tree) IsJSON() bool { return t.isJSON }

// Convert makes [Tree.Encode] write JSON, or YAML.
func (t *Tree) Convert(toJSON bool) {
	if toJSON && !t.isJSON {
		WriteOut(t.Root)
	}
	t.isJSON = toJSON
}

// Replace replaces old by n in parent. It does nothing if parent does not hold old.
func Replace(parent, old, n *yaml.Node) {
	if i := slices.Index(parent.Content, old); i >= 0 {
		ReplaceAt(parent, i, n)
	}
}

// ReplaceAt is [Replace] for the node at index i of parent.Content, which may be the key of a
// mapping. The comments of the old node stay.
func ReplaceAt(parent *yaml.Node, i int, n *yaml.Node) {
	old := parent.Content[i]
	n.HeadComment, n.LineComment, n.FootComment = old.HeadComment, old.LineComment, old.FootComment
	parent.Content[i] = n
}

// Encode writes the complete tree in the format of the text: JSON in the text's indentation, YAML
// indented by two. Comments of YAML stay; blank lines and quotes may change.
func (t *Tree) Encode() ([]byte, error) {
	var b bytes.Buffer
	if t.isJSON {
		w := bufio.NewWriter(&b)
		writeJSON(w, t.Root, "\n", jsonIndent(t.text))
		w.WriteByte('\n')
		err := w.Flush()
		return b.Bytes(), err
	}
	writeNulls(t.Root, false)
	return Encode(t.Root)
}

// Encode writes a node as YAML, indented by two. Invisible characters, and those that control a
// terminal, are escaped: in double quotes, where it means the same, and in comments.
func Encode(root *yaml.Node) ([]byte, error) {
	prepare(root)
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(root); err != nil {
		return nil, err
	}
	if err := e.Close(); err != nil {
		return nil, err
	}
	return []byte(visible.Text(b.String())), nil
}

// prepare puts the scalars with characters that do not show in double quotes. It removes the tag of
// merge keys, which the encoder would write.
func prepare(n *yaml.Node) {
	// The encoder adds blank lines to folded texts with indented lines, and at their end.
	isFolded := n.Style&yaml.FoldedStyle != 0 && (strings.Contains(n.Value, "\n ") || strings.HasSuffix(n.Value, "\n\n"))
	if n.Kind == yaml.ScalarNode && (isFolded || visible.Text(n.Value) != n.Value) {
		n.Style = n.Style&yaml.TaggedStyle | yaml.DoubleQuotedStyle
	}
	if IsMerge(n) {
		n.Tag = ""
	}
	for k, v := range Pairs(n) {
		if v.Anchor != "" && v.Kind != yaml.ScalarNode && k.LineComment != "" { // the encoder would not indent the anchor
			k.HeadComment, k.LineComment = strings.TrimPrefix(k.HeadComment+"\n"+k.LineComment, "\n"), ""
		}
	}
	for _, c := range n.Content {
		prepare(c)
	}
}

// writeNulls gives nulls without a text one, where they are in braces: {a} would become {a: ""},
// which is a string.
func writeNulls(n *yaml.Node, inFlow bool) {
	inFlow = inFlow || n.Style&yaml.FlowStyle != 0
	for _, c := range n.Content {
		if inFlow && c.Kind == yaml.ScalarNode && c.Tag == "!!null" && c.Value == "" {
			c.Value = "null"
		}
		writeNulls(c, inFlow)
	}
}

// Position returns the line and column, from 1, of the value that a JSON pointer (RFC 6901) names,
// or of its key if it has one. Where the text ends before the pointer does, the position is that of
// the deepest value that exists.
func (t *Tree) Position(pointer string) (line, column int) {
	at := t.Root
	for n, tokens := t.Root, jsonvalue.Tokens(pointer); len(tokens) > 0; tokens = tokens[1:] {
		key, value := t.index.Child(n, tokens[0])
		if value == nil {
			break
		}
		at, n = key, value
	}
	return at.Line, at.Column
}

// Data returns the value that a JSON pointer names as JSON data, numbers as json.Number. It reports
// false if the pointer names nothing.
func (t *Tree) Data(pointer string) (any, bool) {
	n := t.Root
	for _, token := range jsonvalue.Tokens(pointer) {
		if _, n = t.index.Child(n, token); n == nil {
			return nil, false
		}
	}
	v, err := Data(n)
	return v, err == nil
}
