package yamledit

import (
	"strings"

	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/internal/jsonvalue"
)

// Lookup returns the node below root that a reference such as "#/a/b" names. It passes through
// mappings only. The result is nil if the reference leads nowhere or out of the document.
func Lookup(root *yaml.Node, ref string) *yaml.Node {
	path, ok := strings.CutPrefix(ref, "#/")
	if !ok {
		return nil
	}
	return Get(root, jsonvalue.Tokens("/"+path)...)
}
