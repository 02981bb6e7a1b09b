package openapi

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oasdiff/yaml3"
)

// VersionOf returns the version of OpenAPI that a document is written in, "2.0", "3.0" or "3.1".
func VersionOf(data []byte) (string, error) {
	v, err := parse(data)
	if err != nil {
		return "", err
	}
	root, _ := v.(map[string]any)
	for _, key := range []string{"openapi", "swagger"} {
		if s, ok := root[key].(string); ok && len(s) >= 3 {
			return s[:3], nil
		}
	}
	return "", fmt.Errorf("%w: it has no field openapi", ErrNotOpenAPI)
}

// Into adds to a document that people have edited what doc, made from traffic, has and it has not: operations,
// parameters, statuses, media types, properties, alternatives, enum values, security schemes, components. It keeps
// what is there: order, comments, descriptions, names (of operations, components, path parameters), extensions and
// constraints. Types are widened where traffic shows a null or a fraction, and no further: what else of existing the
// traffic breaks, [Checker] tells. Servers stay as they are, unless there are none. Nothing is taken away.
//
// existing is JSON or YAML of 3.0 or 3.1, the same version as doc's; doc is as [Build] makes it. YAML is changed in place: lines that say nothing
// new stay byte for byte. Doing it again changes nothing.
func Into(existing []byte, doc *openapi3.T) ([]byte, error) {
	version, err := VersionOf(existing)
	if err != nil {
		return nil, err
	}
	switch {
	case version == "2.0":
		return nil, errors.New("merge into existing document: it is 2.0; only 3.0 and 3.1 can be merged into")
	case !strings.HasPrefix(doc.OpenAPI, version):
		return nil, fmt.Errorf("merge into existing document: it is %s, what was inferred is %s", version, doc.OpenAPI)
	}
	v, err := plain(doc)
	if err != nil {
		return nil, fmt.Errorf("merge into existing document: %w", err)
	}
	v = unshared(v) // what people shared leads, what is new stands where it is used
	// What one pass adds can let the next one see that two things are one. It ends when there is nothing to add.
	// The first pass is for the names alone: which component is which shows in one place and counts in another.
	_, names, err := intoOnce(existing, v, version, nil)
	if err != nil {
		return nil, fmt.Errorf("merge into existing document: %w", err)
	}
	for range maxPasses {
		out, now, err := intoOnce(existing, v, version, names)
		if err != nil {
			return nil, fmt.Errorf("merge into existing document: %w", err)
		}
		if bytes.Equal(out, existing) {
			break
		}
		existing, names = out, now
	}
	return existing, nil
}

// maxPasses bounds the passes; real documents take two, the second of which finds nothing.
const maxPasses = 10

// intoOnce makes one pass. It takes the names that the pass before gave components, and returns its own.
func intoOnce(existing []byte, doc any, version string, known map[string]string) (out []byte, names map[string]string, err error) {
	t, err := parseTree(existing)
	if err != nil {
		return nil, nil, err
	}
	m := &merger{old: t.root, now: yamlNode(doc, documentKind()), v31: version != "3.0",
		names: map[string]string{}, ids: map[string]string{}, was: map[*yaml.Node]*yaml.Node{}, done: map[[2]*yaml.Node]bool{},
		settled: map[*yaml.Node]bool{}, fresh: map[string]bool{}, known: known}
	m.document()
	if !m.changed {
		return existing, m.names, nil
	}
	out, err = m.write(existing, t)
	return out, m.names, err
}

// write writes the merged tree: into the text it came from where that gives what it should, else anew.
func (m *merger) write(existing []byte, t *tree) ([]byte, error) {
	want, err := nodeData(m.old)
	if err != nil {
		return nil, err
	}
	if t.json {
		var b bytes.Buffer
		w := bufio.NewWriter(&b)
		writeTree(w, m.old, "\n", jsonIndent(existing))
		w.WriteByte('\n')
		err := w.Flush()
		return b.Bytes(), err
	}
	if out, ok := splice(existing, m.old, m.was); ok {
		if got, err := parse(out); err == nil && sameData(got, want) {
			return out, nil
		}
	}
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(m.old); err != nil {
		return nil, err
	}
	return b.Bytes(), e.Close()
}

func sameData(a, b any) bool {
	x, err1 := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err1 == nil && err2 == nil && bytes.Equal(x, y)
}

// jsonIndent is the indentation that a JSON text uses: what stands before its second line.
func jsonIndent(data []byte) string {
	_, rest, ok := bytes.Cut(data, []byte("\n"))
	if !ok {
		return "  "
	}
	n := len(rest) - len(bytes.TrimLeft(rest, " \t"))
	if n == 0 || n > 8 {
		return "  "
	}
	return string(rest[:n])
}

// writeTree writes a tree as JSON in its order.
func writeTree(w *bufio.Writer, n *yaml.Node, nl, step string) {
	switch n.Kind {
	case yaml.MappingNode:
		if len(n.Content) == 0 {
			w.WriteString("{}")
			return
		}
		sep := "{"
		for i := 0; i+1 < len(n.Content); i += 2 {
			w.WriteString(sep + nl + step)
			writeScalar(w, n.Content[i].Value)
			w.WriteString(": ")
			writeTree(w, n.Content[i+1], nl+step, step)
			sep = ","
		}
		w.WriteString(nl + "}")
	case yaml.SequenceNode:
		if len(n.Content) == 0 {
			w.WriteString("[]")
			return
		}
		sep := "["
		for _, c := range n.Content {
			w.WriteString(sep + nl + step)
			writeTree(w, c, nl+step, step)
			sep = ","
		}
		w.WriteString(nl + "]")
	default:
		v, err := nodeData(n)
		if err != nil {
			v = n.Value
		}
		writeScalar(w, v)
	}
}

// merger adds one tree to another.
type merger struct {
	old, now *yaml.Node
	v31      bool
	changed  bool
	names    map[string]string         // components: the name in now ▶ the one in old
	known    map[string]string         // the same, of the pass before
	ids      map[string]string         // operations: the ID in now ▶ the one in old
	was      map[*yaml.Node]*yaml.Node // what took the place of what
	done     map[[2]*yaml.Node]bool    // pairs of schemas that are merged
	added    []*yaml.Node              // parts copied from now, whose references still are now's
	settled  map[*yaml.Node]bool       // scalars of them that have old's names
	fresh    map[string]bool           // components that were added
}

// add puts a copy of value under key.
func (m *merger) add(to *yaml.Node, key string, value *yaml.Node) *yaml.Node {
	c := copyNode(value)
	to.Content = slices.Insert(to.Content, m.place(to, key), yamlString(key), c)
	m.added = append(m.added, c)
	m.changed = true
	return c
}

// place is where people would look for a new key: where the order of its kind has it, or the alphabet, when the keys
// follow it; else at the end. It is never the first: what comes first often has a comment for the whole.
func (m *merger) place(to *yaml.Node, key string) int {
	rank := func(string) int { return 0 }
	kind := documentKind()
	switch {
	case to == m.old:
	case get(to, "responses") != nil:
		kind = kind.children["paths"].each.children["get"]
	default:
		kind = nil
	}
	if kind != nil {
		rank = func(k string) int {
			if i := slices.Index(kind.order, k); i >= 0 {
				return i
			}
			return len(kind.order)
		}
	}
	at, sorted := 0, true
	for i := 0; i+1 < len(to.Content); i += 2 {
		k := to.Content[i].Value
		if kind == nil && i > 0 && k < to.Content[i-2].Value {
			sorted = false
		}
		if kind != nil && rank(k) <= rank(key) || kind == nil && k < key {
			at = i + 2
		}
	}
	if at == 0 || kind == nil && (!sorted || len(to.Content) < 4) {
		return len(to.Content)
	}
	return at
}

// push puts a copy of value at the end of a sequence.
func (m *merger) push(to *yaml.Node, value *yaml.Node) {
	c := copyNode(value)
	to.Content = append(to.Content, c)
	m.added = append(m.added, c)
	m.changed = true
}

// addMissing adds those of the keys that old lacks.
func (m *merger) addMissing(old, now *yaml.Node, keys ...string) {
	for _, k := range keys {
		if v := get(now, k); v != nil && get(old, k) == nil {
			m.add(old, k, v)
		}
	}
}

// section returns the mapping under key, made when there is none.
func (m *merger) section(parent *yaml.Node, key string) *yaml.Node {
	if n := m.follow(get(parent, key)); n != nil {
		return n
	}
	return m.add(parent, key, &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"})
}

// follow returns the node that an alias or a $ref within the document leads to; nil where it leads nowhere.
func (m *merger) follow(n *yaml.Node) *yaml.Node {
	for range 32 {
		switch {
		case n == nil:
			return nil
		case n.Kind == yaml.AliasNode:
			n = n.Alias
		case get(n, "$ref") != nil:
			n = m.target(scalarText(get(n, "$ref")))
		default:
			return n
		}
	}
	return nil
}

// target is the node in old that a local reference names.
func (m *merger) target(ref string) *yaml.Node { return lookup(m.old, ref) }

func lookup(root *yaml.Node, ref string) *yaml.Node {
	path, ok := strings.CutPrefix(ref, "#/")
	if !ok {
		return nil
	}
	n := root
	for _, k := range strings.Split(path, "/") {
		n = get(n, strings.NewReplacer("~1", "/", "~0", "~").Replace(k))
	}
	return n
}
