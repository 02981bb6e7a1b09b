package overrides

import (
	"context"
	"slices"
	"strings"

	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/openapi/yamledit"
)

// remove removes the entry, and its section with the last one. Of a file without any other entry
// the comments stay.
func (e *editor) remove(ctx context.Context, text []byte) ([]byte, error) {
	root := e.tree.Root
	section := yamledit.Get(root, e.c.Section)
	step, i := 1, -1
	switch {
	case section == nil:
	case e.c.Section == hosts:
		step = 2
		for j := 0; j+1 < len(section.Content); j += 2 {
			if section.Content[j].Value == e.c.Key {
				i = j
			}
		}
	default:
		i = e.find(section)
	}
	switch {
	case i < 0:
		return nil, e.gone()
	case len(section.Content) > step:
		section.Content = slices.Delete(section.Content, i, i+step)
	default:
		yamledit.RemovePairs(root, func(_, v *yaml.Node) bool { return v == section })
	}
	if len(root.Content) == 0 && !e.tree.IsJSON() {
		return comments(text), nil
	}
	return e.tree.Write(ctx)
}

// comments returns the lines of a text that are comments or blank.
func comments(text []byte) []byte {
	var b strings.Builder
	for _, line := range yamledit.SplitLines(string(text)) {
		if s := strings.TrimSpace(line); s == "" || s[0] == '#' {
			b.WriteString(line)
		}
	}
	return []byte(b.String())
}
