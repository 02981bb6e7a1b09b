package yamledit

import (
	"strings"

	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/internal/jsonvalue"
)

// Lookup returns the node below root that a reference such as "#/a/b" names. It passes through
// mappings only. The result is nil if the reference leads nowhere or out of the document.
func Lookup(root *yaml.Node, ref string) *yaml.Node {
	return lookup(root, ref, func(n *yaml.Node, key string) *yaml.Node { return Get(n, key) })
}

func lookup(root *yaml.Node, ref string, get func(n *yaml.Node, key string) *yaml.Node) *yaml.Node {
	path, ok := strings.CutPrefix(ref, "#/")
	if !ok {
		return nil
	}
	n := root
	for _, token := range jsonvalue.Tokens("/" + path) {
		n = get(n, token)
	}
	return n
}
