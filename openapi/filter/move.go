package filter

import (
	"strings"

	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/yamledit"
)

// move puts what references find no more, because it stood in a removed path, where the first of
// them stands, and the others lead there.
func (f *filter) move() {
	if !f.hasLost() {
		return
	}
	m := moves{} // Targets are copied: one may hold the place where it is needed.
	f.walk(true, func(n *yaml.Node, kind *openapi.ObjectLayout, at []string) {
		ref := yamledit.Get(n, "$ref")
		if ref == nil || !f.isLost(ref.Value) || m.redirect(ref, f.tokens(ref.Value)) {
			return
		}
		tokens := f.tokens(ref.Value)
		target, rest := yamledit.Copy(f.targets[ref.Value]), mapping(yamledit.Merged(n))
		yamledit.RemovePairs(rest, func(k, _ *yaml.Node) bool { return k.Value == "$ref" })
		pointer := jsonvalue.Pointer(at...)
		switch {
		case kind.Schema && len(rest.Content) > 0 && text(f.root, "openapi") >= "3.1": // both apply
			all := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Content: []*yaml.Node{target}}
			if own := yamledit.Resolve(get(rest, "allOf")); own != nil {
				all.Content = append(all.Content, yamledit.Items(own)...)
				yamledit.RemovePairs(rest, func(k, _ *yaml.Node) bool { return k.Value == "allOf" })
			}
			pointer += "/allOf/0"
			writeOut(n, append(rest.Content, yamledit.String("allOf"), all))
		case kind.Name == "Item":
			writeOut(n, yamledit.Copy(mapping(f.item(n))).Content)
		default:
			n.Style = yamledit.Resolve(target).Style
			writeOut(n, yamledit.Merged(target))
		}
		m[jsonvalue.Pointer(tokens...)] = pointer
	})
	f.walk(true, func(n *yaml.Node, kind *openapi.ObjectLayout, _ []string) {
		if !kind.Schema {
			return
		}
		removePairs(yamledit.Resolve(get(get(n, "discriminator"), "mapping")), func(_, to *yaml.Node) bool {
			return f.isLost(to.Value) && !m.redirect(to, f.tokens(to.Value))
		})
	})
}

// isLost reports whether a reference led somewhere and does not any more.
func (f *filter) isLost(ref string) bool { return f.targets[ref] != nil && f.at(ref) == nil }

func (f *filter) hasLost() bool {
	for ref := range f.targets {
		if f.isLost(ref) {
			return true
		}
	}
	return false
}

// moves has pointers before and after.
type moves map[string]string

// redirect changes a reference, with these tokens, to what has moved or a part of it. It reports
// whether it has.
func (m moves) redirect(ref *yaml.Node, tokens []string) bool {
	for i := len(tokens); i > 0; i-- {
		if now, ok := m[jsonvalue.Pointer(tokens[:i]...)]; ok {
			ref.Value = "#" + strings.ReplaceAll(now+jsonvalue.Pointer(tokens[i:]...), "%", "%25")
			return true
		}
	}
	return false
}

// moveAnchors makes the first alias of what was removed a copy of it with its anchor. Later ones
// are aliases of the copy. now has where the anchored nodes are.
func moveAnchors(n *yaml.Node, now map[*yaml.Node]*yaml.Node) {
	if n.Kind == yaml.AliasNode {
		anchored := n.Alias
		if now[anchored] != nil {
			n.Alias = now[anchored]
			return
		}
		*n = *anchored
		now[anchored] = n
	} else if n.Anchor != "" {
		now[n] = n
	}
	for _, c := range n.Content {
		moveAnchors(c, now)
	}
}
