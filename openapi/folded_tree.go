package openapi

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/openapi/yamledit"
)

// Unfold is the unfolding of [Load] for operations that share a URL, on the tree of a text. fold
// does the reverse. A path item that is the same after both keeps its nodes.
func Unfold(root *yaml.Node) (fold func() error) {
	paths := yamledit.Get(root, "paths")
	kept := map[string]*yaml.Node{}
	added, room := map[string]*yaml.Node{}, maxFragments
	set := func(path string, item *yaml.Node) {
		paths.Content = append(paths.Content, yamledit.String(path), item)
	}
	for path, item := range yamledit.Pairs(paths) {
		left := yamledit.Mapping()
		var inner []*yaml.Node // pairs of a path and its item
		for key, op := range yamledit.Pairs(item) {
			operations := yamledit.Get(op, ExtOperations)
			if !IsOperationKey(key.Value) || operations == nil {
				left.Content = append(left.Content, key, op)
				continue
			}
			for name, own := range yamledit.Pairs(operations) {
				if name.Value == otherOperation {
					left.Content = append(left.Content, key, own)
				} else if room -= len(path.Value) + len(name.Value); room >= 0 { // else Load refuses the document
					inner = append(inner, yamledit.String(path.Value+"#"+name.Value), yamledit.Mapping(key, own))
				}
			}
		}
		if len(inner) == 0 {
			continue
		}
		kept[path.Value] = item
		i := slices.Index(paths.Content, path)
		paths.Content = slices.Concat(paths.Content[:i:i], []*yaml.Node{path, left}, paths.Content[i+2:])
		for i := 0; i < len(inner); i += 2 {
			if same := added[inner[i].Value]; same != nil { // of another method
				same.Content = append(same.Content, inner[i+1].Content...)
			} else {
				added[inner[i].Value] = inner[i+1]
				set(inner[i].Value, inner[i+1])
			}
		}
		if !slices.ContainsFunc(left.Content, func(n *yaml.Node) bool { return IsOperationKey(n.Value) }) {
			yamledit.RemovePairs(paths, func(_, item *yaml.Node) bool { return item == left })
		}
	}
	return func() error {
		paths := yamledit.Get(root, "paths")
		hasFragment := func(n *yaml.Node) bool { return strings.Contains(n.Value, "#") }
		if paths == nil || !slices.ContainsFunc(paths.Content, hasFragment) {
			return nil
		}
		v, err := yamledit.Data(root)
		if err != nil {
			return err
		}
		data, _ := v.(map[string]any)
		folded, components := foldOperations(data)
		for _, name := range slices.Sorted(maps.Keys(components)) {
			at := root
			for _, key := range []string{"components", "schemas"} {
				below := yamledit.Get(at, key)
				if below == nil {
					below = yamledit.Mapping()
					at.Content = append(at.Content, yamledit.String(key), below)
				}
				at = below
			}
			schema := DocumentLayout().Child("components").Child("schemas").Child(name).Node(components[name])
			at.Content = append(at.Content, yamledit.String(name), schema)
		}
		items, _ := data["paths"].(map[string]any)
		before := yamledit.Mapping(paths.Content...)
		yamledit.RemovePairs(paths, func(key, _ *yaml.Node) bool { return items[key.Value] == nil })
		for _, path := range folded {
			item := DocumentLayout().Child("paths").Child(path).Node(items[path])
			for key, op := range yamledit.Pairs(item) {
				keepNodes(yamledit.Get(op, ExtOperations), func(name string) *yaml.Node {
					return yamledit.Get(before, path+"#"+name, key.Value)
				})
			}
			if old, err := yamledit.Data(kept[path]); err == nil && reflect.DeepEqual(old, items[path]) {
				item = kept[path]
			}
			if i := slices.IndexFunc(paths.Content, func(n *yaml.Node) bool { return n.Value == path }); i >= 0 {
				paths.Content[i+1] = item
			} else {
				set(path, item)
			}
		}
		return nil
	}
}

// keepNodes puts nodes of the text, which have comments, in the place of equal ones of a mapping.
func keepNodes(n *yaml.Node, of func(name string) *yaml.Node) {
	for name, v := range yamledit.Pairs(n) {
		was := of(name.Value)
		a, err := yamledit.Data(was)
		if b, err2 := yamledit.Data(v); was != nil && err == nil && err2 == nil && reflect.DeepEqual(a, b) {
			*v = *was
		}
	}
}
