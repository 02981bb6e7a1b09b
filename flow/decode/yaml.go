package decode

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/oasdiff/yaml3"
)

// yamlLimits bound the work on one YAML text.
type yamlLimits struct {
	depth    int // of nesting, in levels
	nodes    int // that aliases may expand to, beyond one per byte of input
	cutLines int // dropped to make a truncated stream parse; each costs another parse
	cutText  int // bytes that these parses may read together
}

// usualYAML are the limits of all YAML: a tenth of the depth that encoding/json allows, and up to
// 32 bytes of JSON for each node.
func usualYAML() yamlLimits {
	return yamlLimits{depth: 1000, nodes: 1_000_000, cutLines: 8, cutText: 8 << 20}
}

// ErrNotJSON is the error for valid YAML that JSON cannot represent: a number that is not finite, a
// key that is not a string, or aliases that expand to too much.
var ErrNotJSON = errors.New("not representable in JSON")

// YAML converts each document of a YAML stream to a JSON text. It keeps the order of keys and the
// digits of numbers, and expands "<<" and aliases. If complete is false, the stream was truncated,
// and the last text is a prefix of JSON without the value that the truncation divides. An error
// names a line and at most a key; the texts before it are valid.
func YAML(data []byte, complete bool) (texts [][]byte, err error) {
	return usualYAML().texts(data, complete, func(*yaml.Node) {})
}

// EditedYAML is [YAML] for a complete stream whose documents edit may change.
func EditedYAML(data []byte, edit func(*yaml.Node)) (texts [][]byte, err error) {
	return usualYAML().texts(data, true, edit)
}

func (l yamlLimits) texts(data []byte, complete bool, edit func(*yaml.Node)) (texts [][]byte, err error) {
	defer func() {
		if p := recover(); p != nil { // the parser panics on some invalid input
			err = errors.New("not YAML")
		}
	}()
	nodes, err := yamlNodes(data)
	if !complete {
		// A truncated stream need not parse: a quote or bracket may be open. Drop lines until it
		// does.
		for range min(l.cutLines, 1+l.cutText/max(1, len(data))) {
			if err == nil && len(nodes) > 0 {
				break
			}
			i := bytes.LastIndexByte(data, '\n')
			if i < 0 {
				return nil, nil
			}
			data = data[:i]
			nodes, err = yamlNodes(data)
		}
	}
	open := !complete && err == nil
	if !complete {
		err = nil // the error is due to the truncation
	}
	w := l.writer(len(data))
	for i, n := range nodes {
		start := len(w.out)
		edit(n)
		if failed := w.node(n, open && i == len(nodes)-1); failed != nil {
			return texts, failed
		}
		texts = append(texts, w.out[start:len(w.out):len(w.out)])
	}
	return texts, err
}

func yamlNodes(data []byte) (nodes []*yaml.Node, err error) {
	for d := yaml.NewDecoder(bytes.NewReader(data)); ; {
		var n yaml.Node
		switch err := d.Decode(&n); {
		case errors.Is(err, io.EOF):
			return nodes, nil
		case err != nil:
			return nodes, YAMLError(err, data)
		case n.Kind != 0:
			nodes = append(nodes, &n)
		}
	}
}

// YAMLSize returns the number of nodes of a YAML tree. An alias is one.
func YAMLSize(n *yaml.Node) int {
	size := 1
	for _, c := range n.Content {
		size += YAMLSize(c)
	}
	return size
}

// YAMLNode converts one YAML node to a JSON text, as [YAML] does.
func YAMLNode(n *yaml.Node) ([]byte, error) {
	l := usualYAML()
	w := l.writer(10 * l.nodes)
	w.nodes = min(w.nodes, YAMLSize(n)+l.nodes)
	err := w.node(n, false)
	return w.out, err
}

// yamlWriter writes YAML nodes as JSON. nodes and bytes limit the expansion of aliases, depth their
// nesting, because an alias that contains itself is infinite.
type yamlWriter struct {
	out                           []byte
	nodes, bytes, depth, maxDepth int // the first two count down, depth counts up to maxDepth
}

// writer returns a writer for an input of size bytes. JSON takes six bytes for some characters:
// \u0001.
func (l yamlLimits) writer(size int) yamlWriter {
	return yamlWriter{nodes: size + l.nodes, bytes: 8*size + 32*l.nodes, maxDepth: l.depth}
}

// spend subtracts n nodes from the budget.
func (w *yamlWriter) spend(n int) error {
	if w.nodes -= n; w.nodes < 0 || len(w.out) > w.bytes {
		return fmt.Errorf("aliases expand to too much: %w", ErrNotJSON)
	}
	return nil
}

// node writes n. If open is set, the input was truncated within n: nothing after its last complete
// value is written.
func (w *yamlWriter) node(n *yaml.Node, open bool) error {
	if err := w.spend(1); err != nil {
		return err
	}
	if w.depth++; w.depth > w.maxDepth {
		return fmt.Errorf("line %d: nested deeper than %d levels, or an alias contains itself: %w", n.Line,
			w.maxDepth, ErrNotJSON)
	}
	defer func() { w.depth-- }()
	switch n.Kind {
	case yaml.DocumentNode:
		return w.node(n.Content[0], open)
	case yaml.AliasNode:
		return w.node(n.Alias, false)
	case yaml.SequenceNode:
		w.out = append(w.out, '[')
		for i, c := range n.Content {
			if i > 0 {
				w.out = append(w.out, ',')
			}
			if err := w.node(c, open && i == len(n.Content)-1); err != nil {
				return err
			}
		}
		if !open {
			w.out = append(w.out, ']')
		}
		return nil
	case yaml.MappingNode:
		return w.mapping(n, open)
	}
	if open {
		return nil
	}
	return w.scalar(n)
}

func (w *yamlWriter) mapping(n *yaml.Node, open bool) error {
	w.out = append(w.out, '{')
	pairs, err := w.pairs(n)
	if err != nil {
		return err
	}
	last := len(n.Content) - 1
	for i, p := range pairs {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		w.string(p.key)
		w.out = append(w.out, ':')
		if err := w.node(p.value, open && p.value == n.Content[last]); err != nil {
			return err
		}
	}
	if !open {
		w.out = append(w.out, '}')
	}
	return nil
}

type yamlPair struct {
	key   string
	value *yaml.Node
}

// pairs returns the pairs of a mapping, preceded by those that "<<" merges into it and it does not
// define.
func (w *yamlWriter) pairs(n *yaml.Node) (out []yamlPair, err error) {
	if err := w.spend(1 + len(n.Content)); err != nil {
		return nil, err
	}
	if w.depth++; w.depth > w.maxDepth {
		return nil, fmt.Errorf("line %d: an alias contains itself: %w", n.Line, ErrNotJSON)
	}
	defer func() { w.depth-- }()
	own := make(map[string]bool, len(n.Content)/2)
	var merged []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		switch {
		case k.Kind != yaml.ScalarNode:
			return nil, fmt.Errorf("line %d: keys must be scalars: %w", k.Line, ErrNotJSON)
		case k.Tag == "!!merge":
			merged = append(merged, v)
			continue
		case own[k.Value]:
			return nil, fmt.Errorf("line %d: duplicate key %q", k.Line, shortKey(k.Value))
		}
		own[k.Value] = true
		out = append(out, yamlPair{k.Value, v}) // to JSON, 200: and "200": are the same key
	}
	var before []yamlPair
	for _, v := range merged {
		more, err := w.merge(v)
		if err != nil {
			return nil, err
		}
		if err := w.spend(len(more)); err != nil { // nodes that are merged again at each level count again
			return nil, err
		}
		for _, p := range more {
			if !own[p.key] {
				own[p.key] = true
				before = append(before, p)
			}
		}
	}
	return append(before, out...), nil
}

// merge returns the pairs that one "<<" adds: those of a mapping, or of several, the earlier ones
// first.
func (w *yamlWriter) merge(v *yaml.Node) ([]yamlPair, error) {
	if v.Kind == yaml.AliasNode {
		v = v.Alias
	}
	if v.Kind == yaml.MappingNode {
		return w.pairs(v)
	}
	var out []yamlPair
	for _, e := range v.Content {
		if e.Kind == yaml.AliasNode {
			e = e.Alias
		}
		if e.Kind != yaml.MappingNode {
			return nil, fmt.Errorf("line %d: only a mapping can be merged", e.Line)
		}
		more, err := w.pairs(e)
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	if v.Kind != yaml.SequenceNode {
		return nil, fmt.Errorf("line %d: only a mapping can be merged", v.Line)
	}
	return out, nil
}

func (w *yamlWriter) scalar(n *yaml.Node) error {
	switch n.ShortTag() {
	case "!!null":
		w.out = append(w.out, "null"...)
	case "!!bool":
		var b bool
		if err := n.Decode(&b); err != nil {
			return fmt.Errorf("line %d: not a boolean", n.Line)
		}
		w.out = fmt.Append(w.out, b)
	case "!!int", "!!float":
		return w.number(n)
	default: // strings, and dates, which are strings in JSON
		w.string(n.Value)
	}
	return nil
}

func (w *yamlWriter) number(n *yaml.Node) error {
	s := strings.ReplaceAll(strings.TrimPrefix(n.Value, "+"), "_", "")
	if json.Valid([]byte(s)) { // keep all digits: 9007199254740993 and 1.10 stay as they are
		w.out = append(w.out, s...)
		return nil
	}
	var v any
	if err := n.Decode(&v); err != nil {
		return fmt.Errorf("line %d: not a number", n.Line)
	}
	if f, ok := v.(float64); ok && (math.IsNaN(f) || math.IsInf(f, 0)) {
		return fmt.Errorf("line %d: a number that is not finite: %w", n.Line, ErrNotJSON)
	}
	data, err := json.Marshal(v)
	w.out = append(w.out, data...)
	return err
}

func (w *yamlWriter) string(s string) {
	data, _ := json.Marshal(s) // never fails for a string
	w.out = append(w.out, data...)
}

// shortKey shortens a key for an error message.
func shortKey(s string) string {
	if len(s) > 60 {
		return string(trimRune([]byte(s[:60]))) + "…"
	}
	return s
}
