package yamledit

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"unicode/utf8"

	yaml "github.com/oasdiff/yaml3"
)

// parseJSON reads valid JSON as nodes, keys in the order of the text.
func parseJSON(ctx context.Context, data []byte) (*yaml.Node, error) {
	r := &jsonReader{ctx: ctx, data: data, Decoder: json.NewDecoder(bytes.NewReader(data)), line: 1, column: 1}
	r.UseNumber()
	return r.node()
}

// jsonReader reads JSON tokens and computes their lines and columns.
type jsonReader struct {
	*json.Decoder
	ctx    context.Context
	data   []byte
	offset int // lines and columns are counted up to here
	line   int // the line at offset
	column int // the column at offset, in characters
}

// mark sets the position of n to that of the next token.
func (r *jsonReader) mark(n *yaml.Node) {
	i := int(r.InputOffset())
	for i < len(r.data) && bytes.IndexByte([]byte(" \t\r\n,:"), r.data[i]) >= 0 {
		i++
	}
	skipped := r.data[r.offset:i]
	if at := bytes.LastIndexByte(skipped, '\n'); at >= 0 {
		r.line, r.column = r.line+bytes.Count(skipped, []byte("\n")), 1
		skipped = skipped[at+1:]
	}
	r.column += utf8.RuneCount(skipped)
	r.offset = i
	n.Line, n.Column = r.line, r.column
}

func (r *jsonReader) node() (*yaml.Node, error) {
	var position yaml.Node
	r.mark(&position)
	token, err := r.Token()
	if err != nil {
		return nil, err
	}
	n := Sequence()
	switch delim, ok := token.(json.Delim); {
	case !ok:
		n = Scalar(token)
	case delim == '{':
		n = Mapping()
	}
	n.Line, n.Column = position.Line, position.Column
	if n.Kind == yaml.ScalarNode {
		return n, nil
	}
	if err := r.ctx.Err(); err != nil {
		return nil, err
	}
	for r.More() {
		if n.Kind == yaml.MappingNode {
			r.mark(&position)
			k, err := r.Token()
			if err != nil {
				return nil, err
			}
			key := String(k.(string))
			key.Line, key.Column = position.Line, position.Column
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

// jsonIndent returns the indentation of a JSON text: the white space before its second line, or two
// spaces.
func jsonIndent(text []byte) string {
	_, rest, ok := bytes.Cut(text, []byte("\n"))
	if !ok {
		return "  "
	}
	n := len(rest) - len(bytes.TrimLeft(rest, " \t"))
	if n == 0 || n > 8 {
		return "  "
	}
	return string(rest[:n])
}

// writeJSON writes a node as JSON. newline is the line break with the indentation of the node, step
// one level of it.
func writeJSON(w *bufio.Writer, n *yaml.Node, newline, step string) {
	switch n.Kind {
	case yaml.MappingNode:
		WriteJSONBlock(w, "{}", len(n.Content)/2, newline, step, func(i int) {
			WriteJSONScalar(w, n.Content[2*i].Value)
			w.WriteString(": ")
			writeJSON(w, n.Content[2*i+1], newline+step, step)
		})
	case yaml.SequenceNode:
		WriteJSONBlock(w, "[]", len(n.Content), newline, step, func(i int) { writeJSON(w, n.Content[i], newline+step, step) })
	default:
		v, err := Data(n)
		if err != nil {
			v = n.Value
		}
		WriteJSONScalar(w, v)
	}
}

// WriteJSONBlock writes an object or a list of JSON with its brackets, {} or [], each of n elements
// on a line that is indented by step.
func WriteJSONBlock(w *bufio.Writer, brackets string, n int, newline, step string, element func(i int)) {
	if n == 0 {
		w.WriteString(brackets)
		return
	}
	separator := brackets[:1]
	for i := range n {
		w.WriteString(separator + newline + step)
		element(i)
		separator = ","
	}
	w.WriteString(newline + brackets[1:])
}

// WriteJSONScalar writes a string, json.Number, bool or nil as JSON. It does not escape <, > and &.
func WriteJSONScalar(w *bufio.Writer, v any) {
	switch v := v.(type) {
	case json.Number:
		w.WriteString(string(v))
		return
	case string:
		if needsNoEscape(v) {
			w.WriteByte('"')
			w.WriteString(v)
			w.WriteByte('"')
			return
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil { // strings, numbers, booleans and null always encode
		panic(err)
	}
	w.Write(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

// needsNoEscape reports whether a string can stand between quotes as it is.
func needsNoEscape(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}
