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

const (
	// maxYAMLDepth bounds nesting: a tenth of what encoding/json allows.
	maxYAMLDepth = 1000
	// yamlBudget is how many nodes beyond one for each byte of input aliases may unfold into.
	yamlBudget = 1_000_000
)

// ErrNotJSON says that YAML is well-formed and says what JSON cannot: a number that is not finite, a key that is no
// name, or aliases that unfold into too much.
var ErrNotJSON = errors.New("JSON cannot hold it")

// YAML reads a stream of YAML documents as one JSON text each, keys in their order, numbers to the letter, "<<"
// merged, aliases unfolded. Of a stream that was cut (complete is false) the last text is the prefix of one, without
// the value that the cut went through. An error names a line and, at most, a key; the texts before it are good.
func YAML(data []byte, complete bool) (texts [][]byte, err error) {
	defer func() {
		if p := recover(); p != nil { // the parser's own invariants; the input is at fault
			err = errors.New("not YAML")
		}
	}()
	nodes, err := yamlNodes(data)
	if !complete {
		// What was cut need not parse: a quote or bracket is open. Lines go until it does.
		for range maxCutLines {
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
		err = nil // what does not parse is what was cut
	}
	w := newYAMLWriter(len(data))
	for i, n := range nodes {
		start := len(w.out)
		if failed := w.node(n, open && i == len(nodes)-1); failed != nil {
			return texts, failed
		}
		texts = append(texts, w.out[start:len(w.out):len(w.out)])
	}
	return texts, err
}

// maxCutLines is how many lines a cut in the middle of a scalar or bracket may cost; each is another parse.
const maxCutLines = 8

func yamlNodes(data []byte) (nodes []*yaml.Node, err error) {
	for d := yaml.NewDecoder(bytes.NewReader(data)); ; {
		var n yaml.Node
		switch err := d.Decode(&n); {
		case errors.Is(err, io.EOF):
			return nodes, nil
		case err != nil:
			return nodes, errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
		case n.Kind != 0:
			nodes = append(nodes, &n)
		}
	}
}

// YAMLNode reads one node as a JSON text, as [YAML] does.
func YAMLNode(n *yaml.Node) ([]byte, error) {
	w := newYAMLWriter(10 * yamlBudget)
	err := w.node(n, false)
	return w.out, err
}

// yamlWriter writes nodes as JSON. nodes and bytes bound what aliases may unfold into, depth how deep they may lead:
// one that leads into itself has no end.
type yamlWriter struct {
	out                 []byte
	nodes, bytes, depth int // left, left, reached
}

// newYAMLWriter is for an input of that many bytes. JSON takes six for some: \u0001.
func newYAMLWriter(size int) yamlWriter {
	return yamlWriter{nodes: size + yamlBudget, bytes: 8*size + 32*yamlBudget}
}

// spend pays for n more nodes.
func (w *yamlWriter) spend(n int) error {
	if w.nodes -= n; w.nodes < 0 || len(w.out) > w.bytes {
		return fmt.Errorf("aliases unfold into too much: %w", ErrNotJSON)
	}
	return nil
}

// node writes n; one that is open ends where the input was cut: nothing after its last whole value is written.
func (w *yamlWriter) node(n *yaml.Node, open bool) error {
	if err := w.spend(1); err != nil {
		return err
	}
	if w.depth++; w.depth > maxYAMLDepth {
		return fmt.Errorf("line %d: nests deeper than %d levels, or an alias leads into itself: %w", n.Line, maxYAMLDepth, ErrNotJSON)
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
		w.text(p.key)
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

// pairs lists what a mapping holds: first what "<<" merges into it and it does not say itself.
func (w *yamlWriter) pairs(n *yaml.Node) (out []yamlPair, err error) {
	if err := w.spend(1 + len(n.Content)); err != nil {
		return nil, err
	}
	if w.depth++; w.depth > maxYAMLDepth {
		return nil, fmt.Errorf("line %d: an alias leads into itself: %w", n.Line, ErrNotJSON)
	}
	defer func() { w.depth-- }()
	own := make(map[string]bool, len(n.Content)/2)
	var merged []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		switch {
		case k.Kind != yaml.ScalarNode:
			return nil, fmt.Errorf("line %d: a key must be a name: %w", k.Line, ErrNotJSON)
		case k.Tag == "!!merge":
			merged = append(merged, v)
			continue
		case own[k.Value]:
			return nil, fmt.Errorf("line %d: key %q stands twice", k.Line, shortKey(k.Value))
		}
		own[k.Value] = true
		out = append(out, yamlPair{k.Value, v}) // 200: and "200": are the same key to JSON
	}
	var before []yamlPair
	for _, v := range merged {
		more, err := w.merge(v)
		if err != nil {
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

// merge lists what one "<<" brings: a mapping's pairs, or those of several, earlier ones first.
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
			return fmt.Errorf("line %d: neither true nor false", n.Line)
		}
		w.out = fmt.Append(w.out, b)
	case "!!int", "!!float":
		return w.number(n)
	default: // strings, and dates, which JSON writes as strings
		w.text(n.Value)
	}
	return nil
}

func (w *yamlWriter) number(n *yaml.Node) error {
	s := strings.ReplaceAll(strings.TrimPrefix(n.Value, "+"), "_", "")
	if json.Valid([]byte(s)) { // to the letter: 9007199254740993 and 1.10 stay what they are
		w.out = append(w.out, s...)
		return nil
	}
	var v any
	if err := n.Decode(&v); err != nil {
		return fmt.Errorf("line %d: no number", n.Line)
	}
	if f, ok := v.(float64); ok && (math.IsNaN(f) || math.IsInf(f, 0)) {
		return fmt.Errorf("line %d: a number that is not finite: %w", n.Line, ErrNotJSON)
	}
	data, err := json.Marshal(v)
	w.out = append(w.out, data...)
	return err
}

func (w *yamlWriter) text(s string) {
	data, _ := json.Marshal(s) // never fails for a string
	w.out = append(w.out, data...)
}

// shortKey keeps a key in an error short.
func shortKey(s string) string {
	if len(s) > 60 {
		return string(trimRune([]byte(s[:60]))) + "…"
	}
	return s
}
