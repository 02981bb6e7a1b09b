package yamledit

import (
	"strings"

	yaml "github.com/oasdiff/yaml3"
)

// Pointer returns the JSON pointer (RFC 6901) with the given tokens.
func Pointer(tokens ...string) string {
	var b strings.Builder
	for _, t := range tokens {
		b.WriteByte('/')
		if strings.ContainsAny(t, "~/") {
			t = strings.ReplaceAll(strings.ReplaceAll(t, "~", "~0"), "/", "~1")
		}
		b.WriteString(t)
	}
	return b.String()
}

func pointerTokens(pointer string) []string {
	pointer = strings.TrimPrefix(pointer, "/")
	if pointer == "" {
		return nil
	}
	out := strings.Split(pointer, "/")
	for i, t := range out {
		out[i] = unescape(t)
	}
	return out
}

func unescape(token string) string {
	if !strings.Contains(token, "~") {
		return token
	}
	return strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
}

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
	for token := range strings.SplitSeq(path, "/") {
		n = get(n, unescape(token))
	}
	return n
}
