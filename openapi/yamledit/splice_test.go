package yamledit

import (
	"slices"
	"testing"

	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/internal/test/must"
)

// TestWrite edits texts of several shapes. Everything outside of the edit must stay.
func TestWrite(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"block", "# top\na:\n  b: 1 # one\n\n  # last\n  c: 2\nd: x\n", "# top\na:\n  b: 1 # one\n\n  # last\n  c: 2\n  new: true\nd: x\n"},
		{"flow", "a: {b: 1,  c: 'x'}\nd: x\n", "a: {b: 1, c: 'x', new: true}\nd: x\n"},
		{"bracket in a comment", "a: {b: 1, # ]}\n  c: 2}\nd: x\n", "a: {b: 1, # ]}\n  c: 2, new: true}\nd: x\n"},
		{"bracket in a comment after a tab", "a: {b: 1,\t# }\n  c: 2}\nd: x\n", "a: {b: 1,\t# }\n  c: 2, new: true}\nd: x\n"},
		{"bracket in a comment of a line", "a: {b: 1,\n# }\n  c: 2}\nd: x\n", "a: {b: 1,\n# }\n  c: 2, new: true}\nd: x\n"},
		{"bracket in quotes", "a: {b: '}', c: \"}\\\"}\"}\nd: x\n", "a: {b: '}', c: \"}\\\"}\", new: true}\nd: x\n"},
		{"doubled quote", "a: {b: 'it''s }'}\nd: x\n", "a: {b: 'it''s }', new: true}\nd: x\n"},
		{"number sign in a word", "a: {b: x#1, c: 2}\nd: x\n", "a: {b: x#1, c: 2, new: true}\nd: x\n"},
		{"quote in a word", "a: {b: it's, c: x}\nd: 'x'\n", "a: {b: it's, c: x, new: true}\nd: 'x'\n"},
		{"quote within plain text", "a: {b: say \"x, it 's: y}\nd: x\n", "a: {b: say \"x, it 's: y, new: true}\nd: x\n"},
		{"quotes after a tag and an anchor", "a: {b: !!str '}', c: &x \"}\"}\nd: x\n", "a: {b: !!str '}', c: &x \"}\", new: true}\nd: x\n"},
		{"characters of several bytes", "é: é\na: {é: 'ü'}\nd: é\n", "é: é\na: {é: 'ü', new: true}\nd: é\n"},
		{"empty", "a: {}\nd: x\n", "a:\n  new: true\nd: x\n"},
		{"comment of the next key", "a:\n  b: 1\n# of d\nd: x\n", "a:\n  b: 1\n  new: true\n# of d\nd: x\n"},
		{"block scalar", "a:\n  b: |\n    text\n\nd: x\n", "a:\n  b: |\n    text\n  new: true\n\nd: x\n"},
		{"comments below a block scalar", "a:\n  b: |\n    text\n\n# one\n\n# of d\nd: x\n", "a:\n  b: |\n    text\n  new: true\n\n# one\n\n# of d\nd: x\n"},
		{"comment in a block scalar", "a:\n  b: |\n    text\n    # text\nd: x\n", "a:\n  b: |\n    text\n    # text\n  new: true\nd: x\n"},
		{"block scalar at the end", "a:\n  b: |\n    text\n\n", "a:\n  b: |\n    text\n  new: true\n\n"},
		{"end of a document", "a:\n  b: 1\n...\n", "a:\n  b: 1\n  new: true\n...\n"},
		{"comment at the end of a block", "a:\n  b: 1\n  # last\n\nd: x\n", "a:\n  b: 1\n  # last\n  new: true\n\nd: x\n"},
		{"comment at the end of a block, right above the next key", "a:\n  b: 1\n  # last\nd: x\n", "a:\n  b: 1\n  # last\n  new: true\nd: x\n"},
		{"comment that is deeper than the block", "a:\n  b: 1\n    # of b\nd: x\n", "a:\n  b: 1\n    # of b\n  new: true\nd: x\n"},
		{"no newline at the end", "a:\n  b: 1", "a:\n  b: 1\n  new: true"},
		{"line breaks of Windows", "a:\r\n  b: 1\r\nd: x\r\n", "a:\r\n  b: 1\r\n  new: true\r\nd: x\r\n"},
		{"line breaks of old Macs", "a:\r  b: 1\rd: x\r", "a:\r  b: 1\r  new: true\rd: x\r"},
		{"line separators", "e: \"x\u2028 y\u2029 z\u0085\"\na:\n  b: 1\nd: x\n", "e: \"x\u2028 y\u2029 z\u0085\"\na:\n  b: 1\n  new: true\nd: x\n"},
		{"mapping in the first line of an element", "x:\n - a: {b: 1,\n    c: 2}\n   d: [ ]\n", "x:\n - a: {b: 1, c: 2, new: true}\n   d: [ ]\n"},
		{"dashes on lines of their own", "x:\n    -\n        -\n            a:\n                -\n                    b:  1\n    - 2\n", "x:\n    -\n        -\n            a:\n                -\n                    b:  1\n                - new\n    - 2\n"},
		{"mapping below a dash", "x:\n-\n   a:\n      b:  1\n", "x:\n-\n   a:\n      b:  1\n      new: true\n"},
		{"comment below what the encoder writes otherwise", "x:\n- a: {b: 1,\n    c: 2}\n# y\n- y\n", "x:\n- a: {b: 1, c: 2, new: true}\n# y\n- y\n"},
		{"anchor below a comment", "x: &x # x\n  y: &y\n    z:  1\na: {b: [  ]}\n", "x: &x # x\n  y: &y\n    z:  1\na: {b: [], new: true}\n"},
		{"line separator in a block", "a:\n  b: |\n    x\u2028    y\nd: x\n", "a:\n  b: |\n    x\u2028    y\n  new: true\nd: x\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tree := must.Get(Parse(t.Context(), []byte(tt.text)))
			var add func(n *yaml.Node)
			add = func(n *yaml.Node) {
				for _, c := range n.Content {
					add(c)
				}
				switch a := Get(n, "a"); {
				case a == nil:
				case a.Kind == yaml.MappingNode:
					a.Content = append(a.Content, String("new"), Scalar(true))
				default:
					a.Content = append(a.Content, String("new"))
				}
			}
			add(tree.Root)
			if got := must.Get(tree.Write(t.Context())); string(got) != tt.want {
				t.Errorf("%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

// TestWriteRemovals removes a pair and an element with their lines.
func TestWriteRemovals(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"block", "a:\n  x: 1 # one\n  b: [1, 2]\n  # of c\n  c:\n    - p\n    - q # two\n    - r\nd: x\n", "a:\n  x: 1 # one\n  # of c\n  c:\n    - p\n    - r\nd: x\n"},
		{"flow", "a: {x: 1,  b: 2, c: [p, q, r]} # one\nd: x\n", "a: {x: 1, c: [p, r]} # one\nd: x\n"},
		{"before what is new", "a:\n  x: 1\n  c: [p, q, r]\n  b:\n    y: 2\nd: x\n", "a:\n  x: 1\n  c: [p, r]\nd: x\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tree := must.Get(Parse(t.Context(), []byte(tt.text)))
			a := Get(tree.Root, "a")
			c := Get(a, "c")
			c.Content = slices.Delete(c.Content, 1, 2)
			RemovePairs(a, func(k, _ *yaml.Node) bool { return k.Value == "b" })
			if got := must.Get(tree.Write(t.Context())); string(got) != tt.want {
				t.Errorf("%s\nwant\n%s", got, tt.want)
			}
		})
	}
}
