package overrides

import (
	"context"
	"slices"
	"strings"

	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/openapi/yamledit"
)

// remove removes the entry, and its section with the last one.
func (e *editor) remove(ctx context.Context, text []byte) ([]byte, error) {
	root := e.tree.Root
	section := yamledit.Get(root, e.c.Section)
	if section == nil {
		return nil, e.gone()
	}
	step, i := 1, -1
	if e.c.Section == hosts {
		step = 2
		for j := 0; j+1 < len(section.Content); j += 2 {
			if section.Content[j].Value == e.c.Key {
				i = j
			}
		}
	} else {
		i = e.find(section)
	}
	if i < 0 {
		return nil, e.gone()
	}
	from, parent := section.Content[i], section
	at := i
	if len(section.Content) == step { // the last one
		parent, step = root, 2
		at = slices.Index(root.Content, section) - 1
		from = root.Content[at]
	}
	next := 0 // line of what follows in the block, if anything does
	if at+step < len(parent.Content) {
		next = parent.Content[at+step].Line
	} else if parent != root {
		if k := slices.Index(root.Content, section) + 1; k < len(root.Content) {
			next = root.Content[k].Line
		}
	}
	isBlock := parent.Style&yaml.FlowStyle == 0
	parent.Content = slices.Delete(parent.Content, at, at+step)
	if !e.tree.IsJSON() && isBlock {
		if out := cutLines(text, from.Line, next); len(root.Content) == 0 && hasNoContent(out) || e.says(ctx, out) {
			return out, nil
		}
	}
	return e.tree.Encode()
}

// dropped removes a field of the entry, if it has one.
func dropped(ctx context.Context, text []byte, c Change, name string) ([]byte, error) {
	tree, err := yamledit.Parse(ctx, text)
	if err != nil {
		return nil, err
	}
	e := &editor{tree: tree, c: c}
	section := yamledit.Get(tree.Root, c.Section)
	entry := section.Content[e.find(section)]
	at := slices.IndexFunc(entry.Content, func(n *yaml.Node) bool { return n.Value == name })
	if at < 0 || at%2 == 1 {
		return text, nil
	}
	from, last := entry.Content[at].Line, entry.Content[at+1]
	isBlock := entry.Style&yaml.FlowStyle == 0 && at > 0 && last.Kind == yaml.ScalarNode && !strings.Contains(last.Value, "\n")
	entry.Content = slices.Delete(entry.Content, at, at+2)
	if !tree.IsJSON() && isBlock {
		if out := cutLines(text, from, from+1); e.says(ctx, out) {
			return out, nil
		}
	}
	return tree.Encode()
}

// cutLines removes the lines from one to before another, 0 for the end. Blank lines and comments
// before the other stay, since they are about what follows.
func cutLines(text []byte, from, to int) []byte {
	lines := yamledit.SplitLines(string(text))
	if to == 0 {
		to = len(lines) + 1
	}
	for to-1 > from {
		l := strings.TrimSpace(lines[to-2])
		if l != "" && !strings.HasPrefix(l, "#") {
			break
		}
		to--
	}
	return []byte(strings.Join(slices.Concat(lines[:from-1], lines[to-1:]), ""))
}
