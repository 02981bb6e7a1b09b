package openapi

import (
	"strconv"
	"strings"

	"github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/jsonschema"
)

// Source is the text of a document that knows where its parts stand.
type Source struct{ root *yaml.Node }

// ParseSource reads JSON or YAML. The errors are those of [Load].
func ParseSource(data []byte) (*Source, error) {
	t, err := parseTree(data)
	if err != nil {
		return nil, err
	}
	return &Source{t.root}, nil
}

// Position returns the line and column, from 1, of what a JSON pointer (RFC 6901) leads to: of its key, where it has
// one. Where the pointer leads on beyond what is written, the last part that is there counts.
func (s *Source) Position(pointer string) (line, column int) {
	n, line, column := s.root, s.root.Line, s.root.Column
	for _, tok := range pointerTokens(pointer) {
		if n != nil && n.Kind == yaml.AliasNode {
			n = n.Alias
		}
		var next *yaml.Node
		switch {
		case n == nil:
		case n.Kind == yaml.MappingNode:
			each(n, func(k, v *yaml.Node) {
				if k.Value == tok && next == nil {
					next, line, column = v, k.Line, k.Column
				}
			})
		case n.Kind == yaml.SequenceNode:
			if i, err := strconv.Atoi(tok); err == nil && i >= 0 && i < len(n.Content) {
				next = n.Content[i]
				line, column = next.Line, next.Column
			}
		}
		if next == nil {
			break
		}
		n = next
	}
	return line, column
}

// Data returns what a JSON pointer leads to as JSON data, numbers to the letter; false where it leads nowhere.
func (s *Source) Data(pointer string) (any, bool) {
	n := s.root
	for _, tok := range pointerTokens(pointer) {
		if n.Kind == yaml.AliasNode {
			n = n.Alias
		}
		if n.Kind == yaml.SequenceNode {
			i, err := strconv.Atoi(tok)
			if err != nil || i < 0 || i >= len(n.Content) {
				return nil, false
			}
			n = n.Content[i]
		} else if n = get(n, tok); n == nil {
			return nil, false
		}
	}
	v, err := nodeData(n)
	return v, err == nil
}

func pointerTokens(pointer string) []string {
	pointer = strings.TrimPrefix(pointer, "/")
	if pointer == "" {
		return nil
	}
	out := strings.Split(pointer, "/")
	for i, t := range out {
		out[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(t)
	}
	return out
}

// Pointer makes a JSON pointer of keys.
func Pointer(keys ...string) string {
	var b strings.Builder
	for _, k := range keys {
		b.WriteByte('/')
		if strings.ContainsAny(k, "~/") {
			k = strings.ReplaceAll(strings.ReplaceAll(k, "~", "~0"), "/", "~1")
		}
		b.WriteString(k)
	}
	return b.String()
}

// CompilePattern says whether a pattern of a schema can be read, in the dialect of ECMA-262 that OpenAPI names.
func CompilePattern(pattern string) error {
	return jsonschema.CompilePattern(pattern)
}

// References returns what the document refers to, anywhere in it, extensions included: the values of $ref and of
// discriminators' mappings.
func (s *Source) References() map[string]bool {
	out := map[string]bool{}
	collectRefs(s.root, out)
	return out
}

func collectRefs(n *yaml.Node, out map[string]bool) {
	if n == nil || n.Kind == yaml.AliasNode { // what an alias repeats stands elsewhere
		return
	}
	each(n, func(k, v *yaml.Node) {
		switch {
		case k.Value == "$ref" && v.Kind == yaml.ScalarNode:
			out[v.Value] = true
		case k.Value == "mapping" && v.Kind == yaml.MappingNode:
			each(v, func(_, to *yaml.Node) {
				out[to.Value] = true
				out[schemaPrefix+to.Value] = true // a bare name
			})
		}
	})
	for _, c := range n.Content {
		collectRefs(c, out)
	}
}
