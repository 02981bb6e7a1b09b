// Package scan parses a body or text into its values and their names.
//
// JSON, XML, HTML, forms, YAML and tables all become one kind of [Tree], so that a judge of values
// needs one set of rules for all of them. A tree keeps the place of each name and value, so that a
// value can be replaced while all other bytes stay as they are.
//
// Readers take time in proportion to the text, for any text, and return up to [MaxNodes] nodes.
// They accept texts that are damaged or cut off: the unreadable rest is left to the caller as
// [Tree.Rest]. Read tree.go first, then one reader, such as json.go.
package scan

import (
	"strings"
	"unicode"
)

// Kind is the kind of a node.
type Kind uint8

const (
	Object Kind = iota // has members with names; an element of markup has its attributes and content
	Array              // has elements
	String
	Number
	Literal // true, false, null
)

// Notation is the way in which a name or value is written, and in which its replacement must be.
type Notation uint8

const (
	Plain     Notation = iota
	JSON               // a string of JSON, without its quotes
	Markup             // the content of an element with entities
	Attribute          // the value of an attribute with entities
	Percent            // application/x-www-form-urlencoded
	Single             // in single quotes of YAML, which are doubled within
	Double             // in quotes of a table, which are doubled within
)

// MaxNodes bounds the nodes of a tree. The text after them is not read.
const MaxNodes = 1 << 20

// MaxDepth bounds objects and arrays within each other.
const MaxDepth = 10_000

// Node is a value, object or array. Nodes are in the order of the text, each before those within
// it.
type Node struct {
	Kind     Kind
	Names    Notation // how the name is written
	Values   Notation // how the value is written
	IsAttr   bool     // an attribute of an element
	IsCut    bool     // the text ends within the value
	IsQuoted bool
	Parent   int32 // -1 for the first
	End      int32 // the index after the nodes within this one
	Name     Span  // in the text; of elements of arrays empty
	Value    Span  // without quotes; of an object or array all of it
}

// Span is a part of a text.
type Span struct{ Start, End int32 }

// Len returns its length in bytes.
func (s Span) Len() int { return int(s.End - s.Start) }

// Tree has the nodes of a text. The first is an Array of the successive values of the text; most
// texts have one.
type Tree struct {
	Text  string
	Nodes []Node
	Rest  int // where the reader stopped
	// Aliases are the values that aliases repeat, by the alias (YAML).
	Aliases map[int32]int32
	open    []int32
}

// newTree returns a tree of a text. separators are what its values have between them.
func newTree(text string, separators ...string) *Tree {
	n := 4
	for _, s := range separators {
		n += strings.Count(text, s)
	}
	t := &Tree{Text: text, Nodes: make([]Node, 0, min(n, 1<<16)), Rest: len(text)}
	t.begin(Node{Kind: Array, Value: Span{0, int32(len(text))}})
	return t
}

// begin adds a node within the open one, and opens it if it is an object or array.
func (t *Tree) begin(n Node) {
	i := int32(len(t.Nodes))
	n.Parent, n.End = -1, i+1
	if k := len(t.open); k > 0 {
		n.Parent = t.open[k-1]
	}
	t.Nodes = append(t.Nodes, n)
	if n.Kind <= Array {
		t.open = append(t.open, i)
	}
}

// end closes the innermost open node at a place in the text.
func (t *Tree) end(at int) {
	k := len(t.open) - 1
	n := &t.Nodes[t.open[k]]
	n.End, n.Value.End = int32(len(t.Nodes)), int32(at)
	t.open = t.open[:k]
}

// finish closes all nodes.
func (t *Tree) finish() *Tree {
	for len(t.open) > 0 {
		t.end(t.Rest)
	}
	t.Nodes[0].Value.End = int32(len(t.Text))
	return t
}

func (t *Tree) isFull() bool { return len(t.Nodes) >= MaxNodes || len(t.open) >= MaxDepth }

// Raw returns a part of the text as it is written.
func (t *Tree) Raw(s Span) string { return t.Text[s.Start:s.End] }

// NameOf returns the name of a node, "" if it has none.
func (t *Tree) NameOf(i int32) string {
	n := &t.Nodes[i]
	if n.Name.Start == n.Name.End {
		return ""
	}
	return n.Names.Decode(t.Raw(n.Name))
}

// ValueOf returns the text of a string, number or literal.
func (t *Tree) ValueOf(i int32) string {
	n := &t.Nodes[i]
	return n.Values.Decode(t.Raw(n.Value))
}

// Within yields the nodes directly within one, in order.
func (t *Tree) Within(i int32) func(yield func(int32) bool) {
	return func(yield func(int32) bool) {
		for k := i + 1; k < t.Nodes[i].End; k = t.Nodes[k].End {
			if !yield(k) {
				return
			}
		}
	}
}

// Member returns the first node of a name directly within one, or -1.
func (t *Tree) Member(i int32, name string) int32 {
	if int(i) < len(t.Nodes) {
		for k := range t.Within(i) {
			if t.NameOf(k) == name {
				return k
			}
		}
	}
	return -1
}

// trimmed returns a part of a text without the white space around it.
func trimmed(s string, start, end int) Span {
	left := strings.TrimLeftFunc(s[start:end], unicode.IsSpace)
	start = end - len(left)
	return Span{int32(start), int32(start + len(strings.TrimSpace(left)))}
}

// skip returns the first place from i on without one of some bytes.
func skip(s string, i int, is func(byte) bool) int {
	for i < len(s) && is(s[i]) {
		i++
	}
	return i
}

func isBlank(c byte) bool { return c == ' ' }

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' }
